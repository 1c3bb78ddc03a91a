// @ts-check
/**
 * Adds examples while a button is held, each time the clip has moved on by half of itself: two examples share half of
 * their frames at most. Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "changed" | "opened" | "say" | "viewing">} AppPart   what it may ask
 *   of the app
 */
import { say } from "../../language/words.js";

/** How often it is looked whether the clip has moved on, in milliseconds. */
const TICK_MS = 40;

export class Recorder {
  /** Another object for each hold. @type {{id: number} | null} */
  #held = null;
  /** Where the clip was when an example of this class was added last, in frames. @type {Map<number, number>} */
  #last = new Map();
  #app;
  #add;

  /** @param {AppPart} app @param {(id: number) => Promise<any>} add */
  constructor(app, add) {
    this.#app = app;
    this.#add = add;
  }

  /** The class whose button is held. @returns {number | null} */
  get recording() {
    return this.#held?.id ?? null;
  }

  /** Until `release`, but one example at least if there is a clip that was not added before. @param {number} id @param {boolean} once */
  async hold(id, once) {
    const held = (this.#held = { id });
    this.#app.changed();
    let added = 0;
    try {
      do {
        if (this.#isNew(id, added > 0)) {
          this.#last.set(id, this.#app.viewing.moved);
          await this.#add(id);
          added += 1;
        } else await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      } while (this.#held === held && !once);
    } finally {
      if (this.#held === held) this.release();
    }
    if (!added) this.#app.say(this.#why());
  }

  release() {
    this.#held = null;
    this.#app.changed();
  }

  /** The clip has moved on since the last example: at all, or within a hold by half a clip. @param {number} id @param {boolean} within */
  #isNew(id, within) {
    const { opened, viewing } = this.#app;
    const least = within ? Math.ceil((opened?.model.frames ?? 2) / 2) : 1;
    return viewing.hasClip() && viewing.moved - (this.#last.get(id) ?? -Infinity) >= least;
  }

  #why() {
    if (!this.#app.viewing.hasClip()) return say("classes.unrecorded.short");
    return say("classes.unrecorded.same");
  }
}
