// @ts-check
import { finite } from "../../ui/format.js";
import { theme } from "../../ui/theme.js";

/** The strongest tint, which leaves the picture to be seen. */
const STRONGEST = 0.7;

/**
 * How wrong each place of a square picture was: the more, the stronger its tint.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Float32Array} heat   [rows, columns]
 * @param {number} columns
 * @param {number} side         of the picture, pixels
 * @param {number} most         what has the strongest tint
 */
export function drawHeat(ctx, heat, columns, side, most) {
  const [width, height] = [side / columns, side / Math.max(1, Math.ceil(heat.length / columns))];
  ctx.save();
  ctx.fillStyle = theme().hidden;
  heat.forEach((value, place) => {
    // Squared: what is a little off everywhere shall not cover the one place that matters.
    // A canvas would keep the tint before it for what is no number.
    ctx.globalAlpha = STRONGEST * finite(Math.min(1, Math.max(0, value / (most || 1)))) ** 2;
    ctx.fillRect((place % columns) * width, Math.floor(place / columns) * height, width, height);
  });
  ctx.restore();
}

/**
 * What of a clip's heat belongs to a frame: the window that predicted its tubelet, if one did.
 *
 * @param {{first: number, heat: Float32Array}} surprise
 * @param {number} windows
 * @param {number} tubelet      frames a token
 * @param {number} frame
 * @returns {Float32Array | null} [places]
 */
export function heatAt({ first, heat }, windows, tubelet, frame) {
  const window = Math.floor(frame / tubelet) - first;
  const places = heat.length / windows;
  return window >= 0 && window < windows ? heat.subarray(window * places, (window + 1) * places) : null;
}

/** The first frame, from 1, of the tubelet that each window predicted. @param {number} first @param {number} windows @param {number} tubelet @returns {number[]} */
export function framesOf(first, windows, tubelet) {
  return Array.from({ length: windows }, (_, window) => (first + window) * tubelet + 1);
}
