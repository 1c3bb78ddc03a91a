/** A page of one version and a service worker with files of another: one is shown, whole, and nothing of both. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { assertSentence, engineWorker, notice } from "./support/ask.js";
import { built, DIST } from "./support/places.js";
import { serve } from "./support/server.js";
import { site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const QUERY = "?device=cpu&preset=nano&seed=1";
/** What tests provoke. */
const DROPPED = [/favicon\.ico/, /ERR_FAILED|ERR_EMPTY_RESPONSE|ERR_CONNECTION|Failed to fetch|dynamically imported/];
const EMPTY = { query: "assets/shipped.json", unready: true, allow: DROPPED };
const GLUE = "engine/cpu/vjepa_web.js";

/** Two versions of the site, each of which says in page and engine which one it is. @type {{old: string, new: string}} */
let versions;
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "vjepa-versions-"));
  versions = { old: version("old"), new: version("new") };
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} name */
function version(name) {
  const to = join(folder, name);
  cpSync(DIST, to, { recursive: true, filter: (file) => !/\.(br|gz)$/.test(file) });
  const edit = (file, how) => writeFileSync(join(to, file), how(readFileSync(join(to, file), "utf8")));
  const [main, own] = [built("main"), built("main").replace(/-\w+\.js$/, `-${name.toUpperCase()}.js`)];
  writeFileSync(join(to, own), `globalThis.version = "${name}";\n${readFileSync(join(to, main), "utf8")}`);
  rmSync(join(to, main));
  edit("index.html", (text) => text.replaceAll(main, own).replace("<html ", `<html data-release="${name}" `));
  edit(GLUE, (text) => `globalThis.version = "${name}";\n${text}`);
  edit("sw.js", (text) => `// ${name}\n${text}`);
  return to;
}

/** A host of one version at a time. */
async function hosted(t) {
  const link = join(folder, `site-${Math.random()}`);
  const wrong = {};
  const show = (name) => (rmSync(link, { force: true }), symlinkSync(versions[name], link));
  show("old");
  const server = await serve(link, "/there/", {}, wrong);
  t.after(server.close);
  return { url: server.url, show, wrong, close: server.close };
}

/** Which version page and engine are of, once there are features. */
async function shown(page) {
  await page.evaluate(() => window.vjepa.ready);
  const engine = await (await engineWorker(page)).evaluate(() => globalThis.version);
  const [main, release] = await page.evaluate(() => [globalThis.version, document.documentElement.dataset.release]);
  return [release, main, engine];
}

/** Waits until this version is kept, with the last file of it. */
async function kept(page, name) {
  for (;;) {
    const text = await page.evaluate(
      async () => (await (await (await caches.open("page")).match(location.href.split("?")[0]))?.text()) ?? "",
    );
    const rest = await page.evaluate(async () => (await caches.keys()).filter((key) => key !== "page"));
    if (text.includes(`data-release="${name}"`) && !rest.length) return;
    await page.waitForTimeout(200);
  }
}

/** The old version is kept, and its service worker serves it. */
async function visited(page, url) {
  await page.goto(url + QUERY);
  assert.deepEqual(await shown(page), ["old", "old", "old"]);
  await kept(page, "old");
}

/** The new version says what did not arrive; without a network the old one opens as before. */
async function failsAndLeavesTheOld(page, host, said) {
  await page.waitForFunction(() => document.documentElement.dataset.phase === "error");
  assertSentence(await notice(page));
  assert.match(await notice(page), said);
  await host.close();
  await page.reload();
  assert.deepEqual(await shown(page), ["old", "old", "old"]);
}

test(
  "a new version is shown as soon as it is there, and kept: nothing of the old one is left in it",
  EMPTY,
  async (page, t) => {
    const host = await hosted(t);
    await visited(page, host.url);
    host.show("new");
    await page.goto(host.url + QUERY);
    assert.deepEqual(await shown(page), ["new", "new", "new"]);
    await kept(page, "new");
    const names = await page.evaluate(async () => (await (await caches.open("page")).keys()).map(({ url }) => url));
    assert.deepEqual(
      names.filter((url) => /-OLD\.js$/.test(url)),
      [],
    );
    await host.close();
    await page.reload();
    assert.deepEqual(await shown(page), ["new", "new", "new"]);
  },
);

test(
  "a new page whose scripts don't arrive says so; without a network the old one opens as before",
  EMPTY,
  async (page, t) => {
    const host = await hosted(t);
    await visited(page, host.url);
    host.show("new");
    host.wrong[built("main").replace(/-\w+\.js$/, "-NEW.js")] = "dropped";
    await page.goto(host.url + QUERY);
    await failsAndLeavesTheOld(page, host, /main-NEW\.js could not be fetched/);
  },
);

test("a new page whose engine does not arrive gets no old one", EMPTY, async (page, t) => {
  const host = await hosted(t);
  await visited(page, host.url);
  host.show("new");
  host.wrong[GLUE] = "dropped";
  await page.goto(host.url + QUERY);
  await failsAndLeavesTheOld(page, host, /CPU engine could not be loaded/);
});
