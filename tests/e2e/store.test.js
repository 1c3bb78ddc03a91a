/** Weights kept in a real browser's private file system, and the page without a network. Needs no engine. */
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serveWeights } from "../js/support/weights-server.js";
import { launch } from "./support/browser.js";
import { ROOT } from "./support/places.js";
import { serve } from "./support/server.js";

const SIZE = 24 << 20;
const OTHER_ORIGIN = { "access-control-allow-origin": "*" };

let browser;
let folder;
let site;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "vjepa-"));
  await cp(join(ROOT, "www"), folder, { recursive: true });
  for (const kind of ["cpu", "webgpu"]) {
    await mkdir(join(folder, "engine", kind), { recursive: true });
    for (const file of ["vjepa_web.js", "vjepa_web_bg.wasm"]) await writeFile(join(folder, "engine", kind, file), "");
  }
  await writeFile(join(folder, "blank.html"), "<!doctype html><title>blank</title>");
  site = await serve(folder);
  browser = await launch({ camera: "none", noWebGpu: true });
});

after(async () => {
  await browser?.close();
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a worker in a new tab; what is returned runs a function there, given a loader of the page's modules. */
async function tab(context) {
  const page = await context.newPage();
  await page.goto(`${site.url}blank.html`);
  const run = (body, argument) => page.evaluate(inWorker, [site.url, String(body), argument]);
  return { page, run };
}

/** Runs in the page; its worker lives as long as the tab, and so do `self.kept` and the like. */
async function inWorker([base, body, argument]) {
  if (!window.worker) {
    const source = `onmessage = async ({ data: [base, body, argument] }) => {
      const load = (name) => import(base + "js/weights/" + name + ".js");
      try { postMessage({ value: await (0, eval)("(" + body + ")")(load, argument) }); }
      catch (error) { postMessage({ error: { name: error.name, code: error.code, message: error.message } }); }
    };`;
    window.worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  }
  return new Promise((resolve) => {
    window.worker.onmessage = ({ data }) => resolve(data);
    window.worker.postMessage([base, body, argument]);
  });
}

/** Runs in a worker: reads parts of a file; `keep` leaves it open. Returns the sum of the bytes read. */
async function visit(load, { url, parts, finish, keep }) {
  const [{ openStore }, { openUrl }] = [await load("store"), await load("reader")];
  self.problems = [];
  const store = await openStore({ onProblem: ({ code }) => self.problems.push(code) });
  const reader = await openUrl(url, { store, delays: [1], stallMs: 5000 });
  let sum = 0;
  for (const [at, count] of parts) sum = (await reader.read(at, count)).reduce((all, byte) => all + byte, sum);
  if (finish) await reader.finish(finish);
  if (keep) self.kept = reader;
  else await reader.close();
  return { sum, size: reader.size, problems: self.problems };
}

/** Runs in a worker. */
async function list(load) {
  const store = await (await load("store")).openStore();
  return store.list();
}

const PARTS = [
  [SIZE - 1000, 1000],
  [0, 1 << 20],
  [1 << 20, 6 << 20],
  [20 << 20, 1 << 20],
];

test("kept weights: another origin, interruption, two tabs, no network, removal", { timeout: 120_000 }, async () => {
  const host = await serveWeights({
    "m.safetensors": { size: SIZE, headers: OTHER_ORIGIN, cuts: [5 << 20, 3 << 20], etag: null },
  });
  const context = await browser.newContext();
  const url = `${host.base}m.safetensors`;
  const ok = ({ value, error }) => (assert.equal(error, undefined, JSON.stringify(error)), value);
  try {
    const first = await tab(context);
    const fetched = ok(await first.run(visit, { url, parts: PARTS.slice(0, 2), keep: true }));
    assert.equal(fetched.size, SIZE);
    const second = await tab(context);
    ok(await second.run(visit, { url, parts: PARTS, finish: "abc" }));
    assert.deepEqual(
      ok(await second.run(list)).map(({ complete }) => complete),
      [false],
      "the second tab kept something",
    );
    await first.run(async () => self.kept.close());
    const whole = ok(await first.run(visit, { url, parts: PARTS, finish: "abc", keep: true }));
    assert.deepEqual(whole.problems, []);
    const [kept] = ok(await second.run(list));
    assert.deepEqual(
      [kept.complete, kept.bytes, kept.sha256],
      [true, PARTS.reduce((sum, [, count]) => sum + count, 0), "abc"],
    );
    await host.close();
    const beside = ok(await second.run(visit, { url, parts: PARTS, finish: "abc" }));
    assert.equal(beside.sum, whole.sum, "while the first tab has the lock");
    const removal = async (load, key) => (await (await load("store")).openStore()).remove(key);
    assert.equal((await second.run(removal, kept.key)).error?.code, "in-use");
    await first.page.close();
    const third = await tab(context);
    assert.equal(ok(await third.run(visit, { url, parts: PARTS })).sum, whole.sum);
    // The list is also to be had where files cannot be written: on the page.
    const onPage = await third.page.evaluate(
      async (base) => (await (await import(`${base}js/weights/store.js`)).openStore()).list(),
      site.url,
    );
    assert.equal(onPage.length, 1);
    ok(await third.run(removal, kept.key));
    assert.deepEqual(ok(await third.run(list)), []);
    const { value: usage } = await third.run(async (load) => (await (await load("store")).openStore()).usage());
    assert.ok(usage.quota > 0);
    assert.equal((await third.run(visit, { url, parts: PARTS })).error?.code, "unreachable");
  } finally {
    await context.close();
    await host.close();
  }
});

test(
  "a worker that dies while it keeps: what was committed is there, the rest is read again",
  { timeout: 120_000 },
  async () => {
    const host = await serveWeights({ "m.safetensors": { size: 60 << 20, headers: OTHER_ORIGIN } });
    const context = await browser.newContext();
    const url = `${host.base}m.safetensors`;
    try {
      const first = await tab(context);
      const parts = Array.from({ length: 10 }, (_, i) => [i * (4 << 20), 4 << 20]);
      await first.run(visit, { url, parts, keep: true });
      await first.page.evaluate(() => window.worker.terminate());
      await first.page.close();
      host.asked.length = 0;
      const second = await tab(context);
      const { value: kept } = await second.run(list);
      assert.ok(kept[0].bytes >= 32 << 20, `${kept[0].bytes} bytes are kept`);
      const { error } = await second.run(visit, { url, parts });
      assert.equal(error, undefined);
      const starts = host.asked.map(({ range }) => range);
      assert.deepEqual(starts, kept[0].bytes === 40 << 20 ? ["bytes=0-"] : ["bytes=0-", `bytes=${kept[0].bytes}-`]);
    } finally {
      await context.close();
      await host.close();
    }
  },
);

test("a full disk in a real browser: loading goes on", { timeout: 120_000 }, async () => {
  const host = await serveWeights({ "m.safetensors": { size: SIZE, headers: OTHER_ORIGIN } });
  const context = await browser.newContext();
  try {
    const { page, run } = await tab(context);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: new URL(site.url).origin, quotaSize: 6 << 20 });
    const parts = Array.from({ length: 24 }, (_, i) => [i << 20, 1 << 20]);
    const { value, error } = await run(visit, { url: `${host.base}m.safetensors`, parts, finish: "abc" });
    assert.equal(error, undefined);
    assert.deepEqual(value.problems, ["storage-full"]);
    assert.deepEqual((await run(list)).value, []);
  } finally {
    await context.close();
    await host.close();
  }
});

test(
  "the page opens without a network the second time, and is never out of date with one",
  { timeout: 120_000 },
  async () => {
    const own = await serve(folder);
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const missing = [];
      page.on(
        "response",
        (response) => response.status() === 404 && missing.push(response.url().slice(own.url.length)),
      );
      await page.goto(`${own.url}?device=cpu`);
      const kept = await page.evaluate(async (base) => {
        await (await caches.open("page")).put(`${base}js/built/main-OLD.js`, new Response("")); // of a page before
        const done = await (await import(`${base}js/app/offline.js`)).keepPage();
        const keys = await (await caches.open("page")).keys();
        return { done, urls: keys.map(({ url }) => url.slice(base.length)) };
      }, own.url);
      assert.equal(kept.done, true);
      assert.ok(!kept.urls.includes("js/built/main-OLD.js"), "what a page before was bundled into is still kept");
      for (const file of [
        "",
        "style/base.css",
        "js/main.js",
        "js/worker/host.js",
        "js/worker/engine-worker.js",
        "js/sources/scaler-worker.js",
        "js/rooms/inside/clip-view.js",
        "assets/big_buck_bunny_256.webm",
        "assets/learner.safetensors",
        "engine/cpu/vjepa_web_bg.wasm",
      ]) {
        assert.ok(kept.urls.includes(file), `${file} is not kept, only ${kept.urls.join(" ")}`);
      }
      // Trunk's own links name folders; it takes them out of the built page.
      assert.deepEqual(
        missing.filter((file) => !["js", "assets", "style"].includes(file)),
        [],
      );
      const index = join(folder, "index.html");
      await writeFile(index, (await readFile(index, "utf8")).replace("<html ", "<html data-newer "));
      const newer = () => page.evaluate(() => "newer" in document.documentElement.dataset);
      await page.reload();
      assert.equal(await newer(), true);
      const again = async (base) => (await import(`${base}js/app/offline.js`)).keepPage();
      assert.equal(await page.evaluate(again, own.url), true);
      await own.close();
      await page.goto(`${own.url}?device=cpu&seed=3`);
      assert.equal(await newer(), true);
      await page.waitForFunction(() => document.documentElement.dataset.phase !== "loading", undefined, {
        timeout: 20_000,
      });
      const part = await page.evaluate(async (base) => {
        const response = await fetch(`${base}assets/big_buck_bunny_256.webm`, { headers: { range: "bytes=4-7" } });
        return { status: response.status, length: (await response.arrayBuffer()).byteLength };
      }, own.url);
      assert.deepEqual(part, { status: 206, length: 4 });
    } finally {
      await context.close();
      await own.close();
    }
  },
);
