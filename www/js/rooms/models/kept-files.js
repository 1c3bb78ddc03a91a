// @ts-check
/**
 * Files kept in this browser, the model as a folder, and the comparison with the reference. Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "changed" | "clearError" | "engine" | "fail" | "page" | "say">}
 *   AppPart   what it may ask of the app
 * @typedef {import("../../engine/protocol.js").Kept} Kept
 * @typedef {import("../../engine/protocol.js").ProofRow} ProofRow
 */

import { message } from "../../base/messages.js";

export class KeptFiles {
  /** @type {Kept[]} */
  kept = [];
  /** @type {import("../../engine/protocol.js").Usage | null} */
  usage = null;
  /** How this engine compares with the reference. @type {ProofRow[] | null} */
  proof = null;
  #app;

  /** @param {AppPart} app */
  constructor(app) {
    this.#app = app;
  }

  async refresh() {
    const files = await this.#app.engine.files().catch(() => null); // of use, and no more than that
    if (files) this.#are(files);
  }

  /** Removes one. @param {string} key */
  forget(key) {
    return this.#shown(async () => this.#are(await this.#app.engine.forget(key)));
  }

  /** Asks the browser not to clear them. */
  async persist() {
    const app = this.#app;
    app.clearError();
    if (!(await app.page.persist()))
      app.say(
        message(
          "notice.not-persisted",
          "The browser did not promise to keep the files: it may clear them if the disk runs low.",
        ),
      );
    this.refresh();
  }

  /** Compares this engine with the reference implementation. @returns {Promise<ProofRow[]>} */
  prove() {
    return this.#shown(async () => {
      this.proof = await this.#app.engine.prove();
      this.#app.changed();
      return this.proof;
    });
  }

  /** The model as a Hugging Face folder in a zip. @param {"f32"|"f16"} dtype @returns {Promise<Blob>} */
  exportFolder(dtype) {
    return this.#shown(() => this.#app.engine.exportFolder(dtype));
  }

  /** If it fails, the page says why. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async #shown(work) {
    this.#app.clearError();
    try {
      return await work();
    } catch (error) {
      throw this.#app.fail(error);
    }
  }

  /** @param {import("../../engine/protocol.js").Keeping} files */
  #are({ kept, usage }) {
    this.kept = kept;
    this.usage = usage;
    this.#app.changed();
  }
}
