/**
 * `device=auto` with the real engines. There is no hardware adapter here, so the page is served as if the software one were
 * hardware: everything else, from the download to the measurement and the move, is what a visitor with a GPU gets.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { embedMadeUpClip, relativeDifference, state, until } from "./support/ask.js";
import { ROOT } from "./support/places.js";
import { site } from "./support/site.js";

const test = site();

/** Serves a module of the page with one expression replaced, to the page as it is written: the built one asks for no modules. */
async function replace(page, file, from, to) {
  const index = readFileSync(join(ROOT, "www/index.html"), "utf8").replace(/<link data-trunk[^>]*>/g, "");
  await page.context().route(
    ({ pathname }) => pathname.endsWith("/vjepa/"),
    (route) => route.fulfill({ contentType: "text/html", body: index }),
  );
  await page.context().route(`**/js/${file}`, async (route) => {
    const response = await route.fetch();
    const body = await response.text();
    assert.ok(body.includes(from), `${file} no longer says ${from}`);
    await route.fulfill({ response, body: body.replace(from, to) });
  });
}

const asHardware = (page) =>
  replace(page, "worker/watch-gpu.js", "software: fallback || SOFTWARE.test", "software: !SOFTWARE.test");

test(
  "automatic: an adapter is measured, and the faster engine stays",
  { query: "?preset=nano", prepare: asHardware },
  async (page) => {
    const now = await until(page, (now) => /faster for this model/.test(now.why));
    assert.equal(now.device, "cpu");
    assert.match(now.why, /training step takes [\d.]+ ms on .*swiftshader.*, [\d.]+ ms on the CPU/i);
  },
);

const asFasterHardware = async (page) => {
  await asHardware(page);
  await replace(page, "worker/choose-device.js", "if (gpuMs >= cpuMs)", "if (gpuMs < cpuMs)");
};

test(
  "automatic: training moves to WebGPU and goes on",
  { query: "?preset=nano&seed=5", prepare: asFasterHardware },
  async (page) => {
    assert.equal((await state(page)).device, "cpu");
    await page.evaluate(() => window.vjepa.train(5));
    const before = await page.evaluate(embedMadeUpClip);
    const now = await until(page, (now) => now.device === "webgpu");
    assert.equal(now.step, 5);
    assert.match(now.why, /WebGPU runs it because it is faster/);
    const difference = relativeDifference(before, await page.evaluate(embedMadeUpClip));
    assert.ok(difference < 1e-3, `the weights differ by ${difference}`);
    const { step } = await page.evaluate(() => window.vjepa.train(1));
    assert.equal(step, 6);
  },
);
