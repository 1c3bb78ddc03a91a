// @ts-check
/**
 * The tour: seven steps that explain the page with the page. A step may do something; leaving it takes that back.
 *
 * @typedef {import("../engine/protocol.js").MaskKind} MaskKind
 * @typedef {import("./trial-training.js").UndoableAction} UndoableAction
 *
 * @typedef {object} TourActions            what a step may do
 * @property {() => MaskKind} mask
 * @property {(mask: MaskKind) => Promise<any>} setMask
 * @property {() => boolean} learns   a model is open that can be trained
 * @property {() => string} room          the one that is open
 * @property {(name: string) => void} open   another room
 * @property {(steps: number, without: (keyof import("../engine/protocol.js").Ablation)[]) => UndoableAction} trial
 *
 * @typedef {"context"|"mask"|"predictor"|"target"|"collapse"|"surprise"|"limits"} StepName
 *
 * @typedef {object} Step
 * @property {StepName} name          its words are `tour.NAME.title` and so on
 * @property {string} room            the room that has to be open
 * @property {string} spot            a selector of what it is about; the first on the page counts
 * @property {(means: TourActions) => UndoableAction} [enter]   done at once
 * @property {(means: TourActions) => UndoableAction} [act]     done when the reader asks for it; it needs a model that learns
 *
 * @typedef {"offered"|"unable"|"acting"|"acted"} ActState
 * @typedef {{at: number, steps: number, name: StepName, spot: string, act: ActState | null}} TourState   `at`: from 0
 */

/** @param {MaskKind} mask @returns {(means: TourActions) => UndoableAction} */
const hide = (mask) => (means) => {
  const before = means.mask();
  return { done: means.setMask(mask), undo: () => means.setMask(before) };
};

/** @type {Step[]} */
export const STEPS = [
  { name: "surprise", room: "watch", spot: ".sight" },
  { name: "context", room: "inside", spot: "#clip", enter: hide("short") },
  { name: "mask", room: "inside", spot: "#clip", enter: hide("future") },
  { name: "predictor", room: "inside", spot: "#features", enter: hide("long") },
  { name: "target", room: "train", spot: "#desk", act: (means) => means.trial(10, []) },
  {
    name: "collapse",
    room: "train",
    spot: "#desk .breaking",
    act: (means) => means.trial(60, ["ema", "stopGradient"]),
  },
  { name: "limits", room: "train", spot: "#exam" },
];

/** Where the reader is on the tour. Dispatches "change". */
export class Tour extends EventTarget {
  /** @type {number | null} */
  #at = null;
  /** @type {"offered"|"acting"|"acted"} */
  #act = "offered";
  /** The room that was open before the tour. */
  #before = "";
  /** What the step did, to be taken back. @type {UndoableAction[]} */
  #deeds = [];
  #tail = Promise.resolve();
  #means;

  /** @param {TourActions} means */
  constructor(means) {
    super();
    this.#means = means;
  }

  /** Null while there is no tour. @returns {TourState | null} */
  get state() {
    if (this.#at === null) return null;
    const { name, spot, act } = this.#step();
    const state = this.#act === "offered" && !this.#means.learns() ? "unable" : this.#act;
    return { at: this.#at, steps: STEPS.length, name, spot, act: act ? state : null };
  }

  start() {
    this.#before = this.#means.room();
    return this.#go(0);
  }

  /** To the next step, or back by one. @param {1 | -1} by */
  move(by) {
    if (this.#at === null) return this.#tail;
    const to = this.#at + by;
    return this.#go(to >= STEPS.length ? null : Math.max(0, to));
  }

  end() {
    return this.#go(null);
  }

  /** Does what the step offers; what went wrong is the page's to say. */
  async act() {
    if (this.state?.act !== "offered") return;
    const step = this.#step();
    const deed = step.act?.(this.#means);
    if (!deed) return;
    this.#deeds.push(deed);
    this.#is("acting");
    const went = await deed.done.then(
      () => true,
      () => false,
    );
    if (this.#deeds.includes(deed)) this.#is(went ? "acted" : "offered");
  }

  #step() {
    return /** @type {Step} */ (STEPS[this.#at ?? 0]);
  }

  /** The words change at once; what was done is taken back behind them, before anything new is done. @param {number | null} to */
  #go(to) {
    const deeds = this.#deeds.splice(0).reverse();
    this.#at = to;
    this.#means.open(to === null ? this.#before : this.#step().room);
    this.#is("offered");
    this.#tail = this.#tail.then(async () => {
      for (const deed of deeds) await deed.undo().catch(() => {}); // the page says why
      if (to !== null && this.#at === to && !this.#deeds.length) this.#enter();
    });
    return this.#tail;
  }

  #enter() {
    const deed = this.#step().enter?.(this.#means);
    if (!deed) return;
    this.#deeds.push(deed);
    deed.done.catch(() => {});
  }

  /** @param {"offered"|"acting"|"acted"} act */
  #is(act) {
    this.#act = act;
    this.dispatchEvent(new Event("change"));
  }
}
