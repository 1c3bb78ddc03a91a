// @ts-check
/** Draws what is new, a task a view, so that no task holds up the page. */
export class Painter {
  /** @type {Map<string, () => void>} */
  #pending = new Map();
  #painting = false;

  /** @param {string} name @param {() => void} paint  replaces the one of this name that still waits */
  async ask(name, paint) {
    this.#pending.set(name, paint);
    if (this.#painting) return;
    this.#painting = true;
    for (const [next, work] of this.#pending) {
      this.#pending.delete(next);
      work();
      await new Promise((resolve) => setTimeout(resolve));
    }
    this.#painting = false;
  }

  /** What waits under this name is not painted. @param {string} name */
  drop(name) {
    this.#pending.delete(name);
  }
}
