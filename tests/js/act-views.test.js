// @ts-check
/** What views of the room Act work out, and what they tell of what a visitor does. */
import assert from "node:assert/strict";
import test from "node:test";
import { below, fakePage } from "./support/elements.js";

fakePage();
Object.assign(document, { querySelectorAll: () => [], querySelector: () => null, documentElement: {} });
Object.assign(globalThis, { devicePixelRatio: 2 });
const { ActControlsView } = await import("../../www/js/rooms/act/act-controls-view.js");
const { savedRows } = await import("../../www/js/rooms/act/act-exam-view.js");
const { ActPicturesView } = await import("../../www/js/rooms/act/act-pictures-view.js");
const { ActPlannerView } = await import("../../www/js/rooms/act/act-planner-view.js");
const { ActVerdictView } = await import("../../www/js/rooms/act/act-verdict-view.js");
const { bestOf, candidatesOf, landscapeOf } = await import("../../www/js/rooms/act/thought-view.js");
const { TwoRoomsView } = await import("../../www/js/rooms/act/two-rooms-view.js");

/** @typedef {import("../../www/js/engine/protocol.js").Place} Place */

/** @param {number} x @returns {Place[]} */
const path = (x) => [[x, 0.5]];
/** @type {import("../../www/js/engine/protocol.js").Thought} */
const THOUGHT = {
  rounds: [
    { paths: [path(0.1), path(0.2)], costs: [5, 4] },
    { paths: [path(0.3), path(0.4)], costs: [3, 6] },
  ],
  plan: [1, 0],
  left: 1,
};

/** What an element dispatches. @param {any} element @param {string[]} names */
function heard(element, ...names) {
  /** @type {any[]} */
  const events = [];
  for (const name of names)
    element.addEventListener(name, (/** @type {any} */ event) => events.push([name, event.detail]));
  return events;
}

/** @param {string} type @param {any} values */
const event = (type, values) => Object.assign(new Event(type), { button: 0, ...values });

test("the best path is the cheapest of all rounds; the newest and the cheapest are drawn strongest", () => {
  assert.deepEqual(bestOf(THOUGHT), path(0.3));
  assert.deepEqual(bestOf({ rounds: [], plan: [], left: 0 }), []);
  const drawn = candidatesOf(THOUGHT, false);
  assert.deepEqual(drawn.map(({ path: [at] }) => at?.[0]).at(-1), 0.3, "the cheapest of the newest round is on top");
  assert.equal(drawn.length, 4);
  const strength = (/** @type {number} */ x) => drawn.find(({ path: [at] }) => at?.[0] === x)?.strength ?? NaN;
  assert.ok(strength(0.3) > strength(0.4) && strength(0.3) > strength(0.2) && strength(0.2) > strength(0.1));
  assert.deepEqual(candidatesOf(THOUGHT, true).length, 2, "once it has decided, the last round alone");
});

test("the landscape: dark where the energy is low, clear where the agent doesn't fit", () => {
  const rgba = landscapeOf(new Float32Array([0.2, NaN, 0.8]));
  assert.deepEqual([...rgba.subarray(0, 4)], [68, 1, 84, 255]);
  assert.equal(rgba[7], 0);
  assert.deepEqual([...rgba.subarray(8)], [253, 231, 37, 255]);
  assert.deepEqual([...landscapeOf(new Float32Array([0.4]))], [68, 1, 84, 255], "one place has no range");
});

/** A view of a room, 200 px a side. @param {boolean} drives */
function court(drives) {
  const view = new TwoRoomsView();
  Object.assign(view.canvas, { clientWidth: 200, clientHeight: 200, setPointerCapture() {} });
  const agent = { position: /** @type {Place} */ ([0.5, 0.5]), velocity: /** @type {Place} */ ([0, 0]) };
  const truth = /** @type {any} */ ({ agent });
  const room = { truth, goal: null, distance: null, arrived: false };
  view.update({ frame: null, room, thought: null, thinking: false, landscape: null, drives, arrived: 0.08 });
  const tell = (/** @type {string} */ type, /** @type {any} */ values) =>
    view.canvas.dispatchEvent(event(type, values));
  return { view, tell, events: heard(view.element, "go", "push", "halt") };
}

test("a click sends the agent there; so do arrow keys and Enter", () => {
  const { view, tell, events } = court(false);
  assert.equal(view.pixels, 400, "the picture is as sharp as the screen");
  tell("pointerup", { offsetX: 50, offsetY: 150 });
  tell("pointerup", { offsetX: 50, offsetY: 150, button: 2 });
  for (const key of ["ArrowRight", "ArrowUp"]) tell("keydown", { key });
  tell("keydown", { key: "ArrowRight", shiftKey: true });
  tell("keydown", { key: "Enter" });
  tell("keydown", { key: "Escape" });
  assert.deepEqual(events, [
    ["go", { goal: [0.25, 0.75] }],
    ["go", { goal: [0.25 + 1 / 32 + 1 / 8, 0.75 - 1 / 32] }],
    ["halt", null],
  ]);
});

test("who drives pushes by arrow keys, and by a pull from the agent; a click elsewhere does nothing", () => {
  const { tell, events } = court(true);
  tell("keydown", { key: "ArrowLeft" });
  for (const [type, x] of /** @type {[string, number][]} */ ([
    ["pointerdown", 105],
    ["pointermove", 110],
    ["pointerup", 120],
    ["pointerdown", 20],
    ["pointerup", 20],
    ["pointerdown", 100],
    ["pointermove", 190],
    ["pointerup", 190],
  ]))
    tell(type, { offsetX: x, offsetY: 100, pointerId: 1 });
  assert.deepEqual(events[0], ["push", { push: [-1, 0] }]);
  const pushes = events
    .slice(1)
    .map(([, { push }]) => push.map((/** @type {number} */ part) => Number(part.toFixed(3))));
  assert.deepEqual(pushes, [
    [0.5, 0],
    [1, 0],
  ]);
});

test("the room is meddled with by buttons: the door as it isn't, the wall towards the middle, shoves in all ways", () => {
  const view = new ActControlsView();
  const events = heard(view.element, "mode", "meddle", "enter", "drive", "landscape", "push");
  const truth = /** @type {any} */ ({ wall: { vertical: true, at: 0.6 }, door: { open: true } });
  const modes = /** @type {const} */ (["reflex", "plan", "check"]);
  view.update({ ready: true, mode: "check", modes, truth, drives: false, landscape: false });
  assert.equal(view.pad.hidden, true);
  for (const button of [view.door, view.wall, view.shove, view.shove, view.drive, view.heat]) button.click();
  view.blocks.value = "2";
  view.another.click();
  below(view.modes.segments)[1].click();
  assert.deepEqual(events.slice(0, 2), [
    ["meddle", { how: { door: false } }],
    ["meddle", { how: { wall: -0.08 } }],
  ]);
  const [one, other] = events.slice(2, 4).map(([, { how }]) => how.shove);
  assert.deepEqual([one, Math.hypot(...other).toFixed(3)], [[1.5, 0], "1.500"]);
  assert.notDeepEqual(one, other);
  assert.deepEqual(events.slice(4), [
    ["drive", { on: true }],
    ["landscape", { on: true }],
    ["enter", { blocks: 2 }],
    ["mode", { mode: "plan" }],
  ]);
  view.update({ ready: true, mode: "plan", modes: ["plan"], truth, drives: true, landscape: true });
  assert.deepEqual([view.pad.hidden, below(view.modes.segments).length], [false, 1]);
  view.pushes[0]?.click();
  assert.deepEqual(events.at(-1), ["push", { push: [-1, 0] }]);
});

test("the verdict says why it waits; the meter has the threshold in its middle", () => {
  const view = new ActVerdictView();
  const data = /** @type {any} */ ({
    phase: "acting",
    said: { kind: "surprise" },
    problem: null,
    actions: 2,
    distance: 0.3,
  });
  view.update({ ...data, outcome: { surprise: 1.5, rings: true }, threshold: 1.5 });
  assert.equal(view.head.textContent, "Wait: what happened is not what was imagined.");
  assert.deepEqual([view.element.dataset.state, view.meter.value, view.halt.disabled], ["surprise", 1, false]);
  view.update({ ...data, phase: "arrived", said: { kind: "arrived", count: 1 }, outcome: null, threshold: NaN });
  assert.deepEqual([view.head.textContent, view.meter.value, view.resume.disabled], ["Arrived in 1 action", 0, true]);
  view.update({ ...data, phase: "thinking", recovering: true, outcome: null, threshold: 1 });
  assert.match(view.head.textContent, /^The engine was lost: the agent goes on/);
  assert.deepEqual([view.element.dataset.state, view.halt.disabled], ["recovering", false]);
  const problem = { key: "no-goal", values: {}, message: "There is no goal yet: choose a place first." };
  view.update({ ...data, phase: "stopped", problem, outcome: null, threshold: 1 });
  assert.deepEqual([view.head.textContent, view.element.dataset.state], [problem.message, "problem"]);
  assert.equal(view.resume.disabled, false);
});

test("pictures of a surprise and of a future are there while there are any", () => {
  const view = new ActPicturesView();
  view.update({ surprised: null, future: null, size: 2 });
  assert.deepEqual([view.surprise.hidden, view.futures.hidden], [true, true]);
  const surprised = { imagined: new Uint8Array(16), saw: new Uint8Array(64), side: 4 };
  view.update({ surprised, future: new Uint8Array(3 * 16), size: 2 });
  assert.deepEqual([view.surprise.hidden, view.futures.hidden, view.strip.children.length], [false, false, 3]);
  view.update({ surprised: null, future: new Uint8Array(16), size: 2 });
  assert.deepEqual([view.surprise.hidden, view.strip.children.length], [true, 1]);
});

test("the planner's settings are told one by one", () => {
  const view = new ActPlannerView();
  const events = heard(view.element, "planner");
  const counts = { horizon: 6, candidates: 64, rounds: 3, elites: 8, replan: 2 };
  const settings = /** @type {any} */ ({ method: "cem", energy: "time", ...counts });
  view.update({ settings, distance: true, problem: null });
  const [horizon] = view.numbers;
  assert.equal(horizon?.input.value, "6");
  if (horizon) horizon.input.value = "99";
  horizon?.input.dispatchEvent(new Event("change"));
  view.method.value = "mppi";
  view.method.dispatchEvent(new Event("change"));
  view.energy.value = "features";
  view.energy.dispatchEvent(new Event("change"));
  assert.deepEqual(events, [
    ["planner", { horizon: 99 }],
    ["planner", { method: "mppi" }],
    ["planner", { energy: "features" }],
  ]);
  assert.equal(view.energy.disabled, false);
  view.update({ settings, distance: false, problem: null });
  // Without a temporal distance it plans with features, whatever the setting says.
  assert.deepEqual([view.energy.disabled, view.energy.value], [true, "features"]);
});

test("results of an exam as a table of numbers", () => {
  const share = { n: 20, value: 0.5, low: 0.3, high: 0.7 };
  const acted = {
    condition: "check",
    episodes: 20,
    success: share,
    detour: null,
    actions: 9,
    imagined: 40,
    planned: 0.2,
  };
  const report = /** @type {any} */ ({ done: 1, portions: 2, conditions: [{ ...acted, rang: share, noticed: null }] });
  const [row] = savedRows(report);
  assert.deepEqual([row?.condition, row?.success, row?.low, row?.high, row?.detour], ["check", 0.5, 0.3, 0.7, null]);
  assert.deepEqual(savedRows(null), []);
});
