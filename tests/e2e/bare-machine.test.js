/** A machine without a camera and without a graphics adapter. */
import assert from "node:assert/strict";
import { assertSentence, moreClips, notice, rejection } from "./support/ask.js";
import { shot, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });

test("no camera: a sentence, and the world", { query: "?device=cpu&preset=nano&source=camera" }, async (page) => {
  const now = await moreClips(page);
  assert.equal(now.source, "world");
  assert.equal(now.error?.code, "no-camera");
  assertSentence(now.error.message);
  assert.equal(await notice(page), now.error.message);
});

test("no WebGPU adapter: the CPU runs it, and the page says why", { query: "?preset=nano" }, async (page) => {
  await page.waitForFunction(
    () => /WebGPU/.test(window.vjepa.state().why) && !/looked at/.test(window.vjepa.state().why),
  );
  const now = await moreClips(page);
  assert.equal(now.device, "cpu");
  assertSentence(now.why);
});

test(
  "WebGPU asked for where there is none: advice for this browser, on a page that works",
  { query: "?device=webgpu&preset=nano" },
  async (page) => {
    const now = await moreClips(page);
    assert.equal(now.device, "cpu");
    assert.match(await notice(page), /WebGPU/);
    assertSentence(await notice(page));
    const refused = await rejection(page, () => window.vjepa.configure({ device: "webgpu" }));
    assert.equal(refused?.code, "no-webgpu");
    await moreClips(page);
    await shot(page, "no webgpu");
  },
);
