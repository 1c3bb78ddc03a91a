// @ts-check
/**
 * Examines the model portion by portion, so that looks and training go on between them and the score can be watched as it
 * rises; what came of an exam is kept with the run that it is of.
 *
 * @typedef {import("../../engine/protocol.js").ExamReport} ExamReport
 * @typedef {import("../../engine/protocol.js").ExamSettings} ExamSettings
 * @typedef {import("../../engine/protocol.js").ModelInfo} ModelInfo
 *
 * @typedef {object} Desk
 * @property {(settings?: ExamSettings) => Promise<ExamReport>} ask   the first portion of a new exam, or the next
 * @property {() => Promise<any>} end
 * @property {() => number} step   of the weights that are examined
 * @property {() => {exams: import("./exam-record.js").Exam[]}} run   whose weights these are
 * @property {(error: any) => Promise<boolean>} recover   after an error: true if an engine is there to go on
 * @property {() => void} changed
 */
import { FailureError } from "../../base/errors.js";

/** What a laptop's CPU answers in a few minutes about a model of 256 tokens. */
const PAIRS = 20;
const PROBES = { train: 300, validation: 100, test: 200 };
const NO_PROBES = { train: 0, validation: 0, test: 0 };
/** Values of a frame's features above which those of all scenes would not fit into an engine's memory. */
const PROBED = 65_536;
/** Engines that an exam may lose before it gives up. */
const RESTARTS = 3;

const CANCELLED = new FailureError("cancelled.exam", "The exam was cancelled.");

/** What is asked unless something else is said. @param {ModelInfo} model @param {Partial<ExamSettings>} [asked] @returns {ExamSettings} */
export function examSettings({ grid: [, rows, columns], width }, asked = {}) {
  const probes = rows * columns * width > PROBED ? NO_PROBES : PROBES;
  return { seed: 1, world: "standard", pairs: PAIRS, probes, ...asked };
}

export class Examiner {
  /** The one under way. @type {{step: number, report: ExamReport | null} | null} */
  current = null;
  #cancelled = false;
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    this.#desk = desk;
  }

  /** The last one of the weights there are now. */
  get last() {
    return this.#desk.run().exams.at(-1);
  }

  /** Rejects with "cancelled" if somebody does. @param {ExamSettings} settings @returns {Promise<ExamReport>} */
  async take(settings) {
    if (this.current) throw new FailureError("busy", "An exam is under way: wait for it or cancel it.");
    const [run, step] = [this.#desk.run(), this.#desk.step()];
    this.#cancelled = false;
    this.current = { step, report: null };
    this.#desk.changed();
    try {
      const report = await this.#all(settings, step);
      run.exams.push({ step, average: report.peak?.value ?? null, report });
      return report;
    } finally {
      this.current = null;
      this.#desk.changed();
    }
  }

  /** What came of it so far is forgotten. */
  cancel() {
    if (this.current) this.#cancelled = true;
  }

  /** @param {ExamSettings} settings @param {number} step @returns {Promise<ExamReport>} */
  async #all(settings, step) {
    let begun = false;
    for (let restarts = 0; ;) {
      try {
        const report = await this.#desk.ask(begun ? undefined : settings);
        begun = true;
        if (this.#cancelled) break;
        this.current = { step, report };
        this.#desk.changed();
        if (report.done >= report.portions) return report;
      } catch (error) {
        // The session moved to another engine, or its engine was rebuilt: the same questions are asked anew.
        if (
          this.#cancelled ||
          ++restarts > RESTARTS ||
          !(/** @type {any} */ (error).code === "no-exam" || (await this.#desk.recover(error)))
        )
          throw this.#cancelled ? CANCELLED : error;
        begun = false;
      }
    }
    await this.#desk.end();
    throw CANCELLED;
  }
}
