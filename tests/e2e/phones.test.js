/** Small and enlarged windows: phones in both directions, 200 and 400 % zoom, spaced text; targets for fingers. */
import assert from "node:assert/strict";
import { until } from "./support/ask.js";
import { ROOMS, covered, cutOff, overlaps, prepare, restyle, smallTargets } from "./support/reading.js";
import { enter, shot, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
/** The model that comes with the page, which is what a visitor sees first. */
const QUERY = "?device=cpu&source=world&seed=1";
/** Of a window that is 360 px high: what may stay in place whatever is scrolled. */
const STAYS = 0.4;
/** WCAG 2.5.8, and what a fingertip needs. */
const [LEAST, FINGER] = [24, 44];
/** What is for all to press. */
const MAIN =
  "#rooms button, #controls button, #laws .grid button, #take-tour, #verdict button, .hold, .go, .ask > button";
/** WCAG 1.4.12. */
const SPACED = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
  p { margin-bottom: 2em !important; }`;

/** Each room in turn, drawn. @param {(room: string) => Promise<string[]>} look @returns {Promise<string[]>} what is wrong */
async function inEach(page, look) {
  const wrong = [];
  for (const room of ROOMS) {
    await enter(page, room);
    await page.waitForTimeout(400);
    wrong.push(...(await look(room)).map((what) => `${room}: ${what}`));
  }
  return wrong;
}

const learned = (page) => until(page, ({ surprise }) => surprise.missing === 0);

for (const [width, height, lang, scheme] of [
  [360, 740, "en", "light"],
  [740, 360, "zh", "dark"],
])
  test(
    `a phone of ${width} x ${height}: nothing is cut off or covered, and fingers find what they press`,
    { query: `${QUERY}&lang=${lang}`, width, height, scheme, touch: true, prepare, room: "watch" },
    async (page) => {
      await learned(page);
      const wrong = await inEach(page, async (room) => {
        await shot(page, `phone ${width} ${room}`);
        const small = await smallTargets(page, { least: LEAST });
        const main = await smallTargets(page, { least: FINGER, only: MAIN });
        const share = await covered(page);
        return [
          ...(await cutOff(page)),
          ...(await overlaps(page)),
          ...small.map((target) => `small: ${target}`),
          ...main.map((target) => `small for a finger: ${target}`),
          ...(height < width && share > STAYS ? [`${Math.round(100 * share)} % are covered`] : []),
        ];
      });
      assert.deepEqual(wrong, []);
    },
  );

test(
  "200 and 400 % of 1280 px: one column, nothing cut off",
  { query: QUERY, prepare, room: "watch" },
  async (page) => {
    await learned(page);
    const wrong = [];
    for (const [width, height] of [
      [640, 450],
      [320, 256],
    ]) {
      await page.setViewportSize({ width, height });
      wrong.push(...(await inEach(page, () => cutOff(page))).map((what) => `${width} px: ${what}`));
      const share = await covered(page);
      if (share > STAYS) wrong.push(`${width} px: ${Math.round(100 * share)} % are covered`);
    }
    for (const [room, opener] of [
      ["play", "Gallery of pairs…"],
      ["models", "Official checkpoints…"],
    ]) {
      await enter(page, room);
      await page.getByRole("button", { name: opener }).click();
      await page.waitForTimeout(400);
      wrong.push(...(await cutOff(page)).map((what) => `${opener}: ${what}`));
      await shot(page, `320 px ${room}`);
      await page.keyboard.press("Escape");
    }
    assert.deepEqual(wrong, []);
  },
);

test("spaced text, wide and narrow: nothing is cut off", { query: QUERY, prepare, room: "watch" }, async (page) => {
  await learned(page);
  await restyle(page, SPACED);
  const wrong = [];
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    wrong.push(...(await inEach(page, () => cutOff(page))).map((what) => `${width} px: ${what}`));
  }
  await shot(page, "spaced text");
  assert.deepEqual(wrong, []);
});

test(
  "the pages beside: benchmark and element on a phone",
  { query: "bench.html", unready: true, width: 360, touch: true, allow: [/peers\/versions\.json/], prepare },
  async (page) => {
    await page.locator("#run:enabled").waitFor();
    assert.deepEqual([...(await cutOff(page)), ...(await smallTargets(page, { least: LEAST }))], []);
    await page.goto(page.url().replace("bench.html", "element.html"));
    await page.locator("vjepa-surprise").waitFor();
    assert.deepEqual(await cutOff(page), []);
  },
);
