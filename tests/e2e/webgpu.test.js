/** The WebGPU engine in the page, on a software adapter: slow, but the same shaders as on hardware, which VJEPA_ADAPTER=hardware asks for. */
import assert from "node:assert/strict";
import {
  assertDrawn,
  assertMasks,
  embedMadeUpClip,
  engineWorker,
  moreClips,
  notice,
  relativeDifference,
  state,
  until,
} from "./support/ask.js";
import { HARDWARE } from "./support/browser.js";
import { enter, shot, site } from "./support/site.js";

/** f32 on both sides; only the order of sums differs. */
const SAME = 1e-3;

const test = site();
const NANO = "?device=webgpu&preset=nano";

test("look and one training step on WebGPU", { query: NANO }, async (page) => {
  const now = await state(page);
  assert.equal(now.device, "webgpu");
  assert.equal(/swiftshader/i.test(now.adapter), !HARDWARE, now.adapter);
  assertMasks(now);
  assert.ok(now.gpuBytes > 0, "no GPU memory is counted");
  await assertDrawn(page, "#clip .stage canvas", { colours: 30, spread: 8 });
  await assertDrawn(page, "#features canvas", { colours: 8, spread: 10 });
  const { step, losses } = await page.evaluate(() => window.vjepa.train(1));
  assert.equal(step, 1);
  assert.ok(Number.isFinite(losses[0]) && losses[0] > 0, `loss ${losses}`);
  await enter(page, "models");
  await page
    .locator("#status")
    .getByText(/WebGPU/)
    .first()
    .waitFor();
  await shot(page, "webgpu");
});

test(
  "CPU and WebGPU agree, before and after moving weights",
  { query: "?device=cpu&preset=nano&seed=3" },
  async (page, t) => {
    const onCpu = await page.evaluate(embedMadeUpClip);
    await page.evaluate(() => window.vjepa.configure({ device: "webgpu", seed: 3 }));
    assert.equal((await state(page)).device, "webgpu");
    const onGpu = await page.evaluate(embedMadeUpClip);
    const fresh = relativeDifference(onCpu, onGpu);
    assert.ok(fresh < SAME, `the same seed differs by ${fresh}`);

    await page.evaluate(() => window.vjepa.train(1));
    const trained = await page.evaluate(embedMadeUpClip);
    await page.evaluate(() => window.vjepa.configure({ device: "cpu" }));
    const moved = await state(page);
    assert.deepEqual([moved.device, moved.step], ["cpu", 1]);
    const after = relativeDifference(trained, await page.evaluate(embedMadeUpClip));
    assert.ok(after < SAME, `moved weights differ by ${after}`);
    t.diagnostic(
      `CPU and WebGPU differ by ${fresh.toExponential(1)}, after a step and a move by ${after.toExponential(1)}`,
    );
  },
);

test("a lost device comes back with its weights", { query: NANO, allow: [/lost|destroyed/i] }, async (page) => {
  await page.evaluate(() => window.vjepa.train(2));
  const before = await page.evaluate(embedMadeUpClip);
  await page.evaluate(() => window.vjepa.save());
  await page.evaluate(() => window.vjepa.debug.loseDevice());
  await until(page, (now) => /rebuilt/.test(now.notice) && now.phase === "running" && now.clips > 0);
  const now = await moreClips(page, 1);
  assert.equal(now.step, 2);
  assert.equal(now.error, null);
  assert.match(await notice(page), /step 2/);
  const difference = relativeDifference(before, await page.evaluate(embedMadeUpClip));
  assert.ok(difference < SAME, `the weights differ by ${difference}`);
  const { step } = await page.evaluate(() => window.vjepa.train(1));
  assert.equal(step, 3);
});

const inSoftware = HARDWARE ? () => {} : test;
inSoftware(
  "automatic: a software adapter stays on the CPU, and the page says why",
  { query: "?preset=nano" },
  async (page) => {
    const now = await until(page, (now) => /software/.test(now.why));
    assert.equal(now.device, "cpu");
    await enter(page, "models");
    await page
      .locator("#status")
      .getByText(/software/)
      .first()
      .waitFor();
  },
);

test(
  "an uncaptured WebGPU error is said on the page and in the console",
  { query: "?device=cpu&preset=nano", allow: [/^WebGPU: /] },
  async (page) => {
    const logged = page.waitForEvent(
      "console",
      (message) => message.type() === "error" && /^WebGPU: /.test(message.text()),
    );
    await (
      await engineWorker(page)
    ).evaluate(async () => {
      const adapter = await navigator.gpu.requestAdapter();
      const device = (globalThis.kept = await adapter.requestDevice()); // a collected device reports nothing
      device.createBuffer({ size: 16, usage: 0xffff });
      device.queue.submit([]); // until the next command, errors wait
    });
    await logged;
    const { error } = await until(page, (now) => now.error);
    assert.equal(error.code, "gpu-error");
    assert.equal(await notice(page), error.message);
  },
);
