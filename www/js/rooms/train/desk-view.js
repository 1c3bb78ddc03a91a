// @ts-check
import { CollapseView, AblationView } from "./ablation-view.js";
import { ChartsView } from "./charts-view.js";
import { el } from "../../ui/dom.js";
import { ProgressView } from "./progress-view.js";
import { RunsView } from "./runs-view.js";
import { TimelineView } from "./timeline-view.js";
import { TuningView } from "./tuning-view.js";

/**
 * @typedef {object} DeskData
 * @property {boolean} ready          a model that learns is open
 * @property {boolean} training
 * @property {number} step
 * @property {number} before          steps its weights were trained before this run
 * @property {number | null | undefined} stepMs
 * @property {number | null} engines    that had a part in the last step
 * @property {import("../../engine/protocol.js").Recipe | null} recipe
 * @property {{learningRate: number, momentum: number} | null} rates   as of the last step
 * @property {boolean} causal         it is a frame-causal model
 * @property {{step: number}[]} moments
 * @property {number | null} shown
 * @property {import("./training.js").Alarm | null} alarm
 * @property {import("./charts-view.js").RunData[]} runs
 * @property {import("./autosave.js").SaveState} saved
 */

/**
 * The training desk. Dispatches on its root, with the detail in brackets: "tune" (what changed), "switch" {part, on},
 * "show" {step; null: now}, "rewind" {step, whole?}, "rename" {id, name}, "hide" {id, hidden}, "remove" {id},
 * "export-run", "import-run" {file}.
 */
export class DeskView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.pulse = new ProgressView();
    this.alarm = new CollapseView(root);
    this.timeline = new TimelineView(root);
    this.runs = new RunsView(root);
    this.tuning = new TuningView(root);
    this.breaking = new AblationView(root);
    const charts = el("div", { class: "charts" });
    this.charts = new ChartsView(charts);
    const levers = el("div", { class: "levers" }, this.runs.element, this.tuning.element, this.breaking.element);
    root.append(
      this.pulse.element,
      this.alarm.element,
      this.timeline.element,
      el("div", { class: "works" }, charts, levers),
    );
  }

  /** @param {DeskData} data */
  update({
    ready,
    training,
    step,
    before,
    stepMs,
    engines,
    recipe,
    rates,
    causal,
    moments,
    shown,
    alarm,
    runs,
    saved,
  }) {
    const exam = runs.at(-1)?.exams.at(-1) ?? null;
    // A horizon of one step is no plan: such a schedule stays as it is for ever.
    const planned = recipe && recipe.schedule.horizon > 1 ? recipe.schedule.horizon : null;
    this.pulse.update({ training, step, before, planned, stepMs, engines, exam, saved });
    this.alarm.update(alarm);
    this.timeline.update({ moments, shown, step });
    this.runs.update(runs, ready);
    this.tuning.update(recipe, rates, { causal, step });
    this.breaking.update(recipe);
  }

  /** So many steps were taken by now. @param {number} step @param {number} now  ms */
  trained(step, now) {
    this.pulse.trained(step, now);
  }

  /** @param {import("./charts-view.js").RunData[]} runs */
  draw(runs) {
    this.charts.update(runs);
  }
}
