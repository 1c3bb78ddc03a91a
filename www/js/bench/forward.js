// @ts-check
/**
 * The encoder's forward pass against onnxruntime-web, on the same weights and clip. A time counts only if the features
 * are right.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Options} Options
 * @typedef {import("./bench.js").Tick} Tick
 * @typedef {import("./contest.js").Contestant} Contestant
 * @typedef {import("./ours.js").Encoder} Encoder
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./safetensors.js").Tensors} Tensors
 * @typedef {import("./onnx.js").Attention} Attention
 * @typedef {{geometry: Geometry, weights: Tensors, video: Float32Array, wanted: () => Promise<ArrayLike<number>>}} Task
 */
import { begin, contest } from "./contest.js";
import { flops, geometryOf, tokens, VIT_TI, withTokens } from "./geometry.js";
import { openOrt } from "./ort.js";
import { openOurs } from "./ours.js";
import { PEERS } from "./peers.js";
import { time } from "./pairs.js";
import { difference, referenceFeatures } from "./reference.js";
import { readSafetensors } from "./safetensors.js";
import { randomVideo, randomWeights, swapChannelsAndFrames } from "./weights.js";

const SEED = 1;
const TOLERANCE = 1e-3;
/** @type {Attention[]} */
const ATTENTIONS = ["mha", "matmul"];
/** Up to here the plain reference takes seconds; beyond, onnxruntime's wasm, right so far, says what is right. */
const REFERENCE_TOKENS = 256;

/** @param {"cpu" | "webgpu"} device @param {Results} results @param {Tick} tick */
export async function measureForward(device, { options, forward }, tick) {
  const counts = device === "cpu" ? options.cpuTokens : options.gpuTokens;
  /** @type {Set<Attention>} */
  const wrong = new Set();
  for (const task of await tasks(counts, options)) {
    const count = tokens(task.geometry);
    const what = `encoder ${task.geometry.name}, ${count} tokens`;
    const say = (/** @type {string} */ doing) =>
      tick(`${what} on ${device === "cpu" ? "the CPU" : "WebGPU"}: ${doing}`);
    const outcome = await contest({ ours: ours(device, task), theirs: theirs(device, task, wrong) }, options, say);
    forward.push({ what, device, tokens: count, flops: flops(task.geometry), ...outcome });
  }
}

/** @param {number[]} counts @param {Options} options @returns {Promise<Task[]>} */
async function tasks(counts, options) {
  const weights = randomWeights(VIT_TI, SEED); // RoPE has no table, so one set serves every clip
  const made = counts.map((count) => {
    const geometry = withTokens(VIT_TI, count);
    const video = randomVideo(geometry, 1, SEED);
    return { geometry, weights, video, wanted: once(() => expected(geometry, weights, video)) };
  });
  return options.given ? [...made, await givenTask(new URL(options.given, location.href))] : made;
}

/** Published weights, input and output. @param {URL} folder @returns {Promise<Task>} */
async function givenTask(folder) {
  const load = async (/** @type {string} */ file) =>
    new Uint8Array(await (await fetch(new URL(file, folder))).arrayBuffer());
  const geometry = geometryOf("given", new TextDecoder().decode(await load("config.json")));
  const io = readSafetensors(await load("io.safetensors"));
  const [input, output] = ["pixel_values_videos", "last_hidden_state"].map(
    (name) => io.get(name)?.data ?? new Float32Array(),
  );
  return {
    geometry,
    weights: readSafetensors(await load("model.safetensors")),
    video: swapChannelsAndFrames(input, geometry, geometry.frames),
    wanted: async () => output,
  };
}

/** @param {Geometry} geometry @param {Tensors} weights @param {Float32Array} video */
async function expected(geometry, weights, video) {
  if (tokens(geometry) <= REFERENCE_TOKENS) return referenceFeatures(geometry, weights, video);
  const encoder = await (await openOrt(PEERS, "wasm")).create(geometry, weights, "mha", 1);
  const features = await encoder.prepare(video, 1)();
  encoder.free();
  return features;
}

/** @param {"cpu" | "webgpu"} device @param {Task} task @returns {Contestant} */
function ours(device, task) {
  return {
    name: `vjepa-web, ${device === "cpu" ? "CPU" : "WebGPU"}`,
    async prepare() {
      const engine = await openOurs(device);
      const ready = await judged(() => engine.create(task.geometry, task.weights), task);
      if (ready.difference > TOLERANCE) throw new Error(`Its features differ by ${ready.difference.toPrecision(2)}.`);
      return ready;
    },
  };
}

/**
 * The graph that is right and faster.
 * @param {"cpu" | "webgpu"} device @param {Task} task @param {Set<Attention>} wrong
 */
function theirs(device, task, wrong) {
  return {
    name: `onnxruntime-web, ${device === "cpu" ? "wasm" : "WebGPU"}`,
    async prepare() {
      const engine = await openOrt(PEERS, device === "cpu" ? "wasm" : "webgpu");
      const tried = [];
      for (const attention of ATTENTIONS.filter((kind) => !wrong.has(kind))) {
        const ready = await judged(() => engine.create(task.geometry, task.weights, attention, 1), task);
        if (ready.difference > TOLERANCE) wrong.add(attention);
        tried.push({ ...ready, attention, ms: wrong.has(attention) ? Infinity : await time(ready.run) });
      }
      const [best, ...rest] = tried.sort((a, b) => a.ms - b.ms);
      rest.forEach(({ free }) => free());
      const remarks = rest
        .filter(({ attention }) => wrong.has(attention))
        .map(
          ({ attention, difference }) =>
            `its ${attention} graph differs by ${difference.toPrecision(2)} and does not count`,
        );
      if (!best || wrong.has(best.attention)) throw new Error("None of its graphs gives the right features.");
      return { ...best, remark: [`${best.attention} graph`, ...remarks].join("; ") };
    },
  };
}

/** The first run of an encoder, and how far off it is. @param {() => Promise<Encoder>} create @param {Task} task */
async function judged(create, { video, wanted }) {
  const ready = await begin(async () => {
    const encoder = await create();
    return { run: encoder.prepare(video, 1), free: () => encoder.free() };
  });
  return { ...ready, difference: difference(ready.result, await wanted()) };
}

/** @template T @param {() => Promise<T>} make @returns {() => Promise<T>} */
function once(make) {
  /** @type {Promise<T> | undefined} */
  let made;
  return () => (made ??= make());
}
