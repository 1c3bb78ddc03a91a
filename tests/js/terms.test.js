// @ts-check
/** The terms of the recipe on the desk: what their fields show, and what they ask for. */
import assert from "node:assert/strict";
import test from "node:test";
import { below, fakePage } from "./support/elements.js";

const page = fakePage();
const { AblationView } = await import("../../www/js/rooms/train/ablation-view.js");
const { TermsView } = await import("../../www/js/rooms/train/terms-view.js");
const { t } = await import("../../www/js/language/words.js");

/** @param {any} [recipe] */
const recipe = (recipe = {}) =>
  /** @type {any} */ ({
    schedule: { horizon: 1, learningRate: 1e-3, learningRateFinal: 1e-3, decay: "constant" },
    ablation: { ema: true, stopGradient: true, predictor: true },
    optimiser: { muon: false, beta2: 0.999 },
    predictorMomentum: 0,
    hiddenWeight: 0.5,
    changeWeight: 0,
    scenes: { occluder: null, solid: null, gravity: null, passing: null, narrow: null, late: 0 },
    regulariser: { kind: "none", weight: 2 },
    ...recipe,
  });

function terms() {
  const root = /** @type {any} */ (page.section());
  /** @type {any[]} */
  const asked = [];
  root.addEventListener("tune", (/** @type {any} */ { detail }) => asked.push(detail));
  const view = new TermsView(root);
  const field = (/** @type {string} */ name) =>
    below(view.element).find((node) => node.getAttribute("aria-label") === t(/** @type {any} */ (`terms.${name}`)));
  const type = (/** @type {string} */ name, /** @type {string} */ text) => {
    const input = Object.assign(field(name), {
      value: text,
      valueAsNumber: text === "" ? NaN : Number(text),
      validity: { badInput: false },
    });
    input.dispatchEvent(new Event("change"));
    return asked.pop();
  };
  return { view, field, type, asked };
}

test("fields show the recipe as the engine has it", () => {
  const { view, field } = terms();
  const shown = () =>
    [
      "regulariser",
      "weight",
      "optimiser",
      "beta2",
      "average",
      "hidden",
      "change",
      "decay",
      "horizon",
      "last",
      "occluder",
      "solid",
      "gravity",
      "passing",
      "narrow",
      "late",
    ].map((name) => field(name).value);
  view.update(recipe(), { causal: false, step: 0 });
  assert.deepEqual(shown(), [
    "none",
    "2",
    "adamw",
    "0.999",
    "0",
    "0.5",
    "0",
    "constant",
    "1",
    "0.001",
    "",
    "",
    "",
    "",
    "",
    "0",
  ]);
  view.update(
    recipe({
      optimiser: { muon: true, beta2: 0.99 },
      predictorMomentum: 0.999,
      hiddenWeight: 0.25,
      changeWeight: 8,
      scenes: { occluder: 0.57, solid: 0.45, gravity: null, passing: 0.4, narrow: 0.15, late: 20 },
      regulariser: { kind: "sigreg", weight: 0.25 },
    }),
    { causal: true, step: 0 },
  );
  assert.deepEqual(shown(), [
    "sigreg",
    "0.25",
    "muon",
    "0.99",
    "0.999",
    "0.25",
    "8",
    "constant",
    "1",
    "0.001",
    "57",
    "45",
    "",
    "40",
    "15",
    "20",
  ]);
});

test("only a frame-causal model has weights of hidden patches and of change", () => {
  const { view } = terms();
  for (const causal of [false, true]) {
    view.update(recipe(), { causal, step: 0 });
    for (const element of [view.hidden.element, view.change.element, view.changeNote])
      assert.equal(element.hidden, !causal);
  }
});

test("a field asks for its own term; an empty share means the world's own, any other empty field nothing", () => {
  const { view, type, asked } = terms();
  view.update(recipe(), { causal: true, step: 0 });
  assert.deepEqual(type("regulariser", "vicreg"), { regulariser: { kind: "vicreg" } });
  assert.deepEqual(type("weight", "0.25"), { regulariser: { weight: 0.25 } });
  assert.deepEqual(type("optimiser", "muon"), { optimiser: { muon: true } });
  assert.deepEqual(type("beta2", "0.99"), { optimiser: { beta2: 0.99 } });
  assert.deepEqual(type("average", "0.999"), { predictorMomentum: 0.999 });
  assert.deepEqual(type("hidden", "1"), { hiddenWeight: 1 });
  assert.deepEqual(type("change", "8"), { changeWeight: 8 });
  assert.deepEqual(type("occluder", "50"), { scenes: { occluder: 0.5 } });
  assert.deepEqual(type("gravity", ""), { scenes: { gravity: null } });
  assert.deepEqual(type("passing", "30"), { scenes: { passing: 0.3 } });
  assert.deepEqual(type("narrow", "20"), { scenes: { narrow: 0.2 } });
  assert.deepEqual(type("late", "20.4"), { scenes: { late: 20 } });
  assert.deepEqual(type("horizon", "-3"), { schedule: { horizon: 1 } });
  type("beta2", "");
  assert.deepEqual(asked, []);
});

test("a rate that is to fall gets a plan if there is none, and keeps the one there is", () => {
  const { view, type } = terms();
  view.update(recipe(), { causal: false, step: 1300 });
  assert.deepEqual(type("decay", "trapezoid"), {
    schedule: { decay: "trapezoid", horizon: 4000, learningRateFinal: 2e-5 },
  });
  assert.deepEqual(type("decay", "constant"), { schedule: { decay: "constant" } });
  view.update(recipe({ schedule: { horizon: 9000, learningRate: 1e-3, learningRateFinal: 1e-5, decay: "linear" } }), {
    causal: false,
    step: 1300,
  });
  assert.deepEqual(type("decay", "cosine"), { schedule: { decay: "cosine" } });
});

test("what keeps features apart is said, and a regulariser that is off is nothing broken", () => {
  const view = new AblationView(/** @type {any} */ (page.section()));
  const alive = (/** @type {any} */ changes) => {
    view.update(recipe(changes));
    return view.alive.textContent;
  };
  const off = (/** @type {string[]} */ ...parts) => ({
    ema: true,
    stopGradient: true,
    predictor: true,
    ...Object.fromEntries(parts.map((part) => [part, false])),
  });
  const vicreg = { regulariser: { kind: "vicreg", weight: 0.5 } };
  assert.equal(alive({}), "Collapse is prevented by: EMA target, Stop-gradient, Predictor.");
  assert.deepEqual(
    view.rows
      .map(({ element, input }) => [/** @type {any} */ (element).attributes.get("data-off"), input.checked])
      .at(-1),
    [undefined, false],
  );
  assert.equal(alive({ ablation: off("ema") }), "Collapse is prevented by: Stop-gradient, Predictor.");
  assert.equal(alive({ ablation: off("stopGradient") }), "Nothing prevents collapse now.");
  assert.equal(alive({ ablation: off("ema", "stopGradient"), ...vicreg }), "Collapse is prevented by: Regulariser.");
  assert.equal(view.rows.at(-1)?.input.checked, true);
});

test("terms of actions are shown to models that have them, and change one at a time", () => {
  const { view, asked } = terms();
  const about = { causal: false, step: 0 };
  view.update(recipe(), about);
  assert.equal(view.actions.element.hidden, true);
  const weights = { masked: 1, inverse: 0.5, similarity: 0, reflex: 1, distance: 2 };
  const actions = { rooms: {}, rollOut: 3, encoder: true, imaginedStates: false, ...weights };
  view.update(recipe({ actions }), about);
  assert.equal(view.actions.element.hidden, false);
  const [switches, numbers] = /** @type {any[][]} */ ([view.actions.switches, view.actions.inputs]);
  assert.deepEqual(
    switches?.map((node) => node.checked),
    [true, false],
  );
  assert.deepEqual(
    numbers?.map((node) => node.value),
    ["3", "1", "0.5", "0", "1", "2"],
  );
  if (!switches || !numbers) return;
  Object.assign(switches[1], { checked: true }).dispatchEvent(new Event("change"));
  assert.deepEqual(asked.pop(), { actions: { imaginedStates: true } });
  Object.assign(numbers[2], { value: "0", valueAsNumber: 0 }).dispatchEvent(new Event("change"));
  assert.deepEqual(asked.pop(), { actions: { inverse: 0 } });
  Object.assign(numbers[0], { value: "1.6", valueAsNumber: 1.6 }).dispatchEvent(new Event("change"));
  assert.deepEqual(asked.pop(), { actions: { rollOut: 2 } });
  Object.assign(numbers[0], { value: "", valueAsNumber: NaN }).dispatchEvent(new Event("change"));
  assert.deepEqual(asked, []);
});

test("a change of an action's term leaves the others, and is marked in the charts", async () => {
  const { changed, marksOf } = await import("../../www/js/rooms/train/recipe-change.js");
  const before = recipe({ actions: { rollOut: 3, inverse: 1 }, masks: {} });
  assert.deepEqual(changed(before, { actions: { inverse: 0 } }).actions, { rollOut: 3, inverse: 0 });
  assert.equal(changed(recipe({ masks: {} }), { actions: { inverse: 0 } }).actions, undefined);
  assert.deepEqual(marksOf({ actions: { rollOut: 1, encoder: false, imaginedStates: true, distance: 0 } }), [
    "frames of roll-out 1",
    "weight of the temporal distance 0",
    "encoder does not learn from actions",
    "roll-outs with imagined states",
  ]);
});

test("every share of scenes that the charts mark has its field", async () => {
  const { SCENES } = await import("../../www/js/rooms/train/recipe-change.js");
  const { view } = terms();
  assert.deepEqual(
    view.scenes.map(({ kind }) => kind),
    Object.keys(SCENES),
  );
});
