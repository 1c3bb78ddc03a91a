// @ts-check
import { el, emit, select, setText } from "./dom.js";

/**
 * @typedef {import("../protocol.js").ExamKind} ExamKind
 * @typedef {import("../protocol.js").ExamProbe} ExamProbe
 * @typedef {import("../protocol.js").ExamReport} ExamReport
 * @typedef {import("../protocol.js").Share} Share
 * @typedef {{report: ExamReport | null, step: number | null, running: boolean, ready: boolean}} ExamData
 *   `report`: of the exam under way, or of the last one; `step`: training steps of what was examined
 */

/** @type {[string, string][]} */
const WORLDS = [["simple", "Gliding discs"], ["standard", "Falling, bouncing, hidden"], ["rich", "Crowded, moving camera"]];

/** What can't be, in a few words. @type {Record<string, string>} */
const KINDS = {
  vanish: "vanishes in full view",
  "vanish-hidden": "vanishes behind a pillar",
  teleport: "is suddenly elsewhere",
  colour: "changes colour",
  shape: "changes shape",
  size: "changes size",
  "pass-through": "goes through a block",
  reverse: "turns round for no reason",
  "gravity-off": "stops falling",
};

/** @type {Record<ExamProbe["asked"], string>} */
const ASKED = { position: "where it is", velocity: "how it moves", colour: "its colour", shape: "its shape", count: "how many there are" };
/** Whose features, as the legend calls them. */
const SOURCES = /** @type {const} */ ([["model", "this model"], ["untrained", "random weights"], ["pixels", "raw pixels"]]);

/** What the model has learned. Dispatches "examine" with {world}, and "cancel", on its root. */
export class ExamView {
  #shown = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.world = select("World of the exam", WORLDS);
    this.world.value = "standard";
    this.button = el("button", { type: "button", onclick: () => emit(root, "examine", { world: this.world.value }) }, "Examine");
    this.cancel = el("button", { type: "button", onclick: () => emit(root, "cancel") }, "Cancel");
    this.progress = el("progress", { "aria-label": "Progress of the exam" });
    this.summary = el("p", { class: "verdict", role: "status" });
    this.kinds = el("ul", { class: "bars" });
    this.probes = el("ul", { class: "bars" });
    this.features = el("p", { class: "facts" });
    this.pairs = part("Is it surprised by what can't be?", "The same scene twice, and in one clip something happens that can't: how often the place it was most wrong about was further off there. The line is chance; the band is the interval of 95 %.", this.kinds);
    this.told = part("What can be told from its features?", "A linear map reads them from the end of a clip: 100 % is perfect. Features are worth as much as they add to random weights and raw pixels.", legend(), this.probes);
    this.health = part("Do its features differ?", "Over many clips. If all were alike, one direction would do, and the deviation would be 0.", this.features);
    root.append(el("div", { class: "ask" }, this.world, this.button, this.cancel, this.progress), this.summary, el("div", { class: "results" }, this.pairs, this.told, this.health));
    this.clear();
  }

  /** @param {ExamData} data */
  update(data) {
    const key = JSON.stringify(data);
    if (key === this.#shown) return;
    this.#shown = key;
    const { report, step, running, ready } = data;
    this.button.disabled = running || !ready;
    this.world.disabled = running;
    setText(this.button, running ? "Examining…" : report ? "Examine again" : "Examine");
    this.cancel.hidden = this.progress.hidden = !running;
    this.progress.max = report?.portions ?? 1;
    this.progress.value = report?.done ?? 0;
    this.summary.hidden = !report?.peak;
    if (report?.peak) setText(this.summary, summaryOf(report.peak, step));
    this.pairs.hidden = !report?.kinds.length;
    this.told.hidden = !report?.probes.length;
    this.health.hidden = !report?.features;
    if (!report) return;
    const all = report.peak ? [pairRow("all of them", report.peak, "all")] : [];
    const skipped = report.skipped.map((kind) => el("li", { class: "skipped" }, `An object ${KINDS[kind] ?? kind}: not to be seen in clips this short.`));
    this.kinds.replaceChildren(...all, ...report.kinds.map(({ violation, peak }) => pairRow(KINDS[violation] ?? violation, peak)), ...skipped);
    this.probes.replaceChildren(...report.probes.map(probeRow));
    if (report.features) setText(this.features, featuresOf(report.features));
  }

  clear() {
    this.update({ report: null, step: null, running: false, ready: false });
  }
}

/** @param {string} title @param {string} caption @param {...Node} children */
function part(title, caption, ...children) {
  return el("div", { class: "part" }, el("h3", {}, title), el("p", { class: "caption" }, caption), ...children);
}

function legend() {
  return el("p", { class: "whose", "aria-hidden": "true" }, ...SOURCES.map(([source, name]) => el("span", {}, el("i", { class: source }), name)));
}

/** @param {string} label @param {Share} share @param {string} [name] */
function pairRow(label, share, name = "") {
  const { low, high, value } = share;
  const band = el("i", { class: "band" });
  band.style.left = percent(low);
  band.style.width = percent(high - low);
  const mark = el("i", { class: "mark" });
  mark.style.left = percent(value);
  const text = el("span", { class: "share" }, intervalOf(share));
  return el("li", { class: name }, el("span", { class: "label" }, label), text, el("span", { class: "track chance", "aria-hidden": "true" }, band, mark));
}

/** @param {ExamProbe} probe */
function probeRow(probe) {
  const texts = SOURCES.map(([source, name]) => `${whole(probe[source].score)} ${name}`);
  const bars = SOURCES.map(([source]) => {
    const bar = el("i", { class: source });
    bar.style.width = percent(Math.max(0, probe[source].score));
    return el("span", { class: "track", "aria-hidden": "true" }, bar);
  });
  const measure = probe.measure === "r2" ? "R²" : `right; chance is ${whole(probe.chance)}`;
  const text = el("span", { class: "share", title: texts.join(", ") }, whole(probe.model.score), el("span", { class: "sr-only" }, ` (${texts.join(", ")})`));
  return el("li", {}, el("span", { class: "label" }, ASKED[probe.asked], el("small", {}, ` ${measure}`)), text, ...bars);
}

/**
 * One sentence on all pairs.
 * @param {Share} share @param {number | null} step @returns {string}
 */
export function summaryOf(share, step) {
  const after = step === null ? "It" : `After ${step.toLocaleString("en")} ${step === 1 ? "step" : "steps"} it`;
  const told = `${after} told ${whole(share.value)} of ${share.n} pairs apart (95 % interval: ${rangeOf(share)})`;
  if (share.low > 0.5) return `${told}: more than chance, which is 50 %.`;
  if (share.high < 0.5) return `${told}: less than chance, so what can be surprises it more than what can't.`;
  return `${told}: chance alone, 50 %, could do that.`;
}

/** @param {NonNullable<ExamReport["features"]>} features @returns {string} */
export function featuresOf({ effectiveRank, width, std, clips }) {
  return `${effectiveRank.toFixed(1)} of ${width} directions are in use over ${clips} clips; the deviation is ${std.toFixed(2)}.`;
}

/** @param {Share} share @returns {string} "72 %, 65 to 78" */
export function intervalOf({ value, low, high }) {
  return `${whole(value)}, ${rangeOf({ low, high })}`;
}

/** @param {{low: number, high: number}} interval @returns {string} "65 to 78" */
function rangeOf({ low, high }) {
  return `${Math.round(100 * low)} to ${Math.round(100 * high)}`;
}

/** @param {number} share @returns {string} */
function whole(share) {
  return `${Math.round(100 * share)} %`;
}

/** For a style. @param {number} share @returns {string} */
function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}
