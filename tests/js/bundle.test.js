// @ts-check
/** What a visitor gets of the page's modules: few files, each of which is there. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { bundle } from "../../scripts/bundle.js";

const WWW = fileURLToPath(new URL("../../www/", import.meta.url));
const dist = mkdtempSync(join(tmpdir(), "vjepa-bundle-"));
const read = (/** @type {string} */ file) => readFileSync(join(dist, file), "utf8");
/** @type {string[]} */
let built;
let page = "";

before(async () => {
  cpSync(WWW, dist, { recursive: true });
  await bundle(dist);
  built = readdirSync(join(dist, "js/built"));
  page = read("index.html");
});
after(() => rmSync(dist, { recursive: true, force: true }));

/** Files that the page asks for with its address. */
const asked = () =>
  [...page.matchAll(/<(?:link|script)\b[^>]*?\b(?:href|src)="([^"]+)"/g)].map(([, file = ""]) => file);
const named = (/** @type {string} */ name) => built.filter((file) => file.startsWith(`${name}-`));

test("the page asks for one sheet and one entry with what it takes, by names that follow what is in them", () => {
  const bundled = asked().filter((file) => /^(js|style)\//.test(file));
  assert.deepEqual(
    bundled.map((file) => file.replace(/-[A-Z0-9]{8}\./, ".")),
    ["js/built/page.css", "js/built/later.css", "js/built/chunk.js", "js/built/main.js"],
  );
  for (const file of bundled) assert.ok(existsSync(join(dist, file)), `${file} is not there`);
  assert.match(page, /<script type="module" src="js\/built\/main-[A-Z0-9]{8}\.js">/);
  for (const [, chunk = ""] of read(bundled.at(-1) ?? "").matchAll(/\bfrom"\.\/([^"]+)"/g))
    assert.ok(page.includes(`<link rel="modulepreload" href="js/built/${chunk}" />`), `${chunk} is not preloaded`);
});

test("the sheets have the rules of all, in their order; that of later rooms is not fetched before", () => {
  const source = readFileSync(join(WWW, "index.html"), "utf8");
  const sheets = [...source.matchAll(/href="(style\/[^"]+)"/g)].map(([, file = ""]) => file);
  assert.ok(sheets.length > 5 && sheets.every((file) => !page.includes(file)));
  const [first, later] = ["page", "later"].map((name) =>
    read(`js/built/${named(name).find((file) => file.endsWith(".css"))}`),
  );
  const inOrder = (/** @type {string | undefined} */ sheet, /** @type {string[]} */ rules) => {
    const places = rules.map((rule) => sheet?.indexOf(rule) ?? -1);
    assert.ok(
      places.every((at, i) => at > (places[i - 1] ?? -1)),
      `${rules}: ${places}`,
    );
  };
  inOrder(first, [".skip", ".masthead", "#tour"]);
  inOrder(later, ["#scatter", "#desk", "#models"]);
  assert.match(page, /<link rel="alternate" href="js\/built\/later-[A-Z0-9]{8}\.css" data-later \/>/);
});

test("what is opened later is a file of its own, which nothing asks for before", () => {
  for (const name of ["later-rooms", "zh"]) {
    const [file = ""] = named(name);
    assert.ok(file && !page.includes(file), name);
    assert.ok(
      asked().some((first) => /^js\/built\/.*\.js$/.test(first) && read(first).includes(`import("./${file}")`)),
      `nothing brings ${name}`,
    );
  }
});

test("each worker, and the host where there is none, is a file with what it takes; a checkpoint's reader comes later", () => {
  const taken = (/** @type {string} */ file) =>
    [...read(`js/built/${file}`).matchAll(/\b(?:from|import) ?"\.\/([^"]+)"/g)].map(([, name = ""]) => name);
  for (const name of ["engine-worker", "scaler-worker", "autosave-worker", "open-host"]) {
    const files = named(name);
    assert.equal(files.length, 1, `${name}: ${files}`);
    const [file = ""] = files;
    const chunks = taken(file);
    assert.ok(chunks.length <= 1, `${name} takes ${chunks}`);
    for (const chunk of chunks) assert.deepEqual([built.includes(chunk), taken(chunk)], [true, []], chunk);
    assert.ok(![file, ...chunks].some((part) => page.includes(part)), `${name} is asked for before it is needed`);
  }
  const [reader = ""] = named("open-checkpoint");
  for (const name of ["engine-worker", "open-host"])
    assert.ok(read(`js/built/${named(name)}`).includes(`import("./${reader}")`), `${name} opens no checkpoint`);
  assert.deepEqual(named("sw"), [], "the service worker has to stay where it is");
});

test("files that bundles name from where they are, are there", () => {
  const names = built
    .filter((file) => file.endsWith(".js"))
    .flatMap((file) => [...read(`js/built/${file}`).matchAll(/new URL\("([^"]+)",import\.meta\.url\)/g)])
    .map(([, name = ""]) => name);
  assert.ok(names.length >= 7, String(names));
  for (const name of names) assert.ok(existsSync(join(dist, "js/built", name)), `${name} is not there`);
  assert.ok(!names.some((name) => name.startsWith("../../../")), "above the site");
});

test("the page says which version it is of: another one where any of its files differs", async (t) => {
  const versionOf = (/** @type {string} */ text) => /<meta name="version" content="([\w-]{10})" \/>/.exec(text)?.[1];
  assert.ok(versionOf(page));
  const other = async (/** @type {string} */ engine) => {
    const folder = mkdtempSync(join(tmpdir(), "vjepa-bundle-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(WWW, folder, { recursive: true });
    mkdirSync(join(folder, "engine/cpu"), { recursive: true });
    writeFileSync(join(folder, "engine/cpu/vjepa_web_bg.wasm"), engine);
    await bundle(folder);
    return versionOf(readFileSync(join(folder, "index.html"), "utf8"));
  };
  const [one, same, another] = [await other("a"), await other("a"), await other("b")];
  assert.deepEqual([same === one, another === one, one === versionOf(page)], [true, false, false]);
});

test("a page that asks for something else is refused, not left half done", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vjepa-bundle-"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  await assert.rejects(bundle(folder), /asks for no styles or no js\/main\.js\.$/);
  rmSync(folder, { recursive: true });
});

test("compressed files are beside those that get smaller, and hold the same", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "vjepa-compress-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  process.env.VJEPA_CACHE = join(folder, "cache");
  const { compress } = await import("../../scripts/compress.js");
  const text = "const a = 1;\n".repeat(100);
  for (const [file, content] of [
    ["a.js", text],
    ["b.json", "1"],
    ["c.webm", text],
  ])
    // prettier-ignore
    writeFileSync(join(folder, /** @type {string} */ (file)), /** @type {string} */ (content));
  for (const _ of ["made", "kept"]) {
    await compress(folder);
    assert.equal(brotliDecompressSync(readFileSync(join(folder, "a.js.br"))).toString(), text);
    assert.equal(gunzipSync(readFileSync(join(folder, "a.js.gz"))).toString(), text);
    assert.deepEqual(
      readdirSync(folder)
        .map((file) => basename(file))
        .sort(),
      ["a.js", "a.js.br", "a.js.gz", "b.json", "c.webm", "cache"],
    );
    rmSync(join(folder, "a.js.br"));
  }
});
