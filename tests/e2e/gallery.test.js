/** The dialog with matched pairs: what a visitor sees of every kind, in every world. */
import assert from "node:assert/strict";
import { shot, site } from "./support/site.js";

const test = site();
const PLAY = { query: "?device=cpu&preset=nano&source=world", room: "play" };

for (const [width, scheme] of [
  [1280, "light"],
  [1280, "dark"],
  [390, "light"],
]) {
  test(`every kind, ${width} px wide, ${scheme}`, { ...PLAY, width, scheme }, async (page, t) => {
    await openDialog(page);
    const kinds = await page.locator("#gallery-kind option").evaluateAll((all) => all.map(({ value }) => value));
    assert.ok(kinds.length >= 9, "the engine's list");
    for (const [i, kind] of kinds.entries()) {
      await choose(page, "Something", kind);
      const { moment, different } = await compare(page);
      t.diagnostic(`${kind}: moment ${moment}, different in ${different}`);
      assert.deepEqual(
        different.filter((frame) => frame < moment),
        [],
        `${kind}: different before ${moment}`,
      );
      assert.ok(different.length > 0, `${kind}: both are the same`);
      if (i === 1) await page.getByRole("button", { name: "Truth" }).click();
      if (i === 0 || i === 6) await shot(page, `gallery ${kind} ${width} ${scheme}`);
      if (i === 1)
        await page
          .getByRole("button", { name: "Another scene" })
          .click()
          .then(() => drawn(page));
    }
    const [overflow, ...wide] = await page.evaluate(() => {
      const dialog = document.querySelector("#gallery");
      const right = dialog.getBoundingClientRect().right + 1;
      const beyond = [...dialog.querySelectorAll("*")].filter(
        (element) => element.checkVisibility() && element.getBoundingClientRect().right > right,
      );
      return [dialog.scrollWidth - dialog.clientWidth, ...beyond.map((element) => element.outerHTML.slice(0, 80))];
    });
    assert.ok(overflow <= 0, `it scrolls sideways by ${overflow} px`);
    assert.deepEqual(wide, []);
  });
}

test("a world that can't says so, another scene is another, and the truth can be seen", PLAY, async (page) => {
  await openDialog(page);
  await choose(page, "World", "simple");
  await choose(page, "Something", "gravity-off");
  assert.match(
    await page.locator("#gallery .note").innerText(),
    /^The simple world has no scene of 24 frames in which gravity could stop: choose a richer world/,
  );
  assert.equal(await slider(page).isDisabled(), true);
  await choose(page, "World", "rich");
  await slider(page).fill("3");
  const first = await hash(page);
  await page.getByRole("button", { name: "Truth" }).click();
  await settled(page);
  assert.notEqual(await hash(page), first, "the truth is not drawn");
  await page.getByRole("button", { name: "Truth" }).click();
  await page.getByRole("button", { name: "Another scene" }).click();
  await drawn(page);
  await slider(page).fill("3");
  assert.notEqual(await hash(page), first, "the same scene again");
  assert.match(
    await page.locator("#gallery canvas").first().getAttribute("aria-label"),
    /^Possible: .*(disc|square|triangle|ring)/,
  );
});

test("it plays, but not for those who want less motion", PLAY, async (page) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  await openDialog(page);
  const frame = () => slider(page).inputValue();
  await page.waitForTimeout(600);
  assert.equal(await frame(), "0");
  await page.getByRole("button", { name: "Play both clips" }).click();
  await page.waitForFunction(() => Number(document.querySelector("#gallery input").value) > 2);
  await page.getByRole("button", { name: "Pause both clips" }).click();
  const stopped = await frame();
  await page.waitForTimeout(400);
  assert.equal(await frame(), stopped);
});

test("the gallery by keyboard alone", PLAY, async (page) => {
  await page.getByRole("button", { name: "Gallery of pairs…" }).focus();
  await page.keyboard.press("Enter");
  await drawn(page);
  const reached = new Set();
  for (let i = 0; i < 12; i++) {
    const focus = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (!element.closest("#gallery")) return null; // the browser's own controls
      return { name: element.outerHTML.slice(0, 60), shown: getComputedStyle(element).outlineStyle !== "none" };
    });
    if (focus) assert.ok(focus.shown, `no sign of focus on ${focus.name}`);
    if (focus) reached.add(focus.name);
    await page.keyboard.press("Tab");
  }
  assert.equal(reached.size, 7, [...reached].join("\n"));
  await slider(page).focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  assert.match(await slider(page).getAttribute("aria-valuetext"), /^frame 2 of 24, before it happens$/);
  await page.keyboard.press("Escape");
  await page.locator("#gallery:not([open])").waitFor({ state: "attached" });
  assert.equal(
    await page.evaluate(() => document.activeElement?.textContent),
    "Gallery of pairs…",
    "focus goes back to where it was",
  );
});

const slider = (page) => page.locator("#gallery input");

async function openDialog(page) {
  await page.getByRole("button", { name: "Gallery of pairs…" }).click();
  await page.locator("#gallery[open]").waitFor();
  await drawn(page);
}

/** Waits until what was asked for is there, or the reason why not. */
const drawn = (page) => page.locator("#gallery:not([aria-busy])").waitFor();

async function choose(page, label, value) {
  await page.locator("#gallery").getByLabel(label).selectOption(value);
  await drawn(page);
}

/** Two turns of the screen: canvases have been painted. */
const settled = (page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** All pixels of the left canvas. */
async function hash(page) {
  await settled(page);
  return page.evaluate(() => document.querySelector("#gallery canvas").toDataURL());
}

/** The frames in which both pictures differ, and the moment as the slider has it; it is left there. */
function compare(page) {
  return page.evaluate(async () => {
    const [slider, canvases] = [
      document.querySelector("#gallery input"),
      [...document.querySelectorAll("#gallery canvas")],
    ];
    const moment = Number(slider.dataset.moment);
    const show = async (frame) => {
      slider.value = String(frame);
      slider.dispatchEvent(new Event("input"));
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    };
    const different = [];
    const truth = document.querySelector("#gallery .transport [aria-pressed]");
    const overlaid = truth.getAttribute("aria-pressed") === "true";
    if (overlaid) truth.click();
    for (let frame = 0; frame <= Number(slider.max); frame++) {
      await show(frame);
      const [possible, impossible] = canvases.map((canvas) => canvas.toDataURL());
      if (possible !== impossible) different.push(frame);
    }
    if (overlaid) truth.click();
    await show(Math.min(different.find((frame) => frame >= moment + 1) ?? moment, Number(slider.max)));
    return { moment, different };
  });
}
