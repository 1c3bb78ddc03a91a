/** Imagination: a mask that is painted by pointer and by keyboard, what fills it, and how certainty fades. */
import assert from "node:assert/strict";
import { assertDrawn, moreClips, state } from "./support/ask.js";
import { shot, site } from "./support/site.js";

const test = site();
const PLAY = { query: "?device=cpu&preset=nano&source=world", room: "play" };

for (const [width, scheme] of [
  [1280, "light"],
  [390, "dark"],
]) {
  test(
    `painted by pointer, imagined, and looked at patch by patch, ${width} px wide`,
    { ...PLAY, width, scheme },
    async (page) => {
      await moreClips(page);
      const imagine = page.locator("#imagine");
      const button = imagine.getByRole("button", { name: "Imagine", exact: true });
      assert.equal(await button.isDisabled(), true, "nothing is hidden yet");
      const canvas = imagine.locator(".easel .stage canvas");
      await canvas.scrollIntoViewIfNeeded();
      const { x, y, width: side } = await canvas.boundingBox();
      await page.mouse.move(x + side / 8, y + side / 8);
      await page.mouse.down();
      await page.mouse.move(x + (3 * side) / 8, y + (3 * side) / 8, { steps: 4 });
      await page.mouse.up();
      assert.match(await canvas.getAttribute("aria-label"), /: 4 of 32 patches of the clip are hidden$/);
      const still = await frozen(page, ".easel .stage canvas");
      await moreClips(page, 3);
      assert.equal(await frozen(page, ".easel .stage canvas"), still, "the clip stands still under the paint");

      await button.click();
      const mosaic = imagine.locator(".mosaic");
      await mosaic.waitFor();
      assert.equal(await mosaic.locator(".patches figure").count(), 4, "the truth and three patches");
      const captions = await mosaic.locator(".patches figcaption").allInnerTexts();
      for (const caption of captions.slice(1))
        assert.match(
          caption,
          /^similarity -?[01]\.\d\d\s+(this clip|a clip before|\d+ clips before), tubelet [12], row [1-4], column [1-4]$/,
        );
      const alike = captions.slice(1).map((caption) => Number(caption.match(/-?[01]\.\d\d/)[0]));
      assert.deepEqual(
        alike,
        [...alike].sort((a, b) => b - a),
        "best first",
      );
      assert.match(
        await mosaic.locator("p[aria-live]").innerText(),
        /^Tubelet 1, row 1, column 1: cosine similarity -?[\d.]+, error/,
      );
      await assertDrawn(page, "#imagine .mosaic canvas", { colours: 20, spread: 8 });
      await mosaic.locator(".twins canvas").nth(1).focus();
      await page.keyboard.press("ArrowRight");
      assert.match(await mosaic.locator("p[aria-live]").innerText(), /^Tubelet 1, row 2, column 2:/);
      await mosaic
        .locator(".twins canvas")
        .nth(1)
        .hover({ position: { x: 5, y: 5 } });
      assert.match(await mosaic.locator("p[aria-live]").innerText(), /^Tubelet 1, row 1, column 1:/);
      await shot(page, `imagine ${width} ${scheme}`);
      assert.equal(await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth)), 0);
      assert.equal((await state(page)).error, null);
    },
  );
}

test(
  "painted by keyboard; all but the past is the future; what leaves nothing to see is not asked",
  PLAY,
  async (page) => {
    await moreClips(page);
    const imagine = page.locator("#imagine");
    const button = imagine.getByRole("button", { name: "Imagine", exact: true });
    const canvas = imagine.locator(".easel .stage canvas");
    await canvas.focus();
    for (const key of ["ArrowDown", "ArrowRight", "Space"]) await page.keyboard.press(key);
    assert.match(await canvas.getAttribute("aria-label"), /: 2 of 32 patches/);
    assert.equal(await button.isEnabled(), true);
    await imagine.getByRole("button", { name: "Box" }).click();
    await canvas.focus();
    for (const key of ["Space", "ArrowRight", "ArrowDown", "Space"]) await page.keyboard.press(key);
    assert.match(await canvas.getAttribute("aria-label"), /: 8 of 32 patches/);
    await imagine.getByRole("button", { name: "The future" }).click();
    assert.match(await canvas.getAttribute("aria-label"), /^Tubelet 2 of 2: 16 of 32 patches/);
    await button.click();
    await imagine.locator(".mosaic").waitFor();
    assert.match(await imagine.locator(".mosaic output").innerText(), /^tubelet 2 of 2$/);
    await imagine.getByRole("button", { name: "Clear" }).click();
    assert.equal(await button.isDisabled(), true);
  },
);

test(
  "how certainty fades, beside the guess that nothing changes",
  { ...PLAY, query: "?device=cpu&preset=tiny&source=world" },
  async (page) => {
    await moreClips(page);
    const imagine = page.locator("#imagine");
    await imagine.getByLabel("Tubelets that are seen").selectOption("1");
    await imagine.getByRole("button", { name: "Roll forward" }).click();
    const told = imagine.locator(".fading .told");
    await told
      .filter({
        hasText: /^In one clip the error is \d+\.\d\d \(nothing changes: \d+\.\d\d\) one tubelet ahead; 3 ahead \d/,
      })
      .waitFor();
    await imagine.getByRole("button", { name: "Roll forward" }).click();
    await told.filter({ hasText: /^Over 2 clips/ }).waitFor();
    assert.match(
      await imagine.locator("#fading canvas").getAttribute("aria-label"),
      /predicted: from .*; nothing changes: from/,
    );
    await assertDrawn(page, "#fading canvas", { colours: 2, spread: 5 });
    await imagine.locator("#fading").scrollIntoViewIfNeeded();
    await shot(page, "fading");
  },
);

/** All pixels of a canvas, twice painted. */
async function frozen(page, selector) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return page.evaluate((selector) => document.querySelector(`#imagine ${selector}`).toDataURL(), selector);
}
