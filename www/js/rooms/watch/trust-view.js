// @ts-check
import { t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { decimal, finite, hundredths, isNumber, percent } from "../../ui/format.js";
import { reasonOf } from "../../ui/reason.js";

/**
 * @typedef {{name: string, share: number}} Label   what the clip is taken for, and how surely, 0..1
 *
 * @typedef {object} TrustData   a fast label checked by surprise; the engine judges
 * @property {import("../../engine/protocol.js").Trust["verdict"]} answer
 * @property {Label | null} label
 * @property {Reason | null} reason   what is surprising; null while nothing is
 * @property {number[]} places        of the reason, hottest first
 *
 * @typedef {object} Reason
 * @property {number} patches         0: the surprise is fading
 * @property {import("../../engine/protocol.js").Part | null} where   roughly where their middle is, if there are any
 * @property {Since | null} since
 *
 * @typedef {{ms: number, frames: number}} Since   how long ago the alarm began
 * @typedef {import("../../language/words.js").Key} Key
 */

/** A fast answer beside what the slow one makes of it. */
export class TrustView {
  constructor() {
    this.head = el("b", {}, "–");
    this.words = el("p");
    this.share = el("meter", { min: 0, max: 1, value: 0, ...keyed({ "aria-label": "wait.share" }) });
    this.surprise = el("meter", { min: 0, max: 1, value: 0, ...keyed({ "aria-label": "wait.surprise" }) });
    this.confidence = el("dd", {}, "–");
    this.peak = el("dd", {}, "–");
    const row = (/** @type {Key} */ text, /** @type {HTMLElement} */ value, /** @type {HTMLElement} */ meter) =>
      el("div", {}, el("dt", keyed({ text })), value, meter);
    this.element = el(
      "div",
      { class: "answer", "data-answer": "none" },
      el("div", {}, this.head, this.words),
      el("dl", {}, row("wait.label", this.confidence, this.share), row("wait.peak", this.peak, this.surprise)),
    );
  }

  /** @param {TrustData | null} verdict @param {number | null} peak  deviations @param {number} threshold */
  update(verdict, peak, threshold) {
    const { answer = "none", label = null } = verdict ?? {};
    this.element.dataset.answer = answer;
    setText(this.head, verdict ? t(`wait.${answer}`) : "–");
    setText(this.words, verdict ? wordsOf(verdict) : "");
    setText(this.confidence, label ? `${label.name}, ${percent(label.share)}` : t("wait.nothing"));
    this.confidence.title = label?.name ?? "";
    setText(this.peak, !isNumber(peak) ? "–" : t("wait.of", { peak: decimal(peak, 1), threshold }));
    this.share.value = finite(label?.share);
    this.surprise.value = finite(Math.min(1, Math.max(0, finite(peak) / threshold)));
  }
}

/** What the two say together, in one or two sentences. @param {TrustData} verdict @returns {string} */
export function wordsOf({ answer, label, reason: why }) {
  const reason = why ? reasonOf(why) : "";
  if (!label)
    return why ? t("wait.words.none.surprised", { reason, none: t("wait.words.none") }) : t("wait.words.none");
  const named = t("wait.named", { name: label.name, percent: hundredths(label.share) });
  if (answer === "unsure" && why) return t("wait.words.surprised", { named, reason });
  if (answer === "wait" && !why) return t("wait.words.waited", { named });
  return t(`wait.words.${answer}`, { named, reason });
}
