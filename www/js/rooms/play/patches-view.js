// @ts-check
/** Pictures of what was imagined, put together from patches. */
import { t } from "../../language/words.js";

/**
 * @typedef {object} Laid           what is put over a clip
 * @property {Uint32Array} hidden   tokens, ascending, [H]
 * @property {Uint8Array} frames    RGBA, [T, size, size, 4]
 * @property {number} size          pixels a side
 * @property {number} tubelet       frames a token
 * @property {number} patch         pixels a side
 * @property {[number, number, number]} grid   tubelets, rows, columns
 */

/** The middle frame of each tubelet, which patches are of. @param {Laid} laid @returns {Uint8Array} RGBA, [tubelets, size, size, 4] */
export function middles({ frames, size, tubelet, grid: [tubelets] }) {
  const frame = size * size * 4;
  const all = new Uint8Array(tubelets * frame);
  for (let t = 0; t < tubelets; t++) {
    const at = (t * tubelet + (tubelet >> 1)) * frame;
    all.set(frames.subarray(at, at + frame), t * frame);
  }
  return all;
}

/**
 * Those frames, with the best patch in place of each hidden one.
 *
 * @param {Laid & {patches: Uint8Array, shown: number}} laid   patches RGBA, [H, shown, patch, patch, 4], best first
 * @returns {Uint8Array} RGBA, [tubelets, size, size, 4]
 */
export function mosaic(laid) {
  const {
    hidden,
    size,
    patch,
    patches,
    shown,
    grid: [, rows, columns],
  } = laid;
  const all = middles(laid);
  const [line, area] = [patch * 4, patch * patch * 4];
  hidden.forEach((token, i) => {
    const [t, row, column] = placeOf(token, rows, columns);
    for (let y = 0; y < patch; y++) {
      const from = i * shown * area + y * line;
      all.set(patches.subarray(from, from + line), ((t * size + row * patch + y) * size + column * patch) * 4);
    }
  });
  return all;
}

/** Where a token is. @param {number} token @param {number} rows @param {number} columns @returns {[number, number, number]} tubelet, row, column */
export function placeOf(token, rows, columns) {
  return [Math.floor(token / (rows * columns)), Math.floor(token / columns) % rows, token % columns];
}

/** Where a patch is from, in words. @param {number} clipsAgo  0: this one @param {number} token @param {[number, number, number]} grid */
export function originOf(clipsAgo, token, [, rows, columns]) {
  const [tubelet, row, column] = placeOf(token, rows, columns);
  const place = t("features.place", { tubelet: tubelet + 1, row: row + 1, column: column + 1 });
  if (clipsAgo > 1) return t("mosaic.from.more", { clips: clipsAgo, place });
  return t(clipsAgo ? "mosaic.from.one" : "mosaic.from", { place });
}
