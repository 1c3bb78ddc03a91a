// @ts-check
import { language, t } from "../../language/words.js";
import { el, emit, keyed } from "../../ui/dom.js";
import { decimal, duration, percent } from "../../ui/format.js";

/** @typedef {import("./act-scores.js").Numbers} Numbers */

/** @type {import("../../language/words.js").Key[]} */
const COLUMNS = [
  "act.numbers.mode",
  "act.numbers.runs",
  "act.numbers.arrived",
  "act.numbers.actions",
  "act.numbers.time",
  "act.numbers.frames",
  "act.numbers.planned",
];

/** The three ways to decide, compared; nothing until there is a run. Dispatches "forget" on its root. */
export class ActNumbersView {
  #shown = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.rows = el("tbody");
    this.scroll = el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", ...keyed({ "aria-label": "act.numbers" }) },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, ...COLUMNS.map((text) => el("th", { scope: "col", ...keyed({ text }) })))),
        this.rows,
      ),
    );
    const forget = el("button", {
      type: "button",
      ...keyed({ text: "act.numbers.forget" }),
      onclick: () => emit(root, "forget"),
    });
    root.append(this.scroll, el("div", { class: "buttons" }, forget));
  }

  /** @param {Numbers[]} rows */
  update(rows) {
    this.root.hidden = !rows.length;
    const key = language() + JSON.stringify(rows);
    if (key === this.#shown) return;
    this.#shown = key;
    this.rows.replaceChildren(...rows.map(rowOf));
  }
}

/** @param {Numbers} numbers */
function rowOf({ mode, runs, arrived, actions, ms, frames, planned }) {
  const cells = [
    String(runs),
    String(arrived),
    decimal(actions, 1),
    duration(ms),
    decimal(frames, 0),
    percent(planned),
  ];
  return el("tr", {}, el("th", { scope: "row" }, t(`act.mode.${mode}`)), ...cells.map((text) => el("td", {}, text)));
}
