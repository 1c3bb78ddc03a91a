// @ts-check
/**
 * @typedef {object} ClipData
 * @property {Uint8Array} frames    RGBA, [count, size, size, 4]
 * @property {number} size          pixels a side
 * @property {number} count         frames
 * @property {[number, number, number]} grid   tubelets, rows, columns
 * @property {number} tubelet       frames a token
 */

/**
 * The clip of a look as views draw it: a still picture has one frame, and a grid without time.
 * @param {Pick<import("../engine/protocol.js").Look, "frames" | "grid" | "tubelet">} look @param {number} size  pixels a side @returns {ClipData}
 */
export function clipOf({ frames, grid: [t = 0, h = 0, w = 0], tubelet }, size) {
  return { frames, size, count: t * tubelet, grid: [t, h, w], tubelet };
}
