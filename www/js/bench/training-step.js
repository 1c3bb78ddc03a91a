// @ts-check
/**
 * The whole training step against TensorFlow.js: target, context and predictor, backward, optimiser, moving average.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Tick} Tick
 * @typedef {import("./contest.js").Contestant} Contestant
 * @typedef {import("./jepa.js").Jepa} Jepa
 * @typedef {import("./ours.js").Trainer} Trainer
 */
import { begin, contest, probe } from "./contest.js";
import { tokens } from "./geometry.js";
import { PRESETS } from "./jepa.js";
import { openOurs } from "./ours.js";
import { PEERS } from "./peers.js";
import { difference, patches, referenceFeatures } from "./reference.js";
import { openTfjs } from "./tfjs.js";
import { randomVideo, randomWeights } from "./weights.js";

/** The preset of six blocks: too slow to be timed on a software adapter, quick enough to be counted. */
const SIX_BLOCKS = "small";
const SEED = 1;
const TOLERANCE = 1e-3;

/** @param {Results} results @param {Tick} tick */
export async function measureTraining(results, tick) {
  const { options, training } = results;
  await tick(`training step ${SIX_BLOCKS}: counting`);
  results.sixBlocks = await countStep(SIX_BLOCKS);
  for (const preset of options.presets) {
    const jepa = PRESETS[preset];
    const what = `training step ${preset}, ${jepa.batch} clips of ${tokens(jepa.encoder)} tokens`;
    const say = (/** @type {string} */ doing) => tick(`${what}: ${doing}`);
    const outcome = await contest({ ours: ours(preset), theirs: theirs(jepa) }, options, say);
    training.push({ what, device: "webgpu", tokens: tokens(jepa.encoder), ...outcome });
  }
}

/** What a step asks of WebGPU once everything is compiled. @param {string} preset */
async function countStep(preset) {
  const trainer = (await openOurs("webgpu")).trainer(preset, SEED);
  await trainer.step();
  const mark = probe.mark();
  await trainer.step();
  const counts = probe.since(mark);
  trainer.free();
  return counts;
}

/** @param {string} preset @returns {Contestant} */
function ours(preset) {
  return {
    name: "vjepa-web, WebGPU",
    async prepare() {
      const engine = await openOurs("webgpu");
      return begin(async () => learner(engine.trainer(preset, SEED)));
    },
  };
}

/** @param {Jepa} jepa @returns {Contestant} */
function theirs(jepa) {
  return {
    name: "TensorFlow.js, WebGPU",
    async prepare() {
      const tfjs = await openTfjs(PEERS);
      const g = jepa.encoder;
      const [weights, video] = [randomWeights(g, SEED), randomVideo(g, 1, SEED)];
      const features = await tfjs.features(g, weights, Float32Array.from(patches(g, video)));
      const apart = difference(features, referenceFeatures(g, weights, video));
      if (apart > TOLERANCE) throw new Error(`Its features differ by ${apart.toPrecision(2)}.`);
      return { ...(await begin(async () => learner(tfjs.trainer(jepa, SEED)))), difference: apart };
    },
  };
}

/** @param {Trainer} trainer */
function learner(trainer) {
  return {
    free: () => trainer.free(),
    async run() {
      if (!Number.isFinite(await trainer.step())) throw new Error("Its loss is not a number.");
    },
  };
}
