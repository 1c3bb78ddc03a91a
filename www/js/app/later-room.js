// @ts-check
import { FailureError } from "../base/errors.js";

/**
 * A room, or the tour, whose modules are fetched when it is first needed, so that a first visit does not wait for them.
 * Where they can't be fetched, they are asked for anew when the room is opened again.
 * @template {{update: () => void, needsLooks?: boolean, leave?: () => void}} Room
 */
export class LaterRoom {
  /** Once it is there. @type {Room | undefined} */
  loaded;
  /** @type {Promise<Room> | undefined} */
  #loading;
  #failed = false;

  /**
   * @param {() => Promise<Room>} load
   * @param {{act: (work: () => unknown) => void, arrived: () => void}} told  act: shows an error of what it is given
   */
  constructor(load, told) {
    this.load = load;
    this.told = told;
  }

  get needsLooks() {
    return this.loaded?.needsLooks ?? false;
  }

  /** The room if it is there; if not, it is fetched, and `arrived` says when it is. */
  now() {
    if (!this.#loading) this.told.act(() => this.room());
    return this.loaded;
  }

  /** Shows how things stand, as soon as it can. */
  update() {
    this.now()?.update();
  }

  /** The room, as soon as it is there. @returns {Promise<Room>} */
  room() {
    if (this.#failed) this.#forget();
    return (this.#loading ??= this.#fetch());
  }

  leave() {
    this.loaded?.leave?.();
    if (this.#failed) this.#forget();
  }

  #forget() {
    [this.#loading, this.#failed] = [undefined, false];
  }

  async #fetch() {
    try {
      this.loaded = await this.load();
    } catch (error) {
      this.#failed = true;
      throw new FailureError(
        "room-missing",
        "This part of the page could not be fetched ({why}): check the connection, then open it again.",
        { why: /** @type {Error} */ (error).message },
      );
    }
    this.told.arrived();
    return this.loaded;
  }
}
