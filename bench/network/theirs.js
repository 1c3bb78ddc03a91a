/** An encoder as large as that of the model that comes with the page, and a clip of noise. Bundled by network.js. */
import * as ort from "onnxruntime-web/wasm";

const { shape } = MODEL; // network.js puts it in
const model = fetch("model.onnx").then((answer) => answer.arrayBuffer());
ort.env.wasm.wasmPaths = { wasm: new URL("ort-wasm-simd-threaded.wasm", location.href).href };
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(new Uint8Array(await model), { executionProviders: ["wasm"] });
const values = shape.reduce((product, side) => product * side, 1);
const clip = Float32Array.from({ length: values }, () => Math.random());
const { last_hidden_state: features } = await session.run({
  pixel_values_videos: new ort.Tensor("float32", clip, shape),
});
window.first = { ms: performance.now(), values: features.data.length };
