// @ts-check
import { t } from "../language/words.js";

/** Milliseconds that the rate is taken over: long enough to be calm, short enough to follow the network. */
const WINDOW = 8000;
/** Before that it would jump about. */
const SETTLED = 1500;

/** How fast something is read, from what was read until when. */
export class Pace {
  /** @type {{loaded: number, at: number}[]} */
  #samples = [];

  /** @param {number} loaded @param {number} at  milliseconds */
  add(loaded, at) {
    const last = this.#samples.at(-1);
    if (last && loaded < last.loaded) this.#samples = []; // another file
    this.#samples.push({ loaded, at });
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) >= WINDOW) this.#samples.shift();
  }

  /** Units a second; undefined before it can be told. @returns {number | undefined} */
  rate() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.at - first.at < SETTLED) return undefined;
    return ((last.loaded - first.loaded) / (last.at - first.at)) * 1000;
  }

  /** Seconds until everything is read. @param {number} total @returns {number | undefined} */
  left(total) {
    const rate = this.rate();
    const loaded = this.#samples.at(-1)?.loaded ?? 0;
    return rate && total > loaded ? (total - loaded) / rate : undefined;
  }
}

/** @param {number} seconds @returns {string} "under a minute left", "4 minutes left" */
export function timeLeft(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 55) return t("left.seconds", { seconds: Math.max(5, Math.ceil(seconds / 5) * 5) });
  if (minutes < 90) return minutes <= 1 ? t("left.minute") : t("left.minutes", { minutes });
  return t("left.hours", { hours: Math.round(minutes / 60) });
}
