// @ts-check
/**
 * The page's one loop: looks at the clip about twice a second, watches it go by window after window where that is wanted,
 * and while training pulls chunks of steps with a look now and then. It awaits each before it asks for the next, so nothing queues up behind a slow engine.
 *
 * @typedef {object} Work
 * @property {() => boolean} canLook      the clip is full and somebody watches
 * @property {() => boolean} canTrain     there is something to learn from
 * @property {() => boolean} watches      it is wanted
 * @property {() => boolean} canWatch     and there is a window that was not seen yet
 * @property {() => Promise<any>} look
 * @property {() => Promise<any>} watch   the next window
 * @property {(steps: number) => Promise<any>} train
 * @property {() => number} step          steps the weights have had; falls back when an engine is restored
 * @property {() => number | undefined} stepMs   how long a step takes, as far as known
 * @property {(error: any) => Promise<boolean>} recover   after an error: true if the loop may go on as before
 * @property {() => void} changed         `training` or `looking` is another
 */

/** Between the starts of two looks. */
const LOOK_MS = 500;
const LOOK_MS_WATCHING = 1000;
const LOOK_MS_TRAINING = 3000;
/** Between the starts of two windows: six a second, where the engine keeps up. */
const WATCH_MS = 160;
/** What others get between two looks, or two windows, of an engine that is slower than that. */
const MIN_GAP_MS = 50;
/** How long the loop rests when there is nothing to do. */
const IDLE_POLL_MS = 50;
/** A chunk takes about this long, so that pause and camera are answered quickly. */
const CHUNK_MS = 500;
const CHUNK_STEPS_MAX = 64;

export class Loop {
  looking = true;
  #work;
  #goal = -1;
  #nextLook = 0;
  #nextWatch = 0;
  /** A chunk was the last thing done, so a look that is due comes first. */
  #justTrained = false;
  /** @type {(() => void)[]} */
  #idle = [];
  /** @type {(() => void) | undefined} */
  #wake;
  #now;

  /** @param {Work} work @param {() => number} [now]  milliseconds */
  constructor(work, now = () => performance.now()) {
    this.#work = work;
    this.#now = now;
  }

  get training() {
    return this.#goal >= 0;
  }

  /** Asks for more steps; resolves when they are taken, or on pause. @param {number} steps @returns {Promise<void>} */
  train(steps) {
    this.#goal = Math.max(this.#goal, this.#work.step()) + steps;
    this.#changed();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Stops training, or else looking; resolves when the chunk in hand is done. @returns {Promise<void>} */
  async pause() {
    if (!this.training) return this.rest();
    this.#goal = Math.min(this.#goal, 0);
    this.#changed();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Stops looking and watching; training goes on. */
  rest() {
    this.looking = false;
    this.#work.changed();
  }

  /** Looks again after a pause. */
  resume() {
    this.looking = true;
    this.#nextLook = 0;
    this.#changed();
  }

  /** Runs until the signal aborts. @param {AbortSignal} [signal] */
  async run(signal) {
    while (!signal?.aborted) {
      const worked = (await this.#watched()) || (await this.#trained()) || (await this.#looked());
      if (!worked) await this.#sleep(IDLE_POLL_MS);
    }
  }

  /** A window, if one is due. Right after it none is, so that others have their turn. @returns {Promise<boolean>} */
  async #watched() {
    if (!this.looking || this.#now() < this.#nextWatch || !this.#work.canWatch()) return false;
    const began = this.#now();
    const worked = await this.#tried(
      () => this.#work.watch(),
      () => {},
    );
    this.#nextWatch = Math.max(began + WATCH_MS, this.#now() + MIN_GAP_MS);
    return worked;
  }

  /** A chunk of training, if any is wanted. Looks come between chunks. @returns {Promise<boolean>} */
  async #trained() {
    if (!this.training || (this.#lookDue() && this.#justTrained)) return false;
    this.#justTrained = true;
    const left = this.#goal - this.#work.step();
    if (left <= 0) return (this.#stopTraining(), true);
    if (!this.#work.canTrain()) return false;
    return this.#tried(
      () => this.#work.train(chunk(left, this.#work.stepMs())),
      () => this.#stopTraining(),
    );
  }

  /** A look, if one is due. @returns {Promise<boolean>} */
  async #looked() {
    this.#justTrained = false;
    if (!this.#lookDue()) return false;
    const began = this.#now();
    const worked = await this.#tried(
      () => this.#work.look(),
      () => (this.looking = false),
    );
    const period = this.training ? LOOK_MS_TRAINING : this.#work.watches() ? LOOK_MS_WATCHING : LOOK_MS;
    this.#nextLook = Math.max(began + period, this.#now() + MIN_GAP_MS);
    return worked;
  }

  #lookDue() {
    return this.looking && this.#now() >= this.#nextLook && this.#work.canLook();
  }

  /** @param {() => Promise<any>} work @param {() => void} giveUp  what is not tried again after an error @returns {Promise<boolean>} it worked */
  async #tried(work, giveUp) {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(await this.#work.recover(error))) giveUp();
      this.#work.changed();
      return false;
    }
  }

  #stopTraining() {
    this.#goal = -1;
    this.#nextLook = 0;
    for (const resolve of this.#idle.splice(0)) resolve();
    this.#work.changed();
  }

  /** @param {number} ms @returns {Promise<void>} */
  #sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => (clearTimeout(timer), resolve());
    });
  }

  #changed() {
    this.#wake?.();
    this.#work.changed();
  }
}

/** Steps for the next chunk. @param {number} left @param {number | undefined} stepMs */
export function chunk(left, stepMs) {
  const fitting = stepMs ? Math.round(CHUNK_MS / stepMs) : 1;
  return Math.max(1, Math.min(left, fitting, CHUNK_STEPS_MAX));
}
