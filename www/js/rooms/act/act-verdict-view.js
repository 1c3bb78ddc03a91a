// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { disable, el, emit, keyed, setText } from "../../ui/dom.js";
import { decimal, finite } from "../../ui/format.js";

/**
 * @typedef {object} ActVerdictData
 * @property {import("./acting.js").Phase} phase
 * @property {boolean} recovering    its engine was lost, and it is not back yet
 * @property {import("./act-verdict.js").Said} said
 * @property {import("../../base/messages.js").Message | null} problem
 * @property {number} actions        of this run
 * @property {number | null} distance   from the goal, in sides of the picture
 * @property {{surprise: number, rings: boolean} | null} outcome   of the last action
 * @property {number} threshold      of its surprise
 */

/** What the agent is doing, and how much its last action surprised it. Dispatches on its element: "halt", "resume". */
export class ActVerdictView {
  constructor() {
    this.head = el("b");
    this.words = el("p");
    this.meter = el("meter", { min: 0, max: 2, value: 0, ...keyed({ "aria-label": "act.surprise" }) });
    this.value = el("output", { "aria-live": "off" });
    this.gauge = el(
      "div",
      { class: "gauge" },
      el("span", keyed({ text: "act.surprise" })),
      el("span", { class: "track" }, this.meter),
      this.value,
    );
    this.halt = el("button", {
      type: "button",
      ...keyed({ text: "act.halt" }),
      onclick: () => emit(this.element, "halt"),
    });
    this.resume = el("button", {
      type: "button",
      ...keyed({ text: "act.resume" }),
      onclick: () => emit(this.element, "resume"),
    });
    this.element = el(
      "div",
      { class: "decision" },
      el("div", { role: "status" }, this.head),
      this.words,
      el("div", { class: "buttons" }, this.halt, this.resume),
      this.gauge,
    );
  }

  /** @param {ActVerdictData} data */
  update({ phase, recovering, said, problem, actions, distance, outcome, threshold }) {
    const opening = phase === "opening" || phase === "closed";
    const state = problem ? "problem" : opening ? "opening" : recovering ? "recovering" : said.kind;
    this.element.dataset.state = state;
    const running = phase === "thinking" || phase === "acting";
    const words = opening ? t("act.opening") : recovering ? t("act.recovering") : wordsOf(said);
    setText(this.head, problem ? translate(problem) : words);
    setText(this.words, distance === null || opening ? "" : t("act.far", { actions, distance: decimal(distance, 2) }));
    disable(this.halt, !running);
    disable(this.resume, phase !== "stopped" || distance === null);
    this.meter.value = finite(Math.min(2, (outcome?.surprise ?? 0) / threshold));
    this.element.toggleAttribute("data-rings", Boolean(outcome?.rings));
    setText(
      this.value,
      outcome
        ? t("act.surprise.of", { value: decimal(outcome.surprise, 2), threshold: decimal(threshold, 0) })
        : t("act.surprise.none"),
    );
  }
}

/** @param {import("./act-verdict.js").Said} said */
function wordsOf({ kind, count = 0 }) {
  return t(kind === "arrived" && count === 1 ? "act.say.arrived.one" : `act.say.${kind}`, { count });
}
