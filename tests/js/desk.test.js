// @ts-check
/** The training desk without its looks: recipe, moments, collapse, runs, and what survives a reload. */
import assert from "node:assert/strict";
import test from "node:test";
import { isMoment, nextMoment } from "../../www/js/rooms/train/kept-steps.js";
import { settle } from "./support/engine.js";
import { FakeDirectory } from "./support/opfs.js";
import { page } from "./support/page.js";

/** @param {any} [options] */
async function desk(options = {}) {
  const made = await page(options);
  const { app } = made;
  // The loop of the page, for as long as it takes.
  const train = async (/** @type {number} */ steps) => {
    const stop = new AbortController();
    const running = Object.getPrototypeOf(app.runner).run.call(app.runner, stop.signal);
    await app.train(steps).finally(() => stop.abort());
    await running;
  };
  return { ...made, train, engine: () => /** @type {any} */ (made.host().host.session?.engine) };
}

/** A recipe with all that the page reads. */
const RECIPE = {
  world: { name: "standard" },
  batch: 2,
  clip: 10,
  masks: { blocks: [], future: 0, past: [1, 2], horizon: [1, 2] },
  schedule: { horizon: 100, learningRate: 1e-3, momentum: 0.99 },
  ablation: { ema: true, stopGradient: true, predictor: true },
  regulariser: { kind: "none", weight: 2 },
};

test("moments are dense early and sparse later", () => {
  const steps = Array.from({ length: 1001 }, (_, i) => i).filter(isMoment);
  assert.deepEqual(steps, [0, 10, 20, 50, 100, 200, 500, 1000]);
  assert.deepEqual([nextMoment(0), nextMoment(10), nextMoment(999)], [10, 20, 1000]);
});

test("training stops by at each moment to keep it", async () => {
  const { app, api, train, engine } = await desk();
  await train(60);
  assert.deepEqual(engine().kept, [0, 10, 20, 50]);
  assert.deepEqual(api.state().moments, [0, 10, 20, 50]);
  assert.equal(app.history.losses.length, 60);
  assert.equal(app.history.vitals.at(-1)?.step, 60);
});

test("what is turned counts from the next step on, and leaves a mark", async () => {
  const { app, api, engine } = await desk();
  await api.setRecipe(/** @type {any} */ (RECIPE));
  await app.desk.tune({ learningRate: 0.01 });
  await app.desk.tune({ future: 0.5 });
  await app.desk.tune({ batch: 8, momentum: 0.9 });
  const recipe = JSON.parse(engine().recipe());
  assert.deepEqual([recipe.learningRate, recipe.momentum, recipe.masks.future, recipe.batch], [0.01, 0.9, 0.5, 8]);
  assert.deepEqual(
    app.history.marks.map(({ what }) => what),
    ["another recipe", "learning rate 0.01", "future hidden in 50 %", "EMA momentum 0.9", "batch 8"],
  );
  await assert.rejects(app.desk.tune({ batch: 65 }), { code: "bad-recipe" });
  assert.equal(app.training.recipe?.batch, 8);
  assert.match(api.state().error?.message ?? "", /between 1 and 64/);
});

test("every term of the recipe can be turned; what is left out stays", async () => {
  const { app, api, engine } = await desk();
  await api.setRecipe(
    /** @type {any} */ ({
      ...RECIPE,
      optimiser: { muon: false, beta2: 0.99 },
      scenes: { occluder: 0.5, solid: null, gravity: null, passing: null, narrow: null, late: 0 },
    }),
  );
  await app.desk.tune({ optimiser: { muon: true } });
  await app.desk.tune({ optimiser: { beta2: 0.95 } });
  await app.desk.tune({ predictorMomentum: 0.999 });
  await app.desk.tune({ hiddenWeight: 0.25 });
  await app.desk.tune({ changeWeight: 8 });
  await app.desk.tune({ scenes: { solid: 0.45 } });
  await app.desk.tune({ scenes: { occluder: null } });
  await app.desk.tune({ scenes: { passing: 0.3 } });
  await app.desk.tune({ scenes: { late: 20 } });
  await app.desk.tune({ schedule: { decay: "trapezoid", horizon: 2000, learningRateFinal: 2e-5 } });
  await app.desk.tune({ regulariser: { kind: "sigreg", weight: 0.25 } });
  const recipe = JSON.parse(engine().recipe());
  assert.deepEqual(
    [recipe.optimiser, recipe.predictorMomentum, recipe.hiddenWeight, recipe.changeWeight],
    [{ muon: true, beta2: 0.95 }, 0.999, 0.25, 8],
  );
  assert.deepEqual(recipe.scenes, { occluder: null, solid: 0.45, gravity: null, passing: 0.3, narrow: null, late: 20 });
  assert.deepEqual(recipe.schedule, { ...RECIPE.schedule, decay: "trapezoid", horizon: 2000, learningRateFinal: 2e-5 });
  assert.deepEqual(recipe.regulariser, { kind: "sigreg", weight: 0.25 });
  assert.deepEqual([recipe.masks, recipe.batch, recipe.world], [RECIPE.masks, RECIPE.batch, RECIPE.world]);
  assert.deepEqual(app.history.marks.map(({ what }) => what).slice(1), [
    "Muon",
    "second beta 0.95",
    "predictor's average 0.999",
    "weight of hidden tokens 0.25",
    "weight of change 8",
    "scenes with a block 45 %",
    "scenes with a pillar as the world has them",
    "scenes of passing behind a pillar 30 %",
    "later starts, 20 frames",
    "rate: trapezoid",
    "planned 2000 steps",
    "last learning rate 0.00002",
    "SIGReg",
    "regulariser's weight 0.25",
  ]);
});

test("the switch of the regulariser turns on the kind that was there, or VICReg", async () => {
  const { app, api, engine } = await desk();
  await api.setRecipe(/** @type {any} */ (RECIPE));
  const kind = () => JSON.parse(engine().recipe()).regulariser.kind;
  await app.desk.switchPart("regulariser", true);
  assert.deepEqual([kind(), engine().kept], ["vicreg", [0]]);
  await app.desk.tune({ regulariser: { kind: "sigreg" } });
  await app.desk.switchPart("regulariser", false);
  assert.equal(kind(), "none");
  await app.desk.switchPart("regulariser", true);
  assert.equal(kind(), "sigreg");
  assert.deepEqual(JSON.parse(engine().recipe()).ablation, RECIPE.ablation);
  assert.deepEqual(app.history.marks.map(({ what }) => what).slice(1), [
    "VICReg on",
    "SIGReg",
    "SIGReg off",
    "SIGReg on",
  ]);
});

test("a switch keeps the moment before it; collapse is said, and the way back undoes it all", async () => {
  const { app, api, train, engine } = await desk();
  await api.setRecipe(/** @type {any} */ (RECIPE));
  await train(13);
  await app.desk.switchPart("stopGradient", false);
  assert.deepEqual(engine().kept, [0, 10, 13]);
  const real = engine().train.bind(engine());
  engine().train = async (/** @type {number} */ steps) => {
    const report = JSON.parse(await real(steps));
    return JSON.stringify({
      ...report,
      health: {
        std: 0.01,
        effectiveRank: 1,
        verdict: "collapsed",
        reason: { key: "", values: {}, message: "All is one." },
      },
    });
  };
  await train(10);
  assert.deepEqual(api.state().alarm, { step: 20, reason: "All is one.", healthy: 13 });
  assert.deepEqual(engine().kept, [0, 10, 13, 20]);
  await app.desk.rewind(13, true);
  const { alarm, step, loss, shown } = api.state();
  assert.deepEqual([alarm, step, loss.length, shown], [null, 13, 13, null]);
  assert.deepEqual(JSON.parse(engine().recipe()).ablation, RECIPE.ablation);
  assert.deepEqual(
    app.history.vitals.filter((point) => point.step > 13),
    [],
  );
});

test("while a moment is shown, looks are of it and no part of the curves", async () => {
  const { app, api, train, engine } = await desk();
  await train(12);
  await app.look();
  const points = app.history.health.std.length;
  await api.showMoment(10);
  await app.look();
  assert.deepEqual(
    [
      api.state().shown,
      app.history.health.std.length,
      engine().calls.filter((/** @type {string} */ call) => call.startsWith("show")),
    ],
    [10, points, ["show 10"]],
  );
  await api.showMoment(null);
  await app.look();
  assert.equal(app.history.health.std.length, points + 1);
});

test("a run that trained stays in the charts beside the next", async () => {
  const { app, api, train } = await desk();
  await train(5);
  await api.configure({ seed: 4 });
  await train(3);
  assert.deepEqual(
    api.state().runs.map(({ name, step }) => [name, step]),
    [
      ["Run 1", 5],
      ["Run 2", 3],
    ],
  );
  assert.equal(api.state().loss.length, 3);
  app.training.arrange((runs) => runs.rename(runs.current.id, "mine"));
  assert.equal(api.state().runs[1].name, "mine");
});

test("an exported run goes on elsewhere, with its curves and names", async () => {
  const { app, api, train } = await desk();
  await train(5);
  app.training.arrange((runs) => runs.rename(runs.current.id, "mine"));
  const bytes = await api.exportRun();
  const other = await desk({ settings: { preset: "small", seed: 9 } });
  const { step, source } = await other.api.importRun(bytes);
  assert.deepEqual([step, source], [5, { kind: "world", seed: 0 }]);
  const { model, runs, loss, phase } = other.api.state();
  assert.deepEqual(
    [model?.preset, runs.map(({ name }) => name), loss, phase],
    ["tiny", ["mine"], [1, 1, 1, 1, 1], "ready"],
  );
  assert.deepEqual([other.address().preset, other.address().seed], ["tiny", 0]);
  await assert.rejects(other.api.importRun(new TextEncoder().encode("{}")), { code: "bad-checkpoint" });
  await assert.rejects(other.api.importRun(/** @type {any} */ ("run")), /Uint8Array/);
  assert.equal(other.api.state().step, 5, "the model stays");
});

test("a reload resumes what was saved; another model is offered it", async () => {
  const saves = new FakeDirectory();
  const first = await desk({ saves });
  await first.train(7);
  await first.app.saves.flush();
  assert.deepEqual([first.api.state().saved.state, first.api.state().saved.step], ["saved", 7]);

  const again = await desk({ saves });
  assert.deepEqual([again.api.state().step, again.api.state().loss.length], [7, 7]);
  assert.match(again.api.state().notice, /^Resumed “Run 1” at step 7, saved on /);

  const other = await desk({ saves, settings: { seed: 3 } });
  assert.deepEqual([other.api.state().step, other.app.saves.offer?.about.step], [0, 7]);
  await other.app.saves.resume();
  assert.deepEqual([other.api.state().step, other.address().seed, other.app.saves.offer], [7, 0, null]);

  const last = await desk({ saves, settings: { seed: 3 } });
  await last.app.saves.discard();
  assert.equal((await desk({ saves })).api.state().step, 0);
});

test("a run of the model that comes with the page is not one from scratch", async () => {
  const saves = new FakeDirectory();
  const shipped = { preset: "learner", start: "shipped" };
  const first = await desk({ saves, settings: shipped });
  await first.train(3);
  await first.app.saves.flush();
  const scratch = await desk({ saves, settings: { preset: "learner" } });
  assert.deepEqual([scratch.api.state().step, scratch.app.saves.offer?.about.start], [0, "shipped"]);
  await scratch.app.saves.resume();
  assert.deepEqual(
    [scratch.api.state().step, scratch.address().start, scratch.app.history.before],
    [3, "shipped", 6000],
  );
  const again = await desk({ saves, settings: shipped });
  assert.deepEqual([again.api.state().step, again.address().start], [3, "shipped"]);
  assert.match(again.api.state().notice, /^Resumed “Shipped model” at step 3/);
});

test("an exam is saved with its run, before any step, and is there after a reload", async () => {
  const saves = new FakeDirectory();
  const first = await desk({ saves });
  const report = await first.api.exam({ pairs: 2 });
  await first.app.saves.flush();
  assert.deepEqual([first.api.state().saved.state, first.api.state().saved.step], ["saved", 0]);
  const { api, app } = await desk({ saves });
  const [run] = api.state().runs;
  assert.deepEqual(api.state().exams, [{ run: run.id, step: 0, average: 0.5, report }]);
  assert.deepEqual(app.examiner.last?.report, report);
  await api.configure({ seed: 3 });
  assert.equal(app.examiner.last, undefined, "other weights have not been examined");
  assert.equal(api.state().exams.length, 1, "but the run is still in the charts");
});

test("an exam is of the moment that is shown; going back undoes those after it", async () => {
  const { app, api, train } = await desk();
  await train(12);
  await api.exam();
  await api.showMoment(10);
  await api.exam();
  assert.deepEqual(
    api.state().exams.map(({ step }) => step),
    [12, 10],
  );
  await api.rewind(10);
  assert.deepEqual(
    api.state().exams.map(({ step }) => step),
    [10],
  );
  assert.equal(app.examiner.last?.step, 10);
});

test("a checkpoint is examined under its name, and nothing of it is saved", async () => {
  const { app, api } = await desk();
  await api.load({ source: { from: "files", files: [new File([new Uint8Array(100)], "a.safetensors")] } });
  await api.exam();
  assert.deepEqual(
    [api.state().saved.state, api.state().runs[0].name, app.examiner.last?.step],
    ["waiting", "a.safetensors", 0],
  );
});

test("a damaged newest save falls back to the one before, and says so", async () => {
  const saves = new FakeDirectory();
  const first = await desk({ saves });
  await first.train(7);
  await first.app.saves.flush();
  await first.train(2);
  await first.app.saves.flush();
  const file = /** @type {any} */ (saves.files.get("run.1.data"));
  file.bytes = file.bytes.slice(0, -3);
  const { api } = await desk({ saves });
  assert.equal(api.state().step, 7);
  assert.match(api.state().notice, /A newer save was damaged/);
});

test("a save that no longer opens is said, and the page runs", async () => {
  const saves = new FakeDirectory();
  const first = await desk({ saves });
  first.app.engine.exportRun = async () => new TextEncoder().encode("{}");
  await first.train(2);
  await first.app.saves.flush();
  const { api, app } = await desk({ saves });
  assert.deepEqual([api.state().step, api.state().error?.code, app.phase], [0, "bad-checkpoint", "ready"]);
});

test("a model can start from the weights that come with the page, and from another world", async () => {
  const { app, api, train, engine, address } = await desk();
  await train(4);
  await api.configure({ preset: "learner", start: "shipped" });
  const { model, step, runs } = api.state();
  assert.deepEqual(
    [model?.preset, step, runs.map(({ name, before }) => [name, before])],
    [
      "learner",
      0,
      [
        ["Run 1", 0],
        ["Shipped model", 6000],
      ],
    ],
  );
  assert.equal(address().start, "shipped");
  await api.setRecipe(/** @type {any} */ (RECIPE));
  await app.desk.setWorld("rich");
  assert.deepEqual(engine().worlds.at(-1), "rich");
});

test("a model too large for the time line trains without one, and says why", async () => {
  const { api, train, engine } = await desk();
  engine().keepModel = () => {
    throw Object.assign(new Error("Kept moments of this model do not fit."), { code: "large-moment" });
  };
  await train(12);
  assert.deepEqual([api.state().step, api.state().moments, api.state().error], [12, [], null]);
  assert.match(api.state().notice, /do not fit/);
});
