// @ts-check
/**
 * What is said of a run as it goes on. A reason to wait stays long enough to be read, whatever comes after it.
 *
 * @typedef {object} Said
 * @property {"idle"|"reflex"|"plan"|"thinking"|"fruitless"|"surprise"|"arrived"|"lost"|"stopped"|"driving"} kind
 *   `fruitless`, `surprise`: why it waits, as in `Decision`; `lost`: too many actions
 * @property {number} [count]         of what is imagined while it thinks, or of actions
 */

/** As long as an alarm of the stage. */
const HOLD_MS = 2500;
const WAITS = ["fruitless", "surprise"];

export class ActVerdict {
  /** @type {Said} */
  #said = { kind: "idle" };
  /** The last reason to wait. @type {{said: Said, until: number}} */
  #held = { said: this.#said, until: -Infinity };
  #desk;

  /** @param {{now: () => number, later: (ms: number, work: () => void) => void, changed: () => void}} desk */
  constructor(desk) {
    this.#desk = desk;
  }

  /** What is to be read now. @returns {Said} */
  get shown() {
    return this.#desk.now() < this.#held.until ? this.#held.said : this.#said;
  }

  /** @param {Said} said */
  say(said) {
    this.#said = said;
    if (!WAITS.includes(said.kind)) return;
    this.#held = { said, until: this.#desk.now() + HOLD_MS };
    this.#desk.later(HOLD_MS, this.#desk.changed);
  }

  /** The visitor did something else: what was said until now is of no use. @param {Said} said */
  sayNow(said) {
    this.#held.until = -Infinity;
    this.say(said);
  }
}
