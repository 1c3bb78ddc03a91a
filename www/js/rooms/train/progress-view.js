// @ts-check
import { translate } from "../../language/translate.js";
import { locale, t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { decimal, percent } from "../../ui/format.js";
import { Pace, timeLeft } from "../../ui/transfer-rate.js";

/**
 * @typedef {object} ProgressData
 * @property {boolean} training
 * @property {number} step
 * @property {number} before           steps its weights were trained before this run
 * @property {number | null} planned   steps of the recipe's schedule
 * @property {number | null | undefined} stepMs
 * @property {number | null} engines    that had a part in the last step, each on a core
 * @property {{step: number, average: number} | null} exam   the last one
 * @property {import("./autosave.js").SaveState} saved
 */

/** How training goes, in four figures. */
export class ProgressView {
  #pace = new Pace();

  constructor() {
    this.figures = {
      step: figure("pulse.step"),
      rate: figure("pulse.rate"),
      exam: figure("pulse.exam"),
      saved: figure("pulse.saved"),
    };
    this.element = el("dl", { class: "pulse" }, ...Object.values(this.figures).map(({ element }) => element));
  }

  /** So many steps were taken by now. @param {number} step @param {number} now  ms */
  trained(step, now) {
    this.#pace.add(step, now);
  }

  /** @param {ProgressData} data */
  update({ training, step, before, planned, stepMs, engines, exam, saved }) {
    if (!training) this.#pace = new Pace();
    const rate = this.#pace.rate() ?? (stepMs ? 1000 / stepMs : undefined);
    const left = planned && rate && step < planned ? (planned - step) / rate : undefined;
    const notes = [
      planned && t("pulse.planned", { steps: planned.toLocaleString("en") }),
      before && t("pulse.before", { steps: before.toLocaleString("en") }),
    ];
    this.figures.step.show(step.toLocaleString("en"), notes.filter(Boolean).join("; "));
    const pace = [
      planned && step >= planned ? t("pulse.done") : left && timeLeft(left),
      engines && t("pulse.cores", { cores: engines }),
    ];
    this.figures.rate.show(rate ? decimal(rate, rate < 10 ? 1 : 0) : "–", pace.filter(Boolean).join("; "));
    this.figures.exam.show(
      exam ? percent(exam.average) : "–",
      exam ? t("pulse.at", { step: exam.step.toLocaleString("en") }) : t("pulse.none"),
    );
    this.figures.saved.show(...savedWords(saved));
    this.figures.saved.element.toggleAttribute("data-bad", saved.state === "failed" || saved.state === "elsewhere");
  }
}

/** @param {import("./autosave.js").SaveState} saved @returns {[string, string]} */
function savedWords({ state, step, savedAt, message }) {
  const value = savedAt ? t("pulse.value", { step: step.toLocaleString("en") }) : "–";
  if (message) return [value, translate(message)];
  if (state === "saving") return [value, t("pulse.saving")];
  if (!savedAt) return [value, t("pulse.soon")];
  return [
    value,
    t("pulse.survives", {
      time: new Date(savedAt).toLocaleTimeString(locale(), {
        hour: "2-digit",
        minute: "2-digit",
      }),
    }),
  ];
}

/** @param {import("../../language/words.js").Key} label */
function figure(label) {
  const value = el("span", { class: "big" }, "–");
  const note = el("span", { class: "note" });
  const element = el("div", {}, el("dt", keyed({ text: label })), el("dd", {}, value, note));
  /** @param {string} text @param {string} more */
  const show = (text, more) => (setText(value, text), setText(note, more));
  return { element, show };
}
