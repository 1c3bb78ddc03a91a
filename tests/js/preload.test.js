// @ts-check
/** What preload.js asks for before the page's modules are there: what they will need, once. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { afterEach } from "node:test";
import vm from "node:vm";
import { fetchFile, preloaded } from "../../www/js/base/preloaded.js";
import { preloadedEngine } from "../../www/js/engine/hand-over.js";
import { initialSettings, readSettings, writeSettings } from "../../www/js/settings/settings.js";
import { engineFiles, loadEngine } from "../../www/js/worker/load-wasm.js";
import { setUp } from "./support/host.js";

const WWW = new URL("../../www/", import.meta.url);
const CODE = readFileSync(new URL("preload.js", WWW), "utf8");
const PAGE = readFileSync(new URL("index.html", WWW), "utf8");
const SITE = "https://example.org/vjepa/";
const data = Object.fromEntries(
  [...(PAGE.match(/<script src="preload\.js"([^>]*)>/)?.[1] ?? "").matchAll(/data-(\w+)="([^"]+)"/g)].map(
    ([, name = "", value = ""]) => [name, value],
  ),
);
/** (module) */
const EMPTY_WASM = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

const { fetch: realFetch } = globalThis;
afterEach(() => Object.assign(globalThis, { fetch: realFetch, preloaded: undefined }));

/** Files that a page with this address asks for. @param {string} search @param {object} [navigator] */
function asks(search, navigator = { gpu: {} }) {
  /** @type {string[]} */
  const asked = [];
  vm.runInNewContext(CODE, {
    URL,
    URLSearchParams,
    navigator,
    location: { search },
    document: { currentScript: { src: `${SITE}preload.js`, dataset: data } },
    fetch: async (/** @type {string} */ url, /** @type {RequestInit} */ { priority }) => {
      asked.push(url.slice(SITE.length));
      assert.equal(priority, url.endsWith(".wasm") ? "auto" : "low", "the engine goes first");
      return new Response();
    },
  });
  return asked;
}

test("it asks for the engine and the weights that the settings of the address will need", () => {
  const ask = (/** @type {string} */ name) => `engine/${name}/vjepa_web_bg.wasm`;
  const all = writeSettings(initialSettings());
  for (const search of [
    ...[
      "",
      "?lang=zh&source=camera",
      "?device=cpu",
      "?device=webgpu",
      all,
      all.replace("=auto", "=webgpu"),
      "?start=scratch",
    ],
    ...["?preset=tiny", "?preset=learner", "?preset=learner&start=shipped", "?preset=tiny&start=shipped"],
    ...["?family=vjepa1", "?family=vjepa1&start=shipped", "?model=vjepa2-vitl-fpc64-256", "?seed=3&mask=future"],
  ]) {
    const { settings } = readSettings(search);
    const { start, preset, family, model, device } = settings;
    const shipped = start === "shipped" && preset === data.preset && family === data.family && !model;
    const wanted = [ask(device === "webgpu" ? "webgpu" : "cpu"), ...(shipped ? [data.weights] : [])];
    assert.deepEqual(asks(search), wanted, search);
  }
  assert.deepEqual(asks("?device=webgpu&start=scratch", {}), [ask("cpu")], "no WebGPU here");
});

test("the weights are those of the model that the page opens with", () => {
  /** @type {{file: string, family: string, preset: string}[]} */
  const list = JSON.parse(readFileSync(new URL("assets/shipped.json", WWW), "utf8"));
  const { family, preset } = initialSettings();
  const first = list.find((one) => one.family === family && one.preset === preset);
  assert.deepEqual(data, { weights: `assets/${first?.file}`, family, preset });
});

test("an answer is given once; one that failed is asked for again", async () => {
  const url = `${SITE}assets/a`;
  Object.assign(globalThis, { preloaded: new Map([[url, Promise.resolve(new Response("early"))]]) });
  Object.assign(globalThis, { fetch: async () => new Response("late") });
  assert.equal(await (await fetchFile(url)).text(), "early");
  assert.equal(await (await fetchFile(new URL(url))).text(), "late");
  const failed = Promise.reject(new TypeError("Failed to fetch"));
  Object.assign(globalThis, { preloaded: new Map([[url, failed]]) });
  assert.equal(await (await fetchFile(url)).text(), "late");
  assert.equal(preloaded(url), undefined);
});

/** Hands an engine over as the page does. @param {Promise<Response>} answer */
function handOver(answer) {
  Object.assign(globalThis, { preloaded: new Map([[engineFiles("cpu").wasm.href, answer]]) });
  /** @type {any[]} */
  const [notices, posted] = [[], []];
  preloadedEngine((notice) => notices.push(notice))((message) => posted.push(message));
  return { notices, posted };
}

/** @param {MessagePort} port @returns {Promise<any>} */
const received = (port) => new Promise((resolve) => (port.onmessage = ({ data }) => (port.close(), resolve(data))));

test("an engine is compiled as it arrives, whatever its type, and handed to the host", async () => {
  const answer = new Response(EMPTY_WASM, { headers: { "content-type": "text/plain", "content-length": "8" } });
  const { notices, posted } = handOver(Promise.resolve(answer));
  const [{ type, kind, port }] = posted;
  assert.deepEqual([type, kind], ["compiled", "cpu"]);
  assert.ok((await received(port)) instanceof WebAssembly.Module);
  assert.deepEqual(notices.at(-1), { notice: "progress", loaded: 8, total: 8, what: notices[0].what });
});

test("one that is missing or no engine is null, so that the host fetches it and says why it can't", async () => {
  for (const answer of [
    async () => new Response("not found", { status: 404 }),
    async () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
    () => Promise.reject(new TypeError("Failed to fetch")),
  ]) {
    const [{ port }] = handOver(answer()).posted;
    assert.equal(await received(port), null);
  }
  let fetched = 0;
  Object.assign(globalThis, { fetch: async () => (fetched++, new Response("", { status: 404 })) });
  await assert.rejects(
    loadEngine("cpu", () => {}, Promise.resolve(null)),
    /HTTP 404/,
  );
  assert.ok(fetched > 0);
});

/** A host, and the modules it was given when it loaded its engine. */
function hostThatLoads() {
  /** @type {any[]} */
  const given = [];
  const { host, ask, realm } = setUp();
  const { load } = realm;
  realm.load = async (/** @type {any} */ kind, /** @type {any} */ progress, /** @type {any} */ compiled) => (
    given.push(await compiled),
    load(kind, progress)
  );
  return { host, ask, given };
}

test("a host opens the engine it is handed, once", async () => {
  const { host, ask, given } = hostThatLoads();
  const { port1, port2 } = new MessageChannel();
  host.port.onmessage?.(/** @type {any} */ ({ data: { type: "compiled", kind: "cpu", port: port2 } }));
  port1.postMessage("the module");
  await ask({ type: "prepare", device: "cpu" });
  assert.deepEqual(given, ["the module"]);
});

test("a host that the module does not reach fetches it itself", async () => {
  const { host, ask, given } = hostThatLoads();
  /** @type {any} */
  const port = { close() {} };
  host.port.onmessage?.(/** @type {any} */ ({ data: { type: "compiled", kind: "cpu", port } }));
  port.onmessageerror();
  await ask({ type: "prepare", device: "cpu" });
  assert.deepEqual(given, [null]);
});

test("where nothing was asked for early, nothing is handed over", () => {
  preloadedEngine(() => assert.fail())(() => assert.fail());
});
