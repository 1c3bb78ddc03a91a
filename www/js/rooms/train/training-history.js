// @ts-check
/** What a model has shown over time: losses, and the health of its features. */

/** Points kept of each curve. */
const POINTS = 20_000;

/** @typedef {{step: number, std: number, effectiveRank: number}} Vitals   of the target features of a training step */

/** @param {ArrayLike<number>} values */
function mean(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

export class History {
  /** One loss a step. @type {number[]} */
  losses = [];
  /** The step of the first loss. */
  firstStep = 0;
  /** Mean standard deviation over the feature dimensions, and effective rank, of each look and training chunk. */
  health = { std: /** @type {number[]} */ ([]), effectiveRank: /** @type {number[]} */ ([]) };
  /** Of the last step of each training chunk, by step. @type {Vitals[]} */
  vitals = [];

  /** The session is at this step now: what came after it belongs to a past that was lost. @param {number} step */
  restart(step) {
    if (step < this.firstStep || step > this.#end) this.losses = [];
    if (!this.losses.length) this.firstStep = step;
    this.losses.length = step - this.firstStep;
    this.vitals = this.vitals.filter((point) => point.step <= step);
  }

  /** @param {{step: number, losses: number[], health: {std: number, effectiveRank: number}}} report */
  trained({ step, losses, health: { std, effectiveRank } }) {
    this.losses.push(...losses);
    const excess = Math.max(0, this.losses.length - POINTS);
    this.losses.splice(0, excess);
    this.firstStep += excess;
    this.vitals.push({ step, std, effectiveRank });
    if (this.vitals.length > POINTS) this.vitals.shift();
    this.#add(std, effectiveRank);
  }

  /** @param {{std: Float32Array, effectiveRank: number}} look */
  looked({ std, effectiveRank }) {
    this.#add(mean(std), effectiveRank);
  }

  /** @param {number} step @returns {number[]} losses of the steps after it */
  lossesSince(step) {
    return this.losses.slice(Math.max(0, step - this.firstStep));
  }

  /** @returns {{std: number, effectiveRank: number} | null} the newest */
  get latest() {
    const std = this.health.std.at(-1);
    const effectiveRank = this.health.effectiveRank.at(-1);
    return std === undefined || effectiveRank === undefined ? null : { std, effectiveRank };
  }

  get #end() {
    return this.firstStep + this.losses.length;
  }

  /** @param {number} std @param {number} effectiveRank */
  #add(std, effectiveRank) {
    this.health.std.push(std);
    this.health.effectiveRank.push(effectiveRank);
    for (const curve of Object.values(this.health)) if (curve.length > POINTS) curve.shift();
  }
}
