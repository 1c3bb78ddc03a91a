/** Surprise as it happens: windows, alarms and what is kept of them, getting used to a place, all by keyboard too. */
import assert from "node:assert/strict";
import { assertDrawn, moreClips, state, until } from "./support/ask.js";
import { enter, shot, site } from "./support/site.js";

const test = site({ noWebGpu: true });
const SHIPPED = { query: "?device=cpu&source=world", room: "watch" };
const NANO = { query: "?device=cpu&preset=nano&source=world", room: "watch" };
/** Where the newest window is shown, and an alarm that is looked at again. */
const HEAT = "#screen .seen";

const threshold = (page) => page.getByLabel("Alarm from");
const calibrated = (page) => until(page, (now) => now.surprise.missing === 0);

/** Rings for whatever is a little unusual, and then no more. */
async function provoke(page, alarms = 1) {
  const silence = async () => (
    await threshold(page).fill("30"),
    until(page, (now) => now.surprise.threshold === 30 && !now.surprise.ringing)
  );
  for (let i = 0; i < alarms; i++) {
    const { surprise } = await silence(); // an event that goes on rings no second time
    await threshold(page).fill("1");
    await until(page, (now, before) => now.surprise.alarms > before, surprise.alarms);
  }
  await silence();
}

test(
  "the model that comes with the page is watched at once, and looks come only where one is shown",
  SHIPPED,
  async (page, t) => {
    const { surprise } = await calibrated(page);
    assert.equal(surprise.on, true);
    assert.ok(
      Number.isFinite(surprise.error) &&
        surprise.error > 0 &&
        surprise.max >= surprise.peak &&
        surprise.peak >= surprise.mean,
      JSON.stringify(surprise),
    );
    const { clips } = await state(page);
    const more = (clips) =>
      until(page, (now, { readings, clips }) => now.surprise.readings > readings + 5 && now.clips >= clips, {
        readings: surprise.readings,
        clips,
      });
    assert.equal((await more(0)).clips, clips, "a look that nothing shows");
    await assertDrawn(page, `${HEAT} canvas`, { colours: 20, spread: 10 });
    await assertDrawn(page, "#surprise .history canvas", { colours: 3, spread: 0 });
    assert.match(await page.locator("#surprise .answer").innerText(), /teach two classes/);
    await page.locator("#screen").getByRole("button", { name: "Mask" }).click();
    const now = await more(clips + 2);
    t.diagnostic(`${now.surprise.readings - surprise.readings} windows beside ${now.clips - clips} looks`);
    await assertDrawn(page, "#screen .frame > .stage canvas", { colours: 20, spread: 10 });
    await page.locator("#screen").getByRole("button", { name: "Surprise" }).click();
    await enter(page, "inside");
    await moreClips(page, 2);
    await assertDrawn(page, "#features canvas", { colours: 20, spread: 10 });
  },
);

test("an alarm is kept, looked at again, and called false", SHIPPED, async (page) => {
  await calibrated(page);
  await provoke(page);
  const strip = page.locator("#surprise .alarms li");
  const { surprise } = await state(page);
  assert.equal(await strip.count(), surprise.alarms);
  await strip.first().locator(".look").click();
  assert.match(await page.locator(`${HEAT} .stage`).getAttribute("data-again"), /^Alarm \d+ at .*surprise/);
  await assertDrawn(page, `${HEAT} canvas`, { colours: 20, spread: 10 });
  await shot(page, "surprise again");
  const mark = page.getByRole("button", { name: `Alarm ${surprise.alarms} was false` });
  await mark.click();
  await until(page, (now) => now.surprise.falseAlarms === 1);
  assert.match(
    await page.locator("#surprise .counts").innerText(),
    new RegExp(`^${surprise.alarms} alarms?, 1 marked false$`),
  );
  await mark.click();
  await until(page, (now) => now.surprise.falseAlarms === 0);
  await page.getByRole("button", { name: "Back to live" }).click();
  assert.equal(await page.locator(`${HEAT} .stage[data-again]`).count(), 0);
});

test("it gets used to a place, stops, and is as it was before", NANO, async (page) => {
  const { surprise } = await state(page);
  assert.equal(surprise.on, false, "random weights have learned nothing");
  assert.match(await page.locator("#surprise .ask .note").first().innerText(), /learned nothing yet/);
  await page.locator("#surprise").getByRole("button", { name: "Watch", exact: true }).click();
  await calibrated(page);
  const saved = () =>
    page.evaluate(async () => {
      const hash = await crypto.subtle.digest("SHA-256", await window.vjepa.save());
      return [...new Uint8Array(hash)].join();
    });
  const before = await saved();
  await page.getByLabel("For how long", { exact: true }).selectOption("15");
  await page.getByRole("button", { name: "Adapt to this place" }).click();
  const during = await until(page, (now) => now.surprise.habits.steps > 20);
  await page.locator("#screen").getByRole("button", { name: "Features" }).click();
  await moreClips(page, 1); // looks and windows go on meanwhile
  await until(page, (now, readings) => now.surprise.readings > readings, during.surprise.readings);
  await page.locator("#surprise .adaptation").getByRole("button", { name: "Stop", exact: true }).click();
  await until(page, (now) => !now.surprise.habits.running && now.surprise.habits.steps > 20);
  assert.match(await page.locator("#surprise .adaptation .note").innerText(), /^Adapted: \d+ steps/);
  await shot(page, "surprise habits");
  await page.locator("#surprise .adaptation").getByRole("button", { name: "Undo", exact: true }).click();
  await until(page, (now) => now.surprise.habits.steps === 0);
  assert.match(await page.locator("#surprise .adaptation .note").innerText(), /as before, bit for bit/);
  assert.equal(await saved(), before);
  await page.getByRole("button", { name: "Adapt to this place" }).click();
  await until(page, (now) => now.surprise.habits.steps > 0);
  await page.evaluate(() => window.vjepa.train(1));
  await until(page, (now) => !now.surprise.habits.running && now.surprise.habits.steps === 0);
  assert.match(
    await page.locator("#surprise .adaptation .note").innerText(),
    /^Training went on and ended the adaptation/,
  );
});

test("surprise by keyboard alone", NANO, async (page) => {
  const watch = page.locator("#surprise .ask button").first();
  await watch.focus();
  await page.keyboard.press("Enter");
  await calibrated(page);
  assert.equal(await watch.innerText(), "Stop watching");
  await threshold(page).focus();
  await page.keyboard.press("Home");
  await until(page, (now) => now.surprise.threshold === 1);
  assert.equal(await threshold(page).getAttribute("aria-valuetext"), "1 deviation above what is usual");
  const { surprise } = await until(page, (now) => now.surprise.alarms >= 2);
  await page.keyboard.press("End");
  await until(page, (now) => now.surprise.threshold === 30 && !now.surprise.ringing);
  await page.locator('#surprise .alarms .look[tabindex="0"]').focus();
  const name = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label").replace(/ at .*/, "")); // the rest may change
  const first = await name();
  // The list has the newest first and stops at the first alarm there was.
  await page.keyboard.press("ArrowLeft");
  assert.notEqual(await name(), first);
  await page.keyboard.press("ArrowRight");
  assert.equal(await name(), first);
  await page.keyboard.press("Enter");
  assert.equal(
    await page
      .locator(`${HEAT} .stage`)
      .getAttribute("data-again")
      .then((again) => again.replace(/ at .*/, "")),
    first,
  );
  await page.keyboard.press("Tab");
  assert.match(await name(), /was false$/);
  await page.keyboard.press("Space");
  const now = await until(page, (now) => now.surprise.falseAlarms === 1);
  assert.ok(now.surprise.alarms >= surprise.alarms);
  await page.locator(`${HEAT} input`).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(`${HEAT} .stage[data-again]`).count(), 0);
  await watch.focus();
  await page.keyboard.press("Enter");
  await until(page, (now) => !now.surprise.on);
});

test("an alarm is said only to those who want it", NANO, async (page) => {
  await page.locator("#surprise").getByRole("button", { name: "Watch", exact: true }).click();
  await calibrated(page);
  const said = page.locator("#surprise > .sr-only");
  await provoke(page);
  assert.equal(await said.textContent(), "");
  await page.getByLabel("Announce to screen readers").check();
  await page.getByLabel("Sound").check();
  await provoke(page);
  assert.match(await said.textContent(), /^Alarm \d+ at/);
});

for (const [width, scheme] of [
  [1440, "light"],
  [1440, "dark"],
  [1024, "light"],
  [390, "light"],
  [390, "dark"],
]) {
  test(`surprise at ${width} px, ${scheme}`, { ...SHIPPED, width, scheme }, async (page) => {
    await calibrated(page);
    await provoke(page, 2);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll("#surprise *")]
        .filter((element) => element.checkVisibility() && !element.closest(".sr-only, .alarms"))
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => `${element.tagName} ${element.className}`),
    );
    assert.deepEqual(wide, []);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `it scrolls sideways by ${overflow} px`);
    await page.locator("#surprise").scrollIntoViewIfNeeded();
    await page.waitForTimeout(500);
    await shot(page, `surprise ${width} ${scheme}`);
  });
}
