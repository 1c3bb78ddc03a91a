/** The lab: guessing against the model, and a magic trick before the camera. */
import assert from "node:assert/strict";
import { assertDrawn, assertSentence, state, until } from "./support/ask.js";
import { shot, site } from "./support/site.js";

const test = site();
const PLAY = { query: "?device=cpu&preset=nano&source=world", room: "play" };

for (const [width, scheme] of [
  [1280, "light"],
  [390, "dark"],
]) {
  test(
    `a pair is guessed, the model answers, and both are counted, ${width} px wide`,
    { ...PLAY, width, scheme },
    async (page) => {
      const lab = page.locator("#lab");
      await lab.getByRole("button", { name: "Show me a pair" }).click();
      await lab.getByText(/^Pair 1: in one of these clips a law of physics is broken/).waitFor();
      await assertDrawn(page, "#lab .twins canvas", { colours: 20, spread: 8 });
      assert.equal(
        await lab.getByRole("button", { name: "Next pair" }).isVisible(),
        false,
        "it has to be settled first",
      );
      await lab.getByRole("button", { name: "The left one is impossible" }).click();
      // Random weights may well find both alike.
      const told = await said(
        page,
        /(The (left|right) one surprised it more: \d+\.\d\d at most|Both clips were equally surprising to it)/,
      );
      const left = /^In the left one/.test(told);
      assert.equal(
        await lab.locator("[data-impossible] figcaption").innerText(),
        left ? "Left: impossible" : "Right: impossible",
      );
      const you = /You and the model are right|You are right/.test(told);
      assert.equal(you, left, told);
      const model = /You and the model are right|The model is right/.test(told);
      assert.match(
        await lab.locator(".tally").innerText(),
        new RegExp(`^After 1 pair: you ${Number(you)}, the model ${Number(model)}\\.$`),
      );
      const curves = await lab.locator("#lab-curve canvas").getAttribute("aria-label");
      for (const clip of [`left, ${left ? "im" : ""}possible`, `right, ${left ? "" : "im"}possible`]) {
        assert.match(curves, new RegExp(`[.;] ${clip}: from \\d`));
      }
      await assertDrawn(page, "#lab-curve canvas", { colours: 2, spread: 5 });
      await lab.scrollIntoViewIfNeeded();
      await shot(page, `lab ${width} ${scheme}`);
      assert.equal(await overflow(page), 0);
    },
  );
}

test("the lab by keyboard alone: arrows choose, Enter goes on, and each kind comes in turn", PLAY, async (page, t) => {
  await page.locator("#lab").getByRole("button", { name: "Show me a pair" }).focus();
  const seen = new Set();
  for (let i = 1; i <= 6; i++) {
    await page.keyboard.press("Enter");
    await said(page, new RegExp(`^Pair ${i}:`));
    await page.keyboard.press(i % 2 ? "ArrowLeft" : "ArrowRight");
    seen.add((await said(page, /surpris(ed|ing to) it/)).match(/one something (.*), at frame/)[1]);
    assert.match(await page.locator("#lab .tally").innerText(), new RegExp(`^After ${i} pairs?:`));
  }
  t.diagnostic([...seen].join("; "));
  assert.equal(seen.size, 6);
  await page.evaluate(() => window.vjepa.train(2));
  assert.match(await page.locator("#lab .tally").innerText(), /^After 6 pairs:/, "training goes on with the score");
  await page.evaluate(() => window.vjepa.configure({ seed: 9 }));
  await page.locator("#lab").getByText("No pair yet.").waitFor();
});

test("a trick before the camera: recorded, judged, and opened at its most surprising moment", PLAY, async (page) => {
  const lab = page.locator("#lab");
  await lab.getByRole("button", { name: "Start the camera and record" }).click();
  await until(page, (now) => now.source === "camera");
  await lab.getByText("Recording: do it now.").waitFor();
  const told = await said(page, /^Surprise was highest after/, ".trick .told");
  const [, most, from, to] = told.match(/after ([\d.]+) s.* cover ([\d.]+) to ([\d.]+) s\.$/).map(Number);
  assert.ok(from <= most && most <= to && to > 4, told);
  const slider = lab.locator(".recording input");
  const [frame, count] = (await slider.getAttribute("aria-valuetext")).match(/\d+/g).map(Number);
  assert.equal(count, 40);
  assert.ok(
    Math.abs((frame - 1) / 8 - most) < 0.06,
    `frame ${frame} is shown, and the most surprising moment is ${most} s`,
  );
  await assertDrawn(page, "#lab .recording canvas", { colours: 30, spread: 8 });
  await slider.focus();
  await page.keyboard.press("Home");
  assert.match(
    await lab.locator(".recording canvas").first().getAttribute("aria-label"),
    /^Frame 1 of the recording.*nothing was predicted here$/,
  );
  await lab.locator(".trick").scrollIntoViewIfNeeded();
  await shot(page, "trick");
  assert.equal((await state(page)).error, null);
});

test(
  "a trick can be stopped, and a source that is shown already is recorded as it is",
  { ...PLAY, query: PLAY.query.replace("world", "sample") },
  async (page) => {
    const lab = page.locator("#lab");
    await lab.getByRole("button", { name: "Record five seconds" }).click();
    await lab.getByRole("button", { name: "Stop" }).click();
    assertSentence(await said(page, /^The recording was stopped/, ".trick .told"));
    assert.equal((await state(page)).source, "sample");
  },
);

const overflow = (page) => page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));

/** What is said, once it is as wanted. */
async function said(page, pattern, where = ".outcome .told") {
  const line = page.locator(`#lab ${where}`);
  await line.filter({ hasText: pattern }).waitFor({ state: "attached" });
  return line.innerText();
}
