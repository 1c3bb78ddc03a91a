// @ts-check
/**
 * Imagination without a decoder: a hidden part of the clip that the predictor fills, and how certainty fades. Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "addEventListener" | "changed" | "engine" | "opened">} AppPart   what
 *   it may ask of the app
 * @typedef {import("../../engine/protocol.js").Imagination} Imagination
 * @typedef {import("../../engine/protocol.js").Roll} Roll
 *
 * @typedef {{patch: number, tubelet: number, size: number, grid: [number, number, number]}} Geometry   of the model that imagined
 * @typedef {Imagination & Geometry} Imagined
 * @typedef {{past: number, clips: number, predicted: number[], unchanged: number[]}} Fading   mean errors by tubelets ahead, over so many clips
 */
import { SingleRequest } from "./single-request.js";

export class ImaginationRequests {
  /** @type {Imagined | null} */
  imagined = null;
  /** @type {Fading | null} */
  fading = null;
  #imagining;
  #rolling;
  #app;

  /** @param {AppPart} app */
  constructor(app) {
    this.#app = app;
    this.#imagining = new SingleRequest(app);
    this.#rolling = new SingleRequest(app);
    app.addEventListener("opened", () => this.#forget());
  }

  get busy() {
    return this.#imagining.busy || this.#rolling.busy;
  }

  get problem() {
    return this.#imagining.problem || this.#rolling.problem;
  }

  /** Hides these tokens of the newest clip and fills them. @param {Uint32Array} tokens */
  async imagine(tokens) {
    if (this.busy) return;
    this.#rolling.problem = null;
    const imagined = await this.#imagining.about(() => this.#app.engine.imagine(tokens));
    const model = this.#app.opened?.model;
    if (imagined && model)
      this.imagined = { ...imagined, patch: model.patch, tubelet: model.tubelet, size: model.size, grid: model.grid };
    this.#app.changed();
  }

  /** Predicts all that follows the first `past` tubelets of the newest clip; asked again, it is the mean over clips. @param {number} past */
  async roll(past) {
    const tubelets = this.#app.opened?.model.grid[0];
    if (this.busy || !tubelets) return;
    this.#imagining.problem = null;
    const roll = await this.#rolling.about(() => this.#app.engine.roll(past, tubelets - past));
    if (roll) this.fading = faded(this.fading, roll);
    this.#app.changed();
  }

  #forget() {
    this.#imagining.forget();
    this.#rolling.forget();
    this.imagined = this.fading = null;
    this.#app.changed();
  }
}

/** One clip more; another past begins anew. @param {Fading | null} before @param {Roll} roll @returns {Fading} */
export function faded(before, { past, predicted, unchanged }) {
  const clips = before?.past === past ? before.clips : 0;
  /** @param {"predicted"|"unchanged"} which @param {Float32Array} mean */
  const mean = (which, mean) =>
    Array.from(mean, (error, step) => (clips * (before?.[which][step] ?? 0) + error) / (clips + 1));
  return {
    past,
    clips: clips + 1,
    predicted: mean("predicted", predicted.mean),
    unchanged: mean("unchanged", unchanged.mean),
  };
}
