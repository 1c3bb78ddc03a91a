// @ts-check
/**
 * The training step that both sides take: presets, and masks with as many tokens as the page's generators give.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {{width: number, depth: number, heads: number, mlp: number}} Narrow    a predictor
 * @typedef {{encoder: Geometry, predictor: Narrow, batch: number}} Jepa
 * @typedef {{context: number[][], target: number[][]}} Masks   token numbers, a list a clip, all of one length
 */
import { grid, TINY, tokens } from "./geometry.js";
import { random } from "./weights.js";

/** @type {Record<string, Jepa>} the page's presets, as src/config.rs has them */
export const PRESETS = {
  nano: {
    encoder: { name: "nano", frames: 4, size: 32, patch: 8, tubelet: 2, width: 64, depth: 2, heads: 2, mlp: 256 },
    predictor: { width: 32, depth: 1, heads: 2, mlp: 128 },
    batch: 2,
  },
  tiny: { encoder: TINY, predictor: { width: 64, depth: 2, heads: 2, mlp: 256 }, batch: 2 },
};

/** The published generators: eight small blocks, or two large ones, through the whole clip. */
const GENERATORS = [
  { blocks: 8, share: 0.15 },
  { blocks: 2, share: 0.7 },
];

/** One set of masks a generator. @param {Jepa} jepa @param {number} seed @returns {Masks[]} */
export function masks({ encoder, batch }, seed) {
  const next = random(seed);
  const [, rows, columns] = grid(encoder);
  return GENERATORS.map(({ blocks, share }) => {
    const area = Math.trunc(rows * columns * share);
    const ratio = 0.75 + 0.75 * next();
    const high = Math.min(rows, Math.max(1, Math.round(Math.sqrt(area * ratio))));
    const wide = Math.min(columns, Math.max(1, Math.round(Math.sqrt(area / ratio))));
    const clips = Array.from({ length: batch }, () => {
      const corners = Array.from({ length: blocks }, () => [
        Math.floor(next() * (rows - high + 1)),
        Math.floor(next() * (columns - wide + 1)),
      ]);
      return (/** @type {number} */ token) => {
        const [y, x] = [Math.floor(token / columns) % rows, token % columns];
        return corners.some(([top, left]) => y >= top && y < top + high && x >= left && x < left + wide);
      };
    });
    const all = [...Array(tokens(encoder)).keys()];
    return {
      context: cut(clips.map((hides) => all.filter((token) => !hides(token)))),
      target: cut(clips.map((hides) => all.filter(hides))),
    };
  });
}

/** All lists as long as the shortest. @param {number[][]} lists */
function cut(lists) {
  const shortest = Math.min(...lists.map((list) => list.length));
  return lists.map((list) => list.slice(0, shortest));
}
