/** What a host may do to the page, by what it sends or by how it is reached: what is missing is said, and the rest works. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertSentence, moreClips, notice, rejection, state } from "./support/ask.js";
import { DIST, ROOT } from "./support/places.js";
import { serve } from "./support/server.js";
import { site } from "./support/site.js";

/** A name that leads to this machine, and that browsers do not take for it: plain http from it is not secure. */
const NAME = "vjepa.test";
const test = site({ camera: "film", name: NAME });
const QUERY = "?device=cpu&preset=nano&seed=1";
const FAVICON = /favicon\.ico/;
/** The first page is nothing; each test opens one of its own server. */
const EMPTY = { query: "assets/shipped.json", unready: true, allow: [FAVICON] };
const EVERYONE = { "access-control-allow-origin": "*" };

/** The site as this server sends it, until the page is closed. @returns {Promise<string>} its address */
async function served(t, headers = {}) {
  const server = await serve(DIST, "/there/", headers);
  t.after(server.close);
  return server.url;
}

test(
  "over plain http from a name: each thing that browsers keep from such a page is said in a sentence, the rest works",
  { ...EMPTY, allow: [FAVICON, new RegExp(`asks another host: http://${NAME}`)] },
  async (page, t) => {
    const url = (await served(t)).replace("127.0.0.1", NAME);
    await page.goto(`${url}${QUERY}`);
    await page.evaluate(() => window.vjepa.ready);
    assert.deepEqual(await page.evaluate(() => [isSecureContext, "gpu" in navigator, "serviceWorker" in navigator]), [
      false,
      false,
      false,
    ]);
    // It looks and learns, and plays a file.
    const { losses } = await page.evaluate(() => window.vjepa.train(2));
    assert.ok(losses.length === 2 && losses.every(Number.isFinite));
    await page.evaluate(() => window.vjepa.setSource("sample"));
    await moreClips(page);
    // No camera.
    const camera = await rejection(page, () => window.vjepa.setSource("camera"));
    assert.equal(camera.code, "camera-insecure");
    assertSentence(camera.message);
    assert.equal(await notice(page), camera.message);
    await moreClips(page);
    // No file system, so no saves.
    await page.waitForFunction(() => window.vjepa.state().saved.state === "failed");
    const { saved } = await state(page);
    assertSentence(saved.message);
    assert.match(saved.message, /https/);
    // No WebGPU.
    const gpu = await rejection(page, () => window.vjepa.configure({ device: "webgpu" }));
    assert.equal(gpu.code, "no-webgpu");
    assertSentence(gpu.message);
    assert.match(gpu.message, /https/);
    await moreClips(page);
    // A checkpoint is read all the same, and not kept.
    const weights = await serve(join(ROOT, "tests/fixtures/checkpoints"), "/", EVERYONE);
    t.after(weights.close);
    await page.evaluate((url) => window.vjepa.load({ source: { from: "url", url } }), `${weights.url}hf_vjepa2_tiny/`);
    const { model, report, error } = await state(page);
    assert.deepEqual([model.checkpoint, report.kept, error], [true, false, null]);
  },
);

for (const [what, policy, workers] of [
  ["wants Trusted Types and names none", "require-trusted-types-for 'script'", true],
  ["names other Trusted Types", "require-trusted-types-for 'script'; trusted-types theirs", false],
  ["lets no worker start from a blob", "worker-src 'self'", false],
]) {
  test(
    `a host that ${what}: it starts, looks and trains${workers ? "" : ", on the page itself, and says so"}`,
    { ...EMPTY, allow: [FAVICON, /Content Security Policy|violates the following/] },
    async (page, t) => {
      await page.goto(`${await served(t, { "content-security-policy": policy })}${QUERY}#models`);
      const { losses } = await page.evaluate(async () => (await window.vjepa.ready, window.vjepa.train(2)));
      assert.equal(losses.length, 2);
      assert.equal(page.workers().length > 0, workers);
      const { saved, error } = await state(page);
      assert.equal(error, null);
      const there = page.getByText(/runs on the page itself, because no worker could be started/).first();
      if (!workers) await there.waitFor();
      assert.equal(await there.count(), workers ? 0 : 1);
      if (!workers) assertSentence(saved.message);
      await page.evaluate(() => window.vjepa.setSource("camera"));
      await moreClips(page);
    },
  );
}

test(
  "where no worker can be had, a file of another host is refused with the directive, and one of this host is not",
  { ...EMPTY, allow: [FAVICON, /Content Security Policy|violates the following|worker-src/] },
  async (page, t) => {
    await page.goto(`${await served(t, { "content-security-policy": "worker-src 'none'" })}${QUERY}`);
    await page.evaluate(() => window.vjepa.ready);
    for (const call of [
      (url) => window.vjepa.load({ source: { from: "url", url } }),
      (url) => window.vjepa.setSource("file", { url }),
    ]) {
      const { message } = await rejection(page, call, "http://127.0.0.1:9/m.safetensors");
      assertSentence(message);
      assert.match(message, /does not let it fetch m\.safetensors from 127\.0\.0\.1:9: .* worker-src of /);
    }
    await page.evaluate(() => window.vjepa.setSource("file", { url: "assets/big_buck_bunny_256.webm" }));
    await moreClips(page);
  },
);

test(
  "two tabs: one saves, the other says that it does not, and goes on with that once the first is closed",
  EMPTY,
  async (page, t) => {
    const url = `${await served(t)}${QUERY}`;
    const trained = async (tab) => {
      await tab.goto(url);
      await tab.evaluate(async () => (await window.vjepa.ready, window.vjepa.train(2)));
    };
    const first = await page.context().newPage();
    await trained(first);
    await first.waitForFunction(() => window.vjepa.state().saved.state === "saved");
    await trained(page);
    await page.waitForFunction(() => window.vjepa.state().saved.state === "elsewhere");
    const { saved, error } = await state(page);
    assert.equal(error, null);
    assertSentence(saved.message);
    assert.match(saved.message, /another tab/i);
    t.diagnostic(`${saved.state}: ${saved.message}`);
    await first.close();
    await page.evaluate(() => window.vjepa.train(2));
    await page.waitForFunction(() => window.vjepa.state().saved.state === "saved");
  },
);
