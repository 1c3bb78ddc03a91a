// @ts-check
/** What is done to a long curve before it is drawn. */
import { isNumber } from "./format.js";

/** Share of the old mean that each step keeps: about the last ten steps. */
const KEEP = 0.9;
/** More points than this are more than a plot has pixels: neighbours are then averaged. */
const MOST_POINTS = 600;

/** Exponential mean, corrected for its start at nothing (as Adam does with its moments). @param {number[]} values @returns {number[]} */
export function runningMean(values) {
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    if (!isNumber(value)) return NaN; // a gap, and the mean goes on after it
    sum = KEEP * sum + (1 - KEEP) * value;
    weight = KEEP * weight + (1 - KEEP);
    return sum / weight;
  });
}

/** Rows of equal length, or means of as many neighbours as it takes; what is no number counts for none. @param {number[][]} rows @returns {number[][]} */
export function thin(rows) {
  const block = Math.ceil((rows[0]?.length ?? 0) / MOST_POINTS);
  if (block <= 1) return rows;
  return rows.map((row) => {
    const means = [];
    for (let i = 0; i < row.length; i += block) {
      const part = row.slice(i, i + block).filter(isNumber);
      means.push(part.reduce((sum, value) => sum + value, 0) / part.length);
    }
    return means;
  });
}

/** Round numbers that divide a span into about as many parts. @param {number} from @param {number} to @param {number} parts @returns {number[]} */
export function ticks(from, to, parts) {
  const rough = (to - from) / Math.max(1, parts);
  if (!(rough > 0)) return [from];
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = scale * ([1, 2, 5, 10].find((stair) => stair * scale >= rough * 0.999) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Where a step is among ascending ones: the index of the nearest; -1 in an empty list. @param {number[]} steps @param {number} step */
export function nearest(steps, step) {
  let [low, high] = [0, steps.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (steps[middle]) <= step) low = middle;
    else high = middle;
  }
  if (high < 0) return -1;
  return Math.abs((steps[high] ?? 0) - step) < Math.abs((steps[low] ?? 0) - step) ? high : low;
}
