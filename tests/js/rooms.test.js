// @ts-check
/** What is asked of the engine for what is shown: a room that isn't shown, and an overlay that isn't chosen, ask for nothing. */
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { below, fakePage } from "./support/elements.js";
import { page } from "./support/page.js";

const site = fakePage();
mock.timers.enable({ apis: ["setInterval"] });
Object.assign(document, { querySelectorAll: () => [], documentElement: {} });
const { ScreenView } = await import("../../www/js/rooms/stage/screen-view.js");
const { VerdictView } = await import("../../www/js/rooms/stage/verdict-view.js");
const { setLanguage } = await import("../../www/js/language/words.js");

/** How much faster than the clock on the wall the page's clock goes here. */
const FASTER = 20;

/** A page whose loop runs, and which watches its world. @param {import("node:test").TestContext} t @param {any} [options] */
async function running(t, options) {
  const { now } = performance;
  t.mock.method(performance, "now", () => FASTER * now.call(performance));
  const made = await page(options);
  const { app } = made;
  let needed = false;
  app.page.needsLooks = () => needed;
  app.watching.choose(true);
  const stop = new AbortController();
  const { prototype } = /** @type {any} */ (app.runner.constructor);
  const loop = prototype.run.call(app.runner, stop.signal);
  t.after(() => (stop.abort(), loop));
  /** @type {string[]} */
  const calls = /** @type {any} */ (made.host().host.session?.engine).calls;
  const of = (/** @type {string} */ what) => calls.filter((call) => call.split(" ")[0] === what).length;
  /** Until so many more of these came. @param {string} what @param {number} [count] */
  const come = async (what, count = 1) => {
    const wanted = of(what) + count;
    const end = Date.now() + 8000;
    while (of(what) < wanted) {
      assert.ok(Date.now() < end, `no ${what} came`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await come("look");
  return { ...made, of, come, need: (/** @type {boolean} */ on) => ((needed = on), app.runner.resume()) };
}

test("where no look is shown, windows alone are asked for, after the first look", async (t) => {
  const { of, come, need } = await running(t);
  await come("surprise", 15);
  assert.equal(of("look"), 1, "more than two seconds of the page's clock went by");
  need(true);
  await come("look", 2);
  need(false);
  await come("surprise"); // a look may have been under way
  const looks = of("look");
  await come("surprise", 15);
  assert.equal(of("look"), looks);
});

test("another model is looked at once, whatever is shown", async (t) => {
  const { app, api, come, of } = await running(t);
  await come("surprise", 2);
  assert.equal(of("look"), 1);
  const before = app.lastLook;
  await api.configure({ seed: 5 });
  for (const end = Date.now() + 8000; !app.lastLook || app.lastLook === before;) {
    assert.ok(Date.now() < end, "no look came");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

test("training has its looks, in every room, and no more once it pauses", async (t) => {
  const { app, of, come } = await running(t);
  await come("surprise", 2);
  assert.equal(of("look"), 1);
  const trained = app.train(Infinity);
  await come("look", 2);
  await app.pause();
  await trained;
  await come("surprise", 2);
  const looks = of("look");
  await come("surprise", 10);
  assert.equal(of("look"), looks);
});

test("a label is of looks: taught classes and a classifier have them", async (t) => {
  const { app, of, come } = await running(t);
  Object.defineProperty(app.classes, "taught", { value: true, configurable: true });
  await come("look", 2);
  Object.defineProperty(app.classes, "taught", { value: false, configurable: true });
  await come("surprise", 2);
  const looks = of("look");
  await come("surprise", 10);
  assert.equal(of("look"), looks);
  assert.ok(app.opened);
  app.opened.model.classes = 3;
  await come("look", 2);
});

test("a page that says nothing of what it shows has its looks", async (t) => {
  const { app, come } = await running(t);
  delete app.page.needsLooks;
  app.runner.resume();
  await come("look", 2);
});

/** @param {any} [more] @returns {any} */
const reading = (more = {}) => ({
  frames: new Uint8Array(2 * 4 * 4 * 4),
  heat: new Float32Array([0, 9, 0, 0]),
  max: 9,
  peak: 9,
  missing: 0,
  ringing: false,
  ...more,
});

function screen() {
  const root = /** @type {any} */ (site.section());
  /** @type {string[]} */
  const chosen = [];
  root.addEventListener("overlay", (/** @type {any} */ event) => chosen.push(event.detail.overlay));
  const shown = new ScreenView(root, site.section());
  const show = (/** @type {any} */ more = {}) =>
    shown.update({ watching: true, reading: reading(), places: [1], size: 4, columns: 2, threshold: 6, ...more });
  const choose = (/** @type {string} */ name) =>
    below(root)
      .find(({ attributes }) => attributes.get("data-value") === name)
      .click();
  return { shown, show, choose, chosen };
}

test("the screen needs looks for a mask, for features, and where nothing is watched", () => {
  const { shown, show, choose, chosen } = screen();
  assert.equal(shown.needsLooks, true, "there is no window to show");
  show();
  assert.equal(shown.needsLooks, false);
  const needs = ["mask", "features", "none", "surprise"].map((name) => (choose(name), [name, shown.needsLooks]));
  assert.deepEqual(needs, [
    ["mask", true],
    ["features", true],
    ["none", false],
    ["surprise", false],
  ]);
  assert.deepEqual(chosen, ["mask", "features", "none", "surprise"]);
  choose("mask");
  shown.replay({ windows: [reading()], first: 0, size: 4, columns: 2, threshold: 6, name: () => "Alarm 1" });
  assert.deepEqual([shown.needsLooks, shown.heat.element.hidden], [false, false], "an alarm goes before");
  shown.replay(null);
  assert.deepEqual([shown.needsLooks, shown.heat.element.hidden], [true, true]);
  show({ watching: false, reading: null });
  choose("none");
  assert.equal(shown.needsLooks, true);
});

test("the screen says what is to be seen, in the language that is spoken", async () => {
  const { shown, show } = screen();
  const seen = () => shown.heat.canvas.getAttribute("aria-label") ?? "";
  show();
  assert.match(seen(), /1 surprising patch is outlined/);
  await setLanguage("zh");
  assert.match(seen(), /1 个令人意外的图块/);
  await setLanguage("en");
  assert.match(seen(), /1 surprising patch is outlined/);
});

test("the verdict says how it stands", () => {
  const root = /** @type {any} */ (site.section());
  const verdict = new VerdictView(root);
  const said = (/** @type {any} */ more) => {
    const data = {
      ready: true,
      on: true,
      learned: true,
      why: "",
      wait: false,
      reason: "",
      label: "",
      threshold: 6,
      warmUp: 8,
    };
    verdict.update({ ...data, reading: reading(), ...more });
    return [root.dataset.state, verdict.head.textContent, verdict.watch.hidden, verdict.gauge.hidden];
  };
  assert.deepEqual(said({ ready: false, reading: null }), ["opening", "Opening the model", true, true]);
  assert.deepEqual(said({ reading: null }), ["calibrating", "Finding out what is usual", true, true]);
  assert.deepEqual(said({ reading: reading({ missing: 6 }) }), [
    "calibrating",
    "Finding out what is usual",
    true,
    false,
  ]);
  assert.deepEqual([verdict.meter.value, verdict.peak.textContent], [0.25, "6 more windows"]);
  assert.deepEqual(said({}), ["expected", "As expected", true, false]);
  assert.deepEqual([verdict.meter.value, verdict.peak.textContent], [1, "9.0 of 6"]);
  said({ reading: reading({ ringing: true }), wait: true, reason: "one patch, top right" });
  assert.deepEqual([verdict.head.textContent, root.dataset.state], ["Wait: not as learned", "wait"]);
  assert.match(verdict.words.textContent ?? "", /one patch, top right\.$/);
  assert.deepEqual(said({ on: false, reading: null }), ["off", "Not watching", false, true]);
  assert.deepEqual(said({ on: false, learned: false, reading: null }), ["untrained", "Not trained yet", false, true]);
  said({ on: false, why: "This checkpoint has no predictor." });
  assert.deepEqual([root.dataset.state, verdict.words.textContent], ["unable", "This checkpoint has no predictor."]);
});
