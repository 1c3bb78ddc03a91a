// @ts-check
/**
 * Owns the agent of the room Act and answers what the page asks of it, between other requests of host.js. It runs on the
 * engine that was the session's when it was opened, and goes with it.
 *
 * @typedef {import("../engine/protocol.js").ActRequest} ActRequest
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {import("../engine/protocol.js").RoomSeen} RoomSeen
 * @typedef {import("../engine/protocol.js").WasmActor} WasmActor
 *
 * @typedef {object} Realm           what it needs of the host
 * @property {() => {kind: DeviceKind, engine: import("../engine/protocol.js").WasmEngine} | undefined} session
 * @property {(kind: DeviceKind) => Promise<import("./wasm-modules.js").OpenModule>} module
 * @property {<T>(kind: DeviceKind, work: () => Promise<T>) => Promise<T>} guard   for calls that the engine's end must end
 */
import { FailureError } from "../base/errors.js";
import { release } from "./wasm-modules.js";

const NONE = new Uint8Array(0);

export class ActAnswers {
  /** @type {{actor: WasmActor, kind: DeviceKind} | null} */
  #open = null;
  #realm;

  /** @param {Realm} realm */
  constructor(realm) {
    this.#realm = realm;
  }

  /** An engine is gone, and an agent with it. @param {DeviceKind} kind */
  broke(kind) {
    if (this.#open?.kind === kind) this.#open = null;
  }

  /** @param {ActRequest} request @returns {any} the value of `Results[request.type]`, or a promise of it */
  answer(request) {
    if (request.type === "actor-open") return this.#opened(request);
    if (!this.#open)
      throw new FailureError("no-actor", "The agent went with the engine that it ran on: open its room again.");
    const { actor, kind } = this.#open;
    /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
    const guard = (work) => this.#realm.guard(kind, work);
    switch (request.type) {
      case "actor-enter":
        return (actor.enter(request.seed, request.blocks), seen(actor, request.size));
      case "actor-goal":
        if (request.goal) actor.goTo(...request.goal);
        else actor.rest();
        return seen(actor, request.size);
      case "actor-mode":
        return (actor.setMode(JSON.stringify(request.mode)), null);
      case "actor-planner":
        return (actor.setPlanner(JSON.stringify(request.settings)), null);
      case "actor-next":
        return guard(() => actor.next()).then(JSON.parse);
      case "actor-stop":
        return (actor.stop(), null);
      case "actor-do":
        return this.#done(actor, guard, request);
      case "actor-meddle":
        return (actor.meddle(JSON.stringify(request.how)), seen(actor, request.size));
      case "actor-landscape":
        return guard(() => actor.landscape(request.side));
      case "actor-future":
        return guard(() => actor.future());
      case "actor-expected":
        return actor.expected();
      case "actor-render":
        return request.goal ? actor.renderGoal(request.size) : actor.render(request.size);
      case "actor-exam":
        if (request.settings) actor.beginExam(JSON.stringify(request.settings));
        return guard(() => actor.examine()).then(JSON.parse);
      case "actor-end-exam":
        return (actor.endExam(), null);
    }
  }

  /** The agent that was there before goes only when the new one stands. @param {ActRequest & {type: "actor-open"}} request */
  async #opened({ model, seed, size }) {
    const session = this.#realm.session();
    if (!model && !session)
      throw new FailureError("not-open", "No model is open yet: wait until the engine has loaded.");
    const kind = session?.kind ?? "cpu";
    const { module } = await this.#realm.module(kind);
    const actor = await this.#realm.guard(kind, () =>
      model ? module.Actor.open(model, seed) : module.Actor.ofEngine(/** @type {any} */ (session).engine, seed),
    );
    const before = this.#open;
    this.#open = { actor, kind };
    if (before) release(before.actor);
    return { info: JSON.parse(actor.info()), ...seen(actor, size) };
  }

  /** @param {WasmActor} actor @param {<T>(work: () => Promise<T>) => Promise<T>} guard @param {ActRequest & {type: "actor-do"}} request */
  async #done(actor, guard, { x, y, size }) {
    /** @type {import("../engine/protocol.js").ActOutcome} */
    const outcome = JSON.parse(await guard(() => actor.act(x, y)));
    return { outcome, expected: outcome.rings ? actor.expected() : NONE.slice(), ...seen(actor, size) };
  }
}

/** @param {WasmActor} actor @param {number} size @returns {RoomSeen} */
const seen = (actor, size) => ({ room: JSON.parse(actor.room()), frame: actor.render(size) });
