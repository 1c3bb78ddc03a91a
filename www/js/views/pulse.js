// @ts-check
import { el, setText } from "./dom.js";
import { Pace, timeLeft } from "./pace.js";

/**
 * @typedef {object} PulseData
 * @property {boolean} training
 * @property {number} step
 * @property {number} before           steps its weights were trained before this run
 * @property {number | null} planned   steps of the recipe's schedule
 * @property {number | null | undefined} stepMs
 * @property {{step: number, average: number} | null} exam   the last one
 * @property {import("../autosave.js").SaveState} saved
 */

/** How training goes, in four figures. */
export class PulseView {
  #pace = new Pace();

  constructor() {
    this.figures = { step: figure("step"), rate: figure("steps a second"), exam: figure("last exam"), saved: figure("saved") };
    this.element = el("dl", { class: "pulse" }, ...Object.values(this.figures).map(({ element }) => element));
  }

  /** So many steps were taken by now. @param {number} step @param {number} now  ms */
  trained(step, now) {
    this.#pace.add(step, now);
  }

  /** @param {PulseData} data */
  update({ training, step, before, planned, stepMs, exam, saved }) {
    if (!training) this.#pace = new Pace();
    const rate = this.#pace.rate() ?? (stepMs ? 1000 / stepMs : undefined);
    const left = planned && rate && step < planned ? (planned - step) / rate : undefined;
    const notes = [planned && `of ${planned.toLocaleString("en")} planned`, before && `trained before on ${before.toLocaleString("en")}`];
    this.figures.step.show(step.toLocaleString("en"), notes.filter(Boolean).join("; "));
    this.figures.rate.show(rate ? rate.toFixed(rate < 10 ? 1 : 0) : "–", planned && step >= planned ? "the plan is done" : left ? timeLeft(left) : "");
    this.figures.exam.show(exam ? `${Math.round(exam.average * 100)} %` : "–", exam ? `at step ${exam.step.toLocaleString("en")}` : "none yet");
    this.figures.saved.show(...savedWords(saved));
    this.figures.saved.element.toggleAttribute("data-bad", saved.state === "failed" || saved.state === "elsewhere");
  }
}

/** @param {import("../autosave.js").SaveState} saved @returns {[string, string]} */
function savedWords({ state, step, savedAt, message }) {
  const value = savedAt ? `step ${step.toLocaleString("en")}` : "–";
  if (message) return [value, message];
  if (state === "saving") return [value, "saving…"];
  if (!savedAt) return [value, "as soon as it trains"];
  return [value, `at ${new Date(savedAt).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}, survives a reload`];
}

/** @param {string} label */
function figure(label) {
  const value = el("span", { class: "big" }, "–");
  const note = el("span", { class: "note" });
  const element = el("div", {}, el("dt", {}, label), el("dd", {}, value, note));
  /** @param {string} text @param {string} more */
  const show = (text, more) => (setText(value, text), setText(note, more));
  return { element, show };
}
