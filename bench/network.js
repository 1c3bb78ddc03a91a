/** A first visit over slow networks, with nothing cached: what is fetched until there are features, and when they are there. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compress } from "../scripts/compress.js";
import { serve } from "../tests/e2e/support/server.js";
import { encoderOnnx } from "../www/js/bench/onnx.js";
import { median } from "../www/js/bench/pairs.js";
import { randomWeights } from "../www/js/bench/weights.js";
import { LOOKED } from "./first.js";
import { slowLink } from "./slow-link.js";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const TIMEOUT = 300_000;
const TIMES = 3;
const NETWORKS = [
  { rttMs: 60, bitsPerSecond: 9e6 },
  { rttMs: 150, bitsPerSecond: 1.6e6 },
];
/** The encoder of the model that comes with the page. */
const LEARNER = {
  name: "learner",
  frames: 20,
  size: 48,
  patch: 8,
  tubelet: 2,
  width: 96,
  depth: 4,
  heads: 3,
  mlp: 384,
};
const PAGES = [
  { what: "the page, CPU engine, its own model, with all its views", path: "?device=cpu", done: LOOKED },
  {
    what: "onnxruntime-web, wasm: one bundle, an encoder as large, in f32",
    path: "bench/network/theirs.html",
    done: "window.first && { timings: { firstFeaturesMs: window.first.ms } }",
  },
];

/**
 * @param {import("playwright-core").Browser} browser @param {string} dist  the built site, with compressed files
 * @returns {Promise<import("../www/js/bench/report.js").Visits>}
 */
export async function measureNetwork(browser, dist) {
  await stage(join(dist, "bench/network"));
  const rows = [];
  for (const network of NETWORKS) {
    const visits = PAGES.map(() => []);
    for (let time = 0; time < TIMES; time++)
      for (const [i, page] of PAGES.entries()) visits[i].push(await visit(browser, dist, network, page));
    for (const [i, { what }] of PAGES.entries())
      rows.push({ ...network, what, ...visits[i].at(-1), ms: median(visits[i].map(({ ms }) => ms)) });
  }
  const load = `${loadavg()[0].toFixed(1)} on ${cpus().length} cores`;
  return { measured: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`, load, times: TIMES, rows };
}

/** What is not theirs is left out of their page: the clip is made there. @param {string} folder */
async function stage(folder) {
  await mkdir(folder, { recursive: true });
  const { frames, size } = LEARNER;
  await build({
    entryPoints: [join(HERE, "network/theirs.js")],
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    define: { MODEL: JSON.stringify({ shape: [1, frames, 3, size, size] }) },
    logLevel: "warning",
  });
  await copyFile(join(HERE, "network/theirs.html"), join(folder, "theirs.html"));
  const wasm = "ort-wasm-simd-threaded.wasm";
  await copyFile(join(HERE, "node_modules/onnxruntime-web/dist", wasm), join(folder, wasm));
  await writeFile(join(folder, "model.onnx"), encoderOnnx(LEARNER, randomWeights(LEARNER, 1), "matmul"));
  await compress(folder, /\.(html|js|wasm|onnx)$/);
}

/** @returns {Promise<{requests: number, bytes: number, ms: number}>} up to the first features */
async function visit(browser, dist, network, { path, done }) {
  const answers = [];
  const server = await serve(dist, "/vjepa/", {}, {}, (answer) => answers.push({ ...answer, at: Date.now() }));
  const link = await slowLink(server.url, network);
  const context = await browser.newContext({ serviceWorkers: "block" }); // it keeps files once there are features
  try {
    const page = await context.newPage();
    await page.goto(link.url + path, { waitUntil: "commit", timeout: TIMEOUT });
    await page.waitForFunction(done, undefined, { timeout: TIMEOUT, polling: 50 });
    const { timings, error } = await page.evaluate(done);
    if (error) throw new Error(`${path}: ${error.message}`);
    const ms = timings.firstFeaturesMs;
    const end = ms + (await page.evaluate(() => performance.timeOrigin));
    const before = answers.filter(({ at }) => at <= end);
    const twice = before.map(({ file }) => file).filter((file, i, all) => all.indexOf(file) !== i);
    return { ms, requests: before.length, bytes: before.reduce((sum, { bytes }) => sum + bytes, 0), twice };
  } finally {
    await context.close();
    await link.close();
    await server.close();
  }
}
