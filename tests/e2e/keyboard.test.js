/** By keyboard, beyond reaching each control (layout.test.js): in which order, to be seen, never lost, never caught. */
import assert from "node:assert/strict";
import { moreClips, until } from "./support/ask.js";
import { ROOMS, contrast, focused, prepare, restyle } from "./support/reading.js";
import { enter, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const QUERY = "?device=cpu&preset=nano&source=world&seed=1";

/** The model that comes with the page watches, and there are laws to break. */
const LEARNER = "?device=cpu&source=world&seed=1";

/** Every stop of the Tab key, from the first control of the page to the last. */
async function stops(page) {
  await page.evaluate(() => (scrollTo(0, 0), document.querySelector(".skip").focus()));
  const all = [];
  for (let i = 0; i < 160; i++) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (!stop || all.some(({ path }) => path === stop.path)) return all; // after the last, the browser's own controls
    all.push(stop);
  }
  assert.fail("the Tab key never comes to an end");
}

/** The lower edge of each field that one writes or chooses in (WCAG 1.4.11). */
const edges = (page) =>
  page.evaluate(() =>
    window.reading
      .controls()
      .filter((one) => one.matches("select, input:is([type=text], [type=number])") && !one.disabled)
      .map((one) => [window.reading.name(one), getComputedStyle(one).borderBottomColor]),
  );

/** What comes later and lies above, or to the left in the same line, within one part of the page. */
function backwards(all) {
  return all.flatMap((next, i) => {
    const before = all[i - 1];
    if (!before || before.place !== next.place || !next.place) return [];
    const [a, b] = [before.box, next.box];
    const above = b.bottom <= a.top && b.left < a.right;
    const left = b.right <= a.left && b.top < a.bottom && b.bottom > a.top;
    return above || left ? [`${before.name}, then ${next.name}`] : [];
  });
}

for (const [width, height, scheme] of [
  [1280, 900, "light"],
  [390, 844, "dark"],
])
  test(
    `in every room, in the order of reading, seen, nothing over it: ${width} x ${height}, ${scheme}`,
    { query: LEARNER, width, height, scheme, prepare, room: "watch" },
    async (page, t) => {
      await until(page, ({ surprise }) => surprise.missing === 0);
      await page.evaluate(() => window.vjepa.train(2));
      await restyle(page, "html { scroll-behavior: auto !important }");
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const wrong = [];
      for (const room of ROOMS) {
        await enter(page, room);
        await page.waitForTimeout(300);
        const all = await stops(page);
        t.diagnostic(`${room}: ${all.length} stops`);
        assert.ok(all.length > 12, `${room}: ${all.length} stops`);
        for (const { name, width, shadow, colour, clipped, free } of all) {
          if (width < 2 && !shadow) wrong.push(`${room}: no outline on ${name}`);
          if (contrast(colour, paper) < 3) wrong.push(`${room}: the outline of ${name} is ${colour} on ${paper}`);
          if (clipped > 2) wrong.push(`${room}: the outline of ${name} is cut off`);
          if (!free) wrong.push(`${room}: something lies over ${name}`);
        }
        wrong.push(...backwards(all).map((pair) => `${room}: ${pair}`));
        for (const [name, edge] of await edges(page))
          if (contrast(edge, paper) < 3) wrong.push(`${room}: the edge of ${name} is ${edge} on ${paper}`);
      }
      assert.deepEqual(wrong, []);
    },
  );

/** What has the focus, by id, class or words. */
const at = (page) =>
  page.evaluate(() => {
    const { activeElement: one } = document;
    return one === document.body ? "nothing" : one.id || one.className || one.textContent;
  });

test("what goes away gives the focus to what is around it", { query: QUERY, room: "watch", prepare }, async (page) => {
  // A button that has done its work.
  await page.locator("#verdict").getByRole("button", { name: "Watch" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("#laws").waitFor();
  assert.equal(await at(page), "verdict");
  // A room that another one takes the place of.
  await enter(page, "train");
  await page.locator("#exam select").focus();
  await page.evaluate(() => (location.hash = "#watch"));
  await page.locator("#room-watch").waitFor();
  assert.equal(await at(page), "tab-watch");
  // A dialog.
  for (const [room, opener, dialog] of [
    ["models", "Official checkpoints…", "#models"],
    ["play", "Gallery of pairs…", "#gallery"],
  ]) {
    await enter(page, room);
    await page.getByRole("button", { name: opener }).focus();
    await page.keyboard.press("Enter");
    await page.locator(`dialog${dialog}[open]`).waitFor();
    const inside = await page.evaluate((dialog) => Boolean(document.activeElement.closest(dialog)), dialog);
    assert.ok(inside, `${dialog}: the focus is outside`);
    const around = new Set();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      around.add(
        await page.evaluate(
          (dialog) => document.activeElement === document.body || Boolean(document.activeElement.closest(dialog)),
          dialog,
        ),
      );
    }
    assert.deepEqual([...around], [true], `${dialog}: what is behind it is reached`);
    await page.keyboard.press("Escape");
    await page.waitForFunction((dialog) => !document.querySelector(dialog).open, `dialog${dialog}`);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), opener);
  }
});

test(
  "items that are removed, and buttons that are greyed while they work",
  { query: QUERY, room: "train" },
  async (page) => {
    // A run.
    await page.evaluate(() => window.vjepa.train(2));
    await page.evaluate(() => window.vjepa.configure({ seed: 7 }));
    await page.evaluate(() => window.vjepa.train(2));
    const rows = page.locator(".runs li");
    await rows.nth(1).waitFor();
    await rows.nth(1).locator(".remove").focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".runs li").length === 1);
    assert.equal(await at(page), "name");
    // A class.
    await enter(page, "teach");
    await page.locator("#new-class").fill("cup");
    await page.keyboard.press("Enter");
    await page.locator(".class .remove").focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => !document.querySelector(".class"));
    assert.equal(await at(page), "new-class");
    // A step keeps its button, which can't be pressed meanwhile.
    const step = page.locator("#controls .run button").nth(1);
    await step.focus();
    const before = (await page.evaluate(() => window.vjepa.state())).step;
    for (let i = 0; i < 2; i++) await page.keyboard.press("Enter");
    await until(page, (now, before) => now.phase !== "training" && now.step > before, before);
    assert.equal(await step.evaluate((one) => one === document.activeElement), true);
    await page.waitForFunction(() => !document.querySelector("#controls .run [aria-disabled]"));
    // A law that can't be broken says why.
    await enter(page, "watch");
    await page.locator("#verdict").getByRole("button", { name: "Watch" }).click();
    const law = page.locator("#laws [data-law][aria-disabled=true]").first();
    await law.focus();
    const why = await law.getAttribute("title");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#laws .told").textContent(), why);
  },
);

test(
  "by keys alone: the agent, charts, a pause of all that moves, a hint that Escape closes",
  { query: QUERY, room: "act" },
  async (page) => {
    await page.waitForFunction(() => document.querySelector("#act .decision")?.dataset.state === "idle");
    await page.locator("#act .court canvas").focus();
    for (const key of ["ArrowLeft", "ArrowUp", "Enter"]) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelector("#act .decision").dataset.state !== "idle");

    await page.evaluate(() => window.vjepa.train(4));
    await enter(page, "train");
    const loss = page.locator("#loss canvas");
    await loss.focus();
    await page.keyboard.press("Home");
    const value = () => loss.evaluate((one) => [one.getAttribute("role"), one.getAttribute("aria-valuetext")]);
    const [role, first] = await value();
    assert.equal(role, "slider");
    await page.keyboard.press("End");
    const [, last] = await value();
    assert.match(first, /^step [01], .*\d/);
    assert.match(last, /^step 4, .*\d/);

    await enter(page, "inside");
    const hint = page.locator("#health .hint button");
    await hint.focus();
    await page.getByRole("tooltip").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("tooltip").waitFor({ state: "hidden" });

    await page.locator(".frame > .play").focus();
    await page.keyboard.press("Enter");
    await page.waitForTimeout(1200);
    const { clips } = await page.evaluate(() => window.vjepa.state());
    const shown = () =>
      page
        .locator("#screen .seen canvas, #screen .stage canvas")
        .evaluateAll((all) => all.map((one) => one.toDataURL()).join());
    const still = await shown();
    await page.waitForTimeout(1200);
    assert.equal(await shown(), still, "something moves");
    assert.equal((await page.evaluate(() => window.vjepa.state())).clips, clips);
    await page.keyboard.press("Enter");
    await moreClips(page);
  },
);
