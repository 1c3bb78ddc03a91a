/** The page without a network after one visit, and as an installed app. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "./support/browser.js";
import { DIST } from "./support/places.js";
import { serve } from "./support/server.js";
import { enter } from "./support/site.js";

const TIMEOUT = { timeout: 300_000 };
/** What stands in each room as soon as it is there. */
const ROOMS = {
  inside: "#features canvas:visible",
  train: "#desk button:visible",
  play: "#lab button:visible",
  act: '#act .decision[data-state="idle"]',
  teach: "#classes button:visible",
  models: "#status:visible",
  watch: "#surprise canvas:visible",
};

let browser;
before(async () => (browser = await launch({ camera: "none", noWebGpu: true }, "")));
after(() => browser?.close());

test("once it says so, every room opens without a network, in both languages, and it trains", TIMEOUT, async (t) => {
  const asked = [];
  const server = await serve(DIST, "/there/", {}, {}, ({ file }) => asked.push(file));
  const context = await browser.newContext();
  t.after(() => context.close());
  t.after(() => server.close());
  const page = await context.newPage();
  await page.goto(`${server.url}?device=cpu&source=world`);
  assert.equal(await page.locator("#offline").isVisible(), false, "it says so before anything is kept");
  await page.locator("#offline").waitFor({ timeout: 120_000 });
  t.diagnostic(`${asked.length} files were asked for`);

  await server.close();
  await context.setOffline(true);
  const lacking = [];
  page.on("requestfailed", (request) => lacking.push(request.url()));
  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  const { losses } = await page.evaluate(() => window.vjepa.train(1));
  assert.ok(Number.isFinite(losses[0]), `loss ${losses}`);
  for (const [room, there] of Object.entries(ROOMS)) {
    await enter(page, room);
    await page.locator(there).first().waitFor({ timeout: 60_000 });
  }
  await page.locator("#language button[value=zh]").first().click();
  await page.locator("h1", { hasText: "浏览器" }).waitFor();
  const rows = await page.evaluate(() => window.vjepa.prove());
  assert.ok(rows.length >= 3, "the reference check has nothing to compare with");
  await page.evaluate(() => window.vjepa.setSource("sample"));
  assert.equal(await page.evaluate(() => window.vjepa.state().error), null);
  assert.deepEqual(lacking, []);
});

test("a file that can't be had is enough for it to say nothing", TIMEOUT, async (t) => {
  const server = await serve(DIST, "/there/", {}, { "assets/actor.safetensors": "missing" });
  const context = await browser.newContext();
  t.after(() => context.close());
  t.after(() => server.close());
  const page = await context.newPage();
  const said = page.waitForEvent("console", (message) => /not kept for use without a network/.test(message.text()));
  await page.goto(`${server.url}?device=cpu&source=world`);
  assert.match((await said).text(), /actor\.safetensors could not be fetched/);
  assert.equal(await page.locator("#offline").isVisible(), false);
});

test("Chromium finds nothing that keeps the page from being installed", TIMEOUT, async (t) => {
  const server = await serve(DIST, "/there/");
  const context = await browser.newContext({ serviceWorkers: "allow" });
  t.after(() => context.close());
  t.after(() => server.close());
  const page = await context.newPage();
  await page.goto(`${server.url}?device=cpu&source=world`);
  const devtools = await context.newCDPSession(page);
  const { url, errors } = await devtools.send("Page.getAppManifest");
  assert.deepEqual([url, errors], [`${server.url}manifest.webmanifest`, []]);
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  // A window without a profile can't install anything.
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"),
    [],
  );
  const { icons } = JSON.parse(readFileSync(join(DIST, "manifest.webmanifest"), "utf8"));
  for (const { src, sizes } of icons) {
    const size = await page.evaluate(async (src) => {
      const { width, height } = await createImageBitmap(await (await fetch(src)).blob());
      return `${width}x${height}`;
    }, src);
    assert.equal(size, sizes, src);
  }
});
