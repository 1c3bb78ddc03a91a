// @ts-check
/**
 * One case: both sides get ready, prove that they are right, and are timed in turns.
 *
 * @typedef {import("./bench.js").Side} Side
 * @typedef {import("./bench.js").Options} Options
 * @typedef {import("./pairs.js").Run} Run
 * @typedef {import("./gpu-probe.js").Counts} Counts
 *
 * @typedef {object} Ready        a side that may be timed
 * @property {Run} run
 * @property {() => void} free
 * @property {number} firstMs     from weights in memory to the first result
 * @property {Counts} setup       what that asked of WebGPU
 * @property {number} [difference]
 * @property {string} [remark]
 *
 * @typedef {{name: string, prepare: () => Promise<Ready>}} Contestant   `prepare` throws if its first result is wrong
 */
import { watchGpu } from "../worker/watch-gpu.js";
import { installProbe } from "./gpu-probe.js";
import { summary, time, timePairs } from "./pairs.js";

const FEWEST_PAIRS = 3;

export const probe = installProbe();
/** @type {string[]} what WebGPU complained of: numbers after that mean nothing */
const complaints = [];
const watch = watchGpu({
  // onnxruntime destroys its device with its last session, and means to.
  lost: (why) => /destroyed/i.test(why) || complaints.push(why),
  error: (why) => complaints.push(why),
});

/**
 * @param {{ours: Contestant, theirs: Contestant}} contestants @param {Options} options
 * @param {(doing: string) => Promise<void>} tick
 */
export async function contest({ ours, theirs }, options, tick) {
  await tick("getting ready");
  const sides = { ours: await enter(ours), theirs: await enter(theirs) };
  const runs = { ours: sides.ours.ready?.run, theirs: sides.theirs.ready?.run };
  const outcome = { ours: sides.ours.side, theirs: sides.theirs.side, times: summary({ ours: [], theirs: [] }) };
  if (!runs.ours && !runs.theirs) return outcome;
  const pairMs = (runs.ours ? await time(runs.ours) : 0) + (runs.theirs ? await time(runs.theirs) : 0);
  const pairs = Math.min(options.pairs, Math.max(FEWEST_PAIRS, Math.floor(options.caseMs / pairMs)));
  const times = await timePairs(runs, pairs, (done) => void tick(`pair ${done} of ${pairs}`));
  for (const { side, ready } of Object.values(sides)) {
    if (ready) await inspect(side, ready.run);
    ready?.free();
  }
  return { ...outcome, times: summary(times) };
}

/** @param {Contestant} contestant @returns {Promise<{side: Side, ready?: Ready}>} */
async function enter({ name, prepare }) {
  complaints.length = 0;
  try {
    const ready = await prepare();
    if (complaints.length) throw new Error(`WebGPU reported: ${complaints[0]}`);
    const { difference, remark, firstMs, setup } = ready;
    return { side: { name, difference, remark, firstMs, setup: gpuOnly(setup) }, ready };
  } catch (error) {
    console.warn(name, error);
    return { side: { name, failed: /** @type {Error} */ (error).message } };
  }
}

/**
 * Makes something and runs it for the first time.
 * @template T @param {() => Promise<{run: () => Promise<T>, free: () => void}>} make
 * @returns {Promise<Omit<Ready, "run"> & {run: () => Promise<T>, result: T}>}
 */
export async function begin(make) {
  const [mark, start] = [probe.mark(), performance.now()];
  const { run, free } = await make();
  const result = await run();
  return { run, free, result, firstMs: performance.now() - start, setup: probe.since(mark) };
}

/** What one run asks of the GPU. @param {Side} side @param {Run} run */
async function inspect(side, run) {
  const mark = probe.mark();
  await run();
  side.counts = gpuOnly(probe.since(mark));
  if (!side.counts) return;
  side.liveBytes = watch.bytes();
  side.kernels = await probe.kernels(run);
}

/** None on the CPU. @param {Counts} counts */
export const gpuOnly = (counts) => (counts.dispatches > 0 ? counts : undefined);
