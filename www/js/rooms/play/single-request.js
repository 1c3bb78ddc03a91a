// @ts-check
/** One question at a time to an engine that may be replaced meanwhile. What lab, trick and imagination share. */
import { toFailure } from "../../base/errors.js";
import { passes } from "../../app/viewing.js";

/**
 * @typedef {Pick<import("../../app/app.js").App, "changed" | "opened" | "engine">} AppPart   what it may ask of the
 *   app
 */

export class SingleRequest {
  busy = false;
  /** Why there is no answer. @type {import("../../base/messages.js").Message | null} */
  problem = null;
  #era = 0;
  #app;

  /** @param {AppPart} app */
  constructor(app) {
    this.#app = app;
  }

  /** What was asked so far concerns nobody any more. */
  forget() {
    this.#era += 1;
    this.busy = false;
    this.problem = null;
  }

  /**
   * Asks, and once more if the engine went in the middle of it; whoever is asked has to bear that.
   * @template T @param {() => Promise<T>} ask @returns {Promise<T | undefined>} nothing if it failed, or was forgotten
   */
  async about(ask) {
    const era = this.#era;
    this.busy = true;
    this.problem = null;
    this.#app.changed();
    try {
      const answer = await this.#persistently(ask);
      return era === this.#era ? answer : undefined;
    } catch (error) {
      if (era === this.#era) this.problem = toFailure(error);
      return undefined;
    } finally {
      if (era === this.#era) this.busy = false;
      this.#app.changed();
    }
  }

  /** @template T @param {() => Promise<T>} ask @returns {Promise<T>} */
  async #persistently(ask) {
    try {
      return await ask();
    } catch (error) {
      if (!passes(error)) throw error;
      await this.#app.engine.settled();
      return ask();
    }
  }
}
