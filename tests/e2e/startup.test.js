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
/** The first page is nothing; each test opens one of its own server. */
const EMPTY = { query: "assets/shipped.json", unready: true };
const EVERYONE = { "access-control-allow-origin": "*" };
/** A policy without anything inline, but for styles, and without workers from a blob. */
const STRICT = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; object-src 'none'; base-uri 'none'";

/** The site as this server sends it. @param {(url: string) => Promise<void>} body */
async function served(body, { headers = {}, wrong = {} } = {}) {
  const server = await serve(DIST, "/there/", headers, wrong);
  try {
    await body(server.url);
  } finally {
    await server.close();
  }
}

/** The page in a frame with only scripts allowed, on somebody's page. */
async function framed(page, url, body) {
  const folder = mkdtempSync(join(tmpdir(), "vjepa-frame-"));
  writeFileSync(join(folder, "index.html"), `<!doctype html><title>Somebody's page</title><link rel="icon" href="data:,"><iframe sandbox="allow-scripts" width="1200" height="800" src="${url}"></iframe>`);
  const theirs = await serve(folder, "/");
  try {
    await page.goto(theirs.url);
    await body(await (await page.waitForSelector("iframe")).contentFrame());
  } finally {
    await theirs.close();
  }
}

test("in a sandboxed frame it starts, looks, trains and plays a video; that nothing is kept is said", EMPTY, async (page) => {
  await served((url) => framed(page, url + QUERY, async (frame) => {
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
    await frame.waitForFunction(() => window.vjepa.state().source === "sample" && window.vjepa.state().phase === "running");
    const clips = await frame.evaluate(() => window.vjepa.state().clips);
    await frame.waitForFunction((before) => window.vjepa.state().clips > before, clips);
  }), { headers: EVERYONE });
});

test("in a sandboxed frame of a server that lets nobody else read, it says so", { ...EMPTY, allow: [/CORS|ERR_FAILED/] }, async (page) => {
  await served((url) => framed(page, url + QUERY, async (frame) => {
    await frame.waitForFunction(() => document.documentElement.dataset.phase === "error");
    const said = (await frame.locator("#notice").textContent()).trim();
    assertSentence(said);
    assert.match(said, /^This frame is sandboxed, .*js\/main\.js.*allow-same-origin/);
  }));
});

test("where a policy forbids workers, the engine runs on the page, and the status says so", { ...EMPTY, allow: [/Content Security Policy|worker-src|Refused to create a worker/] }, async (page) => {
  await served(async (url) => {
    await page.goto(url + QUERY);
    const { losses } = await page.evaluate(async () => (await window.vjepa.ready, window.vjepa.train(2)));
    assert.equal(losses.length, 2);
    assert.equal(page.workers().length, 0);
    await page.getByText(/runs on the page itself, because no worker could be started/).first().waitFor();
    const { saved } = await page.evaluate(() => window.vjepa.state());
    assertSentence(saved.message);
    await page.evaluate(() => window.vjepa.setSource("sample"));
    await page.waitForFunction(() => window.vjepa.state().source === "sample" && window.vjepa.state().phase === "running");
  }, { headers: { "content-security-policy": "worker-src 'none'" } });
});

for (const [name, wrong, sentence, query = QUERY] of [
  ["the first module is missing", { "js/main.js": "missing" }, /^js\/main\.js is missing on the server \(HTTP 404\)/],
  ["a module is missing", { "js/views/clip.js": "missing" }, /^js\/views\/clip\.js is missing on the server \(HTTP 404\)/],
  ["a module comes as text", { "js/state.js": "text/plain" }, /^js\/state\.js is served as text\/plain/],
  ["a table of words comes as a web page", { "js/words/zh.js": "text/html" }, /^服务器把 js\/words\/zh\.js 当作 text\/html/, "?lang=zh"],
  ["the engine is missing", { "engine/cpu/vjepa_web_bg.wasm": "missing" }, /CPU engine is missing on the server \(engine\/cpu\/vjepa_web_bg\.wasm: HTTP 404\)/],
  ["the engine's module comes as text", { "engine/cpu/vjepa_web.js": "text/plain" }, /engine\/cpu\/vjepa_web\.js is served as text\/plain/],
  ["the host of the engine is missing", { "js/host.js": "missing" }, /^A part of the engine could not be loaded \(.*\): check the connection/],
]) {
  test(`${name}: the page says so, under a policy that forbids what is inline`, { ...EMPTY, allow: [/404|MIME|module script/i] }, async (page) => {
    await served(async (url) => {
      await page.goto(url + query);
      await page.waitForFunction(() => document.documentElement.dataset.phase === "error");
      const said = await notice(page);
      assert.match(said, sentence);
      assert.doesNotMatch(said, /undefined|NaN|\{/);
    }, { wrong, headers: { "content-security-policy": STRICT } });
  });
}

test("without its worker's module the engine runs on the page", { ...EMPTY, allow: [/404|MIME|worker\.js: net::ERR_FAILED/] }, async (page) => {
  await served(async (url) => {
    await page.goto(url + QUERY);
    await page.evaluate(() => window.vjepa.ready);
    await page.getByText(/runs on the page itself/).first().waitFor();
  }, { wrong: { "js/worker.js": "missing", "js/vault-worker.js": "text/html" } });
});

test("a policy without wasm-unsafe-eval is named", { ...EMPTY, allow: [/Content Security Policy|unsafe-eval|wasm: net::/] }, async (page) => {
  await served(async (url) => {
    await page.goto(url + QUERY);
    await page.waitForFunction(() => document.documentElement.dataset.phase === "error");
    assertSentence(await notice(page));
    assert.match(await notice(page), /forbids WebAssembly: .*'wasm-unsafe-eval'/);
  }, { headers: { "content-security-policy": "script-src 'self'" } });
});

test("a host that a policy leaves out is named with the directive", { ...EMPTY, allow: [/Content Security Policy|connect-src|Refused to connect/] }, async (page) => {
  await served(async (url) => {
    await page.goto(url + QUERY);
    const message = await page.evaluate(async () => (await window.vjepa.ready, window.vjepa.load({ source: { from: "url", url: "http://127.0.0.1:9/m.safetensors" } }).catch((error) => error.message)));
    assert.match(message, /does not let it fetch m\.safetensors from 127\.0\.0\.1:9: .*connect-src/);
  }, { headers: { "content-security-policy": "connect-src 'self'" } });
});

const CHECKPOINTS = join(ROOT, "tests/fixtures/checkpoints");
const read = (path) => readFileSync(join(CHECKPOINTS, path));
const TINY = { num_attention_heads: 2, pred_num_attention_heads: 2, crop_size: 64, frames_per_clip: 4 };

for (const gzip of [true, "parts"]) {
  test(`weights of a host that compresses ${gzip === true ? "whatever it sends" : "each part"} are read, as safetensors and as a zip`, { query: QUERY, allow: [/ERR_CONTENT_DECODING_FAILED/] }, async (page) => {
    const file = (body) => ({ size: body.length, body, gzip, headers: EVERYONE });
    const host = await serveWeights({
      "m/config.json": file(read("hf_vjepa2_tiny/config.json")), "m/model.safetensors": file(read("hf_vjepa2_tiny/model.safetensors")),
      "n/config.json": file(Buffer.from(JSON.stringify(TINY))), "n/tiny.pt": file(read("vjepa2_tiny_meta_layout.pt")),
    });
    try {
      for (const path of ["m/", "n/tiny.pt"]) {
        await page.evaluate((url) => window.vjepa.load({ source: { from: "url", url } }), host.base + path);
        const { model, report, error } = await page.evaluate(() => window.vjepa.state());
        assert.deepEqual([model.checkpoint, error, report.missing], [true, null, []]);
        assert.ok(Number.isFinite((await page.evaluate(async () => (await window.vjepa.look()).loss))));
      }
    } finally {
      await host.close();
    }
  });
}
