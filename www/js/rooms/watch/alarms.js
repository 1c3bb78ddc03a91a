// @ts-check
/**
 * Alarms with what was to be seen around them, to look at again. Counts are kept here, because those of an engine go with
 * it; pictures are kept as far as a budget allows.
 *
 * @typedef {import("../../engine/protocol.js").Surprise} Surprise
 * @typedef {{frames: Uint8Array, heat: Float32Array}} Window   RGBA, [tubelet, size, size, 4]; [rows * columns]
 *
 * @typedef {object} Alarm
 * @property {number} id         from 1, in the order they rang
 * @property {number | null} number   the engine's own; null once that engine, or what it knew, is gone
 * @property {number} at         milliseconds, of the page's clock
 * @property {number} when       milliseconds since 1970
 * @property {number} peak       the highest so far
 * @property {boolean} isFalse   somebody called it that
 * @property {Window[]} windows  oldest first
 * @property {number} first      which of them it rang at
 */

/** Bytes of pictures: of a large model few alarms, of a small one hundreds. */
export const BUDGET = 32 << 20;
/** Windows that are kept from before an alarm, and from after it. */
const BEFORE = 4;
const AFTER = 6;

export class Alarms {
  /** With their pictures, oldest first. @type {Alarm[]} */
  kept = [];
  /** All there were. */
  count = 0;
  /** Of these, how many were called false. */
  falseCount = 0;
  /** The newest windows, in case an alarm comes. @type {Window[]} */
  #recent = [];
  /** The one that still gets windows. @type {Alarm | null} */
  #open = null;
  /** The engine's count. */
  #known = 0;
  #budget;

  /** @param {number} [budget]  bytes */
  constructor(budget = BUDGET) {
    this.#budget = budget;
  }

  /** The next window. @param {Surprise} reading @param {number} at  milliseconds @returns {Alarm | null} an alarm that begins with it */
  hear(reading, at) {
    const { frames, heat, began, ringing, peak } = reading;
    const window = { frames, heat };
    if (reading.alarms < this.#known) for (const alarm of this.kept) alarm.number = null;
    this.#known = reading.alarms;
    if (began === null) this.#goOn(window, ringing ? peak : -Infinity);
    const alarm = began === null ? null : this.#begin(window, began, peak, at);
    this.#recent = [...this.#recent, window].slice(-BEFORE);
    this.#forget();
    return alarm;
  }

  /** Calls one false, or takes that back. @param {number} id @param {boolean} isFalse @returns {number | null} what the engine calls it, if it knows it */
  refute(id, isFalse) {
    const alarm = this.kept.find((one) => one.id === id);
    if (!alarm || alarm.isFalse === isFalse) return null;
    alarm.isFalse = isFalse;
    this.falseCount += isFalse ? 1 : -1;
    return alarm.number;
  }

  /** The next window does not follow the last one. */
  interrupt() {
    this.#recent = [];
    this.#open = null;
  }

  /** @param {Window} window @param {number} peak */
  #goOn(window, peak) {
    const alarm = this.#open;
    if (!alarm) return;
    alarm.peak = Math.max(alarm.peak, peak);
    alarm.windows.push(window);
    if (alarm.windows.length > alarm.first + AFTER) this.#open = null;
  }

  /** @param {Window} window @param {number} number @param {number} peak @param {number} at @returns {Alarm} */
  #begin(window, number, peak, at) {
    const windows = [...this.#recent, window];
    const alarm = {
      id: ++this.count,
      number,
      at,
      when: Date.now(),
      peak,
      isFalse: false,
      windows,
      first: windows.length - 1,
    };
    this.kept.push(alarm);
    return (this.#open = alarm);
  }

  /** The oldest go first; the newest stays. */
  #forget() {
    let bytes = this.kept.reduce((sum, alarm) => sum + bytesOf(alarm), 0);
    while (bytes > this.#budget && this.kept.length > 1) bytes -= bytesOf(/** @type {Alarm} */ (this.kept.shift()));
  }
}

/** @param {Alarm} alarm */
const bytesOf = ({ windows }) =>
  windows.reduce((sum, { frames, heat }) => sum + frames.byteLength + heat.byteLength, 0);
