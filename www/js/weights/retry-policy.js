// @ts-check
/** How often, and after how long, something that failed is tried again. */
import { TransientError, cancelled } from "./weight-errors.js";

const DELAYS_MS = [500, 1000, 2000, 4000, 8000];
/** A host that asks for a longer wait than this gets none: the reader is told instead. */
const LONGEST_WAIT_MS = 60_000;

export class RetryPolicy {
  #failures = 0;

  /** @param {AbortSignal | undefined} signal @param {number[]} [delays]  ms before each further try; tests bring shorter ones */
  constructor(signal, delays = DELAYS_MS) {
    this.signal = signal;
    this.delays = delays;
  }

  /** Something arrived: what failed before counts no longer. */
  progress() {
    this.#failures = 0;
  }

  /**
   * Runs `attempt` until it succeeds or patience ends.
   * @template T @param {() => Promise<T>} attempt @returns {Promise<T>}
   */
  async during(attempt) {
    for (;;) {
      try {
        if (this.signal?.aborted) throw cancelled();
        return await attempt();
      } catch (error) {
        await this.#wait(error);
      }
    }
  }

  /** Resolves when it is time for another try; throws where there is none. @param {unknown} error */
  async #wait(error) {
    if (this.signal?.aborted) throw cancelled();
    if (!(error instanceof TransientError)) throw error;
    const delay = this.delays[this.#failures++];
    const asked = error.afterMs ?? 0;
    if (delay === undefined || asked > LONGEST_WAIT_MS) throw error.failure;
    await sleep(Math.max(delay, asked), this.signal);
  }
}

/** @param {number} ms @param {AbortSignal | undefined} signal @returns {Promise<void>} */
function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => (clearTimeout(timer), reject(cancelled()));
    const timer = setTimeout(() => (signal?.removeEventListener("abort", stop), resolve()), ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
