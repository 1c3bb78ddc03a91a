// @ts-check
import { Chart } from "../../ui/chart.js";
import { el, keyed } from "../../ui/dom.js";
import { decimal, percent } from "../../ui/format.js";
import { runningMean, thin } from "../../ui/smooth.js";

/**
 * @typedef {object} RunData
 * @property {string} id
 * @property {string} name
 * @property {number} colour
 * @property {boolean} hidden
 * @property {number} step            the last one it has had
 * @property {number} before          steps its weights were trained before that
 * @property {number} firstStep
 * @property {number[]} losses        one a step, from `firstStep` on
 * @property {{step: number, std: number, effectiveRank: number}[]} vitals
 * @property {{step: number, what: string}[]} marks
 * @property {{step: number, average: number}[]} exams
 */

/** @param {number} value */
const whole = (value) => decimal(value, value < 10 ? 1 : 0);

/** Loss, exam and health of all runs, one over the other, along the same steps. */
export class ChartsView {
  /** @param {HTMLElement} root */
  constructor(root) {
    const point = (/** @type {number | null} */ step) => this.charts.forEach((chart) => chart.point(step));
    this.loss = new Chart(
      root,
      { id: "loss", label: "chart.loss", empty: "chart.loss.empty", format: (value) => decimal(value, 3) },
      point,
    );
    this.exam = new Chart(
      root,
      { id: "exam-curve", label: "chart.exam", empty: "chart.exam.empty", format: percent, scale: percent },
      point,
    );
    this.std = new Chart(root, { id: "spread", label: "chart.spread", empty: "chart.health.empty", from: 0 }, point);
    this.rank = new Chart(
      root,
      { id: "rank", label: "chart.rank", empty: "chart.health.empty", from: 0, format: whole },
      point,
    );
    root.append(el("p", { class: "note", ...keyed({ text: "charts.note" }) }));
    this.charts = [this.loss, this.exam, this.std, this.rank];
  }

  /** @param {RunData[]} runs  the current one last */
  update(runs) {
    const shown = runs.filter(({ hidden, losses, exams }) => !hidden && losses.length + exams.length);
    /** @type {[number, number]} */
    const span = shown.length
      ? [Math.min(...shown.map(({ firstStep }) => firstStep)), Math.max(...shown.map(({ step }) => step))]
      : [0, 1];
    /** @param {(run: RunData) => {steps: number[], values: number[], faint?: number[]}} curve */
    const curves = (curve) =>
      shown.map((run) => ({
        name: run.name,
        colour: run.colour,
        marks: run.marks,
        current: run === runs.at(-1),
        ...curve(run),
      }));
    this.loss.update(curves(lossOf), span);
    this.exam.update(
      curves(({ exams }) => ({ steps: exams.map(({ step }) => step), values: exams.map(({ average }) => average) })),
      span,
    );
    this.std.update(
      curves((run) => vitalsOf(run, "std")),
      span,
    );
    this.rank.update(
      curves((run) => vitalsOf(run, "effectiveRank")),
      span,
    );
  }
}

/** @param {RunData} run */
function lossOf({ firstStep, losses }) {
  const [steps = [], faint = [], values = []] = thin([
    losses.map((_, i) => firstStep + i + 1),
    losses,
    runningMean(losses),
  ]);
  return { steps, values, faint };
}

/** @param {RunData} run @param {"std"|"effectiveRank"} which */
function vitalsOf({ vitals }, which) {
  const [steps = [], values = []] = thin([vitals.map(({ step }) => step), vitals.map((point) => point[which])]);
  return { steps, values };
}
