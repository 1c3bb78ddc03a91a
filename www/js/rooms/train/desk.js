// @ts-check
/**
 * What can be done at the training desk, one thing after the other. Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "action" | "engine" | "models" | "runner" | "saves" | "settings" |
 *   "source" | "steppedBack" | "training" | "viewing" | "watching">} AppPart   what it may ask of the app
 * @typedef {import("../../engine/protocol.js").Recipe} Recipe
 */

export class Desk {
  #app;

  /** @param {AppPart} app */
  constructor(app) {
    this.#app = app;
  }

  /** Changes how it trains, from the next step on. @param {import("./training.js").Change} change */
  tune(change) {
    return this.#app.action(() => this.#app.training.tune(change));
  }

  /** @param {Recipe} recipe */
  setRecipe(recipe) {
    return this.#app.action(() => this.#app.training.setRecipe(recipe));
  }

  /** @param {import("./training.js").Part} part @param {boolean} on */
  switchPart(part, on) {
    return this.#app.action(() => this.#app.training.switchPart(part, on));
  }

  /** Another world, which becomes the source. @param {string | import("../../engine/protocol.js").WorldSpec} world */
  setWorld(world) {
    const app = this.#app;
    return app.action(async () => {
      if (app.source !== "world") await app.viewing.toWorld();
      await app.training.setWorld(world, app.settings.seed);
    });
  }

  /** Looks are of the model as it was then; null: as it is. @param {number | null} step */
  show(step) {
    const app = this.#app;
    return app.action(async () => {
      await app.training.show(step);
      app.watching.momentIs();
      app.runner.resume();
    });
  }

  /** Goes on from a kept moment; training stops there. @param {number} step @param {boolean} [whole]  with everything switched back on */
  async rewind(step, whole = false) {
    const app = this.#app;
    if (app.runner.training) await app.runner.pause();
    await app.action(async () => {
      await app.training.rewind(step, whole);
      app.steppedBack(step);
      app.saves.changed();
    });
  }

  /** The run as one file: recipe, weights, where its random numbers stand, and the curves. @returns {Promise<Uint8Array>} */
  exportRun() {
    const { engine, training } = this.#app;
    return engine.exportRun(training.runs.notes());
  }

  /** @param {Uint8Array} bytes  as `exportRun` gives them */
  importRun(bytes) {
    return this.#app.action(() => this.#app.models.importRun(bytes));
  }
}
