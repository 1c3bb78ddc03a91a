// @ts-check
/**
 * Snapshots that the host takes of a model while it trains, for the page to keep: at once, then every so often, and when
 * training pauses.
 *
 * @typedef {object} SnapshotEnvironment
 * @property {() => number} now       milliseconds
 * @property {() => Promise<void>} take   one snapshot, between two requests; not awaited, so it must not reject
 */

/** Training time between snapshots, and the largest share of it that they may take. */
const EVERY_MS = 10_000;
const SHARE = 0.05;
/** No step for this long after the last one: training was paused, which is a good moment. */
const PAUSE_MS = 400;

export class Snapshots {
  #unsavedMs = EVERY_MS; // so that the first steps are saved at once
  #costMs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #realm;

  /** @param {SnapshotEnvironment} realm */
  constructor(realm) {
    this.#realm = realm;
  }

  /** Another model. */
  restart() {
    this.stop();
    this.#unsavedMs = EVERY_MS;
  }

  stop() {
    clearTimeout(this.#pause);
  }

  /** So much more was trained. @param {number} ms */
  trained(ms) {
    this.#unsavedMs += ms;
    this.stop();
    if (this.#unsavedMs >= Math.max(EVERY_MS, this.#costMs / SHARE)) this.#realm.take();
    // Saving is not to cost more than the training that it saves.
    else if (this.#unsavedMs >= this.#costMs) this.#pause = setTimeout(() => this.#realm.take(), PAUSE_MS);
  }

  /** Takes one, which counts from its beginning. @param {() => Promise<void>} work */
  async taken(work) {
    this.#unsavedMs = 0;
    const began = this.#realm.now();
    await work();
    this.#costMs = this.#realm.now() - began;
  }
}
