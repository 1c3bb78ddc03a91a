// @ts-check
import { say } from "../../language/words.js";
import { el, said, setText } from "../../ui/dom.js";
import { decimal, finite, hundredths, isNumber, percent } from "../../ui/format.js";
import { reasonOf } from "../../ui/reason.js";

/**
 * @typedef {import("./trust.js").Verdict} VerdictData
 * @typedef {import("../../language/words.js").Key} Key
 */

/** A fast answer beside what the slow one makes of it. */
export class VerdictView {
  constructor() {
    this.head = el("b", {}, "–");
    this.words = el("p");
    this.share = el("meter", { min: 0, max: 1, value: 0, ...said({ "aria-label": "wait.share" }) });
    this.surprise = el("meter", { min: 0, max: 1, value: 0, ...said({ "aria-label": "wait.surprise" }) });
    this.confidence = el("dd", {}, "–");
    this.peak = el("dd", {}, "–");
    const row = (/** @type {Key} */ text, /** @type {HTMLElement} */ value, /** @type {HTMLElement} */ meter) =>
      el("div", {}, el("dt", said({ text })), value, meter);
    this.element = el(
      "div",
      { class: "answer", "data-answer": "none" },
      el("div", {}, this.head, this.words),
      el("dl", {}, row("wait.label", this.confidence, this.share), row("wait.peak", this.peak, this.surprise)),
    );
  }

  /** @param {VerdictData | null} verdict @param {number | null} peak  deviations @param {number} threshold */
  update(verdict, peak, threshold) {
    const { answer = "none", label = null } = verdict ?? {};
    this.element.dataset.answer = answer;
    setText(this.head, verdict ? say(`wait.${answer}`) : "–");
    setText(this.words, verdict ? wordsOf(verdict) : "");
    setText(this.confidence, label ? `${label.name}, ${percent(label.share)}` : say("wait.nothing"));
    this.confidence.title = label?.name ?? "";
    setText(this.peak, !isNumber(peak) ? "–" : say("wait.of", { peak: decimal(peak, 1), threshold }));
    this.share.value = finite(label?.share);
    this.surprise.value = finite(Math.min(1, Math.max(0, finite(peak) / threshold)));
  }
}

/** What the two say together, in one or two sentences. @param {VerdictData} verdict @returns {string} */
export function wordsOf({ answer, label, reason: why }) {
  const reason = why ? reasonOf(why) : "";
  if (!label)
    return why ? say("wait.words.none.surprised", { reason, none: say("wait.words.none") }) : say("wait.words.none");
  const named = say("wait.named", { name: label.name, percent: hundredths(label.share) });
  if (answer === "unsure" && why) return say("wait.words.surprised", { named, reason });
  return say(`wait.words.${answer}`, { named, reason });
}
