// @ts-check
/**
 * A run of the agent from the goal to the arrival: it decides, acts, looks what came of it, and so on, until it is there,
 * somebody stops it, or nobody looks any more. One decision or action at a time, so that all else goes on between them.
 *
 * @typedef {import("../../base/errors.js").Failure} Failure
 * @typedef {import("../../engine/protocol.js").ActMode} ActMode
 * @typedef {import("../../engine/protocol.js").ActorInfo} ActorInfo
 * @typedef {import("../../engine/protocol.js").ActOutcome} ActOutcome
 * @typedef {import("../../engine/protocol.js").Decision} Decision
 * @typedef {import("../../engine/protocol.js").Meddling} Meddling
 * @typedef {import("../../engine/protocol.js").Place} Place
 * @typedef {import("../../engine/protocol.js").PlanSettings} PlanSettings
 * @typedef {import("../../engine/protocol.js").RoomSeen} RoomSeen
 * @typedef {import("../../engine/protocol.js").RoomState} RoomState
 * @typedef {import("../../engine/protocol.js").Thought} Thought
 *
 * @typedef {"closed"|"opening"|"idle"|"thinking"|"acting"|"arrived"|"stopped"} Phase   `closed`: there is no agent
 * @typedef {{imagined: Uint8Array, saw: Uint8Array, side: number}} Surprised   RGBA: [size, size, 4] at the model's size, and
 *   [side, side, 4]
 *
 * @typedef {object} Visit
 * @property {() => boolean} away      nobody looks: another room is open, or another tab
 * @property {() => number} now        milliseconds
 * @property {(ms: number) => Promise<any>} wait
 * @property {() => number} still     milliseconds that an action is a still for, at least
 *
 * @typedef {Visit & import("./agent-link.js").AgentDesk} ActDesk
 */
import { toFailure } from "../../base/errors.js";
import { ActScores } from "./act-scores.js";
import { ActVerdict } from "./act-verdict.js";
import { AgentLink } from "./agent-link.js";

/** An action, and a round of thought, is to be seen for so long. */
const PACE_MS = 220;
/** A goal that so many actions don't lead to is given up. */
const MOST_ACTIONS = 60;
/** Places a side of the energy landscape. */
const LANDSCAPE = 16;

export class Acting {
  /** @type {Phase} */
  phase = "closed";
  /** @type {ActorInfo | null} */
  info = null;
  /** @type {RoomState | null} */
  room = null;
  /** The room as it looks. @type {{rgba: Uint8Array, side: number} | null} */
  frame = null;
  /** @type {ActMode} */
  mode = "check";
  /** @type {PlanSettings | null} */
  planner = null;
  blocks = 0;
  /** What it imagines, or imagined for the plan that it follows. @type {Thought | null} */
  thought = null;
  /** Frames of the last plan's future, RGBA at the model's size. @type {Uint8Array | null} */
  future = null;
  /** The last one of this run. @type {Decision | null} */
  decision = null;
  /** Of the last action. @type {ActOutcome | null} */
  outcome = null;
  /** The last surprise, until the next goal. @type {Surprised | null} */
  surprised = null;
  /** Energies by place, row by row. @type {{side: number, energies: Float32Array} | null} */
  landscape = null;
  showsLandscape = false;
  /** Of this run. */
  actions = 0;
  /** @type {Failure | null} */
  problem = null;
  scores = new ActScores();
  #verdict;
  #desk;
  #link;
  #seed;
  /** A run goes on while it stands: whatever else the visitor does raises it. */
  #turn = 0;
  /** A push of the visitor's is under way. */
  #pushing = false;
  #opening = Promise.resolve();

  /** @param {ActDesk} desk @param {number} [seed]  of the first room */
  constructor(desk, seed = Math.floor(Math.random() * 2 ** 31)) {
    this.#desk = desk;
    this.#seed = seed;
    const later = (/** @type {number} */ ms, /** @type {() => void} */ work) => void desk.wait(ms).then(work);
    this.#verdict = new ActVerdict({ now: desk.now, later, changed: desk.changed });
    this.#link = new AgentLink(desk, () => {
      const { mode, planner, blocks, room } = this;
      return { seed: this.#seed, blocks, mode, planner, room };
    });
  }

  /** What there is to say. */
  get said() {
    return this.#verdict.shown;
  }

  get running() {
    return this.phase === "thinking" || this.phase === "acting";
  }

  /** It is opened again, for its engine was lost. */
  get recovering() {
    return this.#link.recovering;
  }

  /** @template {import("../../engine/protocol.js").ActRequest} R @param {R} request */
  ask(request) {
    return this.#link.ask(request);
  }

  /** Puts a model into a room, unless it is in one; `problem` says why it can't be. A room that it was in before is as it was left. */
  open() {
    if (this.phase === "closed") this.#opening = this.#opened();
    return this.#opening;
  }

  async #opened() {
    this.phase = "opening";
    this.problem = null;
    this.#desk.changed();
    try {
      const entered = await this.#link.open();
      this.info = entered.info;
      if (!entered.info.reflex) this.mode = "plan";
      this.planner ??= entered.info.planner;
      this.#see(entered);
      this.phase = "idle";
    } catch (error) {
      this.phase = "closed";
      this.problem = toFailure(error);
    }
    this.#desk.changed();
  }

  /** Another model is to be opened, in a room as it was at first. */
  close() {
    this.#begin("closed");
    this.info = this.room = this.planner = null;
    this.#clear();
    this.#verdict.sayNow({ kind: "idle" });
  }

  /** To this place, until it is there or has decided so often. @param {Place | null} goal  null: none any more @param {number} [decisions] */
  async go(goal, decisions = Infinity) {
    if (!this.info) return;
    const turn = this.#begin("thinking");
    this.#clear();
    await this.#safely(turn, async () => {
      this.#see(await this.ask({ type: "actor-goal", goal, size: this.#desk.size() }));
      this.#survey(turn);
      await this.#run(turn, decisions);
    });
  }

  /** The run goes on that was stopped, for so many decisions at most. @param {number} [decisions] */
  async goOn(decisions = Infinity) {
    if (!this.info || this.running) return;
    const turn = this.#begin("thinking", this.actions);
    await this.#safely(turn, () => this.#run(turn, decisions));
  }

  /** Think no further; what is being done is done to its end. */
  async stop() {
    if (!this.running) return;
    const turn = this.#begin("stopped", this.actions);
    this.#verdict.sayNow({ kind: "stopped" });
    await this.#safely(turn, () => this.ask({ type: "actor-stop" }));
  }

  /** @param {ActMode} mode */
  async setMode(mode) {
    const before = this.mode;
    this.mode = mode;
    this.#desk.changed();
    if (!this.info) return;
    await this.#safely(this.#turn, async () => {
      await this.ask({ type: "actor-stop" }); // what is being thought is another way to decide
      await this.ask({ type: "actor-mode", mode }).catch((error) => {
        this.mode = before;
        throw error;
      });
    });
  }

  /** Rejects what can't be, and the old settings stay. @param {Partial<PlanSettings>} change */
  async setPlanner(change) {
    if (!this.planner) return;
    const settings = { ...this.planner, ...change };
    await this.ask({ type: "actor-planner", settings });
    this.planner = settings;
    if (change.energy) this.#survey(this.#turn);
    this.#desk.changed();
  }

  /** The visitor drives: a push for one action. @param {[number, number]} push */
  async push([x, y]) {
    if (!this.info || this.#pushing) return;
    const turn = this.#begin("acting");
    this.#clear();
    this.#pushing = true;
    await this.#safely(turn, async () => {
      this.#verdict.sayNow({ kind: "driving" });
      await this.#do(turn, [x, y]);
      if (turn === this.#turn) this.phase = "idle";
    });
    this.#pushing = false;
  }

  /** Changes the room, in the middle of a run as well. @param {Meddling} how */
  async meddle(how) {
    if (!this.info) return;
    await this.#safely(this.#turn, async () => {
      this.#see(await this.ask({ type: "actor-meddle", how, size: this.#desk.size() }));
      this.#survey(this.#turn);
    });
  }

  /** Another room, with so many blocks. @param {number} blocks @param {number} [seed]  of the room */
  async enter(blocks, seed = this.#seed + 1) {
    if (!this.info) return;
    const turn = this.#begin("idle");
    this.#clear();
    this.blocks = blocks;
    this.#seed = seed;
    this.#verdict.sayNow({ kind: "idle" });
    await this.#safely(turn, async () => {
      const request = { type: /** @type {const} */ ("actor-enter"), seed, blocks };
      this.#see(await this.ask({ ...request, size: this.#desk.size() }));
    });
  }

  /** @param {boolean} on */
  async showLandscape(on) {
    this.showsLandscape = on;
    if (!on) this.landscape = null;
    this.#desk.changed();
    this.#survey(this.#turn);
  }

  forgetScores() {
    this.scores.forget();
    this.#desk.changed();
  }

  /** Whatever went on is over. @param {Phase} phase @param {number} [actions]  of the run that goes on */
  #begin(phase, actions = 0) {
    this.phase = phase;
    this.actions = actions;
    this.problem = null;
    this.#desk.changed();
    return ++this.#turn;
  }

  /** Nothing of the run before is shown. */
  #clear() {
    this.thought = this.future = this.surprised = this.decision = this.outcome = this.landscape = null;
  }

  /** Says what went wrong, if it is of this turn still. @param {number} turn @param {() => Promise<any>} work */
  async #safely(turn, work) {
    try {
      await work();
    } catch (error) {
      if (turn === this.#turn) {
        this.problem = toFailure(error);
        if (this.running) this.phase = "stopped";
      }
    }
    this.#desk.changed();
  }

  /** @param {number} turn @param {number} most  decisions */
  async #run(turn, most) {
    for (let decisions = 0; turn === this.#turn; decisions++) {
      if (decisions === most || this.#desk.away()) return this.#end("stopped", { kind: "stopped" });
      const { mode } = this;
      const decision = await this.#decide(turn);
      if (!decision || turn !== this.#turn) return;
      if (!decisions && !this.actions) this.scores.began(mode);
      this.phase = "acting";
      this.decision = decision;
      this.#tell(decision);
      await this.#do(turn, decision.action);
      if (turn !== this.#turn) return;
      if (this.room?.arrived) {
        this.scores.arrived(mode, this.actions);
        return this.#end("arrived", { kind: "arrived", count: this.actions });
      }
      if (this.actions >= MOST_ACTIONS) return this.#end("stopped", { kind: "lost", count: this.actions });
    }
  }

  /** @param {Phase} phase @param {import("./act-verdict.js").Said} said */
  #end(phase, said) {
    this.phase = phase;
    this.#verdict.say(said);
  }

  /** Thinks round by round. @param {number} turn @returns {Promise<Decision | null>} none if something else was done meanwhile */
  async #decide(turn) {
    const { mode } = this;
    this.phase = "thinking";
    for (let [ms, rounds] = [0, 0]; ; rounds++) {
      const began = this.#desk.now();
      const { decided, thought } = await this.ask({ type: "actor-next" });
      const ended = this.#desk.now();
      ms += ended - began;
      if (turn !== this.#turn) return null;
      if (decided) this.scores.decided(mode, decided, ms);
      if (thought) this.thought = thought;
      if (decided) return thought ? this.#foresee(turn, decided) : decided;
      if (!rounds) this.#hesitate(thought);
      this.#desk.changed();
      await this.#desk.wait(Math.max(0, PACE_MS - (ended - began)));
      if (turn !== this.#turn) return null;
      if (this.#desk.away()) await this.ask({ type: "actor-stop" });
      if (this.#desk.away()) return (this.#end("stopped", { kind: "stopped" }), null);
    }
  }

  /** It stops to think, and why. @param {Thought | null} thought */
  #hesitate(thought) {
    const { candidates = 0, rounds = 0 } = this.planner ?? {};
    const thinking = { kind: /** @type {const} */ ("thinking"), count: candidates * rounds };
    if (thought?.wait) this.#verdict.say({ kind: thought.wait });
    this.#verdict.say(thinking);
  }

  /** @param {number} turn @param {Decision} decided */
  async #foresee(turn, decided) {
    const future = await this.ask({ type: "actor-future" });
    if (turn !== this.#turn) return null;
    this.future = future;
    return decided;
  }

  /** @param {Decision} decision */
  #tell({ planned, wait }) {
    if (!planned) this.thought = this.future = null;
    // One that was thought in a single round had no other time to say why.
    if (wait && this.said.kind !== wait) this.#verdict.say({ kind: wait });
    this.#verdict.say({ kind: planned ? "plan" : "reflex" });
    this.#desk.changed();
  }

  /** @param {number} turn @param {[number, number]} action */
  async #do(turn, [x, y]) {
    const began = this.#desk.now();
    const done = await this.ask({ type: "actor-do", x, y, size: this.#desk.size() });
    const { outcome, expected, frame } = done;
    this.#see(done);
    if (turn !== this.#turn) return; // it was the last one of a run before
    this.actions += 1;
    this.outcome = outcome;
    if (outcome.rings) {
      this.surprised = { imagined: expected, saw: frame, side: Math.sqrt(frame.length / 4) };
      this.#verdict.say({ kind: "surprise" });
      this.#survey(turn); // its goal lies in another room now
    }
    this.#desk.changed();
    const took = this.#desk.now() - began;
    await this.#desk.wait(Math.max(0, Math.max(PACE_MS, this.#desk.still()) - took));
  }

  /** @param {RoomSeen} seen */
  #see({ room, frame }) {
    this.room = room;
    this.frame = { rgba: frame, side: Math.sqrt(frame.length / 4) };
  }

  /** The landscape of this goal in this room, while it is shown; nothing waits for it. @param {number} turn */
  async #survey(turn) {
    if (!this.showsLandscape || !this.room?.goal) return;
    await this.#safely(turn, async () => {
      const energies = await this.ask({ type: "actor-landscape", side: LANDSCAPE });
      if (turn === this.#turn && this.showsLandscape) this.landscape = { side: LANDSCAPE, energies };
    });
  }
}
