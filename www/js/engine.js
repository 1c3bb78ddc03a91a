// @ts-check
/**
 * The page's side of the protocol: typed calls, one request in flight, the newest frame only; and an engine that is
 * rebuilt from the last snapshot when it crashes or its GPU is lost.
 *
 * @typedef {import("./protocol.js").Failure} Failure
 * @typedef {import("./protocol.js").MaskKind} MaskKind
 * @typedef {import("./protocol.js").Notice} Notice
 * @typedef {import("./protocol.js").Opened} Opened
 * @typedef {import("./protocol.js").OpenSettings} OpenSettings
 * @typedef {import("./protocol.js").Recipe} Recipe
 * @typedef {import("./protocol.js").Reply} Reply
 * @typedef {import("./protocol.js").Request} Request
 * @typedef {import("./protocol.js").Results} Results
 * @typedef {import("./link.js").Link} Link
 * @typedef {{snapshot?: Uint8Array, start?: Promise<Uint8Array>}} Weights
 *   `start`: weights to learn on from at step 0, which may still be on their way; a snapshot goes before them
 * @typedef {{request: Request, transfer: Transferable[], resolve: (value: any) => void, reject: (error: Error) => void, urgent?: boolean}} Job
 *   an urgent job opens an engine: it goes ahead of the queue, which waits until an engine is open
 */
import { FailureError, fromFailure, isCrash } from "./errors.js";
import { connect } from "./link.js";

/** After this many crashes in a row the next engine is the CPU one, and after as many again there is none. */
const CRASHES_A_DEVICE = 2;
const CRASHES_MAX = 2 * CRASHES_A_DEVICE;
/** A crash this long after the one before is not in a row with it. */
const CALM_MS = 60_000;
const CPU_AFTER_CRASHES = `The CPU runs it because WebGPU failed ${CRASHES_A_DEVICE} times on this machine.`;

const CANCELLED = new FailureError("cancelled", "Something newer took the place of this request.");
const GIVEN_UP = new FailureError(
  "engine-crashed",
  `The engine crashed ${CRASHES_MAX} times in a row: save the weights, then reload the page or start a smaller model.`,
);

const LOAD_CANCELLED = new FailureError("cancelled", "Loading was cancelled.");

/** @param {Job} job */
const isFrame = (job) => job.request.type === "frame" || job.request.type === "still";
/** @param {Job} job */
const isLoad = (job) => job.request.type === "open" && Boolean(job.request.settings.checkpoint);

export class Engine {
  /** How long the last request of each type took, in milliseconds. @type {Partial<Record<Request["type"], number>>} */
  timings = {};
  /** The newest snapshot, whoever asked for it. @type {Uint8Array | undefined} */
  kept;
  /** What the open model started from, until there is a snapshot of it. @type {Promise<Uint8Array> | undefined} */
  #start;
  #connect;
  #notify;
  /** @type {Link | undefined} */
  #link;
  /** @type {Job[]} */
  #waiting = [];
  /** @type {{id: number, job: Job, began: number} | undefined} */
  #flying;
  #ids = 0;
  #crashes = 0;
  #lastCrash = 0;
  #opening = false;
  /** Whoever asked for the checkpoint that is being opened no longer wants it. */
  #loadCancelled = false;
  /** @type {OpenSettings | undefined} */
  #settings;
  /** The procedural world while that is the source. @type {{seed: number, world?: string | import("./protocol.js").WorldSpec} | undefined} */
  #world;
  /** The last recipe that was accepted, for a model that is rebuilt from a snapshot of before. @type {Recipe | undefined} */
  #recipe;
  /** @type {Promise<any>} */
  #settled = Promise.resolve();

  /**
   * @param {(notice: Notice) => void} notify
   * @param {typeof connect} [connector]  how to reach a host; tests bring their own
   */
  constructor(notify, connector = connect) {
    this.#notify = notify;
    this.#connect = connector;
  }

  /** Resolves when no rebuild is going on; rejects if the engine could not be rebuilt. */
  settled() {
    return this.#settled;
  }

  /**
   * A model with random weights, or with these. If it fails, the model that was open stays.
   * @param {OpenSettings} settings @param {Weights} [weights] @returns {Promise<Opened>}
   */
  async open(settings, weights = {}) {
    this.cancel();
    weights.start?.catch(() => {}); // whoever waits for it is told
    this.#crashes = 0;
    const recipe = this.#recipe;
    this.#recipe = undefined;
    try {
      const opened = await this.#reopen(settings, weights, isCrash);
      this.#settings = settings;
      this.kept = weights.snapshot;
      this.#start = weights.start;
      return opened;
    } catch (error) {
      this.#recipe = recipe;
      throw error;
    }
  }

  /** @param {number} seed @param {string | import("./protocol.js").WorldSpec} [world]  by name or in full; without it the recipe's own */
  world(seed, world) {
    this.#world = { seed, world };
    return this.#ask({ type: "world", seed, world });
  }

  /** Latest wins: a frame still waiting is replaced, and its promise resolves to null. @param {ImageBitmap} bitmap @returns {Promise<Results["frame"] | null>} */
  frame(bitmap) {
    this.#world = undefined;
    this.#drop(isFrame, (job) => job.resolve(null));
    return this.#ask({ type: "frame", bitmap }, [bitmap]);
  }

  /** One picture as the whole clip of a checkpoint. @param {ImageBitmap} bitmap @returns {Promise<Results["still"] | null>} */
  still(bitmap) {
    this.#world = undefined;
    this.#drop(isFrame, (job) => job.resolve(null));
    return this.#ask({ type: "still", bitmap }, [bitmap]);
  }

  clear() {
    this.#world = undefined;
    this.#drop(isFrame, (job) => job.resolve(null));
    return this.#ask({ type: "clear" });
  }

  /** @param {MaskKind} mask @param {number} advance  frames the world moves on first */
  look(mask, advance) {
    return this.#ask({ type: "look", mask, advance });
  }

  /** @param {number} token */
  similarity(token) {
    return this.#ask({ type: "similarity", token });
  }

  /** @param {number} steps */
  train(steps) {
    return this.#ask({ type: "train", steps });
  }

  /** One portion of an exam: the first of a new one if there are settings, or else the next. @param {import("./protocol.js").ExamSettings} [settings] */
  exam(settings) {
    return this.#ask({ type: "exam", settings });
  }

  /** Lets go of an exam that is not finished. */
  endExam() {
    return this.#ask({ type: "end-exam" });
  }

  /** @param {Uint8Array} frames  RGBA, [T, size, size, 4] */
  embed(frames) {
    return this.#ask({ type: "embed", frames });
  }

  async snapshot() {
    return (this.kept = await this.#ask({ type: "snapshot" }));
  }

  /** How it trains. */
  recipe() {
    return this.#ask({ type: "recipe" });
  }

  /** From the next step on; one that can't be is refused, and the old one stays. @param {Recipe} recipe */
  async setRecipe(recipe) {
    await this.#ask({ type: "set-recipe", recipe });
    this.#accepted(recipe);
  }

  /** Holds learning rate or momentum from the next step on. @param {import("./protocol.js").Rates} rates @returns {Promise<Recipe>} as it is now */
  async setRates(rates) {
    const recipe = await this.#ask({ type: "set-rates", rates });
    this.#accepted(recipe);
    return recipe;
  }

  /** Keeps the model as it is now. @returns {Promise<{step: number}[]>} all kept moments, this one last */
  keepMoment() {
    return this.#ask({ type: "keep-moment" });
  }

  moments() {
    return this.#ask({ type: "moments" });
  }

  /** Looks, similarities and embeddings are of this moment from now on; null: of the newest. @param {number | null} step */
  showMoment(step) {
    return this.#ask({ type: "show-moment", step });
  }

  /** Makes a kept moment the present. @param {number} step */
  async rewind(step) {
    const value = await this.#ask({ type: "rewind", step });
    await this.snapshot(); // after a crash it shall not go on from what was left behind
    return value;
  }

  /** The whole run as a file. @param {string} notes  whatever is to come back with it */
  exportRun(notes) {
    return this.#ask({ type: "export-run", notes });
  }

  /** Goes on with a run from a file; if it is refused, the model stays. @param {Uint8Array} bytes */
  async importRun(bytes) {
    const run = await this.#ask({ type: "import-run", bytes });
    // The engine holds another model, with a recipe and a world of its own.
    this.#recipe = undefined;
    this.#world = run.source.kind === "world" ? { seed: run.source.seed } : undefined;
    if (this.#settings) this.#settings = { ...this.#settings, checkpoint: undefined };
    this.kept = bytes;
    this.#start = undefined;
    return run;
  }

  /** What training draws from while a camera or a file is the source. */
  bank() {
    return this.#ask({ type: "bank" });
  }

  /** @param {Recipe} recipe */
  #accepted(recipe) {
    this.#recipe = recipe;
    // Its world is the one that is shown, from now on.
    if (this.#world) this.#world = { seed: this.#world.seed };
  }

  presets() {
    return this.#ask({ type: "presets" });
  }

  /** A scene of the procedural world, twice. @param {import("./protocol.js").PairWish} wish */
  pair(wish) {
    return this.#ask({ type: "pair", wish });
  }

  /** The model as a Hugging Face folder in a zip. @param {"f32"|"f16"} dtype */
  exportFolder(dtype) {
    return this.#ask({ type: "export", dtype });
  }

  /** Compares this engine with the reference implementation. */
  prove() {
    return this.#ask({ type: "prove" });
  }

  /** Files kept in this browser. */
  files() {
    return this.#ask({ type: "kept" });
  }

  /** Removes one of them. @param {string} key */
  forget(key) {
    return this.#ask({ type: "forget", key });
  }

  /** Ends the loading of a checkpoint, whatever else is going on; whoever opens it gets "cancelled". */
  cancelLoad() {
    this.#loadCancelled = true;
    this.#drop(isLoad, (job) => job.reject(LOAD_CANCELLED));
    this.#link?.post({ type: "cancel-load", id: ++this.#ids });
  }

  loseDevice() {
    return this.#ask({ type: "lose-device" });
  }

  /** Rejects every request that has not been sent yet. */
  cancel() {
    this.#drop(() => true, (job) => job.reject(CANCELLED));
  }

  close() {
    this.cancel();
    this.#hangUp(CANCELLED);
  }

  /**
   * @template {Request["type"]} K @param {Request & {type: K}} request
   * @param {Transferable[]} [transfer] @param {boolean} [urgent] @returns {Promise<Results[K]>}
   */
  #ask(request, transfer = [], urgent = false) {
    return new Promise((resolve, reject) => {
      const job = { request, transfer, resolve, reject, urgent };
      if (urgent) this.#waiting.unshift(job);
      else this.#waiting.push(job);
      this.#send();
    });
  }

  /** @param {(job: Job) => boolean} which @param {(job: Job) => void} settle */
  #drop(which, settle) {
    const dropped = this.#waiting.filter(which);
    this.#waiting = this.#waiting.filter((job) => !which(job));
    for (const job of dropped) {
      if ("bitmap" in job.request) job.request.bitmap.close();
      settle(job);
    }
  }

  #send() {
    if (this.#flying || !this.#link || (this.#opening && !this.#waiting[0]?.urgent)) return;
    const job = this.#waiting.shift();
    if (job) this.#post(job);
  }

  /** @param {Job} job */
  #post(job) {
    const id = ++this.#ids;
    this.#flying = { id, job, began: performance.now() };
    this.#link?.post({ ...job.request, id }, job.transfer);
  }

  /** @param {Reply | Notice} message */
  #receive(message) {
    if ("notice" in message) return this.#noticed(message);
    if (message.id !== this.#flying?.id) return;
    const { job, began } = this.#flying;
    if (!message.ok && isCrash(message.error)) return this.#crashed(message.error);
    this.#flying = undefined;
    this.timings[job.request.type] = performance.now() - began;
    if (message.ok) job.resolve(message.value);
    else job.reject(fromFailure(message.error));
    this.#send();
  }

  /** @param {Notice} notice */
  #noticed(notice) {
    if (notice.notice === "lost") return this.#crashed(notice.error);
    if (notice.notice === "snapshot") this.kept = notice.snapshot;
    this.#notify(notice);
  }

  /** The engine is gone: the request it had is answered, a new engine takes the rest. @param {Failure} error */
  #crashed(error) {
    if (!this.#link) return;
    this.#count();
    this.#hangUp(fromFailure(error));
    if (!this.#opening) this.#rebuild(error);
    this.#drop((job) => Boolean(job.urgent), (job) => job.reject(fromFailure(error)));
  }

  /** Ends the host; whoever waits for it learns why. @param {Error} error */
  #hangUp(error) {
    const flying = this.#flying;
    this.#flying = undefined;
    this.#link?.close();
    this.#link = undefined;
    flying?.job.reject(error);
  }

  #count() {
    const now = performance.now();
    this.#crashes = now - this.#lastCrash > CALM_MS ? 1 : this.#crashes + 1;
    this.#lastCrash = now;
  }

  /** @param {Failure} error  why */
  #rebuild(error) {
    const settings = /** @type {OpenSettings} */ (this.#settings);
    // Whatever keeps a GPU from coming back, the CPU is worth a try.
    const reopened = this.#reopen(settings, { snapshot: this.kept, start: this.#start }, (failure) => isCrash(failure) || this.#giveUpGpu(settings));
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
      this.#send();
    }
  }

  /** @param {OpenSettings} asked @param {Weights} weights @returns {Promise<Opened>} */
  async #openOnce(asked, { snapshot, start }) {
    if (this.#crashes >= CRASHES_MAX) throw GIVEN_UP;
    const onlyCpu = asked.device !== "cpu" && this.#crashes >= CRASHES_A_DEVICE;
    /** @type {OpenSettings} */
    const settings = onlyCpu ? { ...asked, device: "cpu" } : asked;
    if (this.#link && !this.#link.suits(settings.device)) this.#hangUp(CANCELLED);
    this.#link ??= await this.#connect(settings.device, (message) => this.#receive(message));
    if (settings.checkpoint && this.#loadCancelled) throw LOAD_CANCELLED;
    /** @type {Request & {type: "open"}} */
    const request = { type: "open", settings, ...(snapshot ? { snapshot } : start && { start: await this.#arrived(start, settings.device) }) };
    const opened = await this.#ask(request, [], true);
    if (this.#recipe) await this.#ask({ type: "set-recipe", recipe: this.#recipe }, [], true);
    if (this.#world) await this.#ask({ type: "world", ...this.#world }, [], true);
    return onlyCpu ? { ...opened, why: CPU_AFTER_CRASHES } : opened;
  }

  /** Weights, while whose way here the engine is fetched. @param {Promise<Uint8Array>} start @param {OpenSettings["device"]} device */
  async #arrived(start, device) {
    const [bytes] = await Promise.all([start, this.#ask({ type: "prepare", device }, [], true)]);
    return bytes;
  }
}
