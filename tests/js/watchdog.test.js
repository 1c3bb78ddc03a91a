// @ts-check
/** What the page says when it does not start: the first file at fault, in the reader's language, and nothing once it runs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";
import { settle } from "./support/engine.js";

const WWW = new URL("../../www/", import.meta.url);
const CODE = readFileSync(new URL("watchdog.js", WWW), "utf8");
const SITE = "https://example.org/vjepa/";

/** @typedef {{status?: number, type?: string, text?: string, unreachable?: boolean}} Served */

class Script {
  noModule = false;
  src = "";
}
Object.defineProperty(Script.prototype, "noModule", { value: false, writable: true });

/** A page with the watchdog alone. @param {{files?: Record<string, Served>, languages?: string[], search?: string, origin?: string, protocol?: string, modules?: boolean}} [place] */
function start({
  files = {},
  languages = ["en-GB"],
  search = "",
  origin = "https://example.org",
  protocol = "https:",
  modules = true,
} = {}) {
  const notice = {
    textContent: "",
    lang: "",
    dataset: /** @type {Record<string, string>} */ ({}),
    removeAttribute: () => void (notice.lang = ""),
  };
  const dataset = /** @type {Record<string, string>} */ ({ phase: "loading" });
  /** @type {Record<string, (event: any) => void>} */
  const listeners = {};
  /** @type {(() => void)[]} */
  const late = [];
  /** @type {string[]} */
  const asked = [];
  class Failed {
    filename = "";
    message = "";
  }
  const fetch = async (/** @type {string} */ url) => {
    const path = url.slice(SITE.length);
    asked.push(path);
    const { status = 200, type = "text/javascript", text = "", unreachable = false } = files[path] ?? { status: 404 };
    if (unreachable) throw new TypeError("Failed to fetch");
    return new Response(text, { status, headers: { "content-type": type } });
  };
  vm.runInNewContext(CODE, {
    URL,
    fetch,
    ErrorEvent: Failed,
    HTMLScriptElement: modules ? Script : class {},
    location: { href: `${SITE}${search}`, search, protocol },
    navigator: { languages },
    self: { origin },
    document: {
      documentElement: { dataset },
      currentScript: { src: `${SITE}watchdog.js` },
      readyState: "complete",
      getElementById: () => notice,
      addEventListener() {},
    },
    addEventListener: (/** @type {string} */ name, /** @type {any} */ listener) => (listeners[name] = listener),
    setTimeout: (/** @type {() => void} */ work) => late.push(work),
  });
  return {
    notice,
    dataset,
    asked,
    fails: async () => (
      listeners.error?.({ target: Object.assign(new Script(), { src: `${SITE}js/main.js` }) }),
      await settle(30)
    ),
    throws: (/** @type {string} */ filename, /** @type {string} */ message) =>
      listeners.error?.(Object.assign(new Failed(), { target: {}, filename, message })),
    lives: () => listeners.alive?.({}),
    waits: () => late.forEach((work) => work()),
  };
}

/** A module as it is written. */
const MAIN = {
  text: 'import { a } from "./a.js";\nimport {\n  b,\n} from "./deep/b.js";\nimport("./later.js");\nconst text = "./no.js";',
};

for (const [name, files, sentence] of /** @type {[string, Record<string, Served>, RegExp][]} */ ([
  ["the entry is missing", {}, /^js\/main\.js is missing on the server \(HTTP 404\)/],
  [
    "a module below it is missing",
    { "js/main.js": MAIN, "js/a.js": {} },
    /^js\/deep\/b\.js is missing on the server \(HTTP 404\)/,
  ],
  [
    "a module has a wrong type",
    { "js/main.js": MAIN, "js/a.js": { type: "text/plain; charset=utf-8" }, "js/deep/b.js": {} },
    /^js\/a\.js is served as text\/plain; charset=utf-8 and not as JavaScript/,
  ],
  [
    "a page comes in the place of a module",
    { "js/main.js": MAIN, "js/a.js": {}, "js/deep/b.js": { type: "text/html" } },
    /^js\/deep\/b\.js is served as text\/html/,
  ],
  [
    "the network is gone",
    { "js/main.js": { unreachable: true } },
    /^js\/main\.js could not be fetched.*check the connection/,
  ],
  [
    "a chunk below a minified entry is missing",
    {
      "js/main.js": {
        text: 'import{a as b,c}from"./a.js";import"./d.js";const e=()=>import("./later.js"),f="./no.js";',
      },
      "js/a.js": {},
    },
    /^js\/d\.js is missing/,
  ],
  [
    "everything is there when it is looked at",
    { "js/main.js": MAIN, "js/a.js": {}, "js/deep/b.js": { text: 'export { x } from "../a.js";' } },
    /reload the page\.$/,
  ],
])) {
  test(`${name}: the page says so`, async () => {
    const page = start({ files });
    await page.fails();
    assert.match(page.notice.textContent, sentence);
    assert.deepEqual([page.dataset.phase, page.notice.dataset.kind], ["error", "error"]);
    assert.ok(
      !page.asked.includes("js/later.js") && !page.asked.includes("js/no.js"),
      "only what the page starts with",
    );
  });
}

test("it knows sandboxed frames, files and old browsers", async () => {
  const frame = start({ files: { "js/main.js": { unreachable: true } }, origin: "null" });
  await frame.fails();
  assert.match(frame.notice.textContent, /sandboxed.*allow-same-origin/);
  const file = start({ protocol: "file:" });
  await file.fails();
  assert.match(file.notice.textContent, /web server/);
  assert.deepEqual(file.asked, []);
  assert.match(start({ modules: false }).notice.textContent, /too old/);
});

test("what a module throws is said, what an extension throws is not", () => {
  const page = start();
  page.throws("chrome-extension://abc/x.js", "Not ours.");
  assert.equal(page.notice.textContent, "");
  page.throws(`${SITE}js/app.js`, "SyntaxError: Unexpected token.");
  assert.match(page.notice.textContent, /^The page cannot start \(SyntaxError: Unexpected token\): /);
  page.throws(`${SITE}js/main.js`, "Another.");
  assert.match(page.notice.textContent, /Unexpected token/, "the first reason stays");
});

test("a slow page is said to be slow, which it takes back; once it runs it says nothing", async () => {
  const slow = start();
  slow.waits();
  assert.match(slow.notice.textContent, /still being loaded after 20 seconds/);
  assert.deepEqual([slow.dataset.phase, slow.notice.dataset.kind], ["loading", "info"]);
  slow.lives();
  assert.equal(slow.notice.textContent, "");
  slow.waits();
  await slow.fails();
  slow.throws(`${SITE}js/main.js`, "Later.");
  assert.equal(slow.notice.textContent, "", "now the page speaks for itself");
});

test("it speaks the reader's language, or the one of the address", async () => {
  for (const [place, chinese] of /** @type {[any, boolean][]} */ ([
    [{ languages: ["fr", "zh-TW", "en"] }, true],
    [{ languages: ["fr"] }, false],
    [{ search: "?lang=zh" }, true],
    [{ languages: ["zh"], search: "?device=cpu&lang=en" }, false],
  ])) {
    const page = start(place);
    await page.fails();
    assert.equal(/\p{Script=Han}/u.test(page.notice.textContent), chinese, JSON.stringify(place));
    assert.doesNotMatch(page.notice.textContent, /\{|undefined/);
  }
});

test("both languages say the same things with the same values", () => {
  const [en = "", zh = ""] = /en: \{([\s\S]*?)\n    \},\n    zh: \{([\s\S]*?)\n    \},/.exec(CODE)?.slice(1) ?? [];
  const said = (/** @type {string} */ table) =>
    [...table.matchAll(/^\s+(\w+):\s+"(.*)",$/gm)].map(([, key, text = ""]) => [
      key,
      [...text.matchAll(/\{\w+\}/g)].map(String).sort(),
    ]);
  assert.ok(said(en).length >= 9);
  assert.deepEqual(said(zh), said(en));
});

test("pages load it first, as no module and not inline, and every page with it says when it runs", () => {
  for (const [page, entry, preload] of /** @type {[string, string, RegExp | null][]} */ ([
    ["index.html", "js/main.js", /^<script src="preload\.js" data-/],
    ["bench.html", "js/bench/page.js", null],
  ])) {
    const scripts = [...readFileSync(new URL(page, WWW), "utf8").matchAll(/<script\b[^>]*>(?!<\/script>)?/g)].map(
      String,
    );
    const [first, ...rest] = scripts.map((tag) => tag.replace(/>.*/s, ">"));
    assert.equal(first, '<script src="watchdog.js">');
    if (preload) assert.match(rest.shift() ?? "", preload);
    assert.deepEqual(rest, [`<script type="module" src="${entry}">`]);
    assert.match(readFileSync(new URL(entry, WWW), "utf8"), /\ndispatchEvent\(new Event\("alive"\)\);[^\n]*\n$/);
  }
});
