// @ts-check
/** An agent without a model, in a room without physics: a push moves it, and what it decides can be told before. */

export const PLANNER = {
  method: "cem",
  cost: "sum",
  energy: "time",
  horizon: 6,
  candidates: 8,
  rounds: 2,
  elites: 2,
  momentum: [0, 0],
  temperature: 0.2,
  persistence: 0.7,
  spread: [0.8, 0.8],
  limit: [1, 1],
  least: [0, 0],
  replan: 2,
};
const REFUSED = "The planner's horizon must be between 1 and 64, not 99: change it.";
/** How far the strongest push moves it. */
const STRIDE = 0.1;
const ARRIVED = 0.08;

const round = () => ({ paths: [[[0.5, 0.5]], [[0.6, 0.5]]], costs: [2, 1] });

/** @param {string} code @param {string} message */
const refused = (code, message) => Object.assign(new Error(message), { code });

export class FakeActor {
  /** @type {string[]} */
  calls = [];
  position = [0.2, 0.5];
  velocity = [0, 0];
  wall = 0.5;
  open = true;
  /** @type {number[] | null} */
  goal = null;
  mode = "check";
  freed = false;
  /** What `next` answers in turn; without it the reflex goes straight ahead. @type {any[]} */
  steps = [];
  /** Whether the next actions surprise it. @type {boolean[]} */
  rings = [];
  /** Episodes asked of how many; null without an exam. @type {{done: number, portions: number} | null} */
  exam = null;
  /** Before the next answer of `next` or `act`. @type {() => any} */
  hook = () => undefined;
  reflex = true;
  distance = true;
  /** @type {number[][]} */
  blocks = [];

  /** @param {string} of  what it was made of @param {number} seed */
  constructor(of, seed) {
    this.calls.push(`open ${of} ${seed}`);
  }
  info() {
    const { reflex, distance } = this;
    return JSON.stringify({
      ...{ name: "actor", step: 5, size: 2, reflex, distance, threshold: 1, arrived: ARRIVED, planner: PLANNER },
      conditions: ["random", "check"],
    });
  }
  room() {
    const { goal, position, velocity, wall } = this;
    const distance = goal && Math.hypot(at(goal, 0) - at(position, 0), at(goal, 1) - at(position, 1));
    return JSON.stringify({
      truth: {
        agent: { position, velocity },
        blocks: this.blocks,
        wall: { vertical: true, at: wall },
        door: { at: 0.5, width: 0.2, open: this.open },
      },
      goal,
      distance,
      arrived: distance !== null && distance < ARRIVED,
    });
  }
  /** @param {number} size */
  render(size) {
    return new Uint8Array(4 * size * size).fill(Math.round(100 * at(this.position, 0)));
  }
  /** @param {number} size */
  renderGoal(size) {
    return new Uint8Array(this.goal ? 4 * size * size : 0);
  }
  /** @param {number} seed @param {number} blocks */
  enter(seed, blocks) {
    this.calls.push(`enter ${seed} ${blocks}`);
    this.position = [0.2, 0.5];
    this.goal = null;
  }
  /** @param {number} x @param {number} y */
  goTo(x, y) {
    this.calls.push(`go ${x} ${y}`);
    this.goal = [x, y];
  }
  rest() {
    this.goal = null;
  }
  /** @param {string} mode */
  setMode(mode) {
    this.mode = JSON.parse(mode);
    this.calls.push(`mode ${this.mode}`);
  }
  /** @param {string} settings */
  setPlanner(settings) {
    const { horizon } = JSON.parse(settings);
    if (horizon > 64) throw refused("bad-plan", REFUSED);
    this.calls.push(`planner ${horizon}`);
  }
  async next() {
    this.calls.push("next");
    await this.hook();
    if (!this.goal) throw refused("no-goal", "There is no goal yet: choose a place first.");
    return JSON.stringify(this.steps.shift() ?? this.#straight());
  }
  #straight() {
    const { goal, position } = this;
    const off = [0, 1].map((axis) => Math.max(-1, Math.min(1, (at(goal ?? [], axis) - at(position, axis)) / STRIDE)));
    return decided(off);
  }
  stop() {
    this.calls.push("stop");
    this.steps = [];
  }
  /** @param {number} x @param {number} y */
  async act(x, y) {
    this.calls.push("act");
    await this.hook();
    this.position = [at(this.position, 0) + STRIDE * x, at(this.position, 1) + STRIDE * y];
    const rings = this.rings.shift() ?? false;
    return JSON.stringify({ surprise: rings ? 2 : 0.3, rings });
  }
  /** @param {string} how */
  meddle(how) {
    const { door, wall = 0, shove, blocks, place } = JSON.parse(how);
    this.calls.push(`meddle ${how}`);
    if (door !== undefined) this.open = door;
    this.wall += wall;
    if (shove) this.velocity = shove;
    if (blocks) this.blocks = blocks;
    if (place) this.position = place;
  }
  /** @param {number} side */
  async landscape(side) {
    this.calls.push("landscape");
    return new Float32Array(side * side);
  }
  expected() {
    return new Uint8Array(16).fill(7);
  }
  async future() {
    this.calls.push("future");
    return new Uint8Array(3 * 16);
  }
  /** @param {string} settings */
  beginExam(settings) {
    const { episodes, conditions } = JSON.parse(settings);
    this.calls.push(`exam ${episodes}`);
    this.exam = { done: 0, portions: episodes * conditions.length };
  }
  async examine() {
    if (!this.exam) throw refused("no-exam", "No exam is under way on this engine: begin another one.");
    this.exam.done += 1;
    return JSON.stringify({ ...this.exam, conditions: [] });
  }
  endExam() {
    this.exam = null;
    this.calls.push("end exam");
  }
  free() {
    this.freed = true;
  }
}

/** @param {number[]} list @param {number} index */
const at = (list, index) => list[index] ?? 0;

/** A decision. @param {number[]} action @param {any} [more] */
export const decided = (action, more = {}) => ({
  decided: { action, planned: false, wait: null, energy: 1, frames: 3, ...more },
  thought: null,
});

/** A round of planning, of which so many are still to come; then a plan. @param {number} left @param {"fruitless" | "surprise" | null} [wait] */
export const thinking = (left, wait = null) => ({
  decided: null,
  thought: { rounds: [round()], plan: [1, 0], left, wait },
});

/** What is decided at the end of it. @param {any} [more] */
export const planned = (more = {}) => ({
  ...decided([1, 0], { planned: true, frames: 96, ...more }),
  thought: { rounds: [round(), round()], plan: [1, 0], left: 0, wait: null },
});
