// @ts-check
/**
 * Saves the run while it trains: every so often, when training stops and when the page is hidden. One tab at a time
 * writes (Web Locks), so that two never overwrite each other's save.
 *
 * @typedef {import("./autosave-slots.js").About} About
 * @typedef {import("./autosave-slots.js").Saved} Saved
 * @typedef {import("./autosave-client.js").AutosaveClient} AutosaveClient
 *
 * @typedef {object} SaveState
 * @property {"off"|"waiting"|"saving"|"saved"|"failed"|"elsewhere"} state   `off`: nothing is known yet
 * @property {number} step            of the last save
 * @property {number} savedAt         ms since 1970
 * @property {import("../../base/messages.js").Message | null} message   why nothing is saved
 *
 * @typedef {object} AutosaveEnvironment    tests bring their own
 * @property {AutosaveClient} vault
 * @property {Pick<LockManager, "request"> | undefined} locks   undefined: this browser has none, and every tab writes
 * @property {() => Promise<{bytes: Uint8Array, about: About}>} make   the run as it is
 * @property {() => void} changed     `state` is another
 * @property {() => number} [now]     ms
 */
import { message } from "../../base/messages.js";
import { toFailure } from "../../base/errors.js";

/** Training time between saves, and the largest share of it that saving may take. */
const EVERY_MS = 10_000;
const SHARE = 0.05;
const LOCK = "vjepa-run";
const ELSEWHERE = message(
  "saves-elsewhere",
  "Another tab trains and saves here: this one saves once that tab is closed.",
);

export class Autosave {
  /** @type {SaveState} */
  state = { state: "off", step: 0, savedAt: 0, message: null };
  #realm;
  #now;
  #unsavedMs = 0;
  /** Unsaved training after which it is time. */
  #dueMs = EVERY_MS;
  #writer = false;
  /** @type {Promise<void> | null} */
  #saving = null;

  /** @param {AutosaveEnvironment} realm */
  constructor(realm) {
    this.#realm = realm;
    this.#now = realm.now ?? (() => performance.now());
  }

  /** Becomes the writer if no other tab is it, and gives what was saved last. @returns {Promise<Saved | null>} */
  async start() {
    this.#writer = await this.#lock();
    if (!this.#writer) return (this.#is({ state: "elsewhere", message: ELSEWHERE }), null);
    try {
      const saved = await this.#realm.vault.load();
      this.#is({
        state: saved ? "saved" : "waiting",
        ...(saved && { step: saved.about.step, savedAt: saved.about.savedAt }),
      });
      return saved;
    } catch (error) {
      this.#is({ state: "failed", message: toFailure(error) });
      return null;
    }
  }

  /** So much more was trained. @param {number} ms */
  trained(ms) {
    this.#unsavedMs += ms;
    if (this.#unsavedMs >= this.#dueMs && !this.#saving) this.flush();
  }

  /** Saves what is not saved yet, if anything; never rejects. */
  async flush() {
    while (this.#saving) await this.#saving;
    if (!this.#writer || !this.#unsavedMs) return;
    await (this.#saving ??= this.#save().finally(() => (this.#saving = null)));
  }

  /** Forgets what was saved. */
  async clear() {
    if (!this.#writer) return;
    await this.#saving;
    await this.#realm.vault.clear();
    this.#is({ state: "waiting", step: 0, savedAt: 0, message: null });
  }

  async #save() {
    const unsaved = this.#unsavedMs;
    const began = this.#now();
    this.#unsavedMs = 0;
    this.#is({ state: "saving" });
    try {
      const { bytes, about } = await this.#realm.make();
      await this.#realm.vault.save(bytes, about);
      this.#dueMs = Math.max(EVERY_MS, (this.#now() - began) / SHARE);
      this.#is({ state: "saved", step: about.step, savedAt: about.savedAt, message: null });
    } catch (error) {
      this.#unsavedMs += unsaved;
      this.#dueMs = this.#unsavedMs + EVERY_MS;
      this.#is({ state: "failed", message: toFailure(error) });
    }
  }

  /** Holds the lock until the page goes; if another tab has it, takes it when that one goes. @returns {Promise<boolean>} */
  async #lock() {
    const { locks } = this.#realm;
    if (!locks) return true;
    /** @type {boolean} */
    const got = await new Promise((resolve) => {
      locks
        .request(LOCK, { ifAvailable: true }, (lock) => {
          resolve(Boolean(lock));
          return lock ? new Promise(() => {}) : undefined;
        })
        .catch(() => resolve(true)); // no locks after all
    });
    if (!got) locks.request(LOCK, () => (this.#takeOver(), new Promise(() => {}))).catch(() => {});
    return got;
  }

  #takeOver() {
    this.#writer = true;
    this.#is({ state: "waiting", message: null });
    this.flush(); // what was trained meanwhile
  }

  /** @param {Partial<SaveState>} change */
  #is(change) {
    this.state = { ...this.state, ...change };
    this.#realm.changed();
  }
}
