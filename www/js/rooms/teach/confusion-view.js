// @ts-check
import { language, t } from "../../language/words.js";
import { el, keyed, saidSelect, setText } from "../../ui/dom.js";
import { hundredths } from "../../ui/format.js";

/** @typedef {import("../../engine/protocol.js").FewshotReport} FewshotReport */
/** @typedef {import("../../engine/protocol.js").FewshotScore} FewshotScore */

/** How each classifier is called. @type {["ridge" | "knn", import("../../language/words.js").Key][]} */
export const CLASSIFIERS = [
  ["ridge", "confusion.ridge"],
  ["knn", "confusion.knn"],
];

/** Classes in a square table; of more than that, as many mistakes are listed. */
const SQUARE = 20;

/** How well classes are told apart, each clip by the others: accuracy, and what was taken for what. */
export class ConfusionView {
  /** @type {FewshotReport | null} */
  #report = null;
  /** Sentences and table are said in this language. */
  #spoken = language();

  constructor() {
    this.sentences = el("p", { class: "verdict" });
    this.which = saidSelect("confusion.which", CLASSIFIERS);
    this.which.addEventListener("change", () => this.#draw());
    this.table = el("table", { class: "confusion" });
    this.scroll = el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", ...keyed({ "aria-label": "confusion.region" }) },
      this.table,
    );
    this.element = el(
      "div",
      { class: "part" },
      el("h3", keyed({ text: "confusion.heading" })),
      el("p", { class: "caption", ...keyed({ text: "confusion.caption" }) }),
      this.sentences,
      this.which,
      this.scroll,
    );
  }

  /** @param {FewshotReport | null} report */
  update(report) {
    this.element.hidden = !report;
    if (report === this.#report && this.#spoken === language()) return;
    this.#report = report;
    this.#spoken = language();
    if (report) setText(this.sentences, CLASSIFIERS.map(([name, key]) => sentenceOf(t(key), report[name])).join(" "));
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
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, t("confusion.for")),
    ...names.map((name) => el("th", { scope: "col", title: name }, name)),
  );
  const rows = confusion.map((row, truth) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    const name = names[truth] ?? "";
    return el(
      "tr",
      {},
      el("th", { scope: "row", title: name }, name),
      ...row.map((count, told) => cell(count, all, truth === told)),
    );
  });
  return [el("caption", {}, t("confusion.square")), el("thead", {}, head), el("tbody", {}, ...rows)];
}

/** The most frequent mistakes. @param {string[]} names @param {number[][]} confusion */
function worst(names, confusion) {
  const mistakes = confusion.flatMap((row, truth) =>
    row.map((count, told) => ({ truth, told, count })).filter(({ told, count }) => count && told !== truth),
  );
  const rows = mistakes
    .sort((a, b) => b.count - a.count)
    .slice(0, SQUARE)
    .map(({ truth, told, count }) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, names[truth] ?? ""),
        el("th", {}, names[told] ?? ""),
        el("td", { class: "none" }, String(count)),
      ),
    );
  const head = el(
    "tr",
    {},
    .../** @type {const} */ (["confusion.class", "confusion.for", "confusion.clips"]).map((key) =>
      el("th", { scope: "col" }, t(key)),
    ),
  );
  return [
    el("caption", {}, t(rows.length ? "confusion.worst" : "confusion.right")),
    el("thead", {}, head),
    el("tbody", {}, ...rows),
  ];
}

/** @param {number} count @param {number} all  clips of its row @param {boolean} right */
function cell(count, all, right) {
  const td = el("td", { class: right ? "right" : count ? "wrong" : "none" }, String(count));
  td.style.setProperty("--share", `${Math.round(all ? (80 * count) / all : 0)}%`);
  return td;
}

/** @param {string} words @param {FewshotScore} score @returns {string} */
export function sentenceOf(words, { accuracy: { n, value, low, high }, balanced }) {
  const told = t("confusion.told", {
    who: words,
    share: hundredths(value),
    clips: n.toLocaleString("en"),
    range: t("range", { low: hundredths(low), high: hundredths(high) }),
  });
  // Where one class has most of the clips, it alone decides the first figure.
  return hundredths(balanced) === hundredths(value)
    ? t("confusion.whole", { told })
    : t("confusion.balanced", { told, share: hundredths(balanced) });
}
