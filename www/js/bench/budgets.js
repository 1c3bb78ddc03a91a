// @ts-check
/**
 * What the project wants to reach, beside what was measured.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Case} Case
 * @typedef {import("./report.js").Site} Site
 * @typedef {{what: string, value: string, limit: string, met: boolean}} Verdict
 */

/** @param {Results} results @param {Site} [site] @returns {Verdict[]} only of what was measured */
export function budgets({ forward, training, sharing = [], sixBlocks, matmul }, site) {
  const [gpu, cpu] = ["webgpu", "cpu"].map((device) =>
    largest(forward.filter((entry) => entry.device === device && entry.times.ours)),
  );
  const step = training.find(({ what, theirs }) => what.includes("tiny") && theirs.name.startsWith("TensorFlow.js"));
  const share = matmul.filter((entry) => entry.share != null).at(-1);
  const [page, wasm] = ["page", "webgpu-wasm"].map((key) => site?.downloads.find((download) => download.key === key));
  const first = site?.first.find(({ key }) => key === "cpu");
  return [
    atMost("dispatches, forward of 12 blocks", gpu?.ours.counts?.dispatches, 100),
    atMost("dispatches, training step of 6 blocks and a predictor of 3", sixBlocks?.dispatches, 450),
    atMost(`forward over onnxruntime-web, WebGPU, ${gpu?.tokens} tokens`, gpu?.times.ratio, 0.8),
    atMost(`forward over onnxruntime-web, wasm, ${cpu?.tokens} tokens`, cpu?.times.ratio, 1),
    atMost("training step over TensorFlow.js, WebGPU", step?.times.ratio, 0.5),
    ...sharing.map(({ what, preset, engines, times: { ratio } }) =>
      atLeast(`${what} of ${preset}, ${engines} engines over one`, ratio && 1 / ratio, 1.6),
    ),
    atLeast(`matmul share, ${share?.tokens} tokens`, share?.share, 0.7),
    atMost("WebGPU wasm, MB raw", megabytes(wasm?.raw), 10),
    atMost("WebGPU wasm, MB brotli", megabytes(wasm?.brotli), 2),
    atMost("all before the first features, MB brotli", megabytes(page?.brotli), 1.5),
    atMost(
      "GPU bytes after 1,000 training steps over after 10",
      site?.memory && Math.round(100 * site.memory.ratio) / 100,
      1,
    ),
    atMost("navigation to first features over onnxruntime-web, wasm", first?.ratio, 0.5),
  ].flat();
}

/** @param {Case[]} cases @returns {Case | undefined} */
const largest = (cases) => [...cases].sort((a, b) => (a.tokens ?? 0) - (b.tokens ?? 0)).at(-1);

/** @param {number | undefined} bytes */
const megabytes = (bytes) => (bytes === undefined ? undefined : bytes / 1e6);

/** @param {number} value */
const text = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

/** @param {string} what @param {number | null | undefined} value @param {number} limit @returns {Verdict[]} */
const atMost = (what, value, limit) =>
  value == null ? [] : [{ what, value: text(value), limit: `<= ${limit}`, met: value <= limit }];

/** @param {string} what @param {number | null | undefined} value @param {number} limit @returns {Verdict[]} */
const atLeast = (what, value, limit) =>
  value == null ? [] : [{ what, value: text(value), limit: `>= ${limit}`, met: value >= limit }];
