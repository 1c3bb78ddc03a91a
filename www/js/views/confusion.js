// @ts-check
import { el, select, setText } from "./dom.js";

/** @typedef {import("../protocol.js").FewshotReport} FewshotReport */
/** @typedef {import("../protocol.js").FewshotScore} FewshotScore */

/** How each classifier is called. @type {["ridge" | "knn", string][]} */
export const CLASSIFIERS = [["ridge", "Ridge regression"], ["knn", "Nearest neighbours"]];

/** Classes in a square table; of more than that, as many mistakes are listed. */
const SQUARE = 20;

/** How well classes are told apart, each clip by the others: accuracy, and what was taken for what. */
export class ConfusionView {
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
    if (report === this.#report) return;
    this.#report = report;
    if (report) setText(this.sentences, CLASSIFIERS.map(([name, words]) => sentenceOf(words, report[name])).join(" "));
    this.#draw();
  }

  #draw() {
    const report = this.#report;
    if (!report) return;
    const { confusion } = report[/** @type {"ridge" | "knn"} */ (this.which.value)] ?? report.ridge;
    const names = report.classes.map(({ name }) => name);
    this.table.replaceChildren(...(names.length > SQUARE ? worst(names, confusion) : square(names, confusion)));
  }
}

/** All of them. @param {string[]} names @param {number[][]} confusion */
function square(names, confusion) {
  const head = el("tr", {}, el("th", { scope: "col" }, "taken for"), ...names.map((name) => el("th", { scope: "col", title: name }, name)));
  const rows = confusion.map((row, truth) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    const name = names[truth] ?? "";
    return el("tr", {}, el("th", { scope: "row", title: name }, name), ...row.map((count, told) => cell(count, all, truth === told)));
  });
  return [el("caption", {}, "Clips of each class (rows) by what they were taken for (columns)."), el("thead", {}, head), el("tbody", {}, ...rows)];
}

/** The most frequent mistakes. @param {string[]} names @param {number[][]} confusion */
function worst(names, confusion) {
  const mistakes = confusion.flatMap((row, truth) => row.map((count, told) => ({ truth, told, count })).filter(({ told, count }) => count && told !== truth));
  const rows = mistakes.sort((a, b) => b.count - a.count).slice(0, SQUARE).map(({ truth, told, count }) =>
    el("tr", {}, el("th", { scope: "row" }, names[truth] ?? ""), el("th", {}, names[told] ?? ""), el("td", { class: "none" }, String(count))));
  const head = el("tr", {}, ...["class", "taken for", "clips"].map((text) => el("th", { scope: "col" }, text)));
  return [el("caption", {}, rows.length ? "What was mistaken most often." : "Nothing was mistaken."), el("thead", {}, head), el("tbody", {}, ...rows)];
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
