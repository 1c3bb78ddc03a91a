/** `make bench`: measures in headless Chromium and writes RESULTS.md and results.json. */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { chromium as driver } from "playwright-core";
import { FLAGS } from "../tests/e2e/support/browser.js";
import { CACHE, chromium, DIST, ROOT } from "../tests/e2e/support/places.js";
import { serve } from "../tests/e2e/support/server.js";
import { markdown } from "../www/js/bench/report.js";
import { measureFirst } from "./first.js";
import { measureMemory } from "./memory.js";
import { merged, readSent } from "./merge.js";
import { measureNetwork } from "./network.js";
import { measureNative } from "./native.js";
import { HELP, readOptions } from "./options.js";
import { weigh } from "./sizes.js";
import { PEER_FILES, stage } from "./stage.js";

const SOFTWARE = ["--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"];
/** WebGPU on Linux, and timestamps that are not rounded to 0.1 ms. */
const WEBGPU = ["--enable-unsafe-webgpu", "--enable-webgpu-developer-features"];
const MOST_FIRST = 5;
/** What other machines sent in. */
const SENT = join(ROOT, "bench/results");
/** Where stage.js puts the published weights, as bench.html's address names it. */
const GIVEN = "?given=bench/given/";

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(HELP);
  const folder = options.out ?? join(ROOT, "bench");
  if (options.sent) {
    const { host, ...before } = await readBefore(folder);
    return write(folder, before, host);
  }
  if (!existsSync(join(DIST, "engine/webgpu")))
    console.error(`no engines in ${DIST}: only the others are measured; run make build`);
  const versions = await stage(DIST, options.given);
  const server = await serve(DIST);
  if (options.serve) return console.log(`open ${server.url}bench.html${options.given ? GIVEN : ""} (Ctrl+C ends it)`);
  const args = [...FLAGS, ...WEBGPU, ...(options.hardware ? [] : SOFTWARE)];
  const browser = await driver.launch({ executablePath: chromium(), args, headless: !options.headed });
  try {
    const results = await measureInPage(browser, server.url, options);
    const site = await measureHere(browser, server.url, options, results.notes);
    const own = await ownVersions(browser);
    const fresh = { results, site: { ...site, versions: { ...versions, ...own } } };
    if (!options.keep) return await write(folder, fresh, thisMachine());
    const { host, ...before } = await readBefore(folder);
    const when = `${results.machine.date}, vjepa-web ${versions["vjepa-web"]}`;
    await write(folder, merged(before, fresh, options.parts, when), host);
  } finally {
    await browser.close();
    await server.close();
  }
}

/** What was written last. */
async function readBefore(folder) {
  const { host, site, ...results } = JSON.parse(await readFile(join(folder, "results.json"), "utf8"));
  return { host, site, results };
}

/** All that bench.html itself can measure. */
async function measureInPage(browser, url, options) {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on(
    "console",
    (message) => ["error", "warning"].includes(message.type()) && console.error(`  ${message.text().slice(0, 300)}`),
  );
  page.on("pageerror", (error) => console.error(`  ${error}`));
  await page.exposeFunction("tellBench", (doing) => doing && console.error(doing));
  await page.goto(`${url}bench.html`);
  await page.waitForFunction(() => window.vjepaBench && document.documentElement.dataset.phase === "ready");
  const wanted = { ...options.page, given: options.given ? "bench/given/" : "" };
  const results = await page.evaluate(
    (wanted) => window.vjepaBench.run(wanted, (doing) => window.tellBench(doing)),
    wanted,
  );
  await page.close();
  return results;
}

/** What takes fresh profiles, files or other programs. */
async function measureHere(browser, url, { here, page }, notes) {
  const site = { downloads: [], first: [], memory: null, native: null, nativeWhy: "Not measured in this run." };
  let loaded = {};
  if (here.includes("first") || here.includes("sizes")) {
    console.error("from navigation to first features");
    const outcome = await measureFirst(
      browser,
      url,
      here.includes("first") ? Math.min(MOST_FIRST, page.pairs ?? MOST_FIRST) : 1,
    );
    loaded = outcome.loaded;
    notes.push(...outcome.notes);
    if (here.includes("first")) site.first = outcome.first;
  }
  if (here.includes("sizes")) {
    console.error("weighing downloads");
    site.downloads = await weigh(DIST, join(CACHE, "bench-sizes.json"), downloads(loaded, new URL(url).pathname));
  }
  if (here.includes("memory")) {
    console.error("GPU memory over a thousand training steps");
    site.memory = await measureMemory(browser, url);
  }
  if (here.includes("native")) Object.assign(site, await measureNative());
  if (here.includes("network")) {
    console.error("a first visit over slow networks");
    site.network = await measureNetwork(browser, DIST);
  }
  return site;
}

/** Which files to weigh together; models and clips are not the engines' fault. */
function downloads(loaded, prefix) {
  const code = (files = []) =>
    files.map((path) => path.slice(prefix.length) || "index.html").filter((path) => !path.startsWith("bench/first/"));
  const tfjs = [...PEER_FILES["tfjs/"].files, "tf-backend-webgpu.es2017.min.js"].map(
    (file) => `bench/peers/tfjs/${file}`,
  );
  return [
    { what: "the page up to its first features, CPU engine", key: "page", files: code(loaded.page) },
    { what: "CPU engine alone", files: code(loaded["ours-cpu"]) },
    { what: "onnxruntime-web, wasm", files: code(loaded["theirs-cpu"]) },
    { what: "WebGPU engine alone", files: code(loaded["ours-webgpu"]) },
    { what: "of it the wasm", key: "webgpu-wasm", files: ["engine/webgpu/vjepa_web_bg.wasm"] },
    { what: "onnxruntime-web, WebGPU", files: code(loaded["theirs-webgpu"]) },
    { what: "TensorFlow.js with its WebGPU backend", files: tfjs },
    {
      what: "jax-js with its WebGPU backend",
      files: ["index", "backend", "rolldown-runtime", "webgpu"].flatMap(jaxFile),
    },
  ];
}

/** Its names carry a hash. */
const jaxFile = (name) =>
  readdirSync(join(DIST, "bench/peers/jax"))
    .filter((file) => file.startsWith(name))
    .map((file) => `bench/peers/jax/${file}`);

async function ownVersions(browser) {
  const lock = await readFile(join(ROOT, "Cargo.lock"), "utf8");
  const burn = /name = "burn"\nversion = "([^"]+)"/.exec(lock)?.[1];
  return { burn, Chromium: browser.version(), Node: process.version };
}

/** This one, in words. */
function thisMachine() {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const system = [platform(), release(), arch()].join(" ");
  return [cpu?.model.trim() ?? "unknown CPU", `${cpus().length} cores`, memory, system].join(", ");
}

async function write(folder, { results, site }, host) {
  const head = "# Benchmark\n\nWritten by `make bench`; do not edit. [How it is measured](README.md).";
  const sent = await readSent(SENT);
  const text = `${head}\n\n- ${host}\n${markdown(results, { ...site, sent })}`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "RESULTS.md"), text);
  await writeFile(join(folder, "results.json"), `${JSON.stringify({ host, ...results, site }, null, 1)}\n`);
  console.error(`written: ${join(folder, "RESULTS.md")}`);
}

await main();
