// @ts-check
import { translate } from "../../language/translate.js";
import { el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";

/** @typedef {import("../../engine/protocol.js").PlanSettings} PlanSettings */

/** Numbers that can be set; the engine says what they may be. */
const NUMBERS = /** @type {const} */ (["horizon", "candidates", "rounds", "elites", "replan"]);

/** How a plan is searched for, closed until asked for. Dispatches on its element: "planner" with what is changed. */
export class ActPlannerView {
  constructor() {
    this.method = saidSelect("act.planner.method", [
      ["cem", "act.planner.cem"],
      ["mppi", "act.planner.mppi"],
    ]);
    this.method.addEventListener("change", () => emit(this.element, "planner", { method: this.method.value }));
    this.energy = saidSelect("act.planner.energy", [
      ["time", "act.planner.time"],
      ["features", "act.planner.features"],
    ]);
    this.energy.addEventListener("change", () => emit(this.element, "planner", { energy: this.energy.value }));
    this.numbers = NUMBERS.map((name) => {
      const input = el("input", {
        type: "number",
        step: 1,
        "aria-describedby": "planner-problem",
        ...keyed({ "aria-label": `act.planner.${name}` }),
      });
      input.addEventListener("change", () =>
        emit(this.element, "planner", { [name]: Math.round(Number(input.value)) }),
      );
      return { name, input };
    });
    this.problem = el("p", { class: "note bad", role: "alert", id: "planner-problem" });
    const row = (/** @type {import("../../language/words.js").Key} */ text, /** @type {HTMLElement} */ control) =>
      el("label", {}, el("span", keyed({ text })), control);
    this.element = el(
      "details",
      { class: "terms planner" },
      el("summary", keyed({ text: "act.planner" })),
      row("act.planner.method", this.method),
      row("act.planner.energy", this.energy),
      ...this.numbers.map(({ name, input }) => row(`act.planner.${name}`, input)),
      el("p", { class: "note", ...keyed({ text: "act.planner.note" }) }),
      this.problem,
    );
  }

  /** @param {{settings: PlanSettings | null, distance: boolean, problem: import("../../base/messages.js").Message | null}} data  `distance`: the model has learned a temporal one */
  update({ settings, distance, problem }) {
    setText(this.problem, translate(problem));
    this.method.disabled = !settings;
    this.energy.disabled = !settings || !distance;
    for (const { name, input } of this.numbers) {
      input.disabled = !settings;
      if (settings && document.activeElement !== input) input.value = String(settings[name]);
    }
    if (!settings) return;
    this.method.value = settings.method;
    this.energy.value = distance ? settings.energy : "features";
  }
}
