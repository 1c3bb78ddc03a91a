// @ts-check
/**
 * The benchmark: what is compared with what, in which order. The page and `make bench` both call `run`.
 *
 * @typedef {import("./gpu-probe.js").Counts} Counts
 * @typedef {import("./gpu-probe.js").KernelTime} KernelTime
 * @typedef {import("./pairs.js").Summary} Summary
 * @typedef {import("./matmul.js").Measured} Measured
 * @typedef {"cpu" | "webgpu" | "training" | "actor" | "sharing" | "matmul" | "curve"} Section
 *
 * @typedef {object} Options
 * @property {Section[]} only        what to run
 * @property {number} pairs          at most, a case
 * @property {number} caseMs         about as long a case may take; fewer pairs then, but never fewer than three
 * @property {number[]} cpuTokens    clips for the CPU engines
 * @property {number[]} gpuTokens    clips for WebGPU
 * @property {string[]} presets      for the training step
 * @property {number} curveMs        the curve ends where one run would take longer
 * @property {string} given          folder with config.json, model.safetensors and io.safetensors, or ""
 *
 * @typedef {object} Side            one engine in one case
 * @property {string} name
 * @property {string} [failed]       why there is no time, in a sentence
 * @property {number} [difference]   from what the features should be
 * @property {string} [remark]       what else was tried
 * @property {number} [firstMs]      from weights in memory to the first result
 * @property {Counts} [counts]       of one run; none on the CPU
 * @property {Counts} [setup]        of everything up to the first result
 * @property {number} [liveBytes]    buffers alive after the timed runs
 * @property {KernelTime[]} [kernels]
 *
 * @typedef {object} Case
 * @property {string} what
 * @property {"cpu" | "webgpu"} device
 * @property {number} [tokens]
 * @property {number} [flops]
 * @property {Side} ours
 * @property {Side} theirs
 * @property {Summary} times
 *
 * @typedef {{what: string, device: string, tokens: number, width: number, batch: number, flops: number,
 *   ours: number | null, theirs: number | null}} Point
 * @typedef {{tokens: number, measured: Measured[], bestMs: number, encoderMs: number | null,
 *   share: number | null}} Share
 * @typedef {{date: string, userAgent: string, cores: number, adapter: string, software: boolean, timestamps: boolean,
 *   isolated: boolean}} Machine
 * @typedef {{machine: Machine, options: Options, forward: Case[], training: Case[], sixBlocks?: Counts,
 *   alone: import("./actor.js").Alone[],
 *   sharing: import("./sharing.js").Sharing[], matmul: Share[], curve: Point[], notes: string[]}} Results
 */
import { findAdapter } from "../worker/watch-gpu.js";
import { measureActor } from "./actor.js";
import { measureCurve } from "./curve.js";
import { measureForward } from "./forward.js";
import { products, VIT_TI, withTokens } from "./geometry.js";
import { bestMatmuls, totalMs } from "./matmul.js";
import { openOurs } from "./ours.js";
import { median, time } from "./pairs.js";
import { measureSharing } from "./sharing.js";
import { measureTraining } from "./training-step.js";
import { randomVideo, randomWeights } from "./weights.js";

/** @type {Section[]} */
export const SECTIONS = ["cpu", "webgpu", "training", "actor", "sharing", "matmul", "curve"];

/** What can't be measured without a graphics adapter. @type {Section[]} */
export const GPU_SECTIONS = ["webgpu", "matmul"];

/** What suits this machine. @param {Machine} machine @returns {Options} */
export function defaults({ adapter, software }) {
  return {
    only: SECTIONS.filter((section) => adapter !== "" || !GPU_SECTIONS.includes(section)),
    pairs: 20,
    caseMs: 60_000,
    cpuTokens: [32, 64, 256],
    gpuTokens: software ? [32, 64, 256] : [64, 256, 1024, 2048],
    presets: ["nano", "tiny"],
    curveMs: software ? 5_000 : 10_000,
    given: "",
  };
}

/** @returns {Promise<Machine>} */
export async function describeMachine() {
  const adapter = await findAdapter();
  const features = (await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }))?.features;
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    userAgent: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    adapter: adapter?.name ?? "",
    software: adapter?.software ?? false,
    timestamps: features?.has("timestamp-query") ?? false,
    isolated: globalThis.crossOriginIsolated,
  };
}

/**
 * @param {Partial<Options>} wanted @param {(doing: string, results: Results) => void} progress  `results` so far
 * @returns {Promise<Results>}
 */
export async function run(wanted, progress) {
  const machine = await describeMachine();
  const options = { ...defaults(machine), ...wanted };
  /** @type {Results} */
  const results = {
    machine,
    options,
    forward: [],
    training: [],
    alone: [],
    sharing: [],
    matmul: [],
    curve: [],
    notes: [],
  };
  const tick = async (/** @type {string} */ doing) => {
    progress(doing, results);
    await new Promise((done) => setTimeout(done, 20)); // lets the page draw
  };
  for (const section of SECTIONS.filter((section) => options.only.includes(section))) {
    try {
      await STEPS[section](results, tick);
    } catch (error) {
      console.warn(error);
      results.notes.push(`${section}: ${/** @type {Error} */ (error).message}`);
    }
  }
  progress("", results);
  return results;
}

/** @typedef {(doing: string) => Promise<void>} Tick */

/** @type {Record<Section, (results: Results, tick: Tick) => Promise<void>>} */
const STEPS = {
  cpu: (results, tick) => measureForward("cpu", results, tick),
  webgpu: (results, tick) => measureForward("webgpu", results, tick),
  training: (results, tick) => measureTraining(results, tick),
  actor: (results, tick) => measureActor(results, tick),
  sharing: (results, tick) => measureSharing(results, tick),
  matmul: (results, tick) => measureMatmul(results, tick),
  curve: (results, tick) => measureCurve(results, tick),
};

/** Bare products, with the encoder before and after them: what both run on changes less within a minute than in an hour. */
const ENCODER_RUNS = 3;

/** @param {Results} results @param {Tick} tick */
async function measureMatmul({ options, matmul }, tick) {
  const most = 2048; // the scores of more tokens outgrow the buffers every adapter has to allow
  const ours = await openOurs("webgpu");
  for (const count of options.gpuTokens.filter((count) => count <= most)) {
    await tick(`matrix products of ${count} tokens`);
    const geometry = withTokens(VIT_TI, count);
    const encoder = await ours.create(geometry, randomWeights(geometry, 1));
    const run = encoder.prepare(randomVideo(geometry, 1, 1), 1);
    await run();
    const before = await timesOf(run);
    const measured = await bestMatmuls(products(geometry), tick);
    const encoderMs = /** @type {number} */ (median([...before, ...(await timesOf(run))]));
    encoder.free();
    const bestMs = totalMs(measured);
    matmul.push({ tokens: count, measured, bestMs, encoderMs, share: bestMs / encoderMs });
  }
}

/** @param {() => Promise<unknown>} run @returns {Promise<number[]>} milliseconds */
async function timesOf(run) {
  const times = [];
  for (let i = 0; i < ENCODER_RUNS; i++) times.push(await time(run));
  return times;
}
