/** Classes of one's own: two worlds told apart after a few clips, as a file, over a reload, by keyboard, and never lost. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { assertSentence, moreClips, notice, rejection, state, until } from "./support/ask.js";
import { shot, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const QUERY = "?device=cpu&preset=nano&source=world";
const TEACH = { query: QUERY, room: "teach" };

const taught = (page) => page.evaluate(() => window.vjepa.classes());

/** Clips by the names of their classes. */
async function counts(page) {
  const { classes, examples } = await taught(page);
  return Object.fromEntries(
    classes.map(({ id, name }) => [name, examples.filter((example) => example.class === id).length]),
  );
}

/** Waits until the classes are as wanted. @param {(found: Record<string, number>) => boolean} wanted */
async function untilCounts(page, wanted) {
  for (let i = 0; i < 600; i++) {
    const found = await counts(page);
    if (wanted(found)) return found;
    await page.waitForTimeout(100);
  }
  assert.fail(`never came: ${wanted}; there is ${JSON.stringify(await counts(page))}`);
}

async function addClass(page, name) {
  await page.locator("#new-class").fill(name);
  await page.locator("#classes").getByRole("button", { name: "Add a class" }).click();
  await page.getByLabel(`Name of ${name}`).waitFor();
}

/** Shows that world, and holds the button of a class until it has so many clips. */
async function record(page, name, world, clips) {
  await page.getByRole("combobox", { name: "World", exact: true }).selectOption(world);
  await moreClips(page);
  await page.getByRole("button", { name: `Hold to record clips of ${name}` }).hover();
  await page.mouse.down();
  await page.locator(".class[data-recording]").waitFor();
  const found = await untilCounts(page, new Function("found", `return found[${JSON.stringify(name)}] >= ${clips}`));
  await page.mouse.up();
  await page.waitForFunction(() => !document.querySelector(".class[data-recording]"));
  return found[name];
}

async function twoWorlds(page, clips = 4) {
  await addClass(page, "calm");
  await addClass(page, "crowded");
  await record(page, "calm", "simple", clips);
  await record(page, "crowded", "rich", clips);
}

for (const [width, scheme] of [
  [1440, "light"],
  [1024, "dark"],
  [390, "light"],
]) {
  test(`two worlds get names, at ${width} px`, { ...TEACH, width, scheme }, async (page, t) => {
    await twoWorlds(page);
    const section = page.locator("#classes");
    await section.locator(".results .bars li").nth(1).waitFor();
    const { ridge, knn, nearest } = await page.evaluate(() => window.vjepa.classify());
    for (const guesses of [ridge, knn])
      assert.ok(Math.abs(guesses.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-3, JSON.stringify(guesses));
    assert.ok(nearest.length > 0);
    await section.getByText(/Most like clip \d+ of “(calm|crowded)”, cosine/).waitFor();

    const began = await page.evaluate(() => performance.now());
    const report = await page.evaluate(() => window.vjepa.fewshotReport());
    t.diagnostic(
      `report after ${Math.round((await page.evaluate(() => performance.now())) - began)} ms: ${JSON.stringify(report.ridge)}`,
    );
    const found = await counts(page);
    assert.deepEqual(report.counts, Object.values(found));
    await section.getByText(/Ridge regression: \d+ % of \d+ clips right \(95 % interval: \d+ to \d+\)/).waitFor();
    const cells = await section.locator(".confusion td").allTextContents();
    await page.waitForFunction(
      (all) =>
        [...document.querySelectorAll(".confusion td")].reduce((sum, td) => sum + Number(td.textContent), 0) === all,
      found.calm + found.crowded,
    );
    assert.equal(cells.length, 4);
    assert.equal(
      await section.locator(".examples canvas").count(),
      Math.min(8, found.calm) + Math.min(8, found.crowded),
    );
    assert.match(
      await section.locator(".space").textContent(),
      new RegExp(`^${found.calm + found.crowded} of [\\d,]+ clips$`),
    );
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `it scrolls sideways by ${overflow} px`);
    await section.scrollIntoViewIfNeeded();
    await shot(page, `classes ${width}`);
  });
}

test("names and clips change, and every change can be undone", TEACH, async (page) => {
  await twoWorlds(page, 3);
  const before = await counts(page);
  await page.getByLabel("Name of calm").fill("quiet");
  await page.keyboard.press("Enter");
  await untilCounts(page, (found) => "quiet" in found);
  await page
    .getByRole("button", { name: /^Remove clip \d+ of \d+ of quiet$/ })
    .first()
    .click();
  await untilCounts(page, new Function("found", `return found.quiet === ${before.calm - 1}`));
  await page.getByRole("button", { name: "Remove crowded and its clips" }).click();
  await untilCounts(page, (found) => !("crowded" in found));
  assert.equal(await page.locator("#classes .confusion").isVisible(), false);
  const undo = page.locator("#classes").getByRole("button", { name: "Undo" });
  for (let i = 0; i < 3; i++) await undo.click();
  assert.deepEqual(await untilCounts(page, (found) => "calm" in found && "crowded" in found), before);
  await page.locator("#classes").getByRole("button", { name: "Redo" }).click();
  await untilCounts(page, (found) => "quiet" in found);
});

test("all of it by keyboard", TEACH, async (page) => {
  await page.locator("#new-class").focus();
  await page.keyboard.type("ball");
  await page.keyboard.press("Enter");
  const hold = page.getByRole("button", { name: "Hold to record clips of ball" });
  await hold.waitFor();
  await hold.focus();
  for (const key of ["Space", "Enter"]) {
    const { ball } = await counts(page);
    await page.keyboard.down(key);
    await untilCounts(page, new Function("found", `return found.ball >= ${ball + 2}`));
    assert.equal(await hold.getAttribute("aria-pressed"), "true");
    await page.keyboard.up(key);
    await page.waitForFunction(() => !document.querySelector(".class[data-recording]"));
  }
  const { ball } = await counts(page);
  await page.keyboard.press("Control+z");
  await untilCounts(page, new Function("found", `return found.ball === ${ball - 1}`));
  await page.keyboard.press("Control+Shift+z");
  await untilCounts(page, new Function("found", `return found.ball === ${ball}`));
  await page
    .locator(".examples button")
    .nth(ball - 1)
    .waitFor();
  await page.keyboard.press("Shift+Tab"); // the last thumbnail of the strip
  assert.match(
    await page.evaluate(() => document.activeElement.getAttribute("aria-label")),
    /^Remove clip \d+ of \d+ of ball$/,
  );
  await page.keyboard.press("Enter");
  await untilCounts(page, new Function("found", `return found.ball === ${ball - 1}`));
  assert.equal(
    await page.evaluate(() => document.querySelector("#classes").contains(document.activeElement)),
    true,
    "the focus is lost",
  );
});

test("a project is a file that comes back, after a reload as well", TEACH, async (page) => {
  await twoWorlds(page, 3);
  const before = await counts(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#classes").getByRole("button", { name: "Save the project" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "vjepa-nano.classes.safetensors");
  const buffer = await readFile(await download.path());
  await until(page, (now) => now.classesSaved); // a second after the last change

  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  assert.deepEqual(await untilCounts(page, (found) => "calm" in found), before);
  for (const name of ["calm", "crowded"])
    await page.getByRole("button", { name: `Remove ${name} and its clips` }).click();
  await untilCounts(page, (found) => Object.keys(found).length === 0);
  await page
    .locator('#classes input[type="file"]')
    .setInputFiles({ name: "mine.classes.safetensors", mimeType: "application/octet-stream", buffer });
  assert.deepEqual(await untilCounts(page, (found) => "calm" in found), before);
  await moreClips(page);
  await page.locator("#classes .results .bars li").nth(1).waitFor();

  const hostile = [
    Buffer.from("GIF89a, no project"),
    buffer.subarray(0, buffer.length >> 1),
    Buffer.from(buffer.map((byte, i) => (i === buffer.length - 9 ? byte ^ 1 : byte))),
  ];
  for (const bytes of hostile) {
    await page
      .locator('#classes input[type="file"]')
      .setInputFiles({ name: "bad.safetensors", mimeType: "application/octet-stream", buffer: bytes });
    await page.waitForFunction(() => window.vjepa.state().error?.code === "bad-project");
    assertSentence(await notice(page));
    assert.deepEqual(await counts(page), before, "a refused file took something with it");
    await page.evaluate(() => window.vjepa.configure({ mask: "short" })); // an error stays until something else is asked for
    assert.equal((await state(page)).error, null);
  }
  const refusal = await rejection(page, () => window.vjepa.loadProject(new Uint8Array(9)));
  assert.equal(refusal.code, "bad-project");
});

test("classes of another model wait for it", TEACH, async (page) => {
  await twoWorlds(page, 3);
  const before = await counts(page);
  await page.evaluate(() => window.vjepa.configure({ preset: "tiny" }));
  const waiting = page.locator(".aside-projects li");
  await waiting.getByText(/“calm”, “crowded” \(\d+ clips\)/).waitFor();
  assertSentence((await waiting.locator("p").textContent()).trim());
  assert.deepEqual(await counts(page), {});
  await waiting.getByRole("button", { name: /^Bring back/ }).click();
  await page.waitForFunction(() => window.vjepa.state().error?.code === "other-model");
  await addClass(page, "new");
  await waiting.scrollIntoViewIfNeeded();
  await shot(page, "classes wait");
  await page.evaluate(() => window.vjepa.configure({ preset: "nano", seed: 0 }));
  assert.deepEqual(await untilCounts(page, (found) => "calm" in found), before);
  await waiting.getByText("“new” (0 clips)").waitFor();
  assert.equal((await state(page)).error, null);
});

test("another project begins, and the one before comes back", TEACH, async (page) => {
  await twoWorlds(page, 1);
  const before = await counts(page);
  const section = page.locator("#classes");
  await section.getByRole("button", { name: "Start over" }).click();
  await section.getByText(/^Put aside: “calm”, “crowded”/).waitFor();
  assert.deepEqual(await counts(page), {});
  await addClass(page, "other");
  await section.getByRole("button", { name: /^Bring back: “calm”/ }).click();
  assert.deepEqual(await untilCounts(page, (found) => "calm" in found), before);
  await section.getByText(/^Put aside: “other” \(0 clips\)/).waitFor();
});
