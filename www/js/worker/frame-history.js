// @ts-check
/**
 * What the session's ring of frames holds, kept on the JS side so that it can be put into another engine.
 *
 * @typedef {import("../engine/protocol.js").WasmEngine} WasmEngine
 * @typedef {import("../engine/protocol.js").ModelInfo} ModelInfo
 * @typedef {{rgba: Uint8Array, width: number, height: number}} Picture
 */

/** The clip's history: either a procedural world that has been moved on, or the last frames that were pushed. */
export class ClipHistory {
  /** @type {{seed: number, advanced: number} | null} */
  #world = null;
  /** @type {Uint8Array[]} */
  #frames = [];

  /** The seed of the world while that is the source. */
  get seed() {
    return this.#world?.seed;
  }

  /**
   * @param {WasmEngine} engine @param {number} seed @param {number} length  frames a clip
   * @param {string | import("../engine/protocol.js").WorldSpec} [world]  the recipe's own if not given
   */
  startWorld(engine, seed, length, world = "") {
    this.#frames = [];
    this.#world = { seed, advanced: 0 };
    engine.setWorld(typeof world === "string" ? world : JSON.stringify(world), seed);
    this.advance(engine, length - engine.framesHeld());
  }

  /** Moves the world on; nothing happens while frames are the source. @param {WasmEngine} engine @param {number} frames */
  advance(engine, frames) {
    if (!this.#world || frames <= 0) return;
    engine.advanceWorld(frames);
    this.#world.advanced += frames;
  }

  /** @param {WasmEngine} engine @param {Uint8Array} rgba  [size, size, 4] @param {number} length  frames a clip */
  push(engine, rgba, length) {
    this.#world = null;
    engine.pushFrame(rgba);
    this.#frames.push(rgba);
    if (this.#frames.length > length) this.#frames.shift();
  }

  /**
   * A frame as it came, for a checkpoint. These are large and no checkpoint ever moves to another engine: none is kept.
   * @param {WasmEngine} engine @param {Picture} picture
   */
  pushPicture(engine, { rgba, width, height }) {
    this.#world = null;
    engine.pushPicture(rgba, width, height);
  }

  /** @param {WasmEngine} engine @param {Picture} picture */
  showStill(engine, { rgba, width, height }) {
    this.#world = null;
    engine.showStill(rgba, width, height);
  }

  /** @param {WasmEngine} engine */
  clear(engine) {
    this.#world = null;
    this.#frames = [];
    engine.clearClip();
  }

  /** Puts the clip into another engine of the same frame size. @param {WasmEngine} engine */
  replay(engine) {
    if (this.#world) {
      engine.setWorld("", this.#world.seed); // of the recipe, which came along
      if (this.#world.advanced) engine.advanceWorld(this.#world.advanced);
    }
    for (const frame of this.#frames) engine.pushFrame(frame);
  }
}
