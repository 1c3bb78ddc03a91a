// @ts-check
/**
 * Opens engines, and another one that goes on from the last snapshot when one crashes or its GPU is lost.
 *
 * @typedef {import("../base/errors.js").Failure} Failure
 * @typedef {import("./protocol.js").Notice} Notice
 * @typedef {import("./protocol.js").Opened} Opened
 * @typedef {import("./protocol.js").OpenSettings} OpenSettings
 * @typedef {import("./protocol.js").Reply} Reply
 * @typedef {import("./protocol.js").Request} Request
 * @typedef {import("./requests.js").Job} Job
 *
 * @typedef {{snapshot?: Uint8Array, start?: Promise<Uint8Array>, world?: number}} Weights
 *   `start`: weights to learn on from at step 0, which may still be on their way; a snapshot goes before them
 *   `world`: seed of the world that is shown meanwhile
 *
 * @typedef {object} Past             what a rebuilt engine goes on from
 * @property {OpenSettings} [settings]
 * @property {Weights} weights        the newest snapshot, whoever asked for it; until there is one, what the model started from
 * @property {import("./protocol.js").Recipe} [recipe]   the last one that was accepted, for a snapshot of before
 * @property {{seed: number, world?: string | import("./protocol.js").WorldSpec}} [world]   while the procedural world is the source
 */
import { message } from "../base/messages.js";
import { FailureError, fromFailure, isCrash } from "../base/errors.js";
import { Requests } from "./requests.js";

/** After this many crashes in a row the next engine is the CPU one, and after as many again there is none. */
const CRASHES_A_DEVICE = 2;
const CRASHES_MAX = 2 * CRASHES_A_DEVICE;
/** A crash this long after the one before is not in a row with it. */
const CALM_MS = 60_000;
const CPU_AFTER_CRASHES = message(
  "device.crashes",
  "The CPU runs it because WebGPU failed {times} times on this machine.",
  { times: CRASHES_A_DEVICE },
);

const CANCELLED = new FailureError("cancelled.newer", "Something newer took the place of this request.");
const GIVEN_UP = new FailureError(
  "engine-crashed.again",
  "The engine crashed {times} times in a row: save the weights, then reload the page or start a smaller model.",
  { times: CRASHES_MAX },
);
const LOAD_CANCELLED = new FailureError("cancelled.loading", "Loading was cancelled.");

/** @param {Job} job */
const isLoad = (job) => job.request.type === "open" && Boolean(job.request.settings.checkpoint);

export class Revival {
  /** @type {Past} */
  past = { weights: {} };
  requests = new Requests((error) => this.#crashed(error));
  #connect;
  #notify;
  #crashes = 0;
  #lastCrash = 0;
  #opening = false;
  #closed = false;
  /** Whoever asked for the checkpoint that is being opened no longer wants it. */
  #loadCancelled = false;
  /** @type {Promise<any>} */
  #settled = Promise.resolve();

  /** @param {(notice: Notice) => void} notify @param {typeof import("./connect.js").connect} connect  how to reach a host */
  constructor(notify, connect) {
    this.#notify = notify;
    this.#connect = connect;
  }

  /** Resolves when no rebuild is going on; rejects if the engine could not be rebuilt. */
  settled() {
    return this.#settled;
  }

  /** If it fails, the model that was open stays, and so does its past. @param {OpenSettings} settings @param {Weights} weights @returns {Promise<Opened>} */
  async open(settings, weights) {
    this.cancel();
    weights.start?.catch(() => {}); // those who wait for it are told
    this.#crashes = 0;
    const { recipe } = this.past;
    this.past.recipe = undefined;
    try {
      const opened = await this.#reopen(settings, weights, isCrash);
      this.past.settings = settings;
      this.past.weights = weights;
      return opened;
    } catch (error) {
      this.past.recipe = recipe;
      throw error;
    }
  }

  /** Rejects every request that has not been sent yet. */
  cancel() {
    this.requests.drop(
      () => true,
      (job) => job.reject(CANCELLED),
    );
  }

  /** Ends the loading of a checkpoint, whatever else is going on; whoever opens it gets "cancelled". */
  cancelLoad() {
    this.#loadCancelled = true;
    this.requests.drop(isLoad, (job) => job.reject(LOAD_CANCELLED));
    this.requests.tell({ type: "cancel-load" });
  }

  /** For good: a host that is being reached is hung up on as soon as it answers. */
  close() {
    this.#closed = true;
    this.cancel();
    this.requests.hangUp(CANCELLED);
  }

  /** @param {Reply | Notice} message */
  #received(message) {
    if (!("notice" in message)) return this.requests.answered(message);
    if (message.notice === "lost") return this.#crashed(message.error);
    if (message.notice === "snapshot") this.past.weights = { snapshot: message.snapshot };
    this.#notify(message.notice === "engine" ? { ...message, opened: this.#noted(message.opened) } : message);
  }

  /** The engine is gone: the request it had is answered, a new engine takes the rest. @param {Failure} error */
  #crashed(error) {
    if (!this.requests.link) return;
    this.#count();
    this.requests.hangUp(fromFailure(error));
    if (!this.#opening) this.#rebuild(error);
    this.requests.drop(
      (job) => job.urgent,
      (job) => job.reject(fromFailure(error)),
    );
  }

  #count() {
    const now = performance.now();
    this.#crashes = now - this.#lastCrash > CALM_MS ? 1 : this.#crashes + 1;
    this.#lastCrash = now;
  }

  /** @param {Failure} error  why */
  #rebuild(error) {
    const settings = /** @type {OpenSettings} */ (this.past.settings);
    // Whatever keeps a GPU from coming back, the CPU is worth a try.
    const reopened = this.#reopen(
      settings,
      this.past.weights,
      (failure) => isCrash(failure) || this.#giveUpGpu(settings),
    );
    this.#settled = reopened.then((opened) => this.#notify({ notice: "engine", opened }));
    this.#settled.catch(() => this.cancel());
    this.#notify({ notice: "lost", error });
  }

  /** @param {OpenSettings} settings @returns {boolean} there was a GPU to give up */
  #giveUpGpu(settings) {
    const had = settings.device !== "cpu" && this.#crashes < CRASHES_A_DEVICE;
    this.#crashes = Math.max(this.#crashes, CRASHES_A_DEVICE);
    return had;
  }

  /**
   * Opens a model, in a new engine if need be, ahead of whatever waits.
   * @param {OpenSettings} settings @param {Weights} weights
   * @param {(error: any) => boolean} again  worth another try
   */
  async #reopen(settings, weights, again) {
    this.#opening = true;
    this.requests.hold();
    this.#loadCancelled = false;
    try {
      for (;;) {
        try {
          return await this.#openOnce(settings, weights);
        } catch (error) {
          if (this.#crashes >= CRASHES_MAX || !again(error)) throw error;
        }
      }
    } finally {
      this.#opening = false;
      this.requests.release();
    }
  }

  /** @param {OpenSettings} asked @param {Weights} weights @returns {Promise<Opened>} */
  async #openOnce(asked, { snapshot, start, world }) {
    if (this.#crashes >= CRASHES_MAX) throw GIVEN_UP;
    const { requests, past } = this;
    const onlyCpu = asked.device !== "cpu" && this.#crashes >= CRASHES_A_DEVICE;
    /** @type {OpenSettings} */
    const settings = onlyCpu ? { ...asked, device: "cpu" } : asked;
    if (requests.link && !requests.link.suits(settings.device)) requests.hangUp(CANCELLED);
    if (!requests.link) requests.connect(await this.#connect(settings.device, (message) => this.#received(message)));
    if (this.#closed) {
      requests.hangUp(CANCELLED);
      throw CANCELLED;
    }
    if (settings.checkpoint && this.#loadCancelled) throw LOAD_CANCELLED;
    const weights = snapshot ? { snapshot } : start && { start: await this.#arrived(start, settings, world) };
    const opened = await this.#urgently({ type: "open", settings, ...weights });
    if (past.recipe) await this.#urgently({ type: "set-recipe", recipe: past.recipe });
    if (past.world) await this.#urgently({ type: "world", ...past.world });
    return this.#noted(onlyCpu ? { ...opened, why: [CPU_AFTER_CRASHES] } : opened);
  }

  /** With what there is to say of where the engine runs. @param {Opened} opened @returns {Opened} */
  #noted(opened) {
    const note = this.requests.link?.note;
    return note ? { ...opened, why: [...opened.why, note] } : opened;
  }

  /** Weights that may still be on their way; meanwhile the engine is fetched, and shows the world. @param {Promise<Uint8Array>} start @param {OpenSettings} settings @param {number} [world] */
  async #arrived(start, settings, world) {
    let there = false;
    start.then(() => (there = true)).catch(() => {}); // those who wait for it are told
    const prepare = async () => {
      await this.#urgently({ type: "prepare", device: settings.device });
      if (!there && world !== undefined) await this.#preview(settings, world);
    };
    const [bytes] = await Promise.all([start, prepare()]);
    return bytes;
  }

  /** It is only to look at: what is wrong with the settings, opening the model will tell. @param {OpenSettings} settings @param {number} world */
  async #preview(settings, world) {
    const clip = await this.#urgently({ type: "preview", settings, world }).catch((error) => {
      if (isCrash(error)) throw error;
    });
    if (clip) this.#notify({ notice: "preview", clip });
  }

  /** @template {Request} R @param {R} request */
  #urgently(request) {
    return this.requests.ask(request, { urgent: true });
  }
}
