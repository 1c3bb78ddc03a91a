// @ts-check
/** The lab: rounds against the model, tricks that are recorded, and what the page says of both. */
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { FailureError } from "../../www/js/base/errors.js";
import { Lab, counted, joined, moreSurprising, sideOf } from "../../www/js/rooms/play/lab.js";
import { Trick, framesOf, unusual } from "../../www/js/rooms/play/trick.js";
import { below, fakePage } from "./support/elements.js";
import { CONSTANTS, settle } from "./support/engine.js";
import { setUp } from "./support/host.js";
import { page as startPage } from "./support/page.js";

const page = fakePage();
mock.timers.enable({ apis: ["setInterval"] });
const { LabView, tallyOf, toldOf } = await import("../../www/js/rooms/play/lab-view.js");
const { sentenceOf } = await import("../../www/js/rooms/play/trick-view.js");
const { heatAt, framesOf: framesFrom } = await import("../../www/js/rooms/play/clip-heat-view.js");

/** @typedef {import("../../www/js/rooms/play/lab.js").Round} Round */
/** @typedef {import("../../www/js/engine/protocol.js").SurpriseCurve} SurpriseCurve */

const KINDS = CONSTANTS.violations;
const MODEL = { size: 4, frames: 4, tubelet: 2, grid: [2, 2, 2] };

/** @param {...number} peak @returns {SurpriseCurve} */
const curve = (...peak) => ({
  first: 1,
  peak: Float32Array.from(peak),
  mean: Float32Array.from(peak),
  heat: Float32Array.from(peak.flatMap((value) => [value, 0, 0, 0])),
});

/** An app whose engine answers with what it is given. @param {any} [engine] @returns {any} */
function fakeApp(engine = {}) {
  const asked = /** @type {any[]} */ ([]);
  const app = Object.assign(new EventTarget(), {
    asked,
    opened: { model: MODEL, constants: CONSTANTS },
    source: "sample",
    viewing: { watcher: /** @type {any} */ (null) },
    changed() {},
    setSource: async (/** @type {string} */ name) => void (app.source = name),
    engine: {
      settled: async () => {},
      pair: async (/** @type {any} */ wish) => (
        asked.push(wish),
        {
          possible: new Uint8Array([1]),
          impossible: new Uint8Array([2]),
          moment: 9,
          object: 0,
          truths: [[["can"]], [["can't"]]],
        }
      ),
      surpriseOf: async (/** @type {Uint8Array} */ clips, /** @type {number} */ count) => (
        asked.push([[...clips], count]),
        [curve(0.2, 0.9), curve(0.3, 0.4)]
      ),
      ...engine,
    },
  });
  return app;
}

test("the host hands clips to the engine and gives back its curves", async () => {
  const { ask, cpu } = setUp();
  await ask({ type: "open", settings: { device: "cpu", family: "vjepa2", preset: "tiny", seed: 1 } });
  const engine = /** @type {any} */ (cpu.engines[0]);
  engine.surpriseOf = async (/** @type {Uint8Array} */ clips, /** @type {number} */ count) => [clips.length, count];
  assert.deepEqual((await ask({ type: "surprise-of", clips: new Uint8Array(6), count: 2 })).value, [6, 2]);
});

test("a round: a pair is drawn, the visitor guesses, then the model is asked, and both are counted", async () => {
  const app = fakeApp();
  const lab = new Lab(app, 7);
  await lab.next();
  const round = /** @type {Round} */ (lab.round);
  assert.deepEqual(app.asked, [{ world: "standard", violation: KINDS[0], seed: 7, size: 4, frames: 16 }]);
  assert.deepEqual(
    round.clips.map(([first]) => first),
    round.impossible ? [1, 2] : [2, 1],
  );
  assert.deepEqual(round.truths[round.impossible], [["can't"]]);
  await lab.next();
  assert.equal(lab.round, round, "it has to be settled first");
  await lab.guess(round.impossible);
  assert.deepEqual(app.asked.at(-1), [round.clips.map(([first]) => first), 2]);
  assert.equal(round.answer?.side, 0, "the left one has the higher peak");
  assert.deepEqual(lab.score, { rounds: 1, visitor: 1, model: Number(round.impossible === 0) });
  await lab.guess(0);
  assert.equal(lab.score.rounds, 1, "a round is guessed once");
  await lab.next();
  assert.deepEqual([lab.round?.number, lab.round?.wish.violation, lab.round?.wish.seed], [2, KINDS[1], 8]);
});

test("a kind that clips this short can't show is passed over; if there is none, that is said", async () => {
  const none = () => new FailureError("no-pair", "The standard world has no such scene: choose longer clips.");
  const app = fakeApp({
    pair: async (/** @type {any} */ wish) => {
      app.asked.push(wish);
      if (app.asked.length < 3) throw none();
      return { possible: new Uint8Array(1), impossible: new Uint8Array(1), moment: 1, object: 0, truths: [[], []] };
    },
  });
  const lab = new Lab(app, 1);
  await lab.next();
  assert.deepEqual(
    app.asked.map((/** @type {any} */ { violation }) => violation),
    KINDS.slice(0, 3),
  );
  const poor = new Lab(fakeApp({ pair: async () => Promise.reject(none()) }), 1);
  await poor.next();
  assert.deepEqual([poor.round, poor.problem?.message, poor.busy], [null, none().message, false]);
});

test("an engine that goes in the middle is asked again; one that can't answer leaves the guess open", async () => {
  let failures = 1;
  const crash = () => new FailureError("engine-crashed", "The engine crashed.");
  const app = fakeApp({
    surpriseOf: async () => (failures-- > 0 ? Promise.reject(crash()) : [curve(0.1), curve(0.2)]),
  });
  const lab = new Lab(app, 1);
  await lab.next();
  await lab.guess(1);
  assert.equal(lab.round?.answer?.side, 1);
  await lab.next();
  failures = 2;
  await lab.guess(1);
  assert.deepEqual(
    [lab.round?.guess, lab.round?.answer, lab.problem?.message, lab.score.rounds],
    [null, null, crash().message, 1],
  );
  await lab.guess(0);
  assert.equal(lab.problem, null);
  assert.equal(lab.score.rounds, 2);
});

test("another model begins anew, and what the old one answers is left aside", async () => {
  /** @type {(curves: SurpriseCurve[]) => void} */
  let answer = () => {};
  const app = fakeApp({ surpriseOf: () => new Promise((resolve) => (answer = resolve)) });
  const lab = new Lab(app, 1);
  await lab.next();
  const guessing = lab.guess(0);
  await settle();
  app.dispatchEvent(new Event("opened"));
  assert.deepEqual([lab.round, lab.busy], [null, false]);
  await lab.next();
  answer([curve(1), curve(0)]);
  await guessing;
  assert.deepEqual([lab.score.rounds, lab.round?.guess, lab.round?.answer], [0, null, null]);
});

test("sides are shuffled, the model's answer is the higher peak, and nobody is right by a tie", () => {
  const sides = Array.from({ length: 2000 }, (_, seed) => sideOf(seed));
  const right = sides.filter(Boolean).length;
  assert.ok(right > 920 && right < 1080, `${right} of 2000 on the right`);
  const changes = sides.filter((side, i) => i && side !== sides[i - 1]).length;
  assert.ok(changes > 900 && changes < 1100, `${changes} changes of side`);
  assert.deepEqual(
    [
      moreSurprising([curve(1, 3), curve(2, 2)]),
      moreSurprising([curve(1), curve(2)]),
      moreSurprising([curve(2), curve(2)]),
    ],
    [0, 1, null],
  );
  const tie = /** @type {any} */ ({ impossible: 0, guess: 1, answer: { side: null, curves: [] } });
  assert.deepEqual(counted({ rounds: 4, visitor: 2, model: 3 }, tie), { rounds: 5, visitor: 2, model: 3 });
  assert.deepEqual([...joined([new Uint8Array([1, 2]), new Uint8Array(), new Uint8Array([3])])], [1, 2, 3]);
});

/** @param {Partial<Round>} [changes] @returns {Round} */
const round = (changes = {}) => ({
  number: 3,
  wish: { world: "standard", violation: "vanish", seed: 1, size: 4, frames: 16 },
  clips: [new Uint8Array(16 * 64), new Uint8Array(16 * 64)],
  truths: [[], []],
  impossible: 0,
  moment: 9,
  tubelet: 2,
  columns: 2,
  guess: null,
  answer: null,
  ...changes,
});

test("a round in words, from the question to who was right", () => {
  const answer = { side: /** @type {0} */ (0), curves: [curve(0.2, 0.914), curve(0.3, 0.4)] };
  assert.equal(toldOf(null), "");
  assert.equal(toldOf(round()), "Pair 3: in one of these clips a law of physics is broken. Which one?");
  assert.equal(toldOf(round({ guess: 1 })), "You chose the right one. The model is computing…");
  assert.equal(
    toldOf(round({ guess: 1, answer })),
    "In the left one something vanishes in full view, at frame 10. The model is right; you are not. The left one surprised it more: 0.91 at most, 0.40 in the other.",
  );
  assert.match(toldOf(round({ guess: 0, answer })), /You and the model are right\./);
  assert.match(toldOf(round({ guess: 1, impossible: 1, answer })), /You are right; the model is not\./);
  assert.match(
    toldOf(round({ guess: 0, impossible: 1, answer: { ...answer, side: null } })),
    /Neither you nor the model is right\. Both clips were equally surprising to it\.$/,
  );
  assert.deepEqual(
    [tallyOf({ rounds: 0, visitor: 0, model: 0 }), tallyOf({ rounds: 1, visitor: 0, model: 1 })],
    ["No pair yet.", "After 1 pair: you 0, the model 1."],
  );
});

test("arrow keys choose and Enter goes on, where they mean nothing else", () => {
  const root = page.section();
  const view = new LabView(root);
  /** @type {any[]} */
  const events = [];
  for (const name of ["guess", "next"])
    root.addEventListener(name, (/** @type {any} */ event) => events.push([name, event.detail?.side]));
  const press = (/** @type {string} */ key) =>
    root.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key }));
  const trick = {
    stage: /** @type {const} */ ("idle"),
    share: 0,
    recording: null,
    problem: "",
    source: "world",
    ready: true,
  };
  const data = {
    round: null,
    score: { rounds: 0, visitor: 0, model: 0 },
    busy: false,
    problem: "",
    ready: true,
    trick,
  };
  view.update(data);
  press("ArrowLeft");
  press("Enter");
  assert.deepEqual(events.splice(0), [["next", undefined]], "there is nothing to guess yet");
  const open = round();
  view.update({ ...data, round: open });
  press("Enter");
  press("ArrowRight");
  assert.deepEqual(events.splice(0), [["guess", 1]]);
  open.guess = 1;
  open.answer = { side: 0, curves: [curve(0.2, 0.9), curve(0.3, 0.4)] };
  view.update({ ...data, round: open });
  press("ArrowLeft");
  press("Enter");
  assert.deepEqual(events, [["next", undefined]]);
  assert.deepEqual(
    view.captions.map(({ textContent }) => textContent),
    ["Left: impossible", "Right: possible"],
  );
  assert.match(
    view.chart.canvas.getAttribute("aria-label") ?? "",
    /left, impossible: from 0\.20 to 0\.90; right, possible: from 0\.30 to 0\.40$/,
  );
  const [record] = below(view.trick.element).filter(({ textContent }) => /record/.test(textContent));
  assert.equal(record?.textContent, "Start the camera and record");
});

test("heat belongs to the frames of the tubelet that was predicted", () => {
  const { first, heat } = curve(5, 6);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6].map((frame) => heatAt({ first, heat }, 2, 2, frame)?.[0] ?? null),
    [null, null, 5, 5, 6, 6, null],
  );
  assert.deepEqual(framesFrom(1, 2, 2), [3, 5]);
});

const bitmap = (/** @type {number} */ value) => /** @type {any} */ ({ width: 4, height: 4, value });
const read = (/** @type {any} */ { value }, /** @type {number} */ size) => new Uint8Array(size * size * 4).fill(value);

test("a trick: frames on their way to the engine are recorded, and the model is asked about them", async () => {
  const app = fakeApp({
    surpriseOf: async (/** @type {Uint8Array} */ clips, /** @type {number} */ count) => (
      app.asked.push([clips.length, count]),
      [curve(1, 1, 4, 1)]
    ),
  });
  app.source = "world";
  const trick = new Trick(app, read);
  const done = trick.record();
  await settle();
  assert.deepEqual([app.source, trick.stage], ["camera", "recording"], "there is nothing to trick in the world");
  for (let i = 0; i < 40; i++) app.viewing.watcher(bitmap(i));
  await done;
  assert.deepEqual(app.asked, [[40 * 64, 1]]);
  const recording = /** @type {import("../../www/js/rooms/play/trick.js").Recording} */ (trick.recording);
  assert.deepEqual(
    [recording.count, recording.frames[64 * 39], recording.first, recording.curve],
    [40, 39, 1, [0, 0, 3, 0]],
  );
  assert.deepEqual([trick.stage, app.viewing.watcher, trick.problem], ["idle", null, null]);
  assert.equal(
    sentenceOf(recording),
    "Surprise was highest after 0.8 s, which is shown: 3.00 above what is usual there. Predictions cover 0.3 to 1.3 s.",
  );
});

test("a trick sees the frames that the source gives the engine", async () => {
  const { app, sink } = await startPage();
  await app.setSource("sample");
  /** @type {any[]} */
  const asked = [];
  app.engine.surpriseOf = async (clips, count) => (asked.push([clips.length, clips.at(-1), count]), [curve(1, 2)]);
  const trick = new Trick(app, read);
  const done = trick.record();
  await settle();
  assert.equal(trick.stage, "recording");
  for (let i = 0; i < 40; i++) await sink.frame({ ...bitmap(i), close() {} });
  await done;
  assert.deepEqual(asked, [[40 * 16, 39, 1]]);
  assert.equal(app.viewing.held, 4, "and the engine got them as well");
});

test("a trick that can't be recorded says why, and the recording before stays", async () => {
  const refused = new FailureError(
    "camera-refused",
    "The camera was not allowed: allow it beside the address of the page, then choose it again.",
  );
  const app = fakeApp();
  app.source = "world";
  app.setSource = async () => Promise.reject(refused);
  const trick = new Trick(app, read);
  await trick.record();
  assert.deepEqual([trick.stage, trick.problem?.message], ["idle", refused.message]);
  app.source = "sample";
  const stopped = trick.record();
  await settle();
  app.viewing.watcher(bitmap(1));
  trick.cancel();
  await stopped;
  assert.match(trick.problem?.message ?? "", /stopped/);
  const changing = trick.record();
  await settle();
  app.source = "file";
  app.viewing.watcher(bitmap(1));
  await changing;
  assert.match(trick.problem?.message ?? "", /source changed/);
  assert.deepEqual([trick.recording, app.viewing.watcher, app.asked], [null, null, []]);
  app.source = "sample";
  const hidden = trick.record();
  await settle();
  app.viewing.interrupted();
  await hidden;
  assert.match(trick.problem?.message ?? "", /Frames are missing/);
  const forgotten = trick.record();
  await settle();
  app.dispatchEvent(new Event("opened"));
  await forgotten;
  assert.deepEqual([trick.stage, trick.problem, trick.recording], ["idle", null, null]);
});

test("a recording is five seconds, or as long as a window takes to slide", () => {
  const model = /** @type {any} */ (MODEL);
  assert.equal(framesOf(model), 40);
  assert.equal(framesOf({ ...model, frames: 64 }), 72);
  assert.equal(framesOf({ ...model, frames: 16, checkpoint: true, family: "vjepa2" }), 24);
});

test("what is always wrong at its place is no surprise", () => {
  const heat = Float32Array.from(
    [
      [5, 0],
      [5, 0],
      [5, 2],
      [6, 0],
    ].flat(),
  );
  const { heat: above, curve } = unusual({ heat, peak: new Float32Array(4) });
  assert.deepEqual([...above], [0, 0, 0, 0, 0, 2, 1, 0]);
  assert.deepEqual(curve, [0, 0, 2, 1]);
});
