// @ts-check
import { finite, isNumber } from "./format.js";

/** Matplotlib's viridis at nine even steps, dark to light. */
const VIRIDIS = [
  [68, 1, 84],
  [71, 45, 123],
  [59, 82, 139],
  [44, 114, 142],
  [33, 145, 140],
  [40, 174, 128],
  [94, 201, 98],
  [173, 220, 48],
  [253, 231, 37],
];

/** 256 entries, [256, 3]: even steps look evenly far apart, and it reads in greyscale and to the colour-blind. */
const TABLE = (() => {
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (VIRIDIS.length - 1);
    const low = Math.min(VIRIDIS.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      const [a, b] = [VIRIDIS[low]?.[c] ?? 0, VIRIDIS[low + 1]?.[c] ?? 0];
      table[i * 3 + c] = Math.round(a + (b - a) * (at - low));
    }
  }
  return table;
})();

/**
 * @param {Float32Array} values   each -1..1; anything else is clamped, and what is no number is left transparent
 * @param {Uint8ClampedArray} rgba  [values, 4], written
 */
export function paintRamp(values, rgba) {
  values.forEach((value, i) => {
    const entry = Math.round(Math.min(1, Math.max(0, (finite(value) + 1) / 2)) * 255) * 3;
    rgba.set(TABLE.subarray(entry, entry + 3), i * 4);
    rgba[i * 4 + 3] = isNumber(value) ? 255 : 0;
  });
}
