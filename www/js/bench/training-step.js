// @ts-check
/**
 * The whole training step against TensorFlow.js and jax-js: target, context and predictor, backward, AdamW, moving average.
 * All are given the same weights, clips and masks. A time counts only if the first losses, which the updates of the steps
 * before go into, are those of plain double precision.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Tick} Tick
 * @typedef {import("./contest.js").Contestant} Contestant
 * @typedef {import("./ours.js").Trainer} Trainer
 * @typedef {import("./training-task.js").TrainingTask} TrainingTask
 * @typedef {"cpu" | "webgpu"} Device
 * @typedef {{device: Device, name: string, open: () => Promise<{trainer: (task: TrainingTask) => Trainer}>}} Peer
 */
import { begin, contest, probe } from "./contest.js";
import { tokens } from "./geometry.js";
import { openJax } from "./jax.js";
import { openOurs } from "./ours.js";
import { PEERS } from "./peers.js";
import { difference } from "./reference.js";
import { referenceLosses } from "./reference-step.js";
import { openTfjs } from "./tfjs.js";
import { trainingTask } from "./training-task.js";

/** The preset of six blocks: too slow to be timed on a software adapter, quick enough to be counted. */
const SIX_BLOCKS = "small";
const SEED = 1;
/** Losses that have to be right, and how nearly; from one step to the next they change by some hundredths. */
const [STEPS, TOLERANCE] = [3, 1e-4];

/** @type {Peer[]} */
const PEERS_BY_DEVICE = [
  { device: "webgpu", name: "TensorFlow.js, WebGPU", open: () => openTfjs(PEERS) },
  { device: "webgpu", name: "jax-js, WebGPU", open: () => openJax(PEERS, "webgpu") },
  { device: "cpu", name: "jax-js, wasm", open: () => openJax(PEERS, "wasm") },
];

/** @param {Results} results @param {Tick} tick */
export async function measureTraining(results, tick) {
  const { machine, options, training } = results;
  const devices = machine.adapter ? ["webgpu", "cpu"] : ["cpu"];
  if (machine.adapter) {
    await tick(`training step ${SIX_BLOCKS}: counting`);
    results.sixBlocks = await countStep(SIX_BLOCKS);
  }
  for (const preset of options.presets) {
    const task = trainingTask(preset, SEED);
    const { encoder, batch } = task.jepa;
    const what = `training step ${preset}, ${batch} clips of ${tokens(encoder)} tokens`;
    let done = 0;
    const wanted = await referenceLosses(task, STEPS, () => tick(`${what}: reference, step ${++done} of ${STEPS}`));
    for (const peer of PEERS_BY_DEVICE.filter(({ device }) => devices.includes(device))) {
      const say = (/** @type {string} */ doing) => tick(`${what}, ${peer.name}: ${doing}`);
      const sides = { ours: ours(peer.device, task, wanted), theirs: theirs(peer, task, wanted) };
      const outcome = await contest(sides, options, say);
      training.push({ what, device: peer.device, tokens: tokens(encoder), ...outcome });
    }
  }
}

/** What a step of the page asks of WebGPU once everything is compiled. @param {string} preset */
async function countStep(preset) {
  const trainer = (await openOurs("webgpu")).trainer(preset, SEED);
  await trainer.step();
  const mark = probe.mark();
  await trainer.step();
  const counts = probe.since(mark);
  trainer.free();
  return counts;
}

/** @param {Device} device @param {TrainingTask} task @param {number[]} wanted @returns {Contestant} */
function ours(device, task, wanted) {
  return {
    name: `vjepa-web, ${device === "cpu" ? "CPU" : "WebGPU"}`,
    async prepare() {
      const engine = await openOurs(device);
      return judged(() => engine.fixedTrainer(task), wanted);
    },
  };
}

/** @param {Peer} peer @param {TrainingTask} task @param {number[]} wanted @returns {Contestant} */
function theirs({ name, open }, task, wanted) {
  return {
    name,
    async prepare() {
      const engine = await open();
      return judged(() => engine.trainer(task), wanted);
    },
  };
}

/** The first steps, and how far their losses are off. @param {() => Trainer} make @param {number[]} wanted */
async function judged(make, wanted) {
  const ready = await begin(async () => {
    const trainer = make();
    return { run: () => trainer.step(), free: () => trainer.free() };
  });
  const losses = [ready.result];
  while (losses.length < wanted.length) losses.push(await ready.run());
  const apart = difference(losses, wanted);
  if (!(apart <= TOLERANCE)) {
    ready.free();
    throw new Error(`Its losses differ by ${apart.toPrecision(2)}.`);
  }
  return { ...ready, run: () => finite(ready.run()), difference: apart };
}

/** @param {Promise<number>} loss */
async function finite(loss) {
  if (!Number.isFinite(await loss)) throw new Error("Its loss is not a number.");
}
