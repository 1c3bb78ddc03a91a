// @ts-check
/**
 * Adaptation to a place: for a while only the predictor adapts, a few steps at a time, so that looks and readings go on
 * between them. Part of what watches.
 *
 * @typedef {import("../../engine/protocol.js").Adaptation} Report
 *
 * @typedef {object} HabitsState
 * @property {boolean} running
 * @property {Stage} stage
 * @property {number} spent     milliseconds so far
 * @property {number} wanted    milliseconds
 * @property {number} steps     that the predictor has adapted; 0 once they are undone or gone
 * @property {[number, number] | null} loss   means of the first and of the last ones; null while they are too few to tell
 * @property {import("../../base/messages.js").Message | null} problem   why it failed
 *
 * @typedef {"undone" | "engine" | "training" | "moment"} End   why the adaptation is gone
 * @typedef {"none" | "running" | "stopped" | "failed" | End} Stage   `none`: before the first time
 */

/** What the predictor learns at: fast enough for a minute to tell, and slow enough not to lose what it knows. */
export const RATE = 1e-3;
/** A portion takes about this long. */
const PORTION_MS = 150;
const STEPS_MAX = 16;
/** Between two portions other work is done; what is longer than this was a pause. */
const GAP_MS = 2000;
/** Losses that a mean is taken of. */
const MEAN = 8;

export class Adaptation {
  /** @type {Stage} */
  stage = "none";
  spent = 0;
  wanted = 0;
  steps = 0;
  /** @type {import("../../base/messages.js").Message | null} */
  problem = null;
  /** @type {number[]} */
  #losses = [];
  #stepMs = 0;
  #last = 0;
  #adapt;
  #now;

  /** @param {(steps: number, rate: number) => Promise<Report>} adapt @param {() => number} now  milliseconds */
  constructor(adapt, now) {
    this.#adapt = adapt;
    this.#now = now;
  }

  /** @returns {HabitsState} */
  get state() {
    const { running, stage, spent, wanted, steps, problem } = this;
    return { running, stage, spent, wanted, steps, loss: this.#loss, problem };
  }

  get running() {
    return this.stage === "running";
  }

  /** From now on, for so long; steps taken before stay. @param {number} wanted  milliseconds */
  begin(wanted) {
    Object.assign(this, { stage: "running", spent: 0, wanted, problem: null });
    this.#losses = [];
    this.#last = this.#now();
  }

  /** The next few steps. @returns {Promise<boolean>} these were the last */
  async portion() {
    const began = this.#now();
    const steps = this.#stepMs ? Math.max(1, Math.min(STEPS_MAX, Math.round(PORTION_MS / this.#stepMs))) : 1;
    const { steps: taken, losses } = await this.#adapt(steps, RATE);
    const now = this.#now();
    this.#stepMs = (now - began) / steps;
    this.steps = taken;
    this.#losses.push(...losses);
    this.spent += now - began + Math.min(began - this.#last, GAP_MS);
    this.#last = now;
    const done = this.running && this.spent >= this.wanted;
    if (done) this.stage = "stopped";
    return done;
  }

  /** The adaptation stays until it is undone. */
  stop() {
    this.stage = "stopped";
  }

  /** No more of it, though the adaptation so far stays. @param {import("../../base/messages.js").Message} problem  why */
  fail(problem) {
    this.stage = "failed";
    this.problem = problem;
  }

  /** The adaptation is gone. @param {End} why */
  end(why) {
    this.stage = why;
    this.steps = 0;
  }

  /** As before the first time. */
  clear() {
    this.stage = "none";
    this.spent = this.wanted = this.steps = 0;
    this.#stepMs = 0;
  }

  /** @returns {[number, number] | null} */
  get #loss() {
    if (this.#losses.length < 2 * MEAN) return null;
    return [mean(this.#losses.slice(0, MEAN)), mean(this.#losses.slice(-MEAN))];
  }
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
