// @ts-check
/**
 * What came of the ways to decide, so that they can be compared.
 *
 * @typedef {import("../../engine/protocol.js").ActMode} ActMode
 *
 * @typedef {object} Tally            of one way to decide
 * @property {number} runs            towards a goal, with at least one decision
 * @property {number} arrived
 * @property {number} actions         of runs that arrived
 * @property {number} decisions
 * @property {number} planned         of those
 * @property {number} frames          imagined for them
 * @property {number} ms              that they took
 *
 * @typedef {object} Numbers          of one way to decide; null: there is nothing to divide by
 * @property {ActMode} mode
 * @property {number} runs
 * @property {number} arrived
 * @property {number | null} actions  a run that arrived, mean
 * @property {number | null} ms       a decision, mean
 * @property {number | null} frames   a decision, mean
 * @property {number | null} planned  share of decisions, 0..1
 */

/** All ways to decide, fastest first. @type {readonly ActMode[]} */
export const MODES = ["reflex", "plan", "check"];

export class ActScores {
  /** @type {Map<ActMode, Tally>} */
  #tallies = new Map();

  /** A run that is under way has its first decision. @param {ActMode} mode */
  began(mode) {
    this.#of(mode).runs += 1;
  }

  /** @param {ActMode} mode @param {{planned: boolean, frames: number}} decision @param {number} ms */
  decided(mode, { planned, frames }, ms) {
    const tally = this.#of(mode);
    tally.decisions += 1;
    tally.planned += Number(planned);
    tally.frames += frames;
    tally.ms += ms;
  }

  /** @param {ActMode} mode @param {number} actions */
  arrived(mode, actions) {
    const tally = this.#of(mode);
    tally.arrived += 1;
    tally.actions += actions;
  }

  forget() {
    this.#tallies.clear();
  }

  /** Of those that were tried. @returns {Numbers[]} */
  get rows() {
    return MODES.flatMap((mode) => {
      const tally = this.#tallies.get(mode);
      return tally ? [{ mode, ...means(tally) }] : [];
    });
  }

  /** @param {ActMode} mode @returns {Tally} */
  #of(mode) {
    const known = this.#tallies.get(mode);
    if (known) return known;
    const tally = { runs: 0, arrived: 0, actions: 0, decisions: 0, planned: 0, frames: 0, ms: 0 };
    this.#tallies.set(mode, tally);
    return tally;
  }
}

/** @param {Tally} tally */
function means({ runs, arrived, actions, decisions, planned, frames, ms }) {
  const each = (/** @type {number} */ sum, /** @type {number} */ n) => (n ? sum / n : null);
  return {
    runs,
    arrived,
    actions: each(actions, arrived),
    ms: each(ms, decisions),
    frames: each(frames, decisions),
    planned: each(planned, decisions),
  };
}
