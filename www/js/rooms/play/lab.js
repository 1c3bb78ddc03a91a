// @ts-check
/**
 * The lab: the same scene twice, and in one clip something happens that can't. The visitor says which, then the model does.
 * Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "addEventListener" | "changed" | "engine" | "opened">} AppPart   what
 *   it may ask of the app
 * @typedef {import("../../engine/protocol.js").PairRequest} PairRequest
 * @typedef {import("../../engine/protocol.js").SurpriseCurve} SurpriseCurve
 * @typedef {import("../../engine/protocol.js").Truth} Truth
 *
 * @typedef {0|1} Side               left, right
 * @typedef {{side: Side | null, curves: SurpriseCurve[]}} Answer   `side`: what can't be, by the model; null if it can't tell
 *
 * @typedef {object} Round
 * @property {number} number         from 1
 * @property {PairRequest} wish         what is shown
 * @property {[Uint8Array, Uint8Array]} clips   left and right, RGBA, [frames, size, size, 4]
 * @property {[Truth[][], Truth[][]]} truths    of each, a list a frame
 * @property {Side} impossible
 * @property {number} moment         the first frame in which something happens that can't
 * @property {number} tubelet        frames a token
 * @property {number} columns        patches a row
 * @property {Side | null} guess     the visitor's
 * @property {Answer | null} answer  the model's, after that
 *
 * @typedef {{rounds: number, visitor: number, model: number}} Score   rounds, and how many each was right in
 */
import { SingleRequest } from "./single-request.js";
import { FailureError } from "../../base/errors.js";

/** Frames that a clip is longer than one of the model's, as in an exam: a window slides over it. */
const FURTHER = 12;
/** A pair is drawn no longer. */
const LONGEST = 64;

export class Lab {
  /** @type {Round | null} */
  round = null;
  /** @type {Score} */
  score = { rounds: 0, visitor: 0, model: 0 };
  #asking;
  #app;
  #seed;
  /** Pairs that were drawn, or could not be. */
  #turn = 0;

  /** @param {AppPart} app @param {number} [seed]  of the first pair */
  constructor(app, seed = Math.floor(Math.random() * 2 ** 31)) {
    this.#app = app;
    this.#asking = new SingleRequest(app);
    this.#seed = seed;
    app.addEventListener("opened", () => this.#forget());
  }

  get busy() {
    return this.#asking.busy;
  }

  get problem() {
    return this.#asking.problem;
  }

  /** Another pair, once the one before is settled. */
  async next() {
    if (this.busy || (this.round && !this.round.answer)) return;
    const round = await this.#asking.about(() => this.#draw());
    if (round) this.round = round;
    this.#app.changed();
  }

  /** What can't be, by the visitor; then the model is asked. @param {Side} side */
  async guess(side) {
    const { round } = this;
    if (this.busy || !round || round.guess !== null) return;
    round.guess = side;
    const curves = await this.#asking.about(() => this.#app.engine.surpriseOf(joined(round.clips), 2));
    if (round !== this.round) return;
    if (!curves) return void (round.guess = null); // it was not asked: the visitor may try again
    round.answer = { side: moreSurprising(curves), curves };
    this.score = counted(this.score, round);
    this.#app.changed();
  }

  /** Another model: its answers are its own, and its clips may be of another size. */
  #forget() {
    this.#asking.forget();
    this.round = null;
    this.score = { rounds: 0, visitor: 0, model: 0 };
    this.#app.changed();
  }

  /** @returns {Promise<Round>} */
  async #draw() {
    const { opened } = this.#app;
    if (!opened) throw new FailureError("not-open", "No model is open yet: wait until the engine has loaded.");
    const { size, frames, tubelet, grid } = opened.model;
    const kinds = opened.constants.violations; // in turn; one that clips this short can't show is passed over
    for (let tries = 1; ; tries++) {
      const turn = this.#turn++;
      const violation = /** @type {PairRequest["violation"]} */ (kinds[turn % kinds.length]);
      /** @type {PairRequest} */
      const wish = {
        world: "standard",
        violation,
        seed: this.#seed + turn,
        size,
        frames: Math.min(LONGEST, frames + FURTHER),
      };
      try {
        const {
          possible,
          impossible,
          moment,
          truths: [can, cannot],
        } = await this.#app.engine.pair(wish);
        const side = sideOf(wish.seed);
        const number = this.score.rounds + 1;
        return {
          number,
          wish,
          impossible: side,
          moment,
          tubelet,
          columns: grid[2],
          guess: null,
          answer: null,
          clips: side ? [possible, impossible] : [impossible, possible],
          truths: side ? [can, cannot] : [cannot, can],
        };
      } catch (error) {
        if (/** @type {any} */ (error).code !== "no-pair" || tries === kinds.length) throw error;
      }
    }
  }
}

/** Where the impossible clip of a pair is shown: either side as often, and the same for a seed. @param {number} seed @returns {Side} */
export function sideOf(seed) {
  let mixed = (seed + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return /** @type {Side} */ ((mixed >>> 16) & 1);
}

/** The clip that surprised most at its worst, as in the exam. @param {SurpriseCurve[]} curves  left, right @returns {Side | null} */
export function moreSurprising(curves) {
  const [left = NaN, right = NaN] = curves.map(({ peak }) => Math.max(...peak));
  return left > right ? 0 : right > left ? 1 : null;
}

/** @param {Score} score @param {Round} round  that is settled @returns {Score} */
export function counted({ rounds, visitor, model }, { impossible, guess, answer }) {
  return {
    rounds: rounds + 1,
    visitor: visitor + Number(guess === impossible),
    model: model + Number(answer?.side === impossible),
  };
}

/** Clips one after the other. @param {Uint8Array[]} clips */
export function joined(clips) {
  const all = new Uint8Array(clips.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const clip of clips) {
    all.set(clip, at);
    at += clip.length;
  }
  return all;
}
