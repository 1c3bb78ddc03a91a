// @ts-check
/**
 * A model with actions, which no peer runs: a training step of its preset, and a plan of the model that comes with the
 * page, on both engines.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Options} Options
 * @typedef {import("./bench.js").Tick} Tick
 * @typedef {import("./gpu-probe.js").Counts} Counts
 * @typedef {{run: () => Promise<unknown>, flops: number, free: () => void}} Work
 *
 * @typedef {object} Alone           something that only this project does, on one engine
 * @property {string} what
 * @property {"cpu" | "webgpu"} device
 * @property {string} [failed]       why there is no time, in a sentence
 * @property {number} [flops]        of its matrix products
 * @property {number} [firstMs]
 * @property {number} [ms]           median
 * @property {number} [runs]
 * @property {Counts} [counts]       of one run; none on the CPU
 */
import { gpuOnly, probe } from "./contest.js";
import { openOurs } from "./ours.js";
import { median, time } from "./pairs.js";

const PRESET = "actor";
const MODEL = new URL("../../assets/actor.safetensors", import.meta.url);
const SEED = 1;
/** Where the agent is to go, in sides of the picture. */
const GOAL = /** @type {const} */ ([0.85, 0.85]);
const FEWEST_RUNS = 3;

/** @param {Results} results @param {Tick} tick */
export async function measureActor({ machine, options, alone }, tick) {
  /** @type {("cpu" | "webgpu")[]} */
  const devices = machine.adapter ? ["cpu", "webgpu"] : ["cpu"];
  for (const [what, make] of /** @type {const} */ ([
    [`training step of ${PRESET}`, trainingStep],
    [`plan of ${PRESET}`, plan],
  ])) {
    for (const device of devices) {
      await tick(`${what} on ${device === "cpu" ? "the CPU" : "WebGPU"}`);
      try {
        alone.push({ what, device, ...(await measure(await make(device), options)) });
      } catch (error) {
        console.warn(what, error);
        alone.push({ what, device, failed: /** @type {Error} */ (error).message });
      }
    }
  }
}

/** @param {Work} work @param {Options} options */
async function measure({ run, flops, free }, { pairs, caseMs }) {
  const firstMs = await time(run);
  const most = Math.min(pairs, Math.max(FEWEST_RUNS, Math.floor(caseMs / (await time(run)))));
  const times = [];
  for (let i = 0; i < most; i++) times.push(await time(run));
  const mark = probe.mark();
  await run();
  const counts = gpuOnly(probe.since(mark));
  free();
  return { flops, firstMs, ms: median(times) ?? undefined, runs: times.length, counts };
}

/** As the page trains: it plays, draws masks, learns. @param {"cpu" | "webgpu"} device @returns {Promise<Work>} */
async function trainingStep(device) {
  const engine = await openOurs(device);
  const trainer = engine.trainer(PRESET, SEED);
  return { run: () => trainer.step(), flops: engine.stepFlops(PRESET), free: () => trainer.free() };
}

/** From a new goal to the first action. @param {"cpu" | "webgpu"} device @returns {Promise<Work>} */
async function plan(device) {
  const engine = await openOurs(device);
  const answer = await fetch(MODEL);
  if (!answer.ok) throw new Error(`${MODEL.pathname} is not on this server.`);
  const agent = await engine.agent(new Uint8Array(await answer.arrayBuffer()), SEED);
  agent.setMode(JSON.stringify("plan"));
  return {
    async run() {
      agent.goTo(...GOAL);
      while (!JSON.parse(await agent.next()).decided);
    },
    flops: engine.planFlops(PRESET),
    free: () => agent.free(),
  };
}
