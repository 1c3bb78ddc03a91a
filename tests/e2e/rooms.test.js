/** The seven rooms: how each looks, wide and narrow, light and dark, in both languages; how high it is; by keys; and at rest. */
import assert from "node:assert/strict";
import { assertDrawn, state, until } from "./support/ask.js";
import { enter, shot, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const ROOMS = ["watch", "inside", "train", "play", "act", "teach", "models"];
/** The model that comes with the page, which is what a visitor sees first. */
const QUERY = "?device=cpu&source=world&seed=1";
const WINDOWS = [
  [1440, 900],
  [1024, 768],
  [390, 844],
];
/** A room beside the stage, at 1440 px: one and a half screens. */
const ROOM = 1350;
/** The whole page on a phone. */
const SCREENS = 4;

/** What is right of the window, and by how much the page scrolls sideways. Tabs and alarms scroll by themselves. */
const sideways = (page) =>
  page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - innerWidth,
    wide: [...document.querySelectorAll("body *")]
      .filter((element) => element.checkVisibility() && !element.closest(".sr-only, .skip, .alarms, #rooms"))
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .map((element) => `${element.tagName} ${element.className}`),
  }));

/** How high the open room, the stage and the page are. */
const heights = (page, room) =>
  page.evaluate((room) => {
    const high = (selector) => document.querySelector(selector).getBoundingClientRect().height;
    return { room: high(`#room-${room}`), stage: high("#stage"), page: document.documentElement.scrollHeight };
  }, room);

for (const lang of ["en", "zh"]) {
  for (const scheme of ["light", "dark"]) {
    test(
      `every room, ${lang}, ${scheme}`,
      { query: `${QUERY}&lang=${lang}`, scheme, room: "watch" },
      async (page, t) => {
        await until(page, (now) => now.surprise.missing === 0);
        await page.evaluate(() => window.vjepa.train(3));
        const wrong = [];
        for (const [width, height] of WINDOWS) {
          await page.setViewportSize({ width, height });
          for (const room of ROOMS) {
            await enter(page, room);
            await page.waitForTimeout(700); // it is drawn
            const { overflow, wide } = await sideways(page);
            if (overflow > 0 || wide.length) wrong.push(`${room} at ${width} px scrolls by ${overflow} px: ${wide}`);
            const high = await heights(page, room);
            t.diagnostic(`${room} at ${width} px: ${JSON.stringify(high)}`);
            if (width === 1440 && high.room > ROOM) wrong.push(`${room} is ${high.room} px high`);
            if (width === 1440 && high.stage > height) wrong.push(`the stage is ${high.stage} px high`);
            if (width === 390 && high.page > SCREENS * height) wrong.push(`${room} on a phone is ${high.page} px high`);
            await page.evaluate(() => scrollTo(0, 0));
            await shot(page, `room ${room} ${width} ${scheme} ${lang}`);
          }
        }
        assert.deepEqual(wrong, []);
      },
    );
  }
}

for (const [width, scheme] of [
  [1440, "light"],
  [390, "dark"],
]) {
  test(
    `clip and features are drawn, ${width} px wide, ${scheme}`,
    { query: "?device=cpu&source=sample", width, scheme },
    async (page) => {
      await assertDrawn(page, "#clip .stage canvas", { colours: 100, spread: 15 });
      await assertDrawn(page, "#features canvas", { colours: 20, spread: 15 });
      await assertDrawn(page, "#screen .seen canvas", { colours: 20, spread: 15 });
    },
  );
}

test("rooms by keyboard alone, by the address, and remembered by it", { query: QUERY, room: "watch" }, async (page) => {
  const opened = () =>
    page.evaluate(() => ({
      focus: document.activeElement?.id,
      hash: location.hash,
      panels: [...document.querySelectorAll("[role=tabpanel]")]
        .filter((one) => one.checkVisibility())
        .map(({ id }) => id),
    }));
  const open = (room) => ({ focus: `tab-${room}`, hash: `#${room}`, panels: [`room-${room}`] });
  for (let i = 0; i < 60 && (await opened()).focus !== "tab-watch"; i++) await page.keyboard.press("Tab");
  for (const [key, room] of [
    ...["inside", "train", "play", "act", "teach", "models", "watch"].map((room) => ["ArrowRight", room]),
    ["ArrowLeft", "models"],
    ["Home", "watch"],
    ["End", "models"],
  ]) {
    await page.keyboard.press(key);
    assert.deepEqual(await opened(), open(room), key);
  }
  await page.keyboard.press("Tab");
  assert.equal(
    await page.evaluate(() => Boolean(document.activeElement.closest("#room-models"))),
    true,
    "the tabs are one stop, and what they open is next",
  );
  await page.evaluate(() => (location.hash = "#teach"));
  await page.locator("#room-teach").waitFor();
  // A setting that changes leaves the room in the address.
  await page.evaluate(() => window.vjepa.configure({ mask: "short" }));
  await page.waitForFunction(() => new URLSearchParams(location.search).get("mask") === "short");
  assert.equal(new URL(page.url()).hash, "#teach");
  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  assert.deepEqual((await opened()).panels, ["room-teach"]);
});

test(
  "a room at rest keeps the page free, and asks for no more than it shows",
  { query: QUERY, room: "watch" },
  async (page, t) => {
    await until(page, (now) => now.surprise.missing === 0);
    const tasks = () => page.evaluate(() => window.longTasks.splice(0).map(({ duration }) => Math.round(duration)));
    t.diagnostic(`start-up: tasks of ${(await tasks()).join(", ") || "no"} ms`);
    for (const room of ROOMS) {
      await enter(page, room);
      await page.waitForTimeout(3000);
      const entering = await tasks();
      const before = await state(page);
      await page.waitForTimeout(3000);
      const now = await state(page);
      // What the page does comes again with every window; what a busy machine does to it, seldom three times in a row.
      let resting = await tasks();
      for (let more = 0; more < 2 && resting.length; more++) {
        await page.waitForTimeout(3000);
        resting = await tasks();
      }
      const asked = [now.surprise.readings - before.surprise.readings, now.clips - before.clips];
      t.diagnostic(
        `${room}: tasks of ${entering} ms when opened, then ${resting}; ${asked[0]} windows, ${asked[1]} looks`,
      );
      assert.deepEqual(resting, [], `${room} holds up the page`);
      assert.ok(asked[0] > 0, `${room}: nothing is watched`);
      assert.equal(asked[1] > 0, ["inside", "play", "teach"].includes(room), `${room} asks for ${asked[1]} looks`);
    }
  },
);
