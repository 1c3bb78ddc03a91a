// @ts-check
/**
 * Runs: from a model's first step here until another model takes its place. Each has a name, a colour and its curves;
 * they lie over one another in the charts, and travel, exams included, as the notes of a run file.
 *
 * @typedef {{step: number, what: string}} Mark   somebody changed something
 * @typedef {{name: string, before: number}} Origin   of weights that are not random: what they are called, and steps they had
 */
import { examOf, shortened } from "./exam-record.js";
import { History } from "./training-history.js";

/** Colours there are; views know which. */
export const COLOURS = 6;
/** More than these could not be told apart; the oldest go first. */
const MOST_RUNS = COLOURS;
const DIGITS = 5;

export class Run extends History {
  hidden = false;
  /** Steps its weights were trained before it began. */
  before = 0;
  /** @type {Mark[]} */
  marks = [];
  /** Oldest first. @type {import("./exam-record.js").Exam[]} */
  exams = [];

  /** @param {string} id @param {string} name @param {number} colour  0..COLOURS */
  constructor(id, name, colour) {
    super();
    this.id = id;
    this.name = name;
    this.colour = colour;
  }

  /** @param {number} step @override */
  restart(step) {
    super.restart(step);
    this.marks = this.marks.filter((mark) => mark.step <= step);
    this.exams = this.exams.filter((exam) => exam.step <= step);
  }

  /** @param {number} step @param {string} what */
  mark(step, what) {
    this.marks.push({ step, what });
  }

  /** The last step it has had. */
  get step() {
    return this.firstStep + this.losses.length;
  }

  get empty() {
    return !this.losses.length && !this.exams.length;
  }

  toJSON() {
    const { id, name, colour, hidden, before, firstStep, marks } = this;
    const vitals = this.vitals.map(({ step, std, effectiveRank }) => [step, short(std), short(effectiveRank)]);
    return {
      id,
      name,
      colour,
      hidden,
      before,
      firstStep,
      losses: this.losses.map(short),
      vitals,
      marks,
      exams: shortened(this.exams),
    };
  }
}

export class Runs {
  /** Oldest first; the last one is the current one. @type {Run[]} */
  all = [];

  constructor() {
    this.begin(0);
  }

  /** The one that the open model belongs to. */
  get current() {
    return /** @type {Run} */ (this.all.at(-1));
  }

  /** Another model. A run that never took a step or an exam leaves no trace. @param {number} step @param {Partial<Origin>} [origin] */
  begin(step, { name, before = 0 } = {}) {
    this.all = this.all.filter((run) => !run.empty).slice(1 - MOST_RUNS);
    const run = new Run(newId(), name === undefined ? `Run ${this.#number()}` : this.#unused(name), this.#colour());
    run.before = before;
    run.restart(step);
    this.all.push(run);
  }

  /** @param {string} id @param {string} name */
  rename(id, name) {
    const run = this.#find(id);
    const trimmed = name.trim().slice(0, 40);
    if (run && trimmed) run.name = trimmed;
  }

  /** @param {string} id @param {boolean} hidden */
  hide(id, hidden) {
    const run = this.#find(id);
    if (run) run.hidden = hidden;
  }

  /** All but the current one can be removed. @param {string} id */
  remove(id) {
    this.all = this.all.filter((run) => run.id !== id || run === this.current);
  }

  /** What a run file says of the curves. */
  notes() {
    return JSON.stringify({ runs: this.all.filter((run) => !run.empty || run === this.current) });
  }

  /** The curves of a run file join those that are here, and its last one is the current run. @param {string} notes @param {number} step  where it goes on */
  adopt(notes, step) {
    const runs = parsed(notes);
    if (!runs.length) return this.begin(step);
    const ids = new Set(runs.map(({ id }) => id));
    this.all = [...this.all.filter((run) => !run.empty && !ids.has(run.id)), ...runs].slice(-MOST_RUNS);
    this.#recolour();
    this.current.hidden = false;
    this.current.restart(step);
  }

  /** @param {string} id */
  #find(id) {
    return this.all.find((run) => run.id === id);
  }

  #number() {
    return 1 + Math.max(this.all.length, ...this.all.map(({ name }) => Number(/^Run (\d+)$/.exec(name)?.[1] ?? 0)));
  }

  /** @param {string} name */
  #unused(name) {
    const taken = new Set(this.all.map((run) => run.name));
    let [unused, count] = [name, 1];
    while (taken.has(unused)) unused = `${name} ${++count}`;
    return unused;
  }

  /** The first that is free. */
  #colour() {
    const taken = new Set(this.all.map(({ colour }) => colour));
    return Array.from({ length: COLOURS }, (_, i) => i).find((colour) => !taken.has(colour)) ?? 0;
  }

  /** No two runs have one colour: the current one keeps its own. */
  #recolour() {
    const taken = new Set();
    for (const run of [...this.all].reverse()) {
      if (taken.has(run.colour))
        run.colour = Array.from({ length: COLOURS }, (_, i) => i).find((colour) => !taken.has(colour)) ?? 0;
      taken.add(run.colour);
    }
  }
}

/** Enough digits to draw a curve. @param {number} value */
const short = (value) => Number(value.toPrecision(DIGITS));

const newId = () => `${Date.now().toString(36)}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`;

/** What of the notes makes sense: they come from a file that anybody may have written. @param {string} notes @returns {Run[]} */
function parsed(notes) {
  try {
    const { runs } = JSON.parse(notes);
    return runs.map(runOf);
  } catch {
    return [];
  }
}

/** @param {any} json  as `Run.toJSON` */
function runOf({ id, name, colour, hidden, before = 0, firstStep, losses, vitals, marks, exams = [] }) {
  const run = new Run(String(id), String(name).slice(0, 40), Math.abs(Math.trunc(Number(colour) || 0)) % COLOURS);
  run.hidden = Boolean(hidden);
  run.before = wholeNumber(before);
  run.firstStep = wholeNumber(firstStep);
  run.losses = losses.map(numberOf);
  run.vitals = vitals.map((/** @type {number[]} */ [step, std, effectiveRank]) => ({
    step: wholeNumber(step),
    std: numberOf(std),
    effectiveRank: numberOf(effectiveRank),
  }));
  run.health = {
    std: run.vitals.map(({ std }) => std),
    effectiveRank: run.vitals.map(({ effectiveRank }) => effectiveRank),
  };
  run.marks = marks.map((/** @type {Mark} */ { step, what }) => ({ step: wholeNumber(step), what: String(what) }));
  run.exams = exams.map(examOf);
  return run;
}

/** What was none is null in JSON, and no 0. @param {unknown} value */
const numberOf = (value) => (value === null ? NaN : Number(value));

/** @param {unknown} value */
function wholeNumber(value) {
  if (!Number.isInteger(value) || Number(value) < 0) throw new TypeError("not a step");
  return Number(value);
}
