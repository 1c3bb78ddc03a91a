/** Starting where something is refused, missing or served wrongly: the page starts all the same, or says what is wrong. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveWeights } from "../js/support/weights-server.js";
import { assertSentence, notice, rejection } from "./support/ask.js";
import { built, DIST, preloaded, ROOT } from "./support/places.js";
import { serve } from "./support/server.js";
import { site } from "./support/site.js";

const test = site({ camera: "none" });
const QUERY = "?device=cpu&preset=nano&seed=1";
const FAVICON = /favicon\.ico/;
/** The first page is nothing; each test opens one of its own server. */
const EMPTY = { query: "assets/shipped.json", unready: true, allow: [FAVICON] };
const EVERYONE = { "access-control-allow-origin": "*" };
/** A policy of a host beside that of the page, which has more. */
const STRICT = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'";

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
    const url = "http://127.0.0.1:9/m.safetensors";
    const refused = await rejection(frame, (url) => window.vjepa.load({ source: { from: "url", url } }), url);
    assertSentence(refused.message);
    assert.match(refused.message, /^This frame is sandboxed and lets nothing be fetched from 127\.0\.0\.1:9: /);
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
    assert.match(said, /^This frame is sandboxed, .*js\/built\/main-\w+\.js.*allow-same-origin/);
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
    "what the entry takes is missing",
    () => ({ [preloaded()]: "missing" }),
    /^js\/built\/chunk-\w+\.js is missing on the server \(HTTP 404\)/,
  ],
  [
    "the entry comes as a web page",
    () => ({ [built("main")]: "text/html" }),
    /^服务器把 js\/built\/main-\w+\.js 当作 text\/html/,
    "?lang=zh",
  ],
  [
    "the engine is missing",
    () => ({ "engine/cpu/vjepa_web_bg.wasm": "missing" }),
    /CPU engine is missing on the server \(engine\/cpu\/vjepa_web_bg\.wasm: HTTP 404\)/,
  ],
  [
    "the host of the engine is missing",
    () => ({ [built("engine-worker")]: "missing", [built("open-host")]: "missing" }),
    /^A part of the engine could not be loaded \(.*\): check the connection/,
  ],
]) {
  test(
    `${name}: the page says so, under a policy that forbids what is inline`,
    { ...EMPTY, allow: [FAVICON, /404|MIME|module script|engine-worker-\w+\.js: net::ERR_FAILED/i] },
    async (page, t) => {
      const url = await served(t, { wrong: wrong(), headers: { "content-security-policy": STRICT } });
      await page.goto(url + query);
      await page.waitForFunction(() => document.documentElement.dataset.phase === "error");
      const said = await notice(page);
      assert.match(said, sentence);
      assert.doesNotMatch(said, /undefined|NaN|\{/);
    },
  );
}

test(
  "an engine that comes with a wrong type starts all the same, and nothing is fetched twice",
  EMPTY,
  async (page, t) => {
    const asked = [];
    const wrong = { "engine/cpu/vjepa_web_bg.wasm": "text/plain", "engine/cpu/vjepa_web.js": "application/javascript" };
    const server = await serve(DIST, "/there/", {}, wrong, ({ file }) => asked.push(file));
    t.after(server.close);
    await page.goto(`${server.url}?device=cpu`);
    await page.evaluate(() => window.vjepa.ready);
    const times = (file) => asked.filter((one) => one === file).length;
    for (const file of ["engine/cpu/vjepa_web_bg.wasm", "engine/cpu/vjepa_web.js", "assets/shipped.json"])
      assert.equal(times(file), 1, `${file}: ${times(file)} times`);
    assert.equal(times("assets/learner.safetensors"), 1);
    assert.equal(times("engine/webgpu/vjepa_web_bg.wasm"), 0);
  },
);

test("the built page opens without a network once it says so, from its bundles", EMPTY, async (page, t) => {
  const server = await serve(DIST, "/there/");
  t.after(server.close);
  await page.goto(`${server.url}?device=cpu`);
  await page.evaluate(() => window.vjepa.ready);
  const files = readdirSync(join(DIST, "js/built")).filter((name) => /\.(js|css)$/.test(name));
  const wanted = [
    ...["", "preload.js", "assets/learner.safetensors", "engine/cpu/vjepa_web_bg.wasm"],
    ...files.map((name) => `js/built/${name}`),
  ];
  const kept = () =>
    page.evaluate(async (base) => {
      const keys = await (await caches.open("page")).keys();
      return keys.map(({ url }) => url.slice(base.length));
    }, server.url);
  await page.locator("#offline").waitFor();
  const urls = await kept();
  assert.deepEqual(
    wanted.filter((file) => !urls.includes(file)),
    [],
  );
  assert.deepEqual(
    (await kept()).filter((file) => /^(js\/(?!built\/)|style\/)/.test(file)),
    [],
    "what is bundled is kept twice",
  );
  await server.close();
  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  assert.equal(await page.evaluate(() => window.vjepa.state().error), null);
});

test("the world is shown while the weights are on their way, and no model's opinion of it", EMPTY, async (page, t) => {
  let send = () => {};
  const sent = new Promise((resolve) => (send = resolve));
  await page.route("**/learner.safetensors", async (route) => (await sent, route.continue()));
  await page.goto(`${await served(t)}?device=cpu&seed=3`);
  const clip = page.getByRole("img", { name: /^The clip/ }).first();
  await clip.waitFor();
  assert.equal(await page.evaluate(() => window.vjepa.state().phase), "loading");
  const shades = () =>
    clip.evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
  await page.waitForTimeout(500); // it is painted when it is in sight
  assert.ok((await shades()) > 5, "nothing is drawn");
  assert.equal((await page.evaluate(() => window.vjepa.state())).timings.firstFeaturesMs, null);
  send();
  await page.evaluate(() => window.vjepa.ready);
});

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
