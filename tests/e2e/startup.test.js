/** Starting where something is refused, missing or served wrongly: the page starts all the same, or says what is wrong. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveWeights } from "../js/support/weights-server.js";
import { assertSentence, notice } from "./support/ask.js";
import { DIST, ROOT } from "./support/places.js";
import { serve } from "./support/server.js";
import { site } from "./support/site.js";

const test = site({ camera: "none" });
const QUERY = "?device=cpu&preset=nano&seed=1";
const FAVICON = /favicon\.ico/;
/** The first page is nothing; each test opens one of its own server. */
const EMPTY = { query: "assets/shipped.json", unready: true, allow: [FAVICON] };
const EVERYONE = { "access-control-allow-origin": "*" };
/** A policy without anything inline, but for styles, and without workers from a blob. */
const STRICT = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; object-src 'none'; base-uri 'none'";

/** The site as this server sends it, until the page is closed. @returns {Promise<string>} its address */
async function served(t, { headers = {}, wrong = {} } = {}) {
  const server = await serve(DIST, "/there/", headers, wrong);
  t.after(server.close);
  return server.url;
}

/** The page in a frame with only scripts allowed, on somebody's page. */
async function framed(t, page, url) {
  const folder = mkdtempSync(join(tmpdir(), "vjepa-frame-"));
  writeFileSync(
    join(folder, "index.html"),
    `<!doctype html><title>Somebody's page</title><link rel="icon" href="data:,"><iframe sandbox="allow-scripts" width="1200" height="800" src="${url}"></iframe>`,
  );
  const theirs = await serve(folder, "/");
  t.after(theirs.close);
  await page.goto(theirs.url);
  return (await page.waitForSelector("iframe")).contentFrame();
}

test(
  "in a sandboxed frame it starts, looks, trains and plays a video; that nothing is kept is said",
  EMPTY,
  async (page, t) => {
    const frame = await framed(t, page, (await served(t, { headers: EVERYONE })) + QUERY);
    await frame.waitForFunction(() => window.vjepa);
    assert.equal(await frame.evaluate(() => self.origin), "null");
    const { losses } = await frame.evaluate(async () => (await window.vjepa.ready, window.vjepa.train(2)));
    assert.ok(losses.length === 2 && losses.every(Number.isFinite), JSON.stringify(losses));
    await frame.waitForFunction(() => window.vjepa.state().saved.state === "failed");
    const { saved, why, error } = await frame.evaluate(() => window.vjepa.state());
    assert.equal(error, null);
    assertSentence(saved.message);
    assert.match(saved.message, /keeps nothing for this page/);
    assert.doesNotMatch(why ?? "", /on the page itself/, "a worker can be had");
    await frame.evaluate(() => window.vjepa.setSource("sample"));
    await frame.waitForFunction(
      () => window.vjepa.state().source === "sample" && window.vjepa.state().phase === "running",
    );
    const clips = await frame.evaluate(() => window.vjepa.state().clips);
    await frame.waitForFunction((before) => window.vjepa.state().clips > before, clips);
  },
);

test(
  "in a sandboxed frame of a server that lets nobody else read, it says so",
  { ...EMPTY, allow: [FAVICON, /CORS|ERR_FAILED/] },
  async (page, t) => {
    const frame = await framed(t, page, (await served(t)) + QUERY);
    await frame.waitForFunction(() => document.documentElement.dataset.phase === "error");
    const said = (await frame.locator("#notice").textContent()).trim();
    assertSentence(said);
    assert.match(said, /^This frame is sandboxed, .*js\/main\.js.*allow-same-origin/);
  },
);

test(
  "where a policy forbids workers, the engine runs on the page, and the status says so",
  { ...EMPTY, allow: [FAVICON, /Content Security Policy|worker-src|Refused to create a worker/] },
  async (page, t) => {
    const url = await served(t, { headers: { "content-security-policy": "worker-src 'none'" } });
    await page.goto(`${url}${QUERY}#models`);
    const { losses } = await page.evaluate(async () => (await window.vjepa.ready, window.vjepa.train(2)));
    assert.equal(losses.length, 2);
    assert.equal(page.workers().length, 0);
    await page
      .getByText(/runs on the page itself, because no worker could be started/)
      .first()
      .waitFor();
    const { saved } = await page.evaluate(() => window.vjepa.state());
    assertSentence(saved.message);
    await page.evaluate(() => window.vjepa.setSource("sample"));
    await page.waitForFunction(
      () => window.vjepa.state().source === "sample" && window.vjepa.state().phase === "running",
    );
  },
);

for (const [name, wrong, sentence, query = QUERY] of [
  [
    "a module is missing",
    { "js/rooms/inside/clip-view.js": "missing" },
    /^js\/rooms\/inside\/clip-view\.js is missing on the server \(HTTP 404\)/,
  ],
  [
    "a table of words comes as a web page",
    { "js/language/zh.js": "text/html" },
    /^服务器把 js\/language\/zh\.js 当作 text\/html/,
    "?lang=zh",
  ],
  [
    "the engine is missing",
    { "engine/cpu/vjepa_web_bg.wasm": "missing" },
    /CPU engine is missing on the server \(engine\/cpu\/vjepa_web_bg\.wasm: HTTP 404\)/,
  ],
  [
    "the host of the engine is missing",
    { "js/worker/host.js": "missing" },
    /^A part of the engine could not be loaded \(.*\): check the connection/,
  ],
]) {
  test(
    `${name}: the page says so, under a policy that forbids what is inline`,
    { ...EMPTY, allow: [FAVICON, /404|MIME|module script/i] },
    async (page, t) => {
      const url = await served(t, { wrong, headers: { "content-security-policy": STRICT } });
      await page.goto(url + query);
      await page.waitForFunction(() => document.documentElement.dataset.phase === "error");
      const said = await notice(page);
      assert.match(said, sentence);
      assert.doesNotMatch(said, /undefined|NaN|\{/);
    },
  );
}

test(
  "a policy without wasm-unsafe-eval is named",
  { ...EMPTY, allow: [FAVICON, /Content Security Policy|unsafe-eval|wasm: net::/] },
  async (page, t) => {
    const url = await served(t, { headers: { "content-security-policy": "script-src 'self'" } });
    await page.goto(url + QUERY);
    await page.waitForFunction(() => document.documentElement.dataset.phase === "error");
    assertSentence(await notice(page));
    assert.match(await notice(page), /forbids WebAssembly: .*'wasm-unsafe-eval'/);
  },
);

test(
  "a host that a policy leaves out is named with the directive",
  { ...EMPTY, allow: [FAVICON, /Content Security Policy|connect-src|Refused to connect/] },
  async (page, t) => {
    const url = await served(t, { headers: { "content-security-policy": "connect-src 'self'" } });
    await page.goto(url + QUERY);
    const message = await page.evaluate(
      async () => (
        await window.vjepa.ready,
        window.vjepa
          .load({ source: { from: "url", url: "http://127.0.0.1:9/m.safetensors" } })
          .catch((error) => error.message)
      ),
    );
    assert.match(message, /does not let it fetch m\.safetensors from 127\.0\.0\.1:9: .*connect-src/);
  },
);

const CHECKPOINTS = join(ROOT, "tests/fixtures/checkpoints");
const read = (path) => readFileSync(join(CHECKPOINTS, path));
const TINY = { num_attention_heads: 2, pred_num_attention_heads: 2, crop_size: 64, frames_per_clip: 4 };

test(
  "weights of a host that compresses whatever it sends are read, as safetensors and as a zip",
  { query: QUERY, allow: [/ERR_CONTENT_DECODING_FAILED/, /preprocessor_config\.json: net::ERR_FAILED/] },
  async (page, t) => {
    const file = (body, gzip) => ({ size: body.length, body, gzip, headers: EVERYONE });
    const host = await serveWeights({
      "m/config.json": file(read("hf_vjepa2_tiny/config.json"), true),
      "m/model.safetensors": file(read("hf_vjepa2_tiny/model.safetensors"), true),
      "n/config.json": file(Buffer.from(JSON.stringify(TINY)), "parts"),
      "n/tiny.pt": file(read("vjepa2_tiny_meta_layout.pt"), "parts"),
    });
    t.after(host.close);
    for (const path of ["m/", "n/tiny.pt"]) {
      await page.evaluate((url) => window.vjepa.load({ source: { from: "url", url } }), host.base + path);
      const { model, report, error } = await page.evaluate(() => window.vjepa.state());
      assert.deepEqual([model.checkpoint, error, report.missing], [true, null, []]);
      assert.ok(Number.isFinite(await page.evaluate(async () => (await window.vjepa.look()).loss)));
    }
  },
);
