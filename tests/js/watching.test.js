// @ts-check
/** What watches, without its looks: windows in order, alarms, getting used to a place, and what becomes of it all. */
import assert from "node:assert/strict";
import test from "node:test";
import { CONSTANTS, settle, trap } from "./support/engine.js";
import { page } from "./support/page.js";
import { wordsOf as habitsSaid } from "../../www/js/rooms/watch/adaptation-view.js";
import { wordsOf } from "../../www/js/rooms/watch/trust-view.js";

/** A page that watches a world. @param {any} [options] */
async function watching(options = {}) {
  const made = await page(options);
  const { app } = made;
  await app.look();
  const { watching } = app;
  const engine = () => /** @type {any} */ (made.host().host.session?.engine);
  /** So many windows, with this heat. @param {number[]} heat */
  const see = async (...heat) => {
    engine().heat = [...heat];
    for (const _ of heat) await watching.watch();
  };
  const marks = () => watching.history.marks.map(({ what }) => what);
  return { ...made, watching, engine, see, marks };
}

/** Watched until it knows what is usual. @param {any} [options] */
async function calibrated(options) {
  const made = await watching(options);
  made.watching.choose(true);
  await made.see(0, 0);
  return made;
}

test("a model that learned something is watched at once, another one when somebody wants it", async () => {
  const scratch = await watching();
  assert.deepEqual([scratch.watching.on, scratch.watching.canWatch()], [false, false]);
  scratch.watching.choose(true);
  assert.equal(scratch.watching.canWatch(), true);
  await scratch.api.configure({ seed: 5 });
  assert.equal(scratch.watching.on, true, "what the visitor wants goes before");
  const shipped = await watching({ settings: { preset: "learner", start: "shipped" } });
  assert.deepEqual([shipped.watching.learned, shipped.watching.on], [true, true]);
  await shipped.api.configure({ preset: "tiny" });
  assert.equal(shipped.watching.on, false, "random weights have learned nothing");
});

test("only what is looked at is watched, and nothing while the tab is hidden", async () => {
  const { app, watching } = await calibrated();
  assert.equal(watching.canWatch(), true);
  app.page.hidden = () => true;
  assert.equal(watching.canWatch(), false);
  app.page.hidden = () => false;
  app.busy = true;
  assert.equal(watching.canWatch(), false);
});

test("a window moves the world on by a tubelet, and a look leaves it there", async () => {
  const { app, engine, see } = await calibrated();
  const before = engine().advanced;
  await see(0, 0, 0);
  assert.equal(engine().advanced, before + 3 * 2);
  await app.look();
  assert.equal(engine().advanced, before + 3 * 2);
  await app.pause(); // then nothing moves it on but a look
  await app.look();
  assert.ok(engine().advanced > before + 6);
});

test("of frames a window is asked about when a tubelet of them came", async () => {
  const { api, sink, watching, engine, see } = await calibrated();
  await api.setSource("sample");
  const push = () => sink.frame({ close() {} });
  for (let i = 0; i < 4; i++) await push();
  assert.equal(watching.canWatch(), true);
  await see(0);
  assert.equal(watching.canWatch(), false);
  await push();
  assert.equal(watching.canWatch(), false, "half a tubelet");
  await push();
  assert.equal(watching.canWatch(), true);
  assert.equal(engine().calls.filter((/** @type {string} */ call) => call === "surprise").length, 3);
});

test("a frame that was held moves the clip on by its instants, and nothing is asked of a clip across a gap", async () => {
  const { app, api, sink, watching, see } = await calibrated();
  await api.setSource("sample");
  for (let i = 0; i < 3; i++) await sink.frame({ width: 1, height: 1, close() {} });
  await see(0);
  await sink.frame({ width: 1, height: 1, close() {} }, 2);
  assert.equal(watching.canWatch(), true);
  sink.gap();
  for (let i = 0; i < 3; i++) await sink.frame({ width: 1, height: 1, close() {} });
  assert.deepEqual([app.viewing.held, app.viewing.hasClip(), watching.canWatch()], [3, false, false]);
  await sink.frame({ width: 1, height: 1, close() {} });
  assert.deepEqual([app.viewing.held, watching.canWatch()], [4, true]);
});

test("readings make the history; what is not calibrated is left out of it", async () => {
  const { watching, see, api } = await calibrated();
  await see(3);
  const { points } = watching.history;
  assert.deepEqual(
    points.map(({ peak }) => peak),
    [NaN, NaN, 3],
  );
  assert.ok(points.every(({ error }) => error === 0.1));
  const { surprise } = api.state();
  assert.deepEqual(
    [surprise.on, surprise.peak, surprise.missing, surprise.readings, surprise.alarms],
    [true, 3, 0, 3, 0],
  );
});

test("the engine hears of a threshold that was moved, and an alarm of its number", async () => {
  const { watching, engine, see, marks } = await calibrated();
  watching.setThreshold(2);
  assert.throws(() => watching.setThreshold(0), { code: "bad-threshold" });
  await see(3); // still at the old one
  assert.equal(engine().threshold, 2);
  await see(3, 3, 0);
  assert.deepEqual([watching.alarms.count, marks()], [1, ["alarm"]]);
  assert.equal(watching.alarms.kept[0]?.windows.length, 6, "three before, its own, two after");
  await watching.refute(1, true);
  assert.deepEqual([watching.alarms.falseCount, engine().refuted], [1, [true]]);
  await watching.refute(1, false);
  assert.deepEqual([watching.alarms.falseCount, engine().refuted], [0, [false]]);
});

test("a model that can't be asked says why, and is not asked again", async () => {
  const { api, app, watching } = await watching1();
  assert.equal(watching.on, true, "a checkpoint was trained");
  await watching.watch();
  assert.deepEqual([watching.on, watching.canWatch(), app.error], [false, false, null]);
  assert.match(api.state().surprise.why, /predicts nothing of its own features/);
  await api.configure({ model: "" });
  assert.equal(api.state().surprise.why, "");
});

/** With a checkpoint. */
async function watching1() {
  const made = await watching();
  await made.api.load({ source: { from: "files", files: [new File([new Uint8Array(3000)], "model.safetensors")] } });
  await made.app.look();
  return made;
}

test("another engine is told the threshold; alarms and their count stay", async () => {
  const { watching, engine, see, hosts } = await calibrated();
  watching.setThreshold(4);
  await see(0, 5, 0);
  assert.equal(watching.alarms.count, 1);
  await watching.refute(1, true);
  await crash(engine());
  assert.equal(hosts.length, 2);
  assert.equal(watching.reading, null);
  await see(0, 0);
  assert.equal(engine().threshold, 4);
  await see(5);
  assert.deepEqual([watching.alarms.count, watching.alarms.falseCount], [2, 1]);
  assert.deepEqual(
    watching.alarms.kept.map(({ number }) => number),
    [null, 0],
  );
  await watching.refute(1, false); // that engine is gone
  assert.deepEqual([watching.alarms.falseCount, engine().refuted], [0, [false]]);

  /** @param {any} engine */
  async function crash(engine) {
    engine.hook = () => {
      throw trap();
    };
    await assert.rejects(watching.watch());
    await settle(200);
  }
});

test("it gets used to a place for as long as it was told, with windows in between", async () => {
  const { app, watching, engine, see, marks } = await calibrated();
  await watching.adapt(60);
  assert.deepEqual([watching.adaptation.running, marks()], [true, ["adaptation"]]);
  for (let i = 0; i < 1000 && watching.adaptation.running; i++) {
    await see(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const { state } = watching.adaptation;
  assert.equal(state.steps, engine().adapted);
  assert.ok(state.steps > 3 && state.spent >= 60, JSON.stringify(state));
  assert.match(habitsSaid(state), /^Adapted: \d+ steps in 0 s.*Only a copy of the predictor changed/);
  assert.deepEqual(marks(), ["adaptation", "adaptation-end"]);
  const calls = engine().calls.slice(engine().calls.indexOf("adapt 1 0.001"));
  assert.ok(
    calls.every((/** @type {string} */ call, /** @type {number} */ i) => call.startsWith("adapt") === (i % 2 === 0)),
    calls.join(),
  );
  const readings = watching.history.points.length;
  assert.ok(readings > 4, "the curve goes on");
  await watching.undoAdaptation();
  assert.deepEqual([engine().adapted, watching.adaptation.steps, marks().at(-1)], [0, 0, "undone"]);
  assert.match(habitsSaid(watching.adaptation.state), /as before, bit for bit/);
  assert.equal(app.error, null);
});

test("it can be stopped, goes on from there, and is undone while it runs", async () => {
  const { watching, engine, see, marks } = await calibrated();
  await watching.adapt(1e6);
  await see(0);
  watching.stopAdapting();
  assert.equal(watching.adaptation.steps, 1);
  const asked = engine().calls.length;
  await see(0);
  assert.deepEqual(engine().calls.slice(asked), ["surprise"]);
  await watching.adapt(1e6);
  await see(0);
  assert.ok(watching.adaptation.steps > 1);
  await watching.undoAdaptation();
  assert.deepEqual(marks(), ["adaptation", "adaptation-end", "adaptation", "adaptation-end", "undone"]);
  await see(0);
  assert.deepEqual([engine().adapted, watching.adaptation.running], [0, false]);
});

test("stopping in the middle of a portion counts it", async () => {
  const { watching, engine } = await calibrated();
  await watching.adapt(1e6);
  const turn = watching.watch();
  await settle(2);
  watching.stopAdapting();
  await turn;
  assert.equal(watching.adaptation.steps, engine().adapted);
  assert.match(habitsSaid(watching.adaptation.state), /^Adapted: 1 step in/);
});

test("training, another moment and another engine end it, and each says so", async () => {
  const { app, watching, engine, see, api } = await calibrated();
  const used = async () => {
    await watching.adapt(1e6);
    await see(0);
    assert.ok(watching.adaptation.steps > 0);
  };
  const train = async (/** @type {number} */ steps) => {
    const stop = new AbortController();
    const running = Object.getPrototypeOf(app.runner).run.call(app.runner, stop.signal);
    await app.train(steps).finally(() => stop.abort());
    await running;
  };
  await train(10);
  await used();
  await train(1);
  assert.deepEqual([watching.adaptation.running, watching.adaptation.steps], [false, 0]);
  assert.match(habitsSaid(watching.adaptation.state), /^Training went on and ended the adaptation/);
  await used();
  await api.showMoment(10);
  assert.match(habitsSaid(watching.adaptation.state), /^Another kept model is shown/);
  await api.showMoment(null);
  await used();
  await api.rewind(10);
  assert.match(habitsSaid(watching.adaptation.state), /^Another kept model is shown/);
  await used();
  engine().hook = () => {
    throw trap();
  };
  await assert.rejects(watching.watch());
  await settle(200);
  assert.match(habitsSaid(watching.adaptation.state), /^Another engine took over/);
  assert.equal(watching.adaptation.running, false);
});

test("what can't get used to anything says why", async () => {
  const { app, watching } = await calibrated();
  Object.defineProperty(app.runner, "training", { value: true, configurable: true });
  await assert.rejects(watching.adapt(1000), { code: "training", message: /pause training first/ });
  const loaded = await watching1();
  await assert.rejects(loaded.watching.adapt(1000), { code: "frozen" });
  const { watching: empty, engine, see } = await calibrated();
  await empty.adapt(1000);
  engine().adapt = async () => {
    throw Object.assign(new Error("There is no clip yet: choose a source."), { code: "no-clip" });
  };
  await see(0);
  assert.deepEqual(
    [empty.adaptation.running, habitsSaid(empty.adaptation.state), empty.on],
    [false, "There is no clip yet: choose a source.", true],
  );
});

test("the engine judges a taught label by its share, and the page says since when", async () => {
  const { app, watching, engine, see } = await calibrated();
  assert.equal(watching.verdict?.answer, "none");
  app.classes.answer = {
    ridge: [
      { class: 1, name: "ball", share: 0.9 },
      { class: 2, name: "box", share: 0.1 },
    ],
    knn: [],
    nearest: [],
    drift: 0,
  };
  await see(0);
  assert.deepEqual([watching.verdict?.answer, engine().shares.at(-1)], ["sure", 0.9]);
  engine().verdict = "wait";
  await see(9, 9);
  assert.equal(watching.verdict?.answer, "wait");
  assert.deepEqual(watching.verdict?.places, [0]);
  assert.match(watching.verdict ? wordsOf(watching.verdict) : "", /“ball”, 90 % sure.*one patch .*\(2 frames\)/);
  engine().verdict = "unsure";
  await see(0);
  assert.deepEqual([watching.verdict?.answer, watching.verdict?.reason], ["unsure", null]);
  app.classes.answer = null;
  await see(0);
  assert.deepEqual([watching.verdict?.answer, engine().shares.at(-1)], ["none", undefined]);
});

test("a label that comes while a window is asked about is not what was judged", async () => {
  const { app, watching, engine, see } = await calibrated();
  const label = (/** @type {string} */ name) =>
    /** @type {any} */ ({ ridge: [{ class: 1, name, share: 0.9 }], knn: [], nearest: [], drift: 0 });
  app.classes.answer = label("ball");
  engine().hook = () => void (app.classes.answer = label("box"));
  await see(0);
  assert.equal(watching.verdict?.label?.name, "ball");
});

test("the alarm stands where the engine says until the visitor moves it", async () => {
  const { app, api, watching } = await calibrated();
  const threshold = () => [watching.threshold, api.state().surprise.threshold];
  assert.deepEqual(threshold(), [CONSTANTS.threshold, CONSTANTS.threshold]);
  assert.ok(app.opened);
  app.opened.constants = { ...CONSTANTS, threshold: 4.5 };
  assert.deepEqual(threshold(), [4.5, 4.5]);
  watching.setThreshold(2);
  assert.deepEqual(threshold(), [2, 2]);
});

test("an official classifier's best guess is the label", async () => {
  const { app, watching, see } = await calibrated();
  const { opened } = app;
  assert.ok(opened && app.viewing.lastLook);
  opened.model.classes = 3;
  app.viewing.lastLook.guesses = [
    { label: "Pouring", share: 0.85 },
    { label: "Stirring", share: 0.1 },
  ];
  await see(0);
  assert.equal(
    watching.verdict && wordsOf(watching.verdict),
    "“Pouring”, 85 % sure. The newest frames agree with the prediction.",
  );
});
