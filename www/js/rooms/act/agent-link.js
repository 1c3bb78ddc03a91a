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
 *
 * @typedef {object} Remembered        what an agent that is opened again is told
 * @property {number} seed
 * @property {number} blocks
 * @property {ActMode} mode
 * @property {PlanSettings | null} planner   null: as the engine has it
 * @property {RoomState | null} room
 */
import { passes } from "../../app/viewing.js";

export class AgentLink {
  /** @type {Promise<Results["actor-open"]> | undefined} */
  #opening;
  #desk;
  #remembered;

  /** @param {AgentDesk} desk @param {() => Remembered} remembered */
  constructor(desk, remembered) {
    this.#desk = desk;
    this.#remembered = remembered;
  }

  /** @returns {Promise<Results["actor-open"]>} */
  open() {
    this.#opening ??= this.#opened().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /**
   * Once more if the engine went in the middle of it, and of an agent that is opened again if it took that along.
   * @template {ActRequest} R @param {R} request @returns {Promise<Results[R["type"]]>}
   */
  async ask(request) {
    try {
      return await this.#desk.ask(request);
    } catch (error) {
      if (!passes(error) && !isGone(error)) throw error;
      await this.#desk.settled();
      return this.#again(request);
    }
  }

  /** @template {ActRequest} R @param {R} request @returns {Promise<Results[R["type"]]>} */
  async #again(request) {
    try {
      return await this.#desk.ask(request);
    } catch (error) {
      if (!isGone(error)) throw error;
      await this.open();
      return this.#desk.ask(request);
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
      const { agent, door } = room.truth;
      const how = { door: door.open, place: agent.position };
      seen = await ask({ type: "actor-meddle", how, size: size() });
      if (room.goal) seen = await ask({ type: "actor-goal", goal: room.goal, size: size() });
    }
    return { ...entered, ...seen };
  }
}

/** @param {any} error */
const isGone = (error) => error?.code === "no-actor";
