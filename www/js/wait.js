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
 * @property {string} words        one or two sentences
 * @property {number[]} places     that are the reason, hottest first; none while nothing is surprising
 */

/** From here on a label counts as sure. */
export const SURE = 0.8;
/** An alarm goes on down to this share of its threshold, as in the engine. */
const RELEASE = 0.6;
const NO_LABEL = "There is no fast label yet: teach two classes below with a few clips each, or load a classifier.";

/**
 * @param {Label | null} label
 * @param {Watched} watched
 * @param {[number, number]} grid   rows, columns
 * @param {{ms: number, frames: number} | null} since   how long ago the alarm began
 * @returns {Verdict}
 */
export function verdictOf(label, { heat, ringing, missing, threshold }, grid, since) {
  const places = ringing ? hottest(heat, RELEASE * threshold) : [];
  const reason = ringing ? `${reasonOf(places, grid)}${sinceOf(since)}` : "";
  if (!label) return { answer: "none", label, places, words: ringing ? `Surprised: ${reason}. ${NO_LABEL}` : NO_LABEL };
  const named = `“${label.name}”, ${Math.round(100 * label.share)} % sure`;
  if (missing) return { answer: "unknown", label, places, words: `${named}. What is usual here is not known yet.` };
  const sure = label.share >= SURE;
  if (!ringing) return { answer: sure ? "sure" : "unsure", label, places, words: sure ? `${named}, and all goes on as expected.` : `${named}: that is not much, though nothing surprises.` };
  if (sure) return { answer: "wait", label, places, words: `It looks like ${named}. But ${reason}.` };
  return { answer: "unsure", label, places, words: `${named}, and surprised: ${reason}.` };
}

/** Places at or above a level, hottest first. @param {Float32Array} heat @param {number} level @returns {number[]} */
export function hottest(heat, level) {
  return [...heat.keys()].filter((place) => heat[place] >= level).sort((a, b) => heat[b] - heat[a]);
}

/** @param {number[]} places @param {[number, number]} grid */
function reasonOf(places, grid) {
  if (!places.length) return "the surprise is just fading";
  const count = places.length === 1 ? "one patch" : `${places.length} patches`;
  return `${count} ${whereOf(places, grid)} did not come as foretold`;
}

/** Roughly where their middle is. @param {number[]} places @param {[number, number]} grid  rows, columns */
function whereOf(places, [rows, columns]) {
  const middle = (/** @type {(place: number) => number} */ of, /** @type {number} */ size) =>
    Math.min(2, Math.floor((3 * (places.reduce((sum, place) => sum + of(place) + 0.5, 0) / places.length)) / size));
  const [row, column] = [middle((place) => Math.floor(place / columns), rows), middle((place) => place % columns, columns)];
  const words = [["at the top", "", "at the bottom"][row], ["on the left", "", "on the right"][column]].filter(Boolean);
  return words.join(" ") || "in the middle";
}

/** @param {{ms: number, frames: number} | null} since */
function sinceOf(since) {
  if (!since) return "";
  return since.frames <= 0 ? ", just now" : `, since ${(since.ms / 1000).toFixed(1)} s (${since.frames} frames)`;
}
