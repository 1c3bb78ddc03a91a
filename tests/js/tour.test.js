// @ts-check
/** The tour: what its steps do, and that leaving them takes it back. */
import assert from "node:assert/strict";
import test from "node:test";
import { STEPS, Tour } from "../../www/js/tour/tour.js";
import { trial } from "../../www/js/tour/trial-training.js";
import { page } from "./support/page.js";

/** A tour of a page that keeps account of what steps do to it. */
function setUp({ learns = true } = {}) {
  /** @type {string[]} */
  const log = [];
  let mask = "short";
  let room = "play";
  /** @type {((failed?: any) => void)[]} */
  const ends = [];
  const tour = new Tour({
    mask: () => /** @type {any} */ (mask),
    setMask: async (next) => void log.push((mask = next)),
    learns: () => learns,
    room: () => room,
    open: (name) => void (room = name),
    trial(steps, without) {
      log.push(`train ${steps} ${without}`);
      const done = new Promise((resolve, reject) =>
        ends.push((failed) => (failed ? reject(failed) : resolve(undefined))),
      );
      return { done, undo: async () => (ends.at(-1)?.(), void log.push("undone")) };
    },
  });
  return { tour, log, mask: () => mask, room: () => room, end: (/** @type {any} */ failed) => ends.at(-1)?.(failed) };
}

/** @param {Tour} tour @param {string} name */
async function goTo(tour, name) {
  await tour.start();
  while (tour.state?.name !== name) await tour.move(1);
}

test("there are seven steps, forth and back", async () => {
  const { tour } = setUp();
  assert.equal(tour.state, null);
  assert.equal(STEPS.length, 7);
  await tour.start();
  await tour.move(-1);
  assert.equal(tour.state?.at, 0, "before the first there is none");
  for (let at = 1; at < 7; at++) {
    await tour.move(1);
    assert.equal(tour.state?.at, at);
  }
  await tour.move(-1);
  assert.equal(tour.state?.name, "collapse");
  await tour.move(1);
  await tour.move(1);
  assert.equal(tour.state, null, "after the last one it is over");
});

test("each step opens its room, and the one that was open before comes back", async () => {
  const { tour, room } = setUp();
  await tour.start();
  for (const { room: wanted, name } of STEPS) {
    assert.deepEqual([tour.state?.name, room()], [name, wanted]);
    await tour.move(1);
  }
  assert.deepEqual([tour.state, room()], [null, "play"]);
});

test("a mask is there while its step is, and the reader's own afterwards", async () => {
  const { tour, log, mask } = setUp();
  await goTo(tour, "mask");
  assert.equal(mask(), "future");
  await tour.move(1);
  assert.equal(mask(), "long");
  await tour.end();
  assert.equal(mask(), "short");
  assert.deepEqual(log, ["short", "short", "future", "short", "long", "short"]);
});

test("one who hurries through leaves nothing behind", async () => {
  const { tour, mask } = setUp();
  for (let i = 0; i < 5; i++) tour[i ? "move" : "start"](1);
  await tour.end();
  assert.equal(mask(), "short");
  assert.equal(tour.state, null);
});

test("a step trains when asked to, once, and leaving takes it back", async () => {
  const { tour, log, end } = setUp();
  await goTo(tour, "collapse");
  assert.equal(tour.state?.act, "offered");
  log.length = 0;
  const acting = tour.act();
  assert.equal(tour.state?.act, "acting");
  await tour.act();
  end();
  await acting;
  assert.equal(tour.state?.act, "acted");
  assert.deepEqual(log, ["train 60 ema,stopGradient"]);
  await tour.move(-1);
  assert.deepEqual(log.slice(1), ["undone"]);
  assert.deepEqual([tour.state?.name, tour.state?.act], ["target", "offered"]);
});

test("leaving in the middle of it does not mark the next step as done", async () => {
  const { tour, log } = setUp();
  await goTo(tour, "target");
  const acting = tour.act();
  await tour.move(1);
  await acting;
  assert.deepEqual([tour.state?.name, tour.state?.act], ["collapse", "offered"]);
  assert.equal(log.at(-1), "undone");
});

test("what fails is offered again; what cannot be is said", async () => {
  const { tour, end } = setUp();
  await goTo(tour, "target");
  const acting = tour.act();
  end(new Error("no"));
  await acting;
  assert.equal(tour.state?.act, "offered");
  const other = setUp({ learns: false });
  await goTo(other.tour, "target");
  await other.tour.act();
  assert.equal(other.tour.state?.act, "unable");
  assert.ok(!other.log.some((line) => line.startsWith("train")));
});

const WHOLE = { ema: true, stopGradient: true, predictor: true };
const RECIPE = /** @type {any} */ ({ batch: 2, masks: {}, schedule: {}, world: { name: "simple" }, ablation: WHOLE });

/** The page's loop, for as many chunks as there is training. @param {any} app */
async function runTraining(app) {
  const stop = new AbortController();
  const { prototype } = app.runner.constructor;
  const loop = prototype.run.call(app.runner, stop.signal);
  return async () => (stop.abort(), app.runner.resume(), loop);
}

test("a trial takes weights, recipe and curves back to where they were", async () => {
  const { app } = await page();
  const stop = await runTraining(app);
  await app.desk.setRecipe({ ...RECIPE, regulariser: { kind: "sigreg", weight: 0.5 } });
  await app.train(3);
  const before = { recipe: structuredClone(app.training.recipe), losses: [...app.history.losses] };
  const deed = trial(app, 5, ["ema", "stopGradient"]);
  await deed.done;
  assert.equal(app.opened?.step, 8);
  assert.deepEqual(app.training.recipe?.ablation, { ema: false, stopGradient: false, predictor: true });
  assert.equal(app.training.recipe?.regulariser?.kind, "none", "nothing keeps alive what is to collapse");
  await deed.undo();
  assert.equal(app.opened?.step, 3);
  assert.deepEqual(app.training.recipe, before.recipe);
  assert.deepEqual(app.history.losses, before.losses);
  await stop();
});

test("a trial is taken back while it goes on, and forgotten with another model", async () => {
  const { app } = await page();
  const stop = await runTraining(app);
  await app.desk.setRecipe(RECIPE);
  const deed = trial(app, 1e6, ["stopGradient"]);
  while ((app.opened?.step ?? 0) < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await deed.undo();
  assert.deepEqual(
    [app.opened?.step, app.runner.training, app.training.recipe?.ablation.stopGradient],
    [0, false, true],
  );

  const other = trial(app, 2, ["ema"]);
  await other.done;
  await app.configure({ preset: "nano" });
  await app.desk.setRecipe({ ...RECIPE, batch: 4 });
  const { recipe } = app.training;
  await other.undo();
  assert.deepEqual([app.error, app.training.recipe], [null, recipe]);
  await stop();
});
