// @ts-check
/** An engine without a model: it keeps account of what it was asked, and can be told to be slow, to fail or to trap. */

/** What WebAssembly throws when Rust panics. */
export const trap = () => new WebAssembly.RuntimeError("unreachable");

/**
 * @param {"cpu"|"webgpu"} kind
 * @param {{clock?: Clock, lookMs?: number, stepMs?: number, adapter?: string}} [options]
 */
export function fakeModule(kind, { clock = new Clock(), lookMs = 1, stepMs = 1, adapter = kind } = {}) {
  /** @type {FakeEngine[]} */
  const engines = [];
  class FakeEngine {
    pushed = 0;
    world = -1;
    advanced = 0;
    freed = false;
    /** @type {string[]} */
    calls = [];
    /** @type {() => any} run in place of the next call of `train` or `look` */
    hook = () => undefined;

    /** @param {{preset: string, family: string, steps: number}} model */
    constructor(model) {
      this.model = model;
      engines.push(this);
    }
    info() {
      const { preset, family } = this.model;
      return JSON.stringify({ preset, family, params: 1000, tokens: 8, width: 4, depth: 1, grid: [2, 2, 2], frames: 4, size: 2, patch: 1, tubelet: 2, batch: 1 });
    }
    step() { return this.model.steps; }
    /** @param {number} seed */
    setWorld(seed) { this.world = seed; this.pushed = 0; }
    /** @param {number} frames */
    advanceWorld(frames) { this.advanced += frames; this.pushed = Math.min(4, this.pushed + frames); }
    pushFrame() { this.pushed = Math.min(4, this.pushed + 1); }
    clearClip() { this.pushed = 0; }
    framesHeld() { return this.pushed; }
    async prewarm() { this.calls.push("prewarm"); }
    /** @param {string} mask */
    async look(mask) {
      this.calls.push(`look ${mask}`);
      await this.#work(lookMs);
      return { std: new Float32Array([1, 2, 3, 4]), effectiveRank: 2, context: new Uint32Array([0]), target: new Uint32Array([1]) };
    }
    /** @param {number} token */
    similarity(token) { return new Float32Array(8).fill(token); }
    async embed() { return new Float32Array(32); }
    /** @param {number} steps */
    async train(steps) {
      this.calls.push(`train ${steps}`);
      await this.#work(stepMs * steps);
      this.model.steps += steps;
      return JSON.stringify({ step: this.model.steps, losses: Array(steps).fill(1), learningRate: 0, momentum: 0, health: { std: 1, effectiveRank: 2 } });
    }
    async snapshot() { return new TextEncoder().encode(JSON.stringify(this.model)); }
    free() { this.freed = true; }
    /** @param {number} ms */
    async #work(ms) {
      const hook = this.hook;
      this.hook = () => undefined;
      await hook();
      clock.now += ms;
    }
  }
  return {
    engines,
    default: async () => {},
    presets: () => JSON.stringify([{ name: "tiny" }]),
    openDevice: async () => JSON.stringify({ kind, adapter, software: false, maxBufferBytes: 0 }),
    Engine: {
      /** @param {string} settings */
      create(settings) {
        const { preset, family } = JSON.parse(settings);
        if (preset === "huge") throw Object.assign(new Error("Too large: choose a smaller preset."), { code: "bad-config" });
        return new FakeEngine({ preset, family, steps: 0 });
      },
      /** @param {Uint8Array} bytes */
      restore: (bytes) => new FakeEngine(JSON.parse(new TextDecoder().decode(bytes))),
    },
  };
}

export class Clock {
  now = 0;
}

/** Lets everything that is ready run. */
export const settle = (turns = 20) => new Promise((resolve) => {
  /** @param {number} left */
  const turn = (left) => (left ? setImmediate(turn, left - 1) : resolve(undefined));
  turn(turns);
});
