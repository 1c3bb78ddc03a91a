// @ts-check
/**
 * Getting used to a place: for a while only the predictor adapts, a few steps at a time, so that looks and readings go on
 * between them. Part of what watches.
 *
 * @typedef {import("./protocol.js").Habituation} Habituation
 *
 * @typedef {object} HabitsState
 * @property {boolean} running
 * @property {number} spent     milliseconds so far
 * @property {number} wanted    milliseconds
 * @property {number} steps     that the predictor has adapted; 0 once they are undone or gone
 * @property {string} words     how it stands, in a sentence or two; "" before the first time
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

export class Habits {
  running = false;
  spent = 0;
  wanted = 0;
  steps = 0;
  words = "";
  /** @type {number[]} */
  #losses = [];
  #stepMs = 0;
  #last = 0;
  #adapt;
  #now;

  /** @param {(steps: number, rate: number) => Promise<Habituation>} adapt @param {() => number} now  milliseconds */
  constructor(adapt, now) {
    this.#adapt = adapt;
    this.#now = now;
  }

  /** @returns {HabitsState} */
  get state() {
    const { running, spent, wanted, steps, words } = this;
    return { running, spent, wanted, steps, words };
  }

  /** From now on, for so long; steps taken before stay. @param {number} wanted  milliseconds */
  begin(wanted) {
    Object.assign(this, { running: true, spent: 0, wanted });
    this.#losses = [];
    this.#last = this.#now();
    this.words = "Getting used to it…";
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
    if (done) this.running = false;
    this.words = this.#words();
    return done;
  }

  /** What it has got used to stays until that is undone. */
  stop() {
    this.running = false;
    this.words = this.#words();
  }

  /** No more of it, though what it has got used to stays. @param {string} words  why */
  fail(words) {
    this.running = false;
    this.words = words;
  }

  /** What it had got used to is gone. @param {string} words  why, and what is there now */
  end(words) {
    this.running = false;
    this.steps = 0;
    this.words = words;
  }

  /** As before the first time. */
  clear() {
    this.end("");
    this.spent = this.wanted = 0;
    this.#stepMs = 0;
  }

  #words() {
    if (this.running) return `Getting used to it: ${this.#told()}.`;
    if (!this.steps) return "It stopped before the first step: nothing has changed.";
    return `It got used to this place: ${this.#told()}. Only the predictor moved, in a copy; what is saved, exported or trained is the model before.`;
  }

  #told() {
    const [first, last] = [mean(this.#losses.slice(0, MEAN)), mean(this.#losses.slice(-MEAN))];
    const loss = this.#losses.length < 2 * MEAN ? "" : `, and its loss went from ${first.toFixed(3)} to ${last.toFixed(3)}`;
    return `${this.steps} ${this.steps === 1 ? "step" : "steps"} in ${Math.round(this.spent / 1000)} s${loss}`;
  }
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
