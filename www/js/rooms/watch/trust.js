// @ts-check
/**
 * A fast answer checked by a slow one: a label is had at once, and the predictor says whether what is seen goes on as such
 * things do. Who is sure and surprised should wait.
 *
 * @typedef {{name: string, share: number}} Label   what the clip is taken for, and how surely, 0..1
 *
 * @typedef {object} Watched       the newest window against what is usual
 * @property {Float32Array} heat   deviations at each place, [rows * columns]
 * @property {boolean} ringing
 * @property {number} missing      windows until calibrated
 * @property {number} threshold
 *
 * @typedef {object} Verdict
 * @property {"none" | "unknown" | "sure" | "unsure" | "wait"} answer
 *   `none`: there is no fast label; `unknown`: what is usual is not known yet
 * @property {Label | null} label
 * @property {Reason | null} reason   what is surprising; null while nothing is
 * @property {number[]} places        of the reason, hottest first
 *
 * @typedef {object} Reason
 * @property {number} patches         0: the surprise is fading
 * @property {typeof PLACES[number][number]} where   roughly where their middle is
 * @property {Since | null} since
 *
 * @typedef {{ms: number, frames: number}} Since   how long ago the alarm began
 */

/** From here on a label counts as sure. */
export const SURE = 0.8;
/** An alarm goes on down to this share of its threshold, as in the engine. */
const RELEASE = 0.6;
/** Thirds of the picture. */
const PLACES = /** @type {const} */ ([
  ["top-left", "top", "top-right"],
  ["left", "middle", "right"],
  ["bottom-left", "bottom", "bottom-right"],
]);

/**
 * @param {Label | null} label
 * @param {Watched} watched
 * @param {[number, number]} grid   rows, columns
 * @param {Since | null} since
 * @returns {Verdict}
 */
export function verdictOf(label, { heat, ringing, missing, threshold }, grid, since) {
  const places = ringing ? hottest(heat, RELEASE * threshold) : [];
  const reason = ringing ? { patches: places.length, where: whereOf(places, grid), since } : null;
  return { answer: answerOf(label, missing > 0, ringing), label, reason, places };
}

/** @param {Label | null} label @param {boolean} missing  what is usual is not known @param {boolean} ringing @returns {Verdict["answer"]} */
function answerOf(label, missing, ringing) {
  if (!label) return "none";
  if (missing) return "unknown";
  if (label.share < SURE) return "unsure";
  return ringing ? "wait" : "sure";
}

/** Places at or above a level, hottest first. @param {Float32Array} heat @param {number} level @returns {number[]} */
export function hottest(heat, level) {
  return [...heat.keys()].filter((place) => heat[place] >= level).sort((a, b) => heat[b] - heat[a]);
}

/** Roughly where their middle is. @param {number[]} places @param {[number, number]} grid  rows, columns @returns {Reason["where"]} */
function whereOf(places, [rows, columns]) {
  const third = (/** @type {(place: number) => number} */ of, /** @type {number} */ size) =>
    /** @type {0|1|2} */ (
      Math.min(
        2,
        Math.floor((3 * (places.reduce((sum, place) => sum + of(place) + 0.5, 0) / Math.max(1, places.length))) / size),
      )
    );
  return PLACES[third((place) => Math.floor(place / columns), rows)][third((place) => place % columns, columns)];
}
