// @ts-check
import { el, select, setText } from "./dom.js";

/** @typedef {import("../protocol.js").FewshotReport} FewshotReport */
/** @typedef {import("../protocol.js").FewshotScore} FewshotScore */

/** How each classifier is called. @type {["ridge" | "knn", string][]} */
export const CLASSIFIERS = [["ridge", "Ridge regression"], ["knn", "Nearest neighbours"]];

/** How well classes are told apart, each clip by the others: accuracy, and what was taken for what. */
export class ConfusionView {
  #key = "";
  /** @type {FewshotReport | null} */
  #report = null;

  constructor() {
    this.sentences = el("p", { class: "verdict" });
    this.which = select("What was taken for what, by", CLASSIFIERS);
    this.which.addEventListener("change", () => this.#draw());
    this.table = el("table", { class: "confusion" });
    this.scroll = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "What was taken for what" }, this.table);
    this.element = el("div", { class: "part" },
      el("h3", {}, "Are they told apart?"),
      el("p", { class: "caption" }, "Each clip is named by all the others, as if it had not been recorded."),
      this.sentences, this.which, this.scroll);
  }

  /** @param {FewshotReport | null} report */
  update(report) {
    this.element.hidden = !report;
    const key = JSON.stringify(report);
    if (key === this.#key) return;
    this.#key = key;
    this.#report = report;
    if (report) setText(this.sentences, CLASSIFIERS.map(([name, words]) => sentenceOf(words, report[name])).join(" "));
    this.#draw();
  }

  #draw() {
    const report = this.#report;
    if (!report) return;
    const { classes } = report;
    const { confusion } = report[/** @type {"ridge" | "knn"} */ (this.which.value)] ?? report.ridge;
    const head = el("tr", {}, el("th", { scope: "col" }, "taken for"), ...classes.map(({ name }) => el("th", { scope: "col", title: name }, name)));
    const rows = confusion.map((row, truth) => {
      const all = row.reduce((sum, count) => sum + count, 0);
      return el("tr", {}, el("th", { scope: "row", title: classes[truth]?.name ?? "" }, classes[truth]?.name ?? ""), ...row.map((count, told) => cell(count, all, truth === told)));
    });
    this.table.replaceChildren(el("caption", {}, "Clips of each class (rows) by what they were taken for (columns)."), el("thead", {}, head), el("tbody", {}, ...rows));
  }
}

/** @param {number} count @param {number} all  clips of its row @param {boolean} right */
function cell(count, all, right) {
  const td = el("td", { class: right ? "right" : count ? "wrong" : "none" }, String(count));
  td.style.setProperty("--share", `${Math.round(all ? (80 * count) / all : 0)}%`);
  return td;
}

/** @param {string} words @param {FewshotScore} score @returns {string} */
export function sentenceOf(words, { accuracy: { n, value, low, high }, balanced }) {
  const percent = (/** @type {number} */ share) => Math.round(100 * share);
  const told = `${words}: ${percent(value)} % of ${n.toLocaleString("en")} clips right (95 % interval: ${percent(low)} to ${percent(high)})`;
  // Where one class has most of the clips, it alone decides the first figure.
  return percent(balanced) === percent(value) ? `${told}.` : `${told}, ${percent(balanced)} % on average over classes.`;
}
