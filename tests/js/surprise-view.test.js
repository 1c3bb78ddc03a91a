// @ts-check
/** What the section on surprise shows, says and asks for. */
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { below, fakePage } from "./support/elements.js";

const page = fakePage({ still: false });
mock.timers.enable({ apis: ["setInterval"] });
const { SurpriseView, statusOf } = await import("../../www/js/rooms/watch/surprise-view.js");
const { HeatmapView } = await import("../../www/js/rooms/stage/heatmap-view.js");
const { ScreenView } = await import("../../www/js/rooms/stage/screen-view.js");
const { overlay } = await import("../../www/js/ui/heat-film.js");
const { habitual, spanOf } = await import("../../www/js/rooms/watch/surprise-history-view.js");
const { nameOf } = await import("../../www/js/rooms/watch/alarms-view.js");
const { setLanguage } = await import("../../www/js/language/words.js");

/** @typedef {import("../../www/js/rooms/watch/surprise-view.js").SurpriseData} SurpriseData */

const frames = () => new Uint8Array(2 * 4 * 4 * 4);

/** @param {number} id @param {Partial<import("../../www/js/rooms/watch/alarms-view.js").AlarmData>} [more] */
const alarm = (id, more = {}) => ({
  id,
  when: 0,
  peak: 7.25,
  isFalse: false,
  first: 1,
  windows: [0, 1, 2].map(() => ({ frames: frames(), heat: new Float32Array(4) })),
  ...more,
});

/** @param {any} [more] @returns {any} */
const reading = (more = {}) => ({
  frames: frames(),
  heat: new Float32Array([0, 9, 0, 0]),
  error: 0.2,
  mean: 2,
  max: 9,
  peak: 9,
  missing: 0,
  ringing: false,
  ...more,
});

/** @param {Partial<SurpriseData>} [more] @returns {SurpriseData} */
const data = (more = {}) => ({
  on: true,
  ready: true,
  learned: true,
  training: false,
  checkpoint: false,
  why: "",
  reading: reading(),
  threshold: 6,
  points: [],
  marks: [],
  alarms: [],
  count: 0,
  falseCount: 0,
  verdict: { answer: "none", label: null, reason: null, places: [] },
  adaptation: { running: false, spent: 0, wanted: 0, steps: 0, stage: "none", loss: null, problem: "" },
  size: 4,
  columns: 2,
  ...more,
});

function view() {
  const root = page.dialog();
  const tone = { allowed: 0, played: 0, allow: async () => void tone.allowed++, play: () => void tone.played++ };
  const shown = new SurpriseView(root, tone);
  /** @type {[string, any][]} */
  const asked = [];
  for (const name of ["watch", "threshold", "refute", "adapt", "stop-adapting", "undo-adaptation"])
    root.addEventListener(name, (/** @type {any} */ event) => asked.push([name, event.detail]));
  return { root, shown, asked, tone };
}

/** A stage's screen beside the view, wired as the page wires them. */
function staged() {
  const made = view();
  const box = page.dialog();
  const screen = new ScreenView(box, page.section());
  made.root.addEventListener("replay", (/** @type {any} */ event) => screen.replay(event.detail));
  box.addEventListener("live", () => made.shown.live());
  return { ...made, screen, heat: screen.heat };
}

test("it says how it stands, in a sentence", () => {
  const said = (/** @type {Partial<SurpriseData>} */ more) => statusOf(data(more));
  assert.match(said({ on: false, learned: false }), /learned nothing yet.*watch all the same/);
  assert.equal(said({ on: false, why: "This checkpoint has no predictor." }), "This checkpoint has no predictor.");
  assert.match(said({ reading: null }), /^Waiting/);
  assert.equal(said({ reading: reading({ missing: 1 }) }), "Calibrating: 1 more window.");
  assert.match(said({ reading: reading({ ringing: true }) }), /^Alarm/);
  assert.equal(said({}), "As expected.");
});

test("buttons and the threshold ask for what they say", () => {
  const { shown, asked } = view();
  shown.update(data());
  shown.button.click();
  shown.slider.valueAsNumber = 2.5;
  shown.slider.dispatchEvent(new Event("input"));
  shown.adaptation.time.value = "30";
  shown.adaptation.begin.click();
  assert.deepEqual(asked, [
    ["watch", { on: false }],
    ["threshold", { threshold: 2.5 }],
    ["adapt", { ms: 30_000 }],
  ]);
  shown.update(data({ on: false }));
  assert.deepEqual([shown.button.textContent, shown.watched.hidden, shown.strip.element.hidden], ["Watch", true, true]);
});

test("alarms hang newest first, are looked at again, and are called false", () => {
  const { root, shown, asked, screen, heat } = staged();
  const [first, second] = [alarm(1), alarm(2)];
  shown.update(data({ alarms: [first, second], count: 2 }));
  assert.equal(shown.counts.textContent, "2 alarms, 0 marked false");
  const buttons = (/** @type {string} */ name) =>
    below(root).filter(({ attributes }) => attributes.get("class") === name);
  const [newest] = buttons("look");
  assert.match(newest.getAttribute("aria-label"), /^Alarm 2 at .* surprise 7\.3$/);
  newest.click();
  assert.equal(heat.stage.dataset.again, nameOf(second));
  assert.equal(screen.clip.element.hidden, true, "the alarm is what is to be seen");
  assert.equal(newest.getAttribute("aria-pressed"), "true");
  assert.equal(heat.slider.max, "5", "three windows of two frames");
  const [mark] = buttons("mark-false");
  mark.click();
  shown.update(data({ alarms: [first, { ...second, isFalse: true }], count: 2, falseCount: 1 }));
  mark.click();
  assert.deepEqual(asked, [
    ["refute", { id: 2, isFalse: true }],
    ["refute", { id: 2, isFalse: false }],
  ]);
  assert.equal(shown.counts.textContent, "2 alarms, 1 marked false");
  heat.live.click();
  assert.equal(heat.stage.dataset.again, undefined);
  assert.equal(newest.getAttribute("aria-pressed"), "false");
});

test("an alarm whose pictures are gone is no longer looked at", () => {
  const { shown, root, heat } = staged();
  shown.update(data({ alarms: [alarm(1)], count: 1 }));
  below(root)
    .find(({ attributes }) => attributes.get("class") === "look")
    .click();
  assert.ok(heat.stage.dataset.again);
  shown.update(data({ alarms: [], count: 3 }));
  const items = /** @type {any} */ (shown.strip.list).children;
  assert.deepEqual([heat.stage.dataset.again, items.length], [undefined, 0]);
});

test("an alarm is heard and said only by those who want it", () => {
  const { shown, tone } = view();
  shown.update(data({ alarms: [alarm(1)], count: 1 }));
  assert.deepEqual([tone.played, shown.said.textContent], [0, ""]);
  shown.sound.checked = true;
  shown.sound.dispatchEvent(new Event("change"));
  shown.announce.checked = true;
  shown.update(data({ alarms: [alarm(1), alarm(2)], count: 2 }));
  shown.update(data({ alarms: [alarm(1), alarm(2)], count: 2 }));
  assert.deepEqual([tone.allowed, tone.played], [1, 1]);
  assert.match(shown.said.textContent ?? "", /^Alarm 2 at/);
  shown.update(data({ count: 0 })); // another model
  shown.update(data({ alarms: [alarm(1)], count: 1 }));
  assert.equal(tone.played, 2);
});

test("the answer: label and surprise side by side, and wait", async () => {
  const { shown } = view();
  const verdict = {
    answer: /** @type {const} */ ("wait"),
    label: { name: "ball", share: 0.9 },
    reason: { patches: 1, where: /** @type {const} */ ("top-right"), since: null },
    places: [1],
  };
  shown.update(data({ verdict, reading: reading({ ringing: true }) }));
  const { element, head, confidence, peak, surprise } = shown.answer;
  assert.deepEqual(
    [element.dataset.answer, head.textContent, confidence.textContent, peak.textContent, surprise.value],
    ["wait", "Wait", "ball, 90 %", "9.0 of 6", 1],
  );
  Object.assign(document, { querySelectorAll: () => [], documentElement: {} });
  await setLanguage("zh");
  shown.update(data({ verdict, reading: reading({ ringing: true }) }));
  assert.deepEqual(
    [head.textContent, shown.answer.words.textContent],
    ["等一等", "“ball”，把握 90 %，但右上方有一个图块与预测不符。请谨慎对待这个标签。"],
  );
  await setLanguage("en");
});

test("getting used to it: what can be pressed, and what is said", () => {
  const { shown } = view();
  const { begin, stop, undo, words } = shown.adaptation;
  const state = (/** @type {Partial<SurpriseData>} */ more) => (
    shown.update(data(more)),
    [begin.disabled, stop.disabled, undo.disabled]
  );
  assert.deepEqual(state({}), [false, true, true]);
  /** @type {SurpriseData["adaptation"]} */
  const adaptation = {
    running: true,
    stage: "running",
    spent: 5000,
    wanted: 60_000,
    steps: 4,
    loss: null,
    problem: "",
  };
  assert.deepEqual(state({ adaptation }), [true, false, false]);
  assert.equal(shown.adaptation.progress.value, 5000);
  assert.deepEqual(state({ adaptation: { ...adaptation, running: false, stage: "stopped" } }), [false, true, false]);
  assert.deepEqual(state({ training: true }), [true, true, true]);
  assert.match(words.textContent ?? "", /Pause training first/);
  state({ checkpoint: true });
  assert.match(words.textContent ?? "", /loaded checkpoint/);
});

test("nothing below half the threshold is coloured, and strongest is twice it", () => {
  const alphas = [...overlay(new Float32Array([-5, 3, 6, 12, 99]), 6)].filter((_, i) => i % 4 === 3);
  assert.deepEqual([alphas[0], alphas[1], alphas[3], alphas[4]], [0, 0, 217, 217]);
  assert.ok(/** @type {number} */ (alphas[2]) > 80 && /** @type {number} */ (alphas[2]) < 217);
});

test("who wants less motion sees a still a second", () => {
  const { matchMedia } = globalThis;
  fakePage({ still: true });
  const heat = new HeatmapView(() => {});
  Object.assign(globalThis, { matchMedia });
  const film = { windows: [reading()], size: 4, columns: 2, threshold: 6 };
  const seen = (/** @type {string} */ words, /** @type {number} */ now) => (
    heat.show(film, undefined, () => words, now),
    heat.canvas.getAttribute("aria-label")
  );
  assert.deepEqual([seen("a", 0), seen("b", 500), seen("c", 1000)], ["a", "a", "c"]);
  heat.replay({ ...film, windows: [reading(), reading(), reading()], first: 1 }, () => "Alarm 1");
  assert.deepEqual([heat.play.dataset.playing, heat.where.textContent, heat.slider.value], ["false", "it rings", "2"]);
});

test("the history shows a minute, or all since it began to adapt to the place", () => {
  const points = [0, 200_000].map((at) => ({ at, error: 0, mean: 0, max: 0, peak: 0 }));
  assert.deepEqual(spanOf({ points, marks: [], threshold: 6 }), [140_000, 200_000]);
  assert.deepEqual(spanOf({ points, marks: [{ at: 100_000, what: "adaptation" }], threshold: 6 }), [85_000, 200_000]);
  const marks = /** @type {import("../../www/js/rooms/watch/surprise-history-view.js").Mark[]} */ ([
    { at: 10, what: "adaptation" },
    { at: 20, what: "alarm" },
    { at: 30, what: "adaptation-end" },
    { at: 40, what: "adaptation" },
  ]);
  assert.deepEqual(habitual(marks, 15, 100), [
    [15, 30],
    [40, 100],
  ]);
});
