// @ts-check
/**
 * Act: a world model that acts in a room seen from above. What it is asked goes on only while somebody looks.
 *
 * @typedef {import("../../app/app.js").App} App
 * @typedef {Pick<App, "addEventListener" | "changed" | "engine" | "opened" | "ready">} ActApp   what this room may ask of
 *   the app
 */
import { el, handle } from "../../ui/dom.js";
import { STILL_MS, lessMotion } from "../../ui/motion.js";
import { saveButtons } from "../../ui/save-view.js";
import { ActControlsView } from "./act-controls-view.js";
import { ActExaminer } from "./act-exam.js";
import { ActExamView, savedRows } from "./act-exam-view.js";
import { ActNumbersView } from "./act-numbers-view.js";
import { ActPicturesView } from "./act-pictures-view.js";
import { ActPlannerView } from "./act-planner-view.js";
import { MODES } from "./act-scores.js";
import { ActVerdictView } from "./act-verdict-view.js";
import { Acting } from "./acting.js";
import { fetchActor } from "./actor-file.js";
import { TwoRoomsView } from "./two-rooms-view.js";

/** Pixels a side of a picture of the room at most: it is drawn on the CPU. */
const MOST_PIXELS = 1120;

export class ActRoom {
  needsLooks = false;
  #app;
  /** The room is open. */
  #open = false;
  #drives = false;
  /** The agent is of the engine's own model. */
  #own = false;
  /** The model that comes with the page, kept for another engine. @type {Uint8Array | undefined} */
  #file;
  /** Why settings of the planner were refused. @type {import("../../base/messages.js").Message | null} */
  #refused = null;
  /** Who waits for somebody to look. @type {(() => void)[]} */
  #waiting = [];

  /**
   * @param {Record<"act" | "act-numbers" | "act-exam", HTMLElement>} roots
   * @param {ActApp} app
   * @param {(work: () => unknown) => void} act
   * @param {typeof fetch} get
   */
  constructor(roots, app, act, get) {
    this.#app = app;
    this.rooms = new TwoRoomsView();
    this.verdict = new ActVerdictView();
    this.controls = new ActControlsView();
    this.pictures = new ActPicturesView();
    this.planner = new ActPlannerView();
    this.numbers = new ActNumbersView(roots["act-numbers"]);
    this.exam = new ActExamView(roots["act-exam"]);
    this.acting = new Acting({
      ask: (request) => app.engine.act(request),
      settled: () => app.engine.settled(),
      model: async () => {
        this.#own = Boolean(app.opened?.model.actions);
        return this.#own ? null : (this.#file ??= await fetchActor(get));
      },
      size: () => Math.min(MOST_PIXELS, this.rooms.pixels),
      away: () => this.#away,
      now: () => performance.now(),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      still: () => (lessMotion() ? STILL_MS : 0),
      changed: () => app.changed(),
    });
    this.examiner = new ActExaminer({
      ask: (request) => this.acting.ask(request),
      end: () => this.acting.ask({ type: "actor-end-exam" }),
      present: () => this.#present(),
      changed: () => app.changed(),
    });
    this.#lay(roots);
    this.#wire(roots, act);
    // Another model of the engine is another agent, if either of them has actions.
    app.addEventListener("opened", () => (this.#own || app.opened?.model.actions) && this.acting.close());
    document.addEventListener("visibilitychange", () => this.#wake());
  }

  /** It is open. */
  update() {
    this.#open = true;
    this.#wake();
    const { acting, examiner } = this;
    const { phase, info, room, problem, recovering } = acting;
    if (this.#app.ready && phase === "closed" && !problem) acting.open();
    const ready = Boolean(info) && phase !== "closed" && phase !== "opening";
    const { truth = null, distance = null } = room ?? {};
    const { frame, thought, landscape, said, actions, outcome, mode, surprised, future } = acting;
    const [drives, thinking] = [this.#drives, phase === "thinking"];
    const { threshold = NaN, arrived = 0, size = 0, reflex = true } = info ?? {};
    this.rooms.update({ frame, room, thought, thinking, landscape, drives, arrived });
    this.verdict.update({ phase, recovering, said, problem, actions, distance, outcome, threshold });
    const modes = reflex ? MODES : MODES.filter((one) => one === "plan");
    this.controls.update({ ready, mode, modes, truth, drives, landscape: acting.showsLandscape });
    this.pictures.update({ surprised, future, size });
    this.planner.update({
      settings: acting.planner,
      distance: Boolean(acting.info?.distance),
      problem: this.#refused,
    });
    this.numbers.update(acting.scores.rows);
    this.exam.update({ report: examiner.report, running: examiner.running, ready, problem: examiner.problem });
  }

  /** Another room is open: what is being done is done to its end, and nothing after it. */
  leave() {
    this.#open = false;
    if (this.acting.problem && this.acting.phase === "closed") this.acting.problem = null; // it is tried again
  }

  get #away() {
    return !this.#open || document.hidden;
  }

  /** @returns {Promise<void>} when somebody looks */
  #present() {
    return this.#away ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  #wake() {
    if (!this.#away) for (const go of this.#waiting.splice(0)) go();
  }

  /** @param {Record<"act" | "act-numbers" | "act-exam", HTMLElement>} roots */
  #lay(roots) {
    const { rooms, verdict, controls, pictures, planner, examiner } = this;
    roots.act.append(
      el(
        "div",
        { class: "arena" },
        rooms.element,
        el("div", { class: "beside" }, verdict.element, controls.element, planner.element),
      ),
      pictures.element,
    );
    rooms.frame.append(saveButtons({ name: "vjepa-act", within: rooms.frame }));
    const json = () => examiner.report;
    roots["act-exam"].prepend(saveButtons({ name: "vjepa-act-exam", rows: () => savedRows(examiner.report), json }));
    const rows = () => this.acting.scores.rows.map((row) => ({ ...row }));
    roots["act-numbers"].prepend(saveButtons({ name: "vjepa-act-numbers", rows }));
  }

  /** @param {Record<"act" | "act-numbers" | "act-exam", HTMLElement>} roots @param {(work: () => unknown) => void} act */
  #wire(roots, act) {
    const { acting, examiner } = this;
    const push = (/** @type {{push: [number, number]}} */ { push }) => acting.push(push);
    handle(this.rooms.element, act, { go: ({ goal }) => acting.go(goal), push, halt: () => acting.stop() });
    handle(this.verdict.element, act, { halt: () => acting.stop(), resume: () => acting.goOn() });
    handle(this.controls.element, act, {
      mode: ({ mode }) => acting.setMode(mode),
      meddle: ({ how }) => acting.meddle(how),
      enter: ({ blocks }) => acting.enter(blocks),
      drive: ({ on }) => this.#drive(on),
      push,
      landscape: ({ on }) => acting.showLandscape(on),
    });
    handle(this.planner.element, act, { planner: (change) => this.#plan(change) });
    handle(roots["act-numbers"], act, { forget: () => acting.forgetScores() });
    handle(roots["act-exam"], act, {
      examine: ({ episodes }) => examiner.take(episodes),
      end: () => examiner.stop(),
    });
  }

  /** @param {boolean} on */
  #drive(on) {
    this.#drives = on;
    if (on) this.rooms.canvas.focus({ preventScroll: true });
    this.#app.changed();
    return on && this.acting.stop();
  }

  /** What is refused is said beside what was set. @param {Partial<import("../../engine/protocol.js").PlanSettings>} change */
  async #plan(change) {
    this.#refused = null;
    try {
      await this.acting.setPlanner(change);
    } catch (error) {
      this.#refused = /** @type {import("../../base/messages.js").Message} */ (error);
    }
    this.#app.changed();
  }
}
