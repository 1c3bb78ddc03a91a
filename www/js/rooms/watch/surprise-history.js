// @ts-check
/**
 * How surprise went, as far back as it is drawn, and what was done meanwhile.
 *
 * @typedef {object} Point
 * @property {number} at       milliseconds, of the page's clock
 * @property {number} error    mean |predicted - actual|
 * @property {number} mean     of heat; NaN, like the two below, while what is usual is not known
 * @property {number} max
 * @property {number} peak     what the alarm hears
 *
 * @typedef {object} Mark
 * @property {number} at
 * @property {"alarm" | "law" | "adaptation" | "adaptation-end" | "undone"} what   `adaptation`: it began to adapt to the place
 * @property {import("../../engine/protocol.js").Violation} [violation]     of a law that was broken
 */

/** Readings that are remembered: more than five minutes at six a second, as long as adaptation may take. */
const POINTS = 2400;

export class SurpriseHistory {
  /** Oldest first. @type {Point[]} */
  points = [];
  /** Oldest first. @type {Mark[]} */
  marks = [];

  /** @param {import("../../engine/protocol.js").Surprise} reading @param {number} at */
  add({ error, mean, max, peak, missing }, at) {
    this.points.push(missing ? { at, error, mean: NaN, max: NaN, peak: NaN } : { at, error, mean, max, peak });
    if (this.points.length <= POINTS) return;
    this.points.splice(0, this.points.length - POINTS);
    const from = this.points[0].at;
    // The last mark before the beginning stays: a stretch may have begun with it.
    while (this.marks.length > 1 && this.marks[1].at < from) this.marks.shift();
  }

  /** @param {Mark["what"]} what @param {number} at @param {Mark["violation"]} [violation] */
  mark(what, at, violation) {
    this.marks.push(violation ? { at, what, violation } : { at, what });
  }
}
