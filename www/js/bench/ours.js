// @ts-check
/**
 * This project's engines, by the small interface they have for measuring.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./safetensors.js").Tensors} Tensors
 * @typedef {import("./training-task.js").TrainingTask} TrainingTask
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {import("../engine/protocol.js").DeviceInfo} DeviceInfo
 *
 * @typedef {object} Encoder      what is timed, whoever made it
 * @property {(video: Float32Array, batch: number) => () => Promise<Float32Array>} prepare
 *   clips `[B, 3, T, H, W]`; the returned function runs the encoder and reads its features, `[B * N, D]`
 * @property {() => void} free
 *
 * @typedef {object} Trainer
 * @property {() => Promise<number>} step    one step; the loss
 * @property {() => void} free
 *
 * @typedef {object} BenchModule   what an engine exports for this page
 * @property {() => Promise<string>} openDevice
 * @property {() => Promise<string>} measureTiles
 * @property {{create: (config: string, safetensors: Uint8Array) => WasmEncoder}} [BenchEncoder]
 * @property {{create: (family: string, preset: string, seed: number) => Trainer}} [BenchTrainer]
 * @property {{create: (task: string, safetensors: Uint8Array, video: Float32Array) => Trainer}} [BenchStep]
 * @property {(preset: string) => number} [stepFlops]
 * @property {(preset: string) => number} [planFlops]
 * @property {import("../engine/protocol.js").ActorClass} [Actor]
 *
 * @typedef {{encode: (video: Float32Array, batch: number) => Promise<Float32Array>, free: () => void}} WasmEncoder
 */
import { FailureError } from "../base/errors.js";
import { ENGINE_NAMES, loadEngine } from "../worker/load-wasm.js";
import { configJson } from "./geometry.js";
import { writeSafetensors } from "./safetensors.js";

/** @type {Map<DeviceKind, Promise<{module: BenchModule, device: DeviceInfo}>>} one device each, however often asked */
const opened = new Map();

/** @param {DeviceKind} kind */
export async function openOurs(kind) {
  if (!opened.has(kind)) opened.set(kind, load(kind));
  const { module, device } = await /** @type {Promise<{module: BenchModule, device: DeviceInfo}>} */ (opened.get(kind));
  return {
    name: `vjepa-web, ${kind === "cpu" ? "CPU" : "WebGPU"}`,
    device,
    /** @param {Geometry} g @param {Tensors | Uint8Array} weights @returns {Promise<Encoder>} */
    async create(g, weights) {
      const bytes = weights instanceof Uint8Array ? weights : writeSafetensors(weights);
      const encoder = wanted(module.BenchEncoder, kind, "BenchEncoder").create(configJson(g), bytes);
      return {
        prepare: (video, batch) => () => encoder.encode(video, batch),
        free: () => encoder.free(),
      };
    },
    /** @param {string} preset @param {number} seed @returns {Trainer} */
    trainer: (preset, seed) => wanted(module.BenchTrainer, kind, "BenchTrainer").create("vjepa2", preset, seed),
    /** The same step again and again. @param {TrainingTask} task @returns {Trainer} */
    fixedTrainer({ preset, masks, rates, weights, video }) {
      const task = JSON.stringify({ preset, masks, rates });
      return wanted(module.BenchStep, kind, "BenchStep").create(task, writeSafetensors(weights), video);
    },
    /** @param {Uint8Array} model @param {number} seed of the room */
    agent: (model, seed) => wanted(module.Actor, kind, "Actor").open(model, seed),
    /** Floating point operations of a preset's training step. @param {string} preset */
    stepFlops: (preset) => wanted(module.stepFlops, kind, "stepFlops")(preset),
    /** Of a plan. @param {string} preset */
    planFlops: (preset) => wanted(module.planFlops, kind, "planFlops")(preset),
  };
}

/** @param {DeviceKind} kind */
async function load(kind) {
  const module = /** @type {any} */ (await loadEngine(kind, () => {}));
  const device = JSON.parse(await module.openDevice());
  if (kind === "webgpu" && !device.software) await module.measureTiles();
  return { module, device };
}

/** @template T @param {T | undefined} part @param {DeviceKind} kind @param {string} name @returns {T} */
function wanted(part, kind, name) {
  if (part) return part;
  throw new FailureError("bench-missing", "This {engine} has no {name}: build it again from these sources.", {
    engine: ENGINE_NAMES[kind],
    name,
  });
}
