// @ts-check
/**
 * How cost grows with tokens, width and batch. A side stops where a run would take too long, or fails.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Tick} Tick
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./ours.js").Encoder} Encoder
 * @typedef {(g: Geometry, batch: number) => Promise<Encoder>} Create
 */
import { CLIP_TOKENS, flops, tokens, VIT_TI, withTokens, withWidth } from "./geometry.js";
import { openOrt } from "./ort.js";
import { openOurs } from "./ours.js";
import { PEERS } from "./peers.js";
import { median, time } from "./pairs.js";
import { difference } from "./reference.js";
import { randomVideo, randomWeights } from "./weights.js";

const SEED = 1;
const TOLERANCE = 1e-3;
const RUNS = 3;

/** @type {{what: string, points: {geometry: Geometry, batch: number}[]}[]} each cheapest first */
const AXES = [
  {
    what: "tokens",
    points: CLIP_TOKENS.filter((count) => count >= 64).map((count) => ({
      geometry: withTokens(VIT_TI, count),
      batch: 1,
    })),
  },
  {
    what: "width",
    points: [192, 384, 768, 1024].map((width) => ({
      geometry: withWidth(withTokens(VIT_TI, 256), width),
      batch: 1,
    })),
  },
  { what: "batch", points: [1, 2, 4, 8].map((batch) => ({ geometry: withTokens(VIT_TI, 64), batch })) },
];

/** @param {Results} results @param {Tick} tick */
export async function measureCurve({ machine, options, curve, notes }, tick) {
  /** @type {("cpu" | "webgpu")[]} */
  const devices = machine.adapter ? ["cpu", "webgpu"] : ["cpu"];
  for (const device of devices) {
    const sides = climbers(device, options.curveMs);
    for (const { what, points } of AXES) {
      for (const { geometry, batch } of points) {
        const point = {
          what,
          device,
          tokens: tokens(geometry),
          width: geometry.width,
          batch,
          flops: flops(geometry, batch),
        };
        await tick(`${what} on ${device}: ${point.tokens} tokens, width ${point.width}, batch ${batch}`);
        const [ours, theirs] = [await sides.ours.climb(geometry, batch), await sides.theirs.climb(geometry, batch)];
        if (!ours && !theirs) break;
        const apart = ours && theirs ? difference(ours.features, theirs.features) : 0;
        if (apart > TOLERANCE)
          notes.push(`${device}, ${point.tokens} tokens: both sides differ by ${apart.toPrecision(2)}.`);
        curve.push({ ...point, ours: ours?.ms ?? null, theirs: theirs?.ms ?? null });
      }
    }
  }
}

/** @param {"cpu" | "webgpu"} device @param {number} limit milliseconds */
function climbers(device, limit) {
  return {
    ours: new Climber(async (g) => (await openOurs(device)).create(g, randomWeights(g, SEED)), limit),
    theirs: new Climber(async (g, batch) => {
      const engine = await openOrt(PEERS, device === "cpu" ? "wasm" : "webgpu");
      // Fused attention came out wrong on some WebGPU adapters; wasm has no such trouble.
      return engine.create(g, randomWeights(g, SEED), device === "cpu" ? "mha" : "matmul", batch);
    }, limit),
  };
}

/** One engine on its way up. */
class Climber {
  #create;
  #limit;
  /** milliseconds an operation, so far; 0 before the first point */
  #pace = 0;

  /** @param {Create} create @param {number} limit milliseconds */
  constructor(create, limit) {
    this.#create = create;
    this.#limit = limit;
  }

  /**
   * @param {Geometry} g @param {number} batch
   * @returns {Promise<{ms: number, features: Float32Array} | null>} null where it stops
   */
  async climb(g, batch) {
    if (this.#pace * flops(g, batch) > this.#limit) return null;
    try {
      const encoder = await this.#create(g, batch);
      const run = encoder.prepare(randomVideo(g, batch, SEED), batch);
      const features = (await run()).slice();
      const times = [];
      while (times.length < RUNS && (times.at(-1) ?? 0) < this.#limit / RUNS) times.push(await time(run));
      encoder.free();
      const ms = /** @type {number} */ (median(times));
      this.#pace = ms / flops(g, batch);
      return { ms, features };
    } catch (error) {
      console.warn(error);
      this.#pace = this.#limit / flops(g, batch); // as if it had taken all of the time: nothing larger is tried
      return null;
    }
  }
}
