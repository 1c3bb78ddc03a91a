// @ts-check
import { language, t } from "../../language/words.js";
import { disable, el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";
import { whatHappens } from "../../ui/laws.js";
import { decimal, finite, hundredths, isNumber, percent, wide } from "../../ui/format.js";

/**
 * @typedef {import("../../engine/protocol.js").ExamKind} ExamKind
 * @typedef {import("../../engine/protocol.js").ExamProbe} ExamProbe
 * @typedef {import("../../engine/protocol.js").ExamReport} ExamReport
 * @typedef {import("../../engine/protocol.js").Share} Share
 * @typedef {import("../../language/words.js").Key} Key
 * @typedef {{report: ExamReport | null, step: number | null, running: boolean, ready: boolean}} ExamData
 *   `report`: of the exam under way, or of the last one; `step`: training steps of what was examined
 */

/** @type {[string, Key][]} */
const WORLDS = [
  ["simple", "exam.simple"],
  ["standard", "exam.standard"],
  ["rich", "exam.rich"],
];
/** Whose features. */
const SOURCES = /** @type {const} */ (["model", "untrained", "pixels"]);

/** What the model has learned. Dispatches "examine" with {world}, and "cancel", on its root. */
export class ExamView {
  #shown = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.world = saidSelect("exam.world", WORLDS);
    this.world.value = "standard";
    this.button = el("button", { type: "button", onclick: () => emit(root, "examine", { world: this.world.value }) });
    this.cancel = el("button", {
      type: "button",
      ...keyed({ text: "exam.cancel" }),
      onclick: () => emit(root, "cancel"),
    });
    this.progress = el("progress", keyed({ "aria-label": "exam.progress" }));
    this.summary = el("p", { class: "verdict", role: "status" });
    this.kinds = el("ul", { class: "bars" });
    this.probes = el("ul", { class: "bars" });
    this.features = el("p", { class: "note" });
    this.alarm = el("p", { class: "note" });
    this.pairs = part("exam.pairs", "exam.pairs.caption", this.kinds, this.alarm);
    this.told = part("exam.probes", "exam.probes.caption", legend(), this.probes);
    this.health = part("exam.features", "exam.features.caption", this.features);
    root.append(
      el("div", { class: "ask" }, this.world, this.button, this.cancel, this.progress),
      this.summary,
      el("div", { class: "results" }, this.pairs, this.told, this.health),
    );
    this.clear();
  }

  /** @param {ExamData} data */
  update(data) {
    const key = language() + JSON.stringify(data);
    if (key === this.#shown) return;
    this.#shown = key;
    const { report, step, running, ready } = data;
    disable(this.button, running || !ready);
    this.world.disabled = running;
    setText(this.button, t(running ? "exam.running" : report ? "exam.again" : "exam.examine"));
    this.cancel.hidden = this.progress.hidden = !running;
    this.progress.max = report?.portions ?? 1;
    this.progress.value = report?.done ?? 0;
    this.summary.hidden = !report?.peak;
    this.summary.setAttribute("aria-live", running ? "off" : "polite"); // the result is said, not each portion
    if (report?.peak) setText(this.summary, summaryOf(report.peak, step));
    this.pairs.hidden = !report?.kinds.length;
    this.told.hidden = !report?.probes.length;
    this.health.hidden = !report?.features;
    if (!report) return;
    const all = report.peak ? [pairRow(t("exam.all"), report.peak, "all")] : [];
    const skipped = report.skipped.map((kind) =>
      el("li", { class: "skipped" }, t("exam.skipped", { kind: whatHappens(kind) })),
    );
    this.kinds.replaceChildren(
      ...all,
      ...report.kinds.map(({ violation, peak }) => pairRow(whatHappens(violation), peak)),
      ...skipped,
    );
    // Exams of older notes didn't ask.
    this.alarm.hidden = !isNumber(report.alarm);
    if (!this.alarm.hidden) setText(this.alarm, t("exam.alarm", { area: decimal(report.alarm, 2) }));
    this.probes.replaceChildren(...report.probes.map(probeRow));
    if (report.features) setText(this.features, featuresOf(report.features));
  }

  clear() {
    this.update({ report: null, step: null, running: false, ready: false });
  }
}

/** @param {Key} title @param {Key} caption @param {...Node} children */
function part(title, caption, ...children) {
  return el(
    "div",
    { class: "part" },
    el("h3", keyed({ text: title })),
    el("p", { class: "caption", ...keyed({ text: caption }) }),
    ...children,
  );
}

function legend() {
  return el(
    "p",
    { class: "whose", "aria-hidden": "true" },
    ...SOURCES.map((source) =>
      el("span", {}, el("i", { class: source }), el("span", keyed({ text: `exam.${source}` }))),
    ),
  );
}

/** @param {string} label @param {Share} share @param {string} [name] */
function pairRow(label, share, name = "") {
  const { low, high, value } = share;
  const band = el("i", { class: "band" });
  band.style.left = wide(low);
  band.style.width = wide(high - low);
  const mark = el("i", { class: "mark" });
  mark.style.left = wide(value);
  const text = el("span", { class: "share" }, intervalOf(share));
  return el(
    "li",
    { class: name },
    el("span", { class: "label" }, label),
    text,
    el("span", { class: "track chance", "aria-hidden": "true" }, band, mark),
  );
}

/** @param {ExamProbe} probe */
function probeRow(probe) {
  const texts = SOURCES.map((source) => `${percent(probe[source].score)} ${t(`exam.${source}`)}`);
  const bars = SOURCES.map((source) => {
    const bar = el("i", { class: source });
    bar.style.width = wide(Math.max(0, finite(probe[source].score)));
    return el("span", { class: "track", "aria-hidden": "true" }, bar);
  });
  const measure = probe.measure === "r2" ? "R²" : t("exam.right", { chance: percent(probe.chance) });
  const text = el(
    "span",
    { class: "share", title: texts.join(", ") },
    el("span", { "aria-hidden": "true" }, SOURCES.map((source) => percent(probe[source].score)).join(" · ")),
    el("span", { class: "sr-only" }, texts.join(", ")),
  );
  return el(
    "li",
    {},
    el("span", { class: "label" }, t(`exam.asked.${probe.asked}`), el("small", {}, ` ${measure}`)),
    text,
    ...bars,
  );
}

/**
 * One sentence on all pairs.
 * @param {Share} share @param {number | null} step @returns {string}
 */
export function summaryOf(share, step) {
  const who =
    step === null ? t("exam.it") : t(step === 1 ? "exam.after.one" : "exam.after", { step: step.toLocaleString("en") });
  const told = t("exam.told", { who, share: percent(share.value), pairs: share.n, range: rangeOf(share) });
  return t(share.low > 0.5 ? "exam.more" : share.high < 0.5 ? "exam.less" : "exam.chance", { told });
}

/** @param {NonNullable<ExamReport["features"]>} features @returns {string} */
export function featuresOf({ effectiveRank, width, std, clips }) {
  return t("exam.differ", { rank: decimal(effectiveRank, 1), width, clips, std: decimal(std, 2) });
}

/** @param {Share} share @returns {string} "72 %, 65 to 78" */
export function intervalOf({ value, low, high }) {
  return `${percent(value)}, ${rangeOf({ low, high })}`;
}

/** @param {{low: number, high: number}} interval @returns {string} "65 to 78" */
function rangeOf({ low, high }) {
  return t("range", { low: hundredths(low), high: hundredths(high) });
}
