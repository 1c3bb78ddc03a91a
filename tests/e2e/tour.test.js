/** The tour, by keyboard and by mouse, wide and narrow, in both languages. */
import assert from "node:assert/strict";
import { moreClips, state, until } from "./support/ask.js";
import { shot, site } from "./support/site.js";

const test = site();
const QUERY = "?device=cpu&preset=nano&source=world&mask=long";
const tour = (page) => page.locator("#tour");
const at = (page, step) => tour(page).getByText(`Step ${step} of 7`, { exact: true }).waitFor();

for (const width of [1440, 1024, 390]) {
  test(
    `seven steps at ${width} px: each is in sight beside what it is about`,
    { query: QUERY, width },
    async (page) => {
      await page.getByRole("button", { name: "Take the tour" }).click();
      for (let step = 1; step <= 7; step++) {
        await at(page, step);
        await page.waitForTimeout(700); // it scrolls smoothly
        const seen = await page.evaluate(() => {
          const box = (element) => element.getBoundingClientRect();
          const [panel, spot] = [box(document.querySelector("#tour")), box(document.querySelector("[data-toured]"))];
          const inside = panel.left >= 0 && panel.top >= 0 && panel.right <= innerWidth && panel.bottom <= innerHeight;
          const next = [...document.querySelectorAll("#tour .buttons .go")].map(box)[0];
          const hit = document.elementFromPoint(next.left + next.width / 2, next.top + next.height / 2);
          return {
            inside,
            top: spot.top,
            bottom: spot.bottom,
            height: innerHeight,
            pressable: Boolean(hit?.closest("#tour .go")),
          };
        });
        assert.ok(seen.inside && seen.pressable, `step ${step}: ${JSON.stringify(seen)}`);
        assert.ok(
          Math.min(seen.bottom, seen.height) - Math.max(seen.top, 0) >= Math.min(100, seen.bottom - seen.top) &&
            seen.bottom > seen.top,
          `step ${step} is about what is out of sight: ${JSON.stringify(seen)}`,
        );
        const path = `tour ${width} step ${step}`;
        if (step % 3 === 1 || step === 5)
          await page.screenshot({ path: `tests/e2e/artefacts/${path.replace(/\W+/g, "-")}.png` });
        await tour(page).locator(".go").click();
      }
      await tour(page).waitFor({ state: "hidden" });
      assert.equal(await page.locator("[data-toured]").count(), 0);
    },
  );
}

test(
  "by keyboard: focus comes in, Escape gives it back, and mask and room are as they were",
  { query: QUERY, room: "play" },
  async (page) => {
    const take = page.getByRole("button", { name: "Take the tour" });
    await take.focus();
    await page.keyboard.press("Enter");
    await at(page, 1);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "tour-title");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter"); // Back is out of reach: Next
    await at(page, 2);
    await page.locator("#room-inside").waitFor();
    await page.waitForFunction(() => new URLSearchParams(location.search).get("mask") === "short");
    await page.keyboard.press("Enter");
    await at(page, 3);
    await page.waitForFunction(() => new URLSearchParams(location.search).get("mask") === "future");
    await moreClips(page);
    const { masks } = await state(page);
    assert.ok(Math.min(...masks.target) > Math.max(...masks.context), "not the future");
    await page.keyboard.press("Escape");
    await tour(page).waitFor({ state: "hidden" });
    assert.ok(await take.evaluate((button) => button === document.activeElement), "focus did not return");
    assert.equal(new URL(page.url()).hash, "#play", "the room that was open before");
    await page.waitForFunction(() => new URLSearchParams(location.search).get("mask") === "long");
  },
);

test("collapse is tried for 60 steps and taken back", { query: QUERY }, async (page) => {
  await page.evaluate(() => window.vjepa.train(5));
  const before = { ...(await state(page)), recipe: await page.evaluate(() => window.vjepa.recipe()) };
  await page.getByRole("button", { name: "Take the tour" }).click();
  for (let step = 1; step < 6; step++) await tour(page).getByRole("button", { name: "Next" }).click();
  await at(page, 6);
  await tour(page).getByRole("button", { name: "Switch both off for 60 steps" }).click();
  await until(page, (now) => now.step === 65);
  const { ablation } = await page.evaluate(() => window.vjepa.recipe());
  assert.deepEqual(ablation, { ema: false, stopGradient: false, predictor: true });
  await tour(page)
    .getByText(/^60 steps were taken/)
    .waitFor();
  await shot(page, "tour collapse");
  await tour(page).getByRole("button", { name: "Next" }).click();
  const now = await until(page, (now) => now.step === 5);
  assert.deepEqual(now.loss, before.loss);
  await page.waitForFunction(() => window.vjepa.recipe().then(({ ablation }) => ablation.ema && ablation.stopGradient));
  assert.deepEqual(await page.evaluate(() => window.vjepa.recipe()), before.recipe);
});

test(
  "Chinese from the address; a switch keeps the run and reaches the tour",
  { query: `${QUERY}&lang=zh` },
  async (page) => {
    assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
    assert.match(await page.title(), /浏览器/);
    await page.evaluate(() => window.vjepa.train(3));
    await page.getByRole("button", { name: "开始导览" }).click();
    await tour(page).getByText("第 1 步，共 7 步").waitFor();
    await shot(page, "tour chinese");
    await page.getByRole("button", { name: "English" }).click();
    await at(page, 1);
    await page.getByRole("heading", { name: "Surprise: how far off the prediction was", level: 2 }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("lang"), "en");
    assert.equal((await state(page)).step, 3);
    await page.reload();
    await page.evaluate(() => window.vjepa.ready);
    await page.getByRole("button", { name: "Take the tour" }).waitFor();
  },
);
