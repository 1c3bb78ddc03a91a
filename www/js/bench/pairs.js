// @ts-check
/**
 * Timing in interleaved pairs: what slows the machine for a while slows both sides of a pair, so ratios are steadier
 * than times.
 *
 * @typedef {() => Promise<unknown>} Run
 * @typedef {{ours: number[], theirs: number[]}} Times   milliseconds, one a pair
 * @typedef {{ratio: number | null, ours: number | null, theirs: number | null, pairs: number}} Summary
 *   medians in milliseconds, and the median of ours / theirs
 */

/** @param {number[]} values */
export function median(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {Times} times @returns {Summary} */
export function summary({ ours, theirs }) {
  const pairs = Math.min(ours.length, theirs.length);
  const ratios = ours.slice(0, pairs).map((value, i) => value / theirs[i]);
  return {
    ratio: median(ratios),
    ours: median(ours),
    theirs: median(theirs),
    pairs: Math.max(ours.length, theirs.length),
  };
}

/**
 * Ours, theirs, ours, theirs. Either may be missing; whoever calls has warmed them up.
 * @param {{ours?: Run, theirs?: Run}} sides @param {number} count @param {(done: number) => void} [tick]
 * @returns {Promise<Times>}
 */
export async function timePairs({ ours, theirs }, count, tick = () => {}, now = () => performance.now()) {
  /** @type {Times} */
  const times = { ours: [], theirs: [] };
  for (let i = 0; i < count; i++) {
    if (ours) times.ours.push(await time(ours, now));
    if (theirs) times.theirs.push(await time(theirs, now));
    tick(i + 1);
  }
  return times;
}

/** @param {Run} run @param {() => number} [now] */
export async function time(run, now = () => performance.now()) {
  const start = now();
  await run();
  return now() - start;
}
