// @ts-check
/** Waiting for what may never come: it can be given up, has limits, and is said when it takes long. */

/** @typedef {import("../base/messages.js").Message} Message */

/** From here on the page says what it waits for. */
export const PATIENCE_MS = 3000;

/** Says what is being waited for, once it has lasted. */
export class Waiting {
  #tell;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(what: Message | null) => void} tell  null: nothing any more */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {Message} what */
  is(what) {
    this.over();
    this.#timer = setTimeout(() => this.#tell(what), PATIENCE_MS);
  }

  over() {
    clearTimeout(this.#timer);
    this.#tell(null);
  }
}

/**
 * A promise that nobody waits for any longer once the signal aborts: then it rejects with the signal's reason.
 * @template T @param {Promise<T>} promise @param {AbortSignal} signal @param {(late: T) => void} [letGo]  of what comes after that
 * @returns {Promise<T>}
 */
export function orAbort(promise, signal, letGo = () => {}) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    promise.then(
      (value) => {
        signal.removeEventListener("abort", abort);
        if (signal.aborted) letGo(value);
        else resolve(value);
      },
      (error) => {
        signal.removeEventListener("abort", abort);
        reject(error);
      },
    );
  });
}

/**
 * Rejects if the promise takes longer, in time that the tab is seen: browsers load no video in one that is hidden.
 * @template T @param {Promise<T>} promise @param {number} ms @returns {Promise<T>}
 */
export function within(promise, ms) {
  return new Promise((resolve, reject) => {
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const begin = () => (timer = setTimeout(late, ms));
    const late = () => {
      if (!globalThis.document?.hidden) return reject(new DOMException("timeout", "TimeoutError"));
      document.addEventListener("visibilitychange", begin, { once: true });
    };
    begin();
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      globalThis.document?.removeEventListener("visibilitychange", begin);
    });
  });
}
