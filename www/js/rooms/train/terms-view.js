// @ts-check
import { el, emit, keyed, saidSelect } from "../../ui/dom.js";
import { ActionTermsView } from "./action-terms-view.js";

/**
 * @typedef {import("../../engine/protocol.js").Recipe} Recipe
 * @typedef {import("./recipe-change.js").Terms} Terms
 * @typedef {import("./recipe-change.js").SceneShare} SceneShare
 * @typedef {{causal: boolean, step: number}} About   the model: whether it is frame-causal, and steps it was trained
 *
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {(value: string | number | null) => void} show
 */

/** A plan of so many steps for a rate that is to fall, and where it falls to, if the recipe has none. */
const PLAN = 2000;
const LAST = 1 / 50;
/** Shares of scenes, in the order of their fields. @type {SceneShare[]} */
const SHARES = ["occluder", "solid", "gravity", "passing", "narrow"];

/** Terms of the recipe that most runs leave as their preset has them, closed until asked for. Dispatches "tune" on the root. */
export class TermsView {
  /** @type {Recipe | null} */
  #recipe = null;
  #step = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    /** @param {Terms} terms */
    const tune = (terms) => emit(root, "tune", terms);
    const one = { min: 0, max: 0.999999, step: "any" };
    const percent = { min: 0, max: 100, step: "any" };
    this.regulariser = this.#choice(
      "regulariser",
      [
        ["none", "terms.none"],
        ["vicreg", "terms.vicreg"],
        ["sigreg", "terms.sigreg"],
      ],
      (kind) => tune({ regulariser: { kind: /** @type {"none"} */ (kind) } }),
    );
    this.weight = this.#number("weight", { min: 0, max: 100, step: "any" }, (weight) =>
      tune({ regulariser: { weight } }),
    );
    this.optimiser = this.#choice(
      "optimiser",
      [
        ["adamw", "terms.adamw"],
        ["muon", "terms.muon"],
      ],
      (kind) => tune({ optimiser: { muon: kind === "muon" } }),
    );
    this.beta2 = this.#number("beta2", one, (beta2) => tune({ optimiser: { beta2 } }));
    this.average = this.#number("average", one, (predictorMomentum) => tune({ predictorMomentum }));
    this.hidden = this.#number("hidden", { min: 0, max: 10, step: "any" }, (hiddenWeight) => tune({ hiddenWeight }));
    this.change = this.#number("change", { min: 0, max: 100, step: "any" }, (changeWeight) => tune({ changeWeight }));
    this.changeNote = this.#note("terms.change.note");
    this.decay = this.#choice(
      "decay",
      [
        ["constant", "terms.constant"],
        ["trapezoid", "terms.trapezoid"],
        ["linear", "terms.linear"],
        ["cosine", "terms.cosine"],
      ],
      (decay) => tune({ schedule: this.#planned(decay) }),
    );
    this.horizon = this.#number("horizon", { min: 1, step: 1 }, (horizon) =>
      tune({ schedule: { horizon: Math.max(1, Math.round(horizon)) } }),
    );
    this.last = this.#number("last", { min: 0, max: 1, step: "any" }, (learningRateFinal) =>
      tune({ schedule: { learningRateFinal } }),
    );
    const share = (/** @type {SceneShare} */ kind) =>
      this.#number(
        kind,
        percent,
        (value) => tune({ scenes: { [kind]: value / 100 } }),
        () => tune({ scenes: { [kind]: null } }),
      );
    this.scenes = SHARES.map((kind) => ({ kind, field: share(kind) }));
    this.late = this.#number("late", { min: 0, max: 1000, step: 1 }, (late) =>
      tune({ scenes: { late: Math.max(0, Math.round(late)) } }),
    );
    this.actions = new ActionTermsView(root);
    this.element = el(
      "details",
      { class: "terms" },
      el("summary", keyed({ text: "terms" })),
      this.actions.element,
      this.regulariser.element,
      this.weight.element,
      this.#note("terms.regulariser.note"),
      this.optimiser.element,
      this.beta2.element,
      this.#note("terms.optimiser.note"),
      this.decay.element,
      this.horizon.element,
      this.last.element,
      this.#note("terms.decay.note"),
      this.average.element,
      this.hidden.element,
      this.#note("terms.average.note"),
      this.change.element,
      this.changeNote,
      ...this.scenes.map(({ field }) => field.element),
      this.late.element,
      this.#note("terms.scenes.note"),
    );
  }

  /** @param {Recipe} recipe @param {About} about */
  update(recipe, { causal, step }) {
    this.#recipe = recipe;
    this.#step = step;
    this.actions.update(recipe.actions);
    const { schedule, predictorMomentum, hiddenWeight, changeWeight, optimiser, scenes, regulariser } = recipe;
    this.regulariser.show(regulariser.kind);
    this.weight.show(regulariser.weight);
    this.optimiser.show(optimiser.muon ? "muon" : "adamw");
    this.beta2.show(optimiser.beta2);
    this.average.show(predictorMomentum);
    this.hidden.show(hiddenWeight);
    this.change.show(changeWeight);
    for (const element of [this.hidden.element, this.change.element, this.changeNote]) element.hidden = !causal;
    this.decay.show(schedule.decay);
    this.horizon.show(schedule.horizon);
    this.last.show(schedule.learningRateFinal);
    const percent = (/** @type {number | null} */ share) =>
      share === null ? null : Number((share * 100).toPrecision(6));
    for (const { kind, field } of this.scenes) field.show(percent(scenes[kind]));
    this.late.show(scenes.late);
  }

  /** A rate that falls needs a number of steps to do so, and somewhere to fall to. @param {string} decay */
  #planned(decay) {
    const { horizon = 1, learningRate = 0, learningRateFinal = 0 } = this.#recipe?.schedule ?? {};
    const falls = decay !== "constant";
    return {
      decay: /** @type {"constant"} */ (decay),
      ...(falls && horizon <= Math.max(1, this.#step) && { horizon: Math.ceil(this.#step / 1000) * 1000 + PLAN }),
      ...(falls &&
        learningRateFinal >= learningRate && { learningRateFinal: Number((learningRate * LAST).toPrecision(2)) }),
    };
  }

  /** @param {import("../../ui/dom.js").Key} key */
  #note(key) {
    return el("p", { class: "note", ...keyed({ text: key }) });
  }

  /**
   * @param {"regulariser"|"optimiser"|"decay"} name @param {[string, import("../../ui/dom.js").Key][]} choices @param {(value: string) => void} change
   * @returns {Field}
   */
  #choice(name, choices, change) {
    const select = saidSelect(`terms.${name}`, choices);
    select.addEventListener("change", () => change(select.value));
    return this.#field(name, select);
  }

  /**
   * @param {"weight"|"beta2"|"average"|"hidden"|"change"|"horizon"|"last"|"late"|SceneShare} name
   * @param {Record<string, string | number>} limits @param {(value: number) => void} change @param {() => void} [none]  nothing is meant by an empty field
   * @returns {Field}
   */
  #number(name, limits, change, none) {
    const input = el("input", { type: "number", ...limits, ...keyed({ "aria-label": `terms.${name}` }) });
    input.addEventListener("change", () => {
      if (!Number.isNaN(input.valueAsNumber)) change(input.valueAsNumber);
      // What is no number leaves the field empty, too.
      else if (none && !input.validity.badInput) none();
    });
    return this.#field(name, input);
  }

  /**
   * @param {string} name @param {HTMLInputElement | HTMLSelectElement} input
   * @returns {Field}
   */
  #field(name, input) {
    const element = el(
      "label",
      {},
      el("span", keyed({ text: /** @type {import("../../ui/dom.js").Key} */ (`terms.${name}`) })),
      input,
    );
    /** What somebody is about to change is left alone. @param {string | number | null} value */
    const show = (value) => {
      const text = value === null ? "" : String(value);
      if (input.value !== text && document.activeElement !== input) input.value = text;
    };
    return { element, show };
  }
}
