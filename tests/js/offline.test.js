// @ts-check
/** Which files are kept for use without a network, and when the page may say that it has them all. */
import assert from "node:assert/strict";
import test, { afterEach, beforeEach } from "node:test";
import { keepPage } from "../../www/js/app/offline.js";
import { engineFiles } from "../../www/js/worker/load-wasm.js";

const scope = /** @type {any} */ (globalThis);
const PAGE = "https://a.example/vjepa/";
const NAMES = ["fetch", "caches", "navigator", "location", "isSecureContext"];
const before = new Map(NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));

/** A site: what each file holds, and its type. @type {Record<string, [text: string, type: string]>} */
const SITE = {
  "": [
    `<link rel="manifest" href="manifest.webmanifest" /><link data-trunk rel="copy-dir" href="js" />
     <link rel="canonical" href="https://a.example/vjepa/" /><script type="module" src="js/built/main-A.js"></script>`,
    "text/html",
  ],
  "manifest.webmanifest": ['{"icons": [{"src": "assets/icon.png"}]}', "application/manifest+json"],
  "js/built/main-A.js": [
    `import{a}from"./chunk-B.js";import("./zh-C.js");new URL("../../assets/shipped.json",import.meta.url);new URL("assets/actor.safetensors",b)`,
    "text/javascript",
  ],
  "js/built/chunk-B.js": ['new URL("../../assets/proof/index.json",import.meta.url)', "text/javascript"],
  "js/built/zh-C.js": ["1", "text/javascript"],
  "assets/shipped.json": ['[{"file": "learner.safetensors"}]', "application/json"],
  "assets/proof/index.json": ['["vjepa1.safetensors", "vjepa2.safetensors"]', "application/json"],
  "assets/actor.safetensors": ["", ""],
  "assets/learner.safetensors": ["", ""],
  "assets/proof/vjepa1.safetensors": ["", ""],
  "assets/proof/vjepa2.safetensors": ["", ""],
};

/** What each cache holds. @type {Map<string, Map<string, Response>>} */
let held;
const kept = () => held.get("page") ?? new Map();
/** Files that answer otherwise. @type {Record<string, number>} */
let wrong;

beforeEach(() => {
  [held, wrong] = [new Map(), {}];
  const define = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  const addressOf = (/** @type {string | Request} */ file) => (typeof file === "string" ? file : file.url);
  const open = async (/** @type {string} */ name) => {
    const files = held.get(name) ?? new Map();
    held.set(name, files);
    return {
      put: async (/** @type {string | Request} */ file, /** @type {Response} */ response) =>
        void files.set(addressOf(file), response),
      match: async (/** @type {string | Request} */ file) => files.get(addressOf(file))?.clone(),
      keys: async () => [...files.keys()].map((url) => ({ url })),
      delete: async (/** @type {{url: string}} */ { url }) => files.delete(url),
    };
  };
  define("isSecureContext", true);
  define("location", { href: `${PAGE}?seed=3#act` });
  define("caches", { open, delete: async (/** @type {string} */ name) => held.delete(name) });
  define("navigator", { serviceWorker: { register: async () => {}, ready: Promise.resolve() } });
  const engines = new Set(Object.values(engineFiles("cpu")).map(String));
  define("fetch", async (/** @type {string} */ url) => {
    const [text, type] = SITE[url.slice(PAGE.length)] ?? (engines.has(url) ? ["", "text/plain"] : []);
    const status = wrong[url.slice(PAGE.length)] ?? (text === undefined ? 404 : 200);
    return new Response(text, { status, headers: { "content-type": type ?? "" } });
  });
});
afterEach(() => {
  for (const [name, property] of before) {
    delete scope[name];
    if (property) Object.defineProperty(globalThis, name, property);
  }
});

test("all is kept that a room may ask for: later modules, languages, every model that comes along", async () => {
  assert.equal(await keepPage(), true);
  const files = [...kept().keys()].filter((url) => url.startsWith(PAGE)).map((url) => url.slice(PAGE.length));
  assert.deepEqual(files.sort(), Object.keys(SITE).sort());
});

test("it is ready only with every file; else what was kept before stays as it is", async () => {
  wrong = { "assets/actor.safetensors": 503 };
  assert.equal(await keepPage(), false);
  assert.equal(kept().size, 0);
  wrong = {};
  assert.equal(await keepPage(), true);
  const before = [...kept()];
  wrong = { "js/built/zh-C.js": 404 };
  assert.equal(await keepPage(), false);
  assert.deepEqual([...kept()], before);
  assert.deepEqual([...held.keys()], ["page"]);
});

test("a visitor who saves data is asked to fetch nothing more", async () => {
  scope.navigator.connection = { saveData: true };
  assert.equal(await keepPage(), false);
  assert.equal(kept().size, 0);
});
