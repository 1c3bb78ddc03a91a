// @ts-check
import { createHash } from "node:crypto";
import { FakeActor } from "./actor.js";
import { fewshot } from "./fewshot.js";

/** An engine without a model: it keeps account of what it was asked, and can be told to be slow, to fail or to trap. */

/** What WebAssembly throws when Rust panics. */
export const trap = () => new WebAssembly.RuntimeError("unreachable");

/** Bytes that a loading engine reads at once. */
const PIECE = 1000;
const frozen = () => Object.assign(new Error("A checkpoint cannot be trained."), { code: "frozen" });

/** What an engine says of itself. @type {import("../../../www/js/engine/protocol.js").Constants} */
export const CONSTANTS = {
  threshold: 6,
  warmUp: 16,
  violations: ["vanish", "shape", "reverse"],
  masks: ["short", "long", "future"],
  bytes: { f32: { value: 4, channel: 0 }, f16: { value: 2, channel: 0 }, int8: { value: 1, channel: 4 } },
};

/**
 * @param {"cpu"|"webgpu"} kind
 * @param {{clock?: Clock, lookMs?: number, stepMs?: number, adapter?: string}} [options]
 */
export function fakeModule(kind, { clock = new Clock(), lookMs = 1, stepMs = 1, adapter = kind } = {}) {
  /** @type {FakeEngine[]} */
  const engines = [];
  /** @type {any[]} */
  const loads = [];
  /** @type {FakeActor[]} */
  const actors = [];
  class FakeEngine {
    pushed = 0;
    world = -1;
    /** What worlds were asked for. @type {string[]} */
    worlds = [];
    /** Steps of kept moments. @type {number[]} */
    kept = [];
    advanced = 0;
    freed = false;
    /** @type {string[]} */
    calls = [];
    /** @type {() => any} run in place of the next call of `train` or `look` */
    hook = () => undefined;

    /** Sizes of what was pushed in place of frames. @type {string[]} */
    pictures = [];

    /** @param {{preset: string, family: string, steps: number, report?: any, frames?: number, recipe?: any}} model  `report`: it was loaded */
    constructor(model) {
      this.model = model;
      engines.push(this);
    }
    info() {
      const { preset, family, report } = this.model;
      const loaded = report && { checkpoint: true, name: report.name, precision: report.precision, classes: 0 };
      return JSON.stringify({
        ...loaded,
        preset,
        family,
        params: 1000,
        tokens: 8,
        width: 4,
        depth: 1,
        grid: [2, 2, 2],
        frames: 4,
        size: 2,
        patch: 1,
        tubelet: 2,
        batch: 1,
      });
    }
    report() {
      return JSON.stringify(this.model.report ?? null);
    }
    /** @param {Uint8Array} rgba @param {number} width @param {number} height */
    pushPicture(rgba, width, height) {
      this.pictures.push(`${width}×${height}`);
      this.pushFrame();
    }
    /** @param {Uint8Array} rgba @param {number} width @param {number} height */
    showStill(rgba, width, height) {
      this.pictures.push(`still ${width}×${height}`);
      this.pushed = 4;
    }
    /** @param {string} dtype @param {(chunk: Uint8Array) => any} sink */
    async exportFolder(dtype, sink) {
      for (const text of ["PK", dtype, this.model.preset]) await sink(new TextEncoder().encode(text));
    }
    step() {
      return this.model.steps;
    }
    /** @param {string} world @param {number} seed */
    setWorld(world, seed) {
      this.worlds.push(world);
      this.world = seed;
      this.pushed = 0;
    }
    recipe() {
      return JSON.stringify(this.model.recipe ?? { batch: 2 });
    }
    /** @param {string} text */
    setRecipe(text) {
      const recipe = JSON.parse(text);
      if (recipe.batch > 64)
        throw Object.assign(new Error("batch must be between 1 and 64, not 65: change it."), { code: "bad-recipe" });
      this.model.recipe = recipe;
    }
    /** @param {string} text */
    setRates(text) {
      this.model.recipe = { ...JSON.parse(this.recipe()), ...JSON.parse(text) };
    }
    keepModel() {
      this.kept.push(this.model.steps);
    }
    keptModels() {
      return JSON.stringify(this.kept.map((step) => ({ step })));
    }
    /** @param {number | undefined} step */
    showKeptModel(step) {
      this.calls.push(`show ${step}`);
    }
    /** @param {number} step */
    rewind(step) {
      this.model.steps = step;
    }
    /** @param {string} notes */
    async exportRun(notes) {
      return new TextEncoder().encode(JSON.stringify({ ...this.model, notes, seed: this.world }));
    }
    /** @param {Uint8Array} bytes */
    importRun(bytes) {
      const { notes, seed, ...model } = JSON.parse(new TextDecoder().decode(bytes));
      if (!model.preset) throw Object.assign(new Error("This file was damaged."), { code: "bad-checkpoint" });
      this.model = model;
      const source = seed >= 0 ? { kind: "world", seed } : { kind: "other" };
      return JSON.stringify({ step: model.steps, recipe: JSON.parse(this.recipe()), source, notes });
    }
    /** @param {Uint8Array} bytes @param {string} recipe */
    startFrom(bytes, recipe) {
      this.calls.push("start");
      if (!bytes.length)
        throw Object.assign(new Error("This file is damaged: get it again."), { code: "bad-checkpoint" });
      this.model = { preset: new TextDecoder().decode(bytes), family: "vjepa2", steps: 0, recipe: JSON.parse(recipe) };
    }
    bank() {
      return JSON.stringify({ clips: this.pushed, bytes: 16 * this.pushed, budget: 1000 });
    }
    /** @param {number} frames */
    advanceWorld(frames) {
      this.advanced += frames;
      this.pushed = Math.min(4, this.pushed + frames);
    }
    pushFrame() {
      this.pushed = Math.min(4, this.pushed + 1);
    }
    clearClip() {
      this.pushed = 0;
    }
    framesHeld() {
      return this.pushed;
    }
    async prewarm() {
      this.calls.push("prewarm");
    }
    /** @param {string} mask */
    async look(mask) {
      this.calls.push(`look ${mask}`);
      await this.#work(lookMs);
      return {
        frames: new Uint8Array(4 * 2 * 2 * 4),
        grid: new Uint32Array([2, 2, 2]),
        tubelet: 2,
        std: new Float32Array([1, 2, 3, 4]),
        effectiveRank: 2,
        context: new Uint32Array([0]),
        target: new Uint32Array([1]),
      };
    }
    /** @param {number} token */
    similarity(token) {
      return new Float32Array(8).fill(token);
    }
    async embed() {
      return new Float32Array(32);
    }
    /** Engines that each step and each portion could be shared among. @type {number[]} */
    offered = [];
    /** @param {number} steps @param {import("../../../www/js/engine/protocol.js").Helpers} [helpers] */
    async train(steps, helpers) {
      this.offered.push(helpers?.workers ?? 1);
      if (this.model.report) throw frozen();
      this.calls.push(`train ${steps}`);
      await this.#work(stepMs * steps);
      this.adapted = 0;
      this.model.steps += steps;
      return JSON.stringify({
        step: this.model.steps,
        losses: Array(steps).fill(1),
        learningRate: 0,
        momentum: 0,
        engines: 1,
        health: { std: 1, effectiveRank: 2 },
      });
    }
    /** Portions of the exam under way that were asked; -1 for none. */
    asked = -1;
    /** @param {string} settings */
    beginExam(settings) {
      this.calls.push(`exam ${settings}`);
      this.asked = 0;
    }
    /** @param {import("../../../www/js/engine/protocol.js").Helpers} [helpers] */
    async examine(helpers) {
      this.offered.push(helpers?.workers ?? 1);
      if (this.asked < 0) throw Object.assign(new Error("No exam is under way."), { code: "no-exam" });
      await this.#work(1);
      this.asked += 1;
      const mean = { n: this.asked, value: 0.5, low: 0, high: 1 };
      return JSON.stringify({
        done: this.asked,
        portions: 3,
        kinds: [],
        skipped: [],
        mean,
        max: mean,
        peak: mean,
        alarm: 0.5,
        features: null,
        probes: [],
        neighbours: null,
      });
    }
    endExam() {
      this.asked = -1;
    }
    /** Surprise at the hottest place of each window to come; the last one stays. */
    heat = [0];
    windows = 0;
    threshold = 6;
    ringing = false;
    /** Of each alarm, whether it was called false. @type {boolean[]} */
    refuted = [];
    /** What it makes of labels, until told otherwise. @type {import("../../../www/js/engine/protocol.js").Trust["verdict"]} */
    verdict = "sure";
    /** How certain the labels were that came with windows. @type {(number | undefined)[]} */
    shares = [];
    /** @param {number} [past] @param {number} [horizon] @param {number} [share] */
    async surprise(past, horizon, share) {
      this.shares.push(share);
      if (this.model.report)
        throw Object.assign(new Error("This checkpoint predicts nothing of its own features: open another one."), {
          code: "unexaminable",
        });
      this.calls.push("surprise");
      await this.#work(10);
      const missing = Math.max(0, 2 - this.windows++);
      const peak = missing ? 0 : /** @type {number} */ (this.heat.length > 1 ? this.heat.shift() : this.heat[0]);
      const began = !this.ringing && peak >= this.threshold ? this.refuted.push(false) - 1 : null;
      this.ringing = began !== null || (this.ringing && peak >= 0.6 * this.threshold);
      const frames = new Uint8Array(2 * 2 * 2 * 4).fill(this.windows);
      return {
        errors: new Float32Array(4),
        error: 0.1,
        heat: new Float32Array([peak, 0, 0, 0]),
        mean: peak / 4,
        max: peak,
        peak,
        missing,
        frames,
        began,
        ringing: this.ringing,
        verdict: share === undefined ? "none" : this.verdict,
        places: Uint32Array.from(this.ringing ? [0] : []),
        part: this.ringing ? "top-left" : null,
        ...this.#alarm(),
        ...this.laws.window(began !== null, missing > 0),
      };
    }
    laws = new FakeLaws();
    /** @param {string} violation  JSON */
    breakLaw(violation) {
      this.calls.push(`break ${violation}`);
      this.laws.break(JSON.parse(violation));
    }
    alarm() {
      return JSON.stringify({ began: null, ringing: this.ringing, ...this.#alarm() });
    }
    #alarm() {
      return {
        threshold: this.threshold,
        alarms: this.refuted.length,
        falseAlarms: this.refuted.filter(Boolean).length,
      };
    }
    /** @param {number} threshold */
    setAlarm(threshold) {
      this.threshold = threshold;
    }
    /** @param {number} alarm @param {boolean} isFalse */
    refuteAlarm(alarm, isFalse) {
      if (alarm >= this.refuted.length)
        throw Object.assign(new Error("There was no such alarm."), { code: "no-alarm" });
      this.refuted[alarm] = isFalse;
    }
    /** Steps in which the predictor adapted to the place. */
    adapted = 0;
    /** @param {number} steps @param {number} rate */
    async adapt(steps, rate) {
      this.calls.push(`adapt ${steps} ${rate}`);
      await this.#work(stepMs * steps);
      this.adapted += steps;
      return JSON.stringify({ steps: this.adapted, losses: Array(steps).fill(1 / this.adapted) });
    }
    undoAdaptation() {
      this.adapted = 0;
    }
    async snapshot() {
      if (this.model.report) throw frozen();
      return new TextEncoder().encode(JSON.stringify(this.model));
    }
    free() {
      this.freed = true;
    }
    /** @param {number} ms */
    async #work(ms) {
      const hook = this.hook;
      this.hook = () => undefined;
      await hook();
      clock.now += ms;
    }
  }
  Object.assign(FakeEngine.prototype, fewshot);
  /** @param {string} of @param {number} seed */
  const actor = (of, seed) => {
    const made = new FakeActor(of, seed);
    actors.push(made);
    return made;
  };
  return {
    engines,
    actors,
    Actor: {
      /** @param {Uint8Array} model @param {number} seed */
      async open(model, seed) {
        if (!model.length) throw Object.assign(new Error("This file holds no V-JEPA."), { code: "bad-checkpoint" });
        return actor("file", seed);
      },
      /** @param {FakeEngine} engine @param {number} seed */
      async ofEngine(engine, seed) {
        if (engine.model.preset !== "actor")
          throw Object.assign(new Error("This model knows nothing of actions."), { code: "no-actions" });
        return actor("engine", seed);
      },
    },
    /** Options of each load. */
    loads,
    default: async () => {},
    /** @param {string} kind @param {string} task @param {Uint8Array} clips @param {Float32Array} weights */
    help: async (kind, task, clips, weights) => new Float32Array([weights.reduce((sum, weight) => sum + weight, 0)]),
    presets: () => JSON.stringify([{ name: "tiny" }]),
    constants: () => JSON.stringify(CONSTANTS),
    openDevice: async () => JSON.stringify({ kind, adapter, software: false, maxBufferBytes: 0 }),
    Engine: {
      /** @param {string} settings */
      create(settings) {
        const { preset, family } = JSON.parse(settings);
        if (preset === "huge")
          throw Object.assign(new Error("Too large: choose a smaller preset."), { code: "bad-config" });
        return new FakeEngine({ preset, family, steps: 0 });
      },
      /** @param {Uint8Array} bytes */
      restore: (bytes) => new FakeEngine(JSON.parse(new TextDecoder().decode(bytes))),
      /** @param {any[]} readers @param {string} text @param {(loaded: number, total: number, tensors: number, of: number) => void} progress */
      async load(readers, text, progress) {
        const options = JSON.parse(text);
        loads.push(options);
        const total = readers.reduce((sum, { size }) => sum + size, 0);
        const sha256 = [];
        let bytes = 0;
        for (const reader of readers) {
          const hash = createHash("sha256");
          for (let at = 0; at < reader.size; at += PIECE) {
            const piece = await reader.read(at, Math.min(PIECE, reader.size - at));
            hash.update(piece);
            bytes += piece.length;
            progress(bytes, total, 0, readers.length);
          }
          sha256.push(hash.digest("hex"));
        }
        if (options.name === "other.safetensors")
          throw Object.assign(new Error("This file holds no V-JEPA."), { code: "bad-checkpoint" });
        const report = {
          name: options.name,
          precision: options.precision,
          matched: 3,
          missing: [],
          unused: [],
          bytes,
          sha256,
          whole: true,
        };
        return new FakeEngine({ preset: options.name, family: "vjepa2", steps: 0, report });
      },
      /** @param {Uint8Array} fixture */
      prove: async (fixture) =>
        JSON.stringify([
          {
            fixture: new TextDecoder().decode(fixture),
            what: "features",
            precision: "f32",
            worst: 0,
            mean: 0,
            cosine: 1,
            tolerance: 1,
            passed: true,
          },
        ]),
    },
  };
}

/** Laws that are broken: each happens in the next window, is counted in the one after it, and is over in the third. */
class FakeLaws {
  /** What the scene lacks for each violation that there is. @type {[string, string | null][]} */
  lacking = [
    ["teleport", null],
    ["colour", null],
    ["pass-through", "block"],
  ];
  score = { broken: 0, noticed: 0, windows: 0, falseAlarms: 0, kinds: /** @type {any[]} */ ([]) };
  /** @type {{violation: string, age: number, noticed: boolean} | null} */
  #pending = null;

  /** @param {string} violation */
  break(violation) {
    const lacks = this.lacking.find(([name]) => name === violation)?.[1];
    const refused = lacks ? "This scene has no block to go through: begin a new one." : this.#taken();
    if (refused) throw Object.assign(new Error(refused), { code: "no-law" });
    this.#pending = { violation, age: 0, noticed: false };
  }

  #taken() {
    return this.#pending ? "A law is being broken already: wait until it is counted." : "";
  }

  /** The next window. @param {boolean} began  an alarm @param {boolean} missing  it is not known yet what is usual */
  window(began, missing) {
    const { score } = this;
    const law = this.#pending;
    if (law) law.age += 1;
    else if (!missing) ((score.windows += 1), (score.falseAlarms += Number(began)));
    if (law && law.age <= 2) law.noticed ||= began;
    if (law?.age === 2) this.#count(law);
    if (law?.age === 3) this.#pending = null;
    const happened = law?.age === 1 ? law.violation : null;
    const outcome = law?.age === 2 ? { violation: law.violation, noticed: law.noticed } : null;
    const pending = this.#pending?.violation ?? null;
    return { laws: { pending, happened, outcome, score: structuredClone(score) }, lacking: this.lacking };
  }

  /** @param {{violation: string, noticed: boolean}} law */
  #count({ violation, noticed }) {
    const { kinds } = this.score;
    if (!kinds.some((kind) => kind.violation === violation)) kinds.push({ violation, broken: 0, noticed: 0 });
    for (const count of [this.score, kinds.find((kind) => kind.violation === violation)])
      ((count.broken += 1), (count.noticed += Number(noticed)));
  }
}

export class Clock {
  now = 0;
}

/** Lets everything that is ready run. */
export const settle = (turns = 20) =>
  new Promise((resolve) => {
    /** @param {number} left */
    const turn = (left) => (left ? setImmediate(turn, left - 1) : resolve(undefined));
    turn(turns);
  });
