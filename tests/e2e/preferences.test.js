/** What a reader asked of browser or system: less motion, colours of one's own; and what is announced. */
import assert from "node:assert/strict";
import { until } from "./support/ask.js";
import { ROOMS, contrast, listen, prepare } from "./support/reading.js";
import { enter, shot, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const QUERY = "?device=cpu&preset=nano&source=world&seed=1";
const LEARNER = "?device=cpu&source=world&seed=1";

const learned = (page) => until(page, ({ surprise }) => surprise.missing === 0);

/** Each room in turn, when it has drawn what there is after a step of training. @param {(room: string) => Promise<void>} look */
async function throughRooms(page, look) {
  await learned(page);
  await page.evaluate(() => window.vjepa.train(1));
  for (const room of ROOMS) {
    await enter(page, room);
    await page.waitForTimeout(500);
    await look(room);
  }
}

test(
  "less motion: nothing is animated, no film plays by itself",
  { query: QUERY, reducedMotion: "reduce", prepare },
  async (page) => {
    await page.evaluate(() => window.vjepa.train(1));
    for (const room of ROOMS) {
      await enter(page, room);
      const running = await page.evaluate(() => document.getAnimations().map((one) => one.effect.target.className));
      assert.deepEqual(running, [], room);
      const playing = await page.evaluate(() =>
        [...document.querySelectorAll("main .play[data-playing=true]")]
          .filter(window.reading.shown)
          .map(window.reading.name),
      );
      assert.deepEqual(playing, [], `${room} plays`);
    }
    // A button that recording makes glow elsewhere, and a switch that slides.
    await enter(page, "train");
    await page.locator(".switch input").first().click();
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  },
);

/** @param {string} selector @param {string} property */
const style = (page, selector, property) =>
  page
    .locator(selector)
    .first()
    .evaluate((one, property) => getComputedStyle(one)[property], property);

test(
  "forced colours: what is chosen, pressed or off can be seen, in light and dark ones",
  { query: LEARNER, forcedColors: "active", prepare, room: "watch" },
  async (page) => {
    await learned(page);
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      await page.emulateMedia({ colorScheme, forcedColors: "active" });
      for (const [on, off] of [
        ["#rooms [aria-selected=true]", "#rooms [aria-selected=false]"],
        ["#controls .segments [aria-pressed=true]", "#controls .segments [aria-pressed=false]"],
      ])
        assert.notEqual(await style(page, on, "backgroundColor"), await style(page, off, "backgroundColor"), on);
      // The sign of a button that is nothing but a background, and the time line, are drawn in the reader's colours.
      const [ink, paper] = [await style(page, "body", "color"), await style(page, "body", "backgroundColor")];
      assert.ok(contrast(ink, paper) >= 7, `${ink} on ${paper}`);
      const sign = await page
        .locator(".frame > .play")
        .evaluate((one) => getComputedStyle(one, "::before").backgroundColor);
      assert.ok(contrast(sign, paper) >= 3, `the sign for pause is ${sign} on ${paper}`);
      await page.waitForTimeout(1000); // it is drawn anew
      const drawn = await page.locator(".history canvas").evaluate((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const colours = new Set();
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 250) colours.add(data.slice(i, i + 3).join(", "));
        return [...colours].map((colour) => `rgb(${colour})`);
      });
      assert.ok(
        drawn.some((colour) => contrast(colour, paper) >= 7),
        `the time line is drawn in ${drawn.slice(0, 9)} on ${paper}`,
      );
      await shot(page, `forced colours ${colorScheme}`);
    }
    await enter(page, "train");
    await page.waitForTimeout(500);
    await shot(page, "forced colours train");
  },
);

/** Seconds that are listened to, and announcements that are not too many in them. */
const SECONDS = 8;
const MOST = SECONDS / 2;

test(
  "what is announced: events, once each, and no numbers that go on changing",
  { query: LEARNER, room: "watch", prepare },
  async (page, t) => {
    await learned(page);
    await listen(page);
    const said = async (what) => {
      const all = await page.evaluate(() => window.announced.splice(0));
      t.diagnostic(`${what}: ${all.length}: ${all.map(({ region, text }) => `${region} ${text}`).join("; ")}`);
      return all;
    };
    await page.waitForTimeout(1000 * SECONDS);
    const watching = await said("watching");
    assert.ok(watching.length <= MOST, `${watching.length} while it watches`);
    // Each alarm is one announcement, and its end another.
    await page.locator("#alarm-threshold").fill("1.5");
    const before = (await page.evaluate(() => window.vjepa.state())).surprise.alarms;
    await until(page, ({ surprise }, before) => surprise.alarms > before, before);
    await page.waitForTimeout(1000);
    const rung = (await page.evaluate(() => window.vjepa.state())).surprise.alarms - before;
    const alarms = (await said("alarms")).filter(({ text }) => /^Wait/i.test(text));
    t.diagnostic(`${rung} alarms`);
    assert.ok(rung > 0 && alarms.length <= rung, `${alarms.length} announcements of ${rung} alarms`);

    await page.locator("#alarm-threshold").fill("30");
    for (const room of /** @type {const} */ (["train", "inside", "play"])) {
      await enter(page, room);
      await page.locator(`#room-${room} button`).first().waitFor();
      await page.waitForTimeout(500); // what a room says when it is first opened is said
      await page.evaluate(() => void window.vjepa.train(Infinity));
      await page.evaluate(() => window.announced.splice(0));
      await page.waitForTimeout((1000 * SECONDS) / 2);
      const training = await said(`training, in ${room}`);
      assert.ok(training.length <= MOST / 2, `${training.length} while it trains, in ${room}`);
    }
    await page.evaluate(() => window.vjepa.pause());
  },
);

test(
  "each canvas is named or hidden; the language and the title are those of the page",
  { query: `${LEARNER}&lang=zh`, room: "watch", prepare },
  async (page) => {
    const titles = new Set();
    await throughRooms(page, async (room) => {
      const nameless = await page.evaluate(() => {
        const told = (one) => one.getAttribute("aria-label") || one.getAttribute("aria-labelledby");
        const around = "button, [role=img], [role=application]";
        return [...document.querySelectorAll("canvas")]
          .filter(window.reading.shown)
          .filter((one) => {
            if (one.closest("[aria-hidden=true]")) return false;
            if (one.hasAttribute("role")) return !told(one);
            const outer = one.closest(around);
            return !outer || !(told(outer) || outer.textContent.trim());
          })
          .map((one) => one.outerHTML.slice(0, 120) + window.reading.name(one.parentElement));
      });
      assert.deepEqual(nameless, [], room);
      const [title, tab] = [await page.title(), await page.locator(`#tab-${room}`).textContent()];
      assert.ok(title.startsWith(`${tab} · `), title);
      titles.add(title);
    });
    assert.equal(titles.size, ROOMS.length);
    assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
    const tags = await page.locator("#language button").evaluateAll((all) => all.map(({ lang }) => lang));
    assert.deepEqual(tags, ["en", "zh-CN"]);
    await page.locator("#language [lang=en]").click();
    await page.waitForFunction(() => document.documentElement.lang === "en");
    assert.match(await page.title(), /^Models · V-JEPA/);
  },
);

test("in Chinese nothing is left in English", { query: `${LEARNER}&lang=zh`, room: "watch" }, async (page) => {
  const left = new Set();
  await throughRooms(page, async () => {
    const english = await page.evaluate(() => {
      const isEnglish = (text) => /[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}/.test(text ?? "");
      const named = [...document.querySelectorAll("body *")].filter(
        (one) => !one.closest("[lang=en], code, pre, noscript"),
      );
      const own = (one) =>
        [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data);
      const said = (one) => [
        ...own(one),
        ...["aria-label", "title", "placeholder"].map((name) => one.getAttribute(name)),
      ];
      return named.flatMap((one) => said(one).filter(isEnglish));
    });
    for (const text of english) left.add(text);
  });
  assert.deepEqual([...left], []);
});
