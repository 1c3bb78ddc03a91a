// @ts-check
/**
 * The agent of this room in an engine that may be replaced: it is opened on first use, and again, as it was, where an
 * engine took it along.
 *
 * @typedef {import("../../engine/protocol.js").ActMode} ActMode
 * @typedef {import("../../engine/protocol.js").ActRequest} ActRequest
 * @typedef {import("../../engine/protocol.js").PlanSettings} PlanSettings
 * @typedef {import("../../engine/protocol.js").Results} Results
 * @typedef {import("../../engine/protocol.js").RoomState} RoomState
 *
 * @typedef {object} AgentDesk
 * @property {<R extends ActRequest>(request: R) => Promise<Results[R["type"]]>} ask
 * @property {() => Promise<any>} settled   no engine is being rebuilt
 * @property {() => Promise<Uint8Array | null>} model   a file, or null for the engine's own
 * @property {() => number} size            of pictures of the room, pixels a side
 * @property {() => void} changed
 *
 * @typedef {object} Remembered        what an agent that is opened again is told
 * @property {number} seed
 * @property {number} blocks
 * @property {ActMode} mode
 * @property {PlanSettings | null} planner   null: as the engine has it
 * @property {RoomState | null} room
 */
import { passes } from "../../app/viewing.js";

/** Engines that a request may lose before it is given up. */
const RESTARTS = 3;

export class AgentLink {
  /** @type {Promise<Results["actor-open"]> | undefined} */
  #opening;
  /** Requests that wait for an engine, or for the agent on it. */
  #waiting = 0;
  #desk;
  #remembered;

  /** @param {AgentDesk} desk @param {() => Remembered} remembered */
  constructor(desk, remembered) {
    this.#desk = desk;
    this.#remembered = remembered;
  }

  /** The engine was lost, and the agent on it is not back yet. */
  get recovering() {
    return this.#waiting > 0;
  }

  /** @returns {Promise<Results["actor-open"]>} */
  open() {
    this.#opening ??= this.#persist(() => this.#opened()).finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /**
   * Once more if the engine went in the middle of it, and of an agent that is opened again if it took that along.
   * @template {ActRequest} R @param {R} request @returns {Promise<Results[R["type"]]>}
   */
  ask(request) {
    return this.#persist(
      () => this.#desk.ask(request),
      () => this.open(),
    );
  }

  /** @template T @param {() => Promise<T>} work @param {() => Promise<any>} [reopen]  brings back an agent that is gone @returns {Promise<T>} */
  async #persist(work, reopen) {
    for (let restarts = 0; ;) {
      try {
        return await work();
      } catch (error) {
        const gone = isGone(error);
        if (!(gone || (passes(error) && ++restarts <= RESTARTS))) throw error;
        await this.#recovered(gone ? reopen : undefined);
      }
    }
  }

  /** @param {(() => Promise<any>) | undefined} reopen */
  async #recovered(reopen) {
    this.#waiting += 1;
    this.#desk.changed();
    try {
      await this.#desk.settled();
      await reopen?.();
    } finally {
      this.#waiting -= 1;
      this.#desk.changed();
    }
  }

  async #opened() {
    const { ask, model, size } = this.#desk;
    const { seed, blocks, mode, planner, room } = this.#remembered();
    const entered = await ask({ type: "actor-open", model: await model(), seed, size: size() });
    await ask({ type: "actor-mode", mode: entered.info.reflex ? mode : "plan" });
    if (planner) await ask({ type: "actor-planner", settings: planner });
    let seen = blocks ? await ask({ type: "actor-enter", seed, blocks, size: size() }) : entered;
    if (room) {
      const { agent, blocks, door, wall } = room.truth;
      const how = { door: door.open, wall: wall.at - seen.room.truth.wall.at, place: agent.position };
      if (blocks.length) Object.assign(how, { blocks });
      seen = await ask({ type: "actor-meddle", how, size: size() });
      // Placed, it is at rest.
      if (agent.velocity.some(Boolean))
        seen = await ask({ type: "actor-meddle", how: { shove: agent.velocity }, size: size() });
      if (room.goal) seen = await ask({ type: "actor-goal", goal: room.goal, size: size() });
    }
    return { ...entered, ...seen };
  }
}

/** @param {any} error */
const isGone = (error) => error?.code === "no-actor";
