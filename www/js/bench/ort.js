// @ts-check
/**
 * onnxruntime-web, loaded from where `make bench` puts it.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./safetensors.js").Tensors} Tensors
 * @typedef {import("./onnx.js").Attention} Attention
 * @typedef {import("./ours.js").Encoder} Encoder
 */
import { encoderOnnx, INPUT, OUTPUT } from "./onnx.js";
import { randomWeights, swapChannelsAndFrames } from "./weights.js";

/** The smallest of its modules for each provider, as its documentation advises, and what they load. Not all hosts know
 * `.mjs`, so `make bench` puts them down as `.js`. */
const MODULES = {
  wasm: { module: "ort.wasm.min.js", glue: "ort-wasm-simd-threaded" },
  webgpu: { module: "ort.webgpu.min.js", glue: "ort-wasm-simd-threaded.asyncify" },
};

/** @typedef {"wasm" | "webgpu"} Provider */

/** @type {Map<Provider, Promise<any>>} loaded once each, however often asked */
const loaded = new Map();

/** @param {URL} peers the folder that holds `ort/` @param {Provider} provider */
export async function openOrt(peers, provider) {
  if (!loaded.has(provider)) loaded.set(provider, load(peers, provider));
  const { ort, options } = await loaded.get(provider);
  return {
    /**
     * @param {Geometry} g @param {Tensors} weights @param {Attention} attention @param {number} batch
     * @returns {Promise<Encoder>}
     */
    async create(g, weights, attention, batch) {
      const model = encoderOnnx(g, weights, attention, batch);
      return encoderOf(ort, g, await ort.InferenceSession.create(model, options));
    },
  };
}

/** @param {URL} peers @param {Provider} provider */
async function load(peers, provider) {
  const { module, glue } = MODULES[provider];
  const at = (/** @type {string} */ file) => new URL(`ort/${file}`, peers).href;
  const ort = await import(at(module));
  ort.env.wasm.wasmPaths = { mjs: at(`${glue}.js`), wasm: at(`${glue}.wasm`) };
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const options = { executionProviders: [provider], graphOptimizationLevel: "all" };
  // Its first session fetches the wasm and opens the device, which close again with its last: this one stays.
  const least = { name: "least", frames: 2, size: 8, patch: 8, tubelet: 2, width: 24, depth: 1, heads: 2, mlp: 24 };
  await ort.InferenceSession.create(encoderOnnx(least, randomWeights(least, 1), "matmul"), options);
  return { ort, options };
}

/** @param {any} ort @param {Geometry} g @param {any} session @returns {Encoder} */
function encoderOf(ort, g, session) {
  return {
    prepare(video, batch) {
      const shape = [batch, g.frames, 3, g.size, g.size];
      const input = new ort.Tensor("float32", swapChannelsAndFrames(video, g, 3), shape);
      return async () => (await session.run({ [INPUT]: input }))[OUTPUT].data;
    },
    free: () => session.release(),
  };
}
