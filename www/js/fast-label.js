// @ts-check
/**
 * The fast answer: what a classifier says of the clip, or else the classes that were taught. Part of what watches.
 *
 * @typedef {import("./app.js").App} App
 * @typedef {import("./protocol.js").Examples} Examples
 * @typedef {import("./wait.js").Label} Label
 */
import { passes } from "./viewing.js";

/** Between two answers. */
const ANSWER_MS = 400;
/** Between two questions whether something was taught meanwhile. */
const ASK_MS = 2000;

export class FastLabel {
  /** @type {Label | null} */
  label = null;
  #taught = false;
  #nextAnswer = 0;
  #nextAsk = 0;
  #app;
  #now;

  /** @param {App} app @param {() => number} now  milliseconds */
  constructor(app, now) {
    this.#app = app;
    this.#now = now;
  }

  /** These are the classes from now on. @param {Examples} examples */
  taught({ classes, examples }) {
    const shown = new Set(examples.map((example) => example.class));
    this.#taught = classes.filter(({ id }) => shown.has(id)).length >= 2;
    this.#nextAsk = this.#now() + ASK_MS;
    if (!this.#taught) this.label = null;
  }

  /** These are other weights, or another engine, which may know of no classes. */
  forget() {
    this.label = null;
    this.#taught = false;
    this.#nextAnswer = this.#nextAsk = 0;
  }

  /** The answer for the clip as it is, if one is due. */
  async refresh() {
    const { opened, lastLook, engine } = this.#app;
    const now = this.#now();
    if (opened?.model.classes) {
      const best = lastLook?.guesses?.[0];
      this.label = best ? { name: best.label, share: best.share } : null;
      return;
    }
    if (now >= this.#nextAsk) this.taught(await engine.examples());
    if (!this.#taught || now < this.#nextAnswer) return;
    this.#nextAnswer = now + ANSWER_MS;
    this.label = await this.#classified();
  }

  async #classified() {
    try {
      const [best] = (await this.#app.engine.classify()).ridge;
      return best ? { name: best.name, share: best.share } : null;
    } catch (error) {
      if (passes(error)) throw error;
      this.#taught = false; // somebody took examples away; in a moment it asks again
      return null;
    }
  }
}
