/**
 * What the engines may cost, where it can be counted: dispatches, kernels compiled, bytes. Never time.
 * The figures beside them are in bench/RESULTS.md.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { launch } from "./support/browser.js";
import { DIST } from "./support/places.js";
import { serve } from "./support/server.js";
import { site } from "./support/site.js";

const FORWARD_DISPATCHES = 100;
const STEP_DISPATCHES = 450;
const KERNELS = 40;
/** Raw and brotli, of each engine. */
const BYTES = { cpu: [3_750_000, 920_000], webgpu: [10_000_000, 2_000_000] };
/** Before the first features, as they are sent. */
const REQUESTS = 15;
const PAGE_BROTLI = 905_000;
const WEIGHTS_BROTLI = 1_500_000;

const browserTest = site();
/** The benchmark page without its peers, which only `make bench` brings. */
const OPTIONS = { query: "bench.html", unready: true, allow: [/peers\/versions\.json/] };

browserTest("dispatches and kernels of a forward pass and of a training step", OPTIONS, async (page, t) => {
  const { forward, first, warm, step } = await page.evaluate(count);
  t.diagnostic(`forward of 12 blocks: ${forward.dispatches} dispatches, ${forward.pipelines} kernels`);
  t.diagnostic(`training step of 6 blocks: ${step.dispatches} dispatches; ${first.pipelines} kernels at first`);
  assert.ok(forward.dispatches <= FORWARD_DISPATCHES, `${forward.dispatches} dispatches a forward pass`);
  assert.ok(step.dispatches <= STEP_DISPATCHES, `${step.dispatches} dispatches a training step`);
  assert.ok(forward.pipelines + first.pipelines <= KERNELS, `${forward.pipelines + first.pipelines} kernels`);
  assert.equal(warm.pipelines, 0, "a second forward pass compiles again");
  assert.equal(step.pipelines, 0, "a second training step, with other masks, compiles again");
});

browserTest("a prewarmed engine compiles nothing more", OPTIONS, async (page) => {
  const { warming, after } = await page.evaluate(async () => {
    const { installProbe } = await import("./js/bench/gpu-probe.js");
    const { loadEngine } = await import("./js/worker/load-wasm.js");
    const probe = installProbe();
    const module = await loadEngine("webgpu", () => {});
    await module.openDevice();
    const engine = module.Engine.create(JSON.stringify({ family: "vjepa2", preset: "nano", seed: 1 }));
    const start = probe.mark();
    await engine.prewarm();
    const warming = probe.since(start);
    const warm = probe.mark();
    engine.setWorld("rich", 1);
    engine.advanceWorld(4);
    await engine.look("short");
    await engine.train(1);
    return { warming, after: probe.since(warm) };
  });
  assert.ok(warming.pipelines > 10, `${warming.pipelines} kernels`);
  assert.equal(after.pipelines, 0, `${after.pipelines} kernels compiled after prewarming`);
});

browserTest("GPU memory of a forward pass is linear in tokens", OPTIONS, async (page, t) => {
  const [short, long] = await page.evaluate(async () => {
    const load = (name) => import(`./js/bench/${name}.js`);
    const [{ installProbe }, { openOurs }, { VIT_TI, withTokens }, { randomWeights, randomVideo }] = await Promise.all(
      ["gpu-probe", "ours", "geometry", "weights"].map(load),
    );
    const probe = installProbe();
    const ours = await openOurs("webgpu");
    const made = [];
    for (const tokens of [64, 1024]) {
      // Sixteen heads: their scores alone would be 64 MB at 1,024 tokens, 256 times those at 64.
      const geometry = { ...withTokens(VIT_TI, tokens), depth: 1, heads: 16 };
      const encoder = await ours.create(geometry, randomWeights(geometry, 1));
      const mark = probe.mark();
      await encoder.prepare(randomVideo(geometry, 1, 2), 1)();
      made.push(probe.since(mark).bytes);
      encoder.free();
    }
    return made;
  });
  t.diagnostic(`${short} bytes of buffers for 64 tokens, ${long} for 1,024`);
  assert.ok(long <= 20 * short, `${short} bytes grew to ${long}`);
});

browserTest("GPU memory stays where it is while training", OPTIONS, async (page, t) => {
  await page.evaluate(async () => {
    const { watchGpu } = await import("./js/worker/watch-gpu.js");
    const { openOurs } = await import("./js/bench/ours.js");
    window.gpu = watchGpu({ lost() {}, error() {} });
    window.trainer = (await openOurs("webgpu")).trainer("nano", 1);
  });
  const bytesAfter = async (steps) => {
    await page.evaluate(async (steps) => {
      for (let i = 0; i < steps; i++) await window.trainer.step();
    }, steps);
    await page.requestGC(); // buffers that were let go count until they are collected
    return page.evaluate(() => window.gpu.bytes());
  };
  const [early, late] = [await bytesAfter(20), await bytesAfter(60)];
  t.diagnostic(`${early} bytes after 20 steps, ${late} after 80`);
  // Masks of another length may still need a buffer more.
  assert.ok(late <= 1.02 * early, `${early} bytes grew to ${late}`);
});

for (const [engine, [raw, compressed]] of Object.entries(BYTES)) {
  test(`the ${engine} engine is small`, (t) => {
    const wasm = readFileSync(join(DIST, `engine/${engine}/vjepa_web_bg.wasm`));
    const small = brotli(wasm);
    t.diagnostic(`${wasm.length} bytes, ${small} as brotli`);
    assert.ok(wasm.length <= raw, `${wasm.length} bytes`);
    assert.ok(small <= compressed, `${small} bytes as brotli`);
  });
}

test(
  "a first visit asks for few files, and for few bytes, until there are features",
  { timeout: 120_000 },
  async (t) => {
    const asked = [];
    const server = await serve(DIST, "/vjepa/", {}, {}, (answer) => asked.push({ ...answer, at: Date.now() }));
    const browser = await launch({ camera: "none", noWebGpu: true }, "");
    try {
      const context = await browser.newContext({ serviceWorkers: "block" }); // it keeps files once there are features
      const page = await context.newPage();
      await page.goto(`${server.url}?device=cpu`);
      const end = await page.evaluate(async () => {
        await window.vjepa.ready;
        return performance.timeOrigin + window.vjepa.state().timings.firstFeaturesMs;
      });
      const before = asked.filter(({ at }) => at <= end);
      const bytes = (which) => before.reduce((sum, { file, bytes }) => sum + (which.test(file) ? bytes : 0), 0);
      const [weights, code] = [bytes(/\.safetensors$/), bytes(/\.(js|wasm|css|html|svg|json)$/)];
      t.diagnostic(`${before.length} requests, ${code} bytes of page and engine, ${weights} of weights, as brotli`);
      t.diagnostic(before.map(({ file, bytes }) => `${file} ${bytes}`).join(", "));
      assert.ok(before.length <= REQUESTS, `${before.length} requests`);
      assert.ok(code <= PAGE_BROTLI, `${code} bytes of page and engine`);
      assert.ok(weights <= WEIGHTS_BROTLI, `${weights} bytes of weights`);
      assert.deepEqual(
        before.map(({ file }) => file).filter((file) => /^js\/(?!built\/)/.test(file)),
        [],
        "modules that are bundled",
      );
    } finally {
      await browser.close();
      await server.close();
    }
  },
);

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length;

/** Runs in the page. */
async function count() {
  const load = (name) => import(`./js/bench/${name}.js`);
  const [{ installProbe }, { openOurs }, { VIT_TI, withTokens }, { randomWeights, randomVideo }] = await Promise.all(
    ["gpu-probe", "ours", "geometry", "weights"].map(load),
  );
  const probe = installProbe();
  const ours = await openOurs("webgpu");
  const counted = async (run) => {
    const mark = probe.mark();
    await run();
    return probe.since(mark);
  };
  const geometry = withTokens(VIT_TI, 32);
  const encoder = await ours.create(geometry, randomWeights(geometry, 1));
  const run = encoder.prepare(randomVideo(geometry, 1, 2), 1);
  const [forward, warm] = [await counted(run), await counted(run)];
  encoder.free();
  const trainer = ours.trainer("small", 1);
  const [first, step] = [await counted(() => trainer.step()), await counted(() => trainer.step())];
  trainer.free();
  return { forward, warm, first, step };
}
