// @ts-check
/**
 * An exam of the agent, episode by episode, so that all else goes on between them and the table can be watched as it fills.
 * It rests while nobody looks.
 *
 * @typedef {import("../../engine/protocol.js").ActExamSettings} ActExamSettings
 * @typedef {import("../../engine/protocol.js").ActReport} ActReport
 *
 * @typedef {object} ExamDesk
 * @property {(request: {type: "actor-exam", settings?: ActExamSettings}) => Promise<ActReport>} ask
 * @property {() => Promise<any>} end
 * @property {() => Promise<void>} present   resolves when somebody looks
 * @property {() => void} changed
 */
import { FailureError, toFailure } from "../../base/errors.js";

/** Who decides in it, one after the other. @type {ActExamSettings["conditions"]} */
export const CONDITIONS = ["random", "straight", "reflex", "plan", "check"];
/** Rooms of exams are the same each time, so that models can be compared. */
const SEED = 1;
/** Engines that an exam may lose before it gives up. */
const RESTARTS = 3;

export class ActExaminer {
  /** So far. @type {ActReport | null} */
  report = null;
  running = false;
  /** @type {import("../../base/errors.js").Failure | null} */
  problem = null;
  #stopped = false;
  #desk;

  /** @param {ExamDesk} desk */
  constructor(desk) {
    this.#desk = desk;
  }

  /** @param {number} episodes  of each condition @param {ActExamSettings["conditions"]} [conditions] */
  async take(episodes, conditions = CONDITIONS) {
    if (this.running) throw new FailureError("busy", "An exam is under way: wait for it or cancel it.");
    this.running = true;
    this.#stopped = false;
    this.report = this.problem = null;
    this.#desk.changed();
    try {
      await this.#all({ seed: SEED, episodes, conditions });
    } catch (error) {
      this.problem = toFailure(error);
    }
    this.running = false;
    this.#desk.changed();
  }

  /** What came of it so far stays. */
  stop() {
    this.#stopped = true;
    this.#desk.changed();
  }

  /** @param {ActExamSettings} settings */
  async #all(settings) {
    for (let [begun, restarts] = [false, 0]; !this.#stopped;) {
      await this.#desk.present();
      if (this.#stopped) break;
      try {
        const report = await this.#desk.ask({ type: "actor-exam", settings: begun ? undefined : settings });
        begun = true;
        this.report = report;
        this.#desk.changed();
        if (report.done >= report.portions) return;
      } catch (error) {
        // The agent was opened again, and knows of no exam: the same episodes are played anew.
        if (/** @type {any} */ (error).code !== "no-exam" || ++restarts > RESTARTS) throw error;
        begun = false;
      }
    }
    await this.#desk.end();
  }
}
