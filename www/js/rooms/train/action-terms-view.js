// @ts-check
import { el, emit, keyed } from "../../ui/dom.js";

/** @typedef {import("../../engine/protocol.js").ActionRecipe} ActionRecipe */

/** @typedef {"encoder"|"imaginedStates"} Switch */
/** @typedef {"rollOut"|"masked"|"inverse"|"similarity"|"reflex"|"distance"} Weight */

/** @type {[Weight, {min: number, max: number, step: number | "any"}][]} */
const NUMBERS = [
  ["rollOut", { min: 1, max: 64, step: 1 }],
  ["masked", { min: 0, max: 100, step: "any" }],
  ["inverse", { min: 0, max: 100, step: "any" }],
  ["similarity", { min: 0, max: 100, step: "any" }],
  ["reflex", { min: 0, max: 100, step: "any" }],
  ["distance", { min: 0, max: 100, step: "any" }],
];

/** @type {Switch[]} */
const SWITCHES = ["encoder", "imaginedStates"];

/** Terms of the loss of a model with actions; 0 takes one away. Dispatches "tune" on the root it is given. */
export class ActionTermsView {
  /** @param {HTMLElement} root */
  constructor(root) {
    /** @param {Partial<ActionRecipe>} actions */
    const tune = (actions) => emit(root, "tune", { actions });
    this.inputs = NUMBERS.map(([name, limits]) => {
      const input = el("input", { type: "number", ...limits, "data-term": name });
      input.addEventListener("change", () => {
        const { valueAsNumber: value } = input;
        if (!Number.isNaN(value)) tune({ [name]: name === "rollOut" ? Math.round(value) : value });
      });
      return input;
    });
    this.switches = SWITCHES.map((name) => {
      const input = el("input", { type: "checkbox", "data-term": name });
      input.addEventListener("change", () => tune({ [name]: input.checked }));
      return input;
    });
    const label = (/** @type {Weight | Switch} */ name, /** @type {HTMLElement} */ input) =>
      el("label", {}, el("span", keyed({ text: `terms.actions.${name}` })), input);
    this.element = el(
      "div",
      { class: "action-terms" },
      ...SWITCHES.map((name, i) => label(name, /** @type {HTMLElement} */ (this.switches[i]))),
      ...NUMBERS.map(([name], i) => label(name, /** @type {HTMLElement} */ (this.inputs[i]))),
      el("p", { class: "note", ...keyed({ text: "terms.actions.note" }) }),
    );
    this.element.hidden = true;
  }

  /** @param {ActionRecipe | undefined} actions  none for a model without */
  update(actions) {
    this.element.hidden = !actions;
    if (!actions) return;
    SWITCHES.forEach((name, i) => {
      const input = this.switches[i];
      if (input) input.checked = actions[name];
    });
    // What somebody is about to change is left alone.
    NUMBERS.forEach(([name], i) => {
      const input = this.inputs[i];
      if (input && document.activeElement !== input) input.value = String(actions[name]);
    });
  }
}
