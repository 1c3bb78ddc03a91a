/**
 * `make large`: a made-up checkpoint of a ViT-L's size (1.3 GB, Hugging Face layout), served here, through the page's own
 * reader and loader in headless Chromium. Says how far the WebAssembly heap grew, and fails above the bound.
 *   node bench/large.js [f32|f16|int8 ...]
 */
import { createServer } from "node:http";
import { chromium as driver } from "playwright-core";
import { FLAGS } from "../tests/e2e/support/browser.js";
import { chromium, DIST } from "../tests/e2e/support/places.js";
import { serve } from "../tests/e2e/support/server.js";

/** How far the heap may grow while a file of any size loads. */
const BOUND = 64 << 20;
const VIT_L = {
  model_type: "vjepa2",
  crop_size: 256,
  frames_per_clip: 64,
  patch_size: 16,
  tubelet_size: 2,
  hidden_size: 1024,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  mlp_ratio: 4.0,
  pred_hidden_size: 384,
  pred_num_hidden_layers: 12,
  pred_num_attention_heads: 12,
  pred_mlp_ratio: 4.0,
  pred_num_mask_tokens: 10,
};
const CHUNK = 1 << 20;

/** Names and shapes of a transformer's layers. */
function* layers(prefix, count, width) {
  for (let i = 0; i < count; i++) {
    const at = `${prefix}.layer.${i}`;
    for (const part of ["query", "key", "value", "proj"]) yield* layer(`${at}.attention.${part}`, width, width);
    yield* layer(`${at}.mlp.fc1`, 4 * width, width);
    yield* layer(`${at}.mlp.fc2`, width, 4 * width);
    for (const norm of ["norm1", "norm2"]) yield* layer(`${at}.${norm}`, width);
  }
}

function* layer(name, ...shape) {
  yield [`${name}.weight`, shape];
  yield [`${name}.bias`, shape.slice(0, 1)];
}

function* tensors({ hidden_size: d, pred_hidden_size: p, num_hidden_layers, pred_num_hidden_layers }) {
  yield* layer("encoder.embeddings.patch_embeddings.proj", d, 3, 2, 16, 16);
  yield* layers("encoder", num_hidden_layers, d);
  yield* layer("encoder.layernorm", d);
  yield* layer("predictor.embeddings.predictor_embeddings", p, d);
  yield ["predictor.embeddings.mask_tokens", [10, 1, 1, p]];
  yield* layers("predictor", pred_num_hidden_layers, p);
  yield* layer("predictor.layernorm", p);
  yield* layer("predictor.proj", d, p);
}

/** @returns {{header: Buffer, size: number}} a file of these tensors in f32 */
function layout() {
  let end = 0;
  const entries = [...tensors(VIT_L)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, shape]) => {
      const start = end;
      end += 4 * shape.reduce((product, n) => product * n, 1);
      return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
    });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return { header: Buffer.concat([length, json]), size: 8 + json.length + end };
}

/** Small weights that repeat every megabyte. */
function pattern() {
  const values = new Float32Array(CHUNK / 4);
  let state = 1;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = (state / 2 ** 32 - 0.5) * 0.07;
  }
  return Buffer.from(values.buffer);
}

/** Serves the file, made as it is asked for, with ranges. */
async function serveWeights() {
  const { header, size } = layout();
  const noise = pattern();
  const bytes = (at, count) => {
    if (at < header.length) return header.subarray(at, at + count);
    const from = (at - header.length) % CHUNK;
    return noise.subarray(from, Math.min(from + count, CHUNK));
  };
  const server = createServer(async (request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    if (request.url?.endsWith("config.json")) return response.end(JSON.stringify(VIT_L));
    if (!request.url?.endsWith("model.safetensors")) return response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = request.headers.range ? { "content-range": `bytes ${start}-${size - 1}/${size}` } : {};
    response.writeHead(request.headers.range ? 206 : 200, {
      "content-length": size - start,
      "accept-ranges": "bytes",
      ...range,
    });
    let wake = () => {};
    for (const event of ["drain", "close"]) response.on(event, () => wake());
    for (let at = start; at < size && !response.destroyed;) {
      const piece = bytes(at, size - at);
      at += piece.length;
      if (!response.write(piece)) await new Promise((resolve) => (wake = resolve));
    }
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/model.safetensors`, size, close: () => server.close() };
}

/** Runs in the page: the real reader, the real loader. */
async function measure({ url, config, precision }) {
  const load = new Function("path", "return import(path)");
  const [engine, { openUrl }] = await Promise.all([
    load("./engine/webgpu/vjepa_web.js"),
    load("./js/weights/reader.js"),
  ]);
  const wasm = await engine.default({ module_or_path: "./engine/webgpu/vjepa_web_bg.wasm" });
  await engine.openDevice();
  const before = wasm.memory.buffer.byteLength;
  const began = performance.now();
  const reader = await openUrl(url);
  const options = JSON.stringify({ name: "large", config, frames: 2, precision });
  const model = await engine.Engine.load([reader], options, () => {});
  await reader.close();
  const report = JSON.parse(model.report());
  return {
    grown: wasm.memory.buffer.byteLength - before,
    seconds: (performance.now() - began) / 1000,
    matched: report.matched,
    missing: report.missing.length,
    bytes: report.bytes,
    sha256: report.sha256[0],
  };
}

const MB = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const weights = await serveWeights();
const site = await serve(DIST);
const args = [...FLAGS, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"];
const asked = process.argv.slice(2);
let worst = 0;
console.log(`a file of ${MB(weights.size)}`);
for (const precision of asked.length ? asked : ["f32", "f16", "int8"]) {
  const browser = await driver.launch({ executablePath: chromium(), args });
  const page = await browser.newPage();
  page.on("console", (message) => message.type() === "error" && console.error(message.text()));
  page.setDefaultTimeout(0);
  await page.goto(`${site.url}bench.html`);
  const found = await page.evaluate(measure, { url: weights.url, config: JSON.stringify(VIT_L), precision });
  worst = Math.max(worst, found.grown);
  console.log(
    `${precision}: heap +${MB(found.grown)}, ${found.seconds.toFixed(0)} s, ${found.matched} tensors, ${MB(found.bytes)} read`,
  );
  await browser.close();
}
await site.close();
weights.close();
if (worst > BOUND) {
  console.error(`the heap grew by ${MB(worst)}, and ${MB(BOUND)} are allowed`);
  process.exitCode = 1;
}
process.exit();
