// @ts-check
/**
 * Train: the desk with its charts and everything a run is made of, and the exam.
 *
 * @typedef {import("../../app/app.js").App} App
 * @typedef {Pick<App, "opened" | "phase" | "ready" | "history" | "training" | "timings" | "saves" | "desk" | "examiner" | "exam"
 *   | "cancelExam">} TrainApp   what this room may ask of the app
 */
import { download, handle } from "../../ui/dom.js";
import { saveButtons } from "../../ui/save-view.js";
import { DeskView } from "./desk-view.js";
import { ExamView } from "./exam-view.js";
import { ResumeView } from "./resume-view.js";
import { foundSave } from "./save-run.js";

/** @typedef {import("../../ui/painter.js").Painter} Painter */

export class TrainRoom {
  needsLooks = false;
  #app;
  /** @type {number | null | undefined} */
  #wanted;

  /**
   * @param {Record<"desk" | "exam" | "resume", HTMLElement>} roots   `resume` is in sight whatever room is open
   * @param {TrainApp} app
   * @param {(work: () => unknown) => void} act
   */
  constructor(roots, app, act) {
    this.#app = app;
    this.desk = new DeskView(roots.desk);
    this.exam = new ExamView(roots.exam);
    this.resume = new ResumeView(roots.resume);
    const { desk, training } = app;
    const charts = roots.desk.querySelector(".charts");
    const within = /** @type {HTMLElement} */ (charts ?? roots.desk);
    roots.desk.prepend(saveButtons({ name: "vjepa-training", within, rows: () => this.#rows() }));
    const report = () => (app.examiner.current ?? app.examiner.last)?.report ?? null;
    roots.exam.prepend(saveButtons({ name: "vjepa-exam", json: report }));
    handle(roots.desk, act, {
      tune: (change) => desk.tune(change),
      switch: ({ part, on }) => desk.switchPart(part, on),
      rewind: ({ step, whole }) => desk.rewind(step, whole),
      show: ({ step }) => this.#scrub(step),
      "export-run": () => this.#export(),
      "import-run": async ({ file }) => desk.importRun(new Uint8Array(await file.arrayBuffer())),
      rename: ({ id, name }) => training.arrange((runs) => runs.rename(id, name)),
      hide: ({ id, hidden }) => training.arrange((runs) => runs.hide(id, hidden)),
      remove: ({ id }) => training.arrange((runs) => runs.remove(id)),
    });
    handle(roots.exam, act, { examine: ({ world }) => app.exam({ world }), cancel: () => app.cancelExam() });
    handle(roots.resume, act, { resume: () => app.saves.resume(), discard: () => app.saves.discard() });
  }

  update() {
    const { opened, phase, training, timings, saves, history, examiner } = this.#app;
    const { recipe, rates, engines, moments, shown, alarm } = training;
    this.desk.update({
      ready: Boolean(recipe),
      training: phase === "training",
      step: opened?.step ?? 0,
      before: history.before,
      stepMs: timings.stepMs,
      engines,
      recipe,
      rates,
      causal: opened?.model.causal ?? false,
      moments,
      shown,
      alarm,
      runs: this.#runs(),
      saved: saves.state,
    });
    // The exam under way, or the last one of these weights; steps count in all.
    const { current } = examiner;
    const exam = current ?? examiner.last;
    const step = exam ? history.before + exam.step : null;
    this.exam.update({ report: exam?.report ?? null, step, running: Boolean(current), ready: this.#app.ready });
  }

  /** A save of a run that may be gone on with. */
  offer() {
    const { offer } = this.#app.saves;
    this.resume.update(offer && foundSave(offer));
  }

  /** Steps were taken. */
  trained() {
    this.desk.trained(this.#app.opened?.step ?? 0, performance.now());
  }

  draw() {
    this.desk.draw(this.#runs());
  }

  /** Runs as the charts want them. @returns {import("./charts-view.js").RunData[]} */
  #runs() {
    return this.#app.training.runs.all.map((run) => {
      const { id, name, colour, hidden, step, before, firstStep, losses, vitals, marks } = run;
      const exams = run.exams.flatMap(({ step, average }) => (average === null ? [] : [{ step, average }]));
      exams.sort((a, b) => a.step - b.step);
      return { id, name, colour, hidden, step, before, firstStep, losses, vitals, marks, exams };
    });
  }

  /** What the charts show, a row a step. */
  #rows() {
    return this.#runs().flatMap(({ name, firstStep, losses, vitals, exams }) => {
      const health = new Map(vitals.map((vital) => [vital.step, vital]));
      const scores = new Map(exams.map(({ step, average }) => [step, average]));
      return losses.map((loss, i) => {
        const step = firstStep + i + 1;
        const { std = null, effectiveRank = null } = health.get(step) ?? {};
        return { run: name, step, loss, std, effectiveRank, exam: scores.get(step) ?? null };
      });
    });
  }

  /** Shows the kept model that the reader stopped at; those passed by on the way are left out. @param {number | null} step */
  async #scrub(step) {
    const waiting = this.#wanted !== undefined;
    this.#wanted = step;
    if (waiting) return;
    const { training, desk } = this.#app;
    try {
      while (this.#wanted !== training.shown) await desk.show(this.#wanted ?? null);
    } finally {
      this.#wanted = undefined;
    }
  }

  async #export() {
    const run = /** @type {Uint8Array<ArrayBuffer>} */ (await this.#app.desk.exportRun());
    const name = this.#app.history.name.replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase();
    download(new Blob([run]), `vjepa-${name}-step${this.#app.opened?.step ?? 0}.run.safetensors`);
  }
}
