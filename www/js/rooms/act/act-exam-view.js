// @ts-check
import { translate } from "../../language/translate.js";
import { language, t } from "../../language/words.js";
import { disable, el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";
import { decimal, hundredths, percent } from "../../ui/format.js";

/**
 * @typedef {import("../../engine/protocol.js").Acted} Acted
 * @typedef {import("../../engine/protocol.js").ActReport} ActReport
 * @typedef {{report: ActReport | null, running: boolean, ready: boolean, problem: import("../../base/messages.js").Message | null}} ActExamData
 */

/** @type {import("../../language/words.js").Key[]} */
const COLUMNS = [
  "act.exam.who",
  "act.exam.episodes",
  "act.exam.success",
  "act.exam.detour",
  "act.exam.actions",
  "act.exam.imagined",
  "act.exam.planned",
];

/** How often it arrives, by who decides. Dispatches on its root: "examine" {episodes}, "end". */
export class ActExamView {
  #shown = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.episodes = saidSelect("act.exam.length", [
      ["20", "act.exam.20"],
      ["50", "act.exam.50"],
      ["200", "act.exam.200"],
    ]);
    this.episodes.value = "20";
    this.begin = el("button", {
      type: "button",
      ...keyed({ text: "act.exam.examine" }),
      onclick: () => emit(root, "examine", { episodes: Number(this.episodes.value) }),
    });
    this.end = el("button", { type: "button", ...keyed({ text: "act.exam.end" }), onclick: () => emit(root, "end") });
    this.progress = el("progress", keyed({ "aria-label": "act.exam.progress" }));
    this.problem = el("p", { class: "note bad", role: "alert" });
    this.rows = el("tbody");
    this.results = el(
      "div",
      { class: "scroll", hidden: true, tabindex: 0, role: "region", ...keyed({ "aria-label": "act.exam.table" }) },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, ...COLUMNS.map((text) => el("th", { scope: "col", ...keyed({ text }) })))),
        this.rows,
      ),
    );
    root.append(
      el("div", { class: "ask" }, this.episodes, this.begin, this.end, this.progress),
      this.problem,
      this.results,
    );
  }

  /** @param {ActExamData} data */
  update({ report, running, ready, problem }) {
    disable(this.begin, running || !ready);
    this.episodes.disabled = running;
    this.end.hidden = this.progress.hidden = !running;
    this.progress.max = report?.portions ?? 1;
    this.progress.value = report?.done ?? 0;
    setText(this.problem, translate(problem));
    this.results.hidden = !report?.conditions.length;
    const key = language() + JSON.stringify(report);
    if (key === this.#shown) return;
    this.#shown = key;
    this.rows.replaceChildren(...(report?.conditions ?? []).map(rowOf));
  }
}

/** @param {Acted} acted */
function rowOf({ condition, episodes, success, detour, actions, imagined, planned }) {
  const { low, high } = success;
  const share = `${percent(success.value)} (${t("range", { low: hundredths(low), high: hundredths(high) })})`;
  const cells = [
    String(episodes),
    share,
    decimal(detour, 2),
    decimal(actions, 1),
    decimal(imagined, 0),
    percent(planned),
  ];
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, t(`act.who.${condition}`)),
    ...cells.map((text) => el("td", {}, text)),
  );
}

/** For a table of its own. @param {ActReport | null} report */
export function savedRows(report) {
  return (report?.conditions ?? []).map(({ condition, success, rang, noticed, ...rest }) => ({
    condition,
    ...rest,
    success: success.value,
    low: success.low,
    high: success.high,
    rang: rang.value,
    noticed: noticed?.value ?? null,
  }));
}
