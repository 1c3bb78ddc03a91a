// @ts-check
import { el, setText } from "./dom.js";

/**
 * @typedef {object} VerdictData
 * @property {"none" | "unknown" | "sure" | "unsure" | "wait"} answer
 * @property {{name: string, share: number} | null} label
 * @property {string} words
 */

/** What the two say together; the label itself is in the words beside it. */
const HEADS = { none: "No label yet", unknown: "Not yet known", sure: "Sure", unsure: "Unsure", wait: "Wait" };

/** A fast answer beside what the slow one makes of it. */
export class VerdictView {
  constructor() {
    this.head = el("b", {}, "–");
    this.words = el("p");
    this.share = el("meter", { min: 0, max: 1, value: 0, "aria-label": "Confidence of the label" });
    this.surprise = el("meter", { min: 0, max: 1, value: 0, "aria-label": "Surprise, as a share of the threshold" });
    this.confidence = el("dd", {}, "–");
    this.peak = el("dd", {}, "–");
    const row = (/** @type {string} */ name, /** @type {HTMLElement} */ value, /** @type {HTMLElement} */ meter) => el("div", {}, el("dt", {}, name), value, meter);
    this.element = el("div", { class: "answer", "data-answer": "none" }, el("div", {}, this.head, this.words),
      el("dl", {}, row("fast label", this.confidence, this.share), row("surprise", this.peak, this.surprise)));
  }

  /** @param {VerdictData | null} verdict @param {number | null} peak  deviations @param {number} threshold */
  update(verdict, peak, threshold) {
    const { answer = "none", label = null, words = "" } = verdict ?? {};
    this.element.dataset.answer = answer;
    setText(this.head, verdict ? HEADS[answer] : "–");
    setText(this.words, words);
    setText(this.confidence, label ? `${label.name}, ${Math.round(100 * label.share)} %` : "none");
    this.confidence.title = label?.name ?? "";
    setText(this.peak, peak === null ? "–" : `${peak.toFixed(1)} of ${threshold}`);
    this.share.value = label?.share ?? 0;
    this.surprise.value = Math.min(1, Math.max(0, (peak ?? 0) / threshold));
  }
}
