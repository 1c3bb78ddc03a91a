// @ts-check
/**
 * The page's side of the protocol: typed calls, and what of them a rebuilt engine has to know. requests.js sends them,
 * recovery.js opens and rebuilds.
 *
 * @typedef {import("./protocol.js").MaskKind} MaskKind
 * @typedef {import("./protocol.js").Notice} Notice
 * @typedef {import("./protocol.js").Opened} Opened
 * @typedef {import("./protocol.js").OpenSettings} OpenSettings
 * @typedef {import("./protocol.js").Recipe} Recipe
 * @typedef {import("./protocol.js").Request} Request
 * @typedef {import("./protocol.js").Results} Results
 * @typedef {import("./recovery.js").Weights} Weights
 * @typedef {Extract<Request, {type: "frame"}>} FrameRequest
 */
import { connect } from "./connect.js";
import { Revival } from "./recovery.js";

/** Of all frames that wait: 256 MB. */
const WAITING_PIXELS = 64 * 2 ** 20;

/** @param {import("./requests.js").Job} job */
const isStill = (job) => job.request.type === "still";
/** @param {import("./requests.js").Job} job */
const isFrame = (job) => job.request.type === "frame" || job.request.type === "still";

export class Engine {
  #revival;
  #requests;
  #past;

  /**
   * @param {(notice: Notice) => void} notify
   * @param {typeof connect} [connector]  how to reach a host; tests bring their own
   */
  constructor(notify, connector = connect) {
    this.#revival = new Revival(notify, connector);
    this.#requests = this.#revival.requests;
    this.#past = this.#revival.past;
  }

  /** How long the last request of each type took, in milliseconds. */
  get timings() {
    return this.#requests.timings;
  }

  /** The newest snapshot, whoever asked for it. */
  get kept() {
    return this.#past.weights.snapshot;
  }

  /** Resolves when no rebuild is going on; rejects if the engine could not be rebuilt. */
  settled() {
    return this.#revival.settled();
  }

  /** A model with random weights, or with these. If it fails, the model that was open stays. @param {OpenSettings} settings @param {Weights} [weights] */
  open(settings, weights = {}) {
    return this.#revival.open(settings, weights);
  }

  /** @param {number} seed @param {string | import("./protocol.js").WorldSpec} [world]  by name or in full; without it the recipe's own */
  world(seed, world) {
    this.#past.world = { seed, world };
    return this.#ask({ type: "world", seed, world });
  }

  /**
   * A frame of the clip. While the engine is busy as many wait as make a clip, unless they are large: an older one that
   * has to go makes its promise resolve to null, and the next one stands for its instants too, so that the pace is kept.
   * @param {ImageBitmap} bitmap @param {number} [times]  sampling instants that it is the frame of
   * @param {number} [clip]  frames that are worth waiting @returns {Promise<Results["frame"] | null>}
   */
  frame(bitmap, times = 1, clip = 1) {
    this.#past.world = undefined;
    this.#requests.drop(isStill, (job) => job.resolve(null));
    const request = /** @type {FrameRequest} */ ({ type: "frame", bitmap, times });
    const done = this.#ask(request, [bitmap]);
    this.#thin(clip);
    return done;
  }

  /** One picture as the whole clip of a checkpoint. @param {ImageBitmap} bitmap @returns {Promise<Results["still"] | null>} */
  still(bitmap) {
    this.#past.world = undefined;
    this.#dropFrames();
    return this.#ask({ type: "still", bitmap }, [bitmap]);
  }

  clear() {
    this.#past.world = undefined;
    this.#dropFrames();
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

  /** Among how many engines steps and exams are shared, from now on. @param {number} workers  0: as many as suits */
  setWorkers(workers) {
    if (this.#past.settings) this.#past.settings = { ...this.#past.settings, workers };
    return this.#ask({ type: "workers", workers });
  }

  /** One portion of an exam, or several: the first of a new one if there are settings, or else the next. @param {import("./protocol.js").ExamSettings} [settings] */
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
    const snapshot = await this.#ask({ type: "snapshot" });
    this.#past.weights = { snapshot };
    return snapshot;
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

  /** Keeps the model as it is now. @returns {Promise<{step: number}[]>} all kept models, this one last */
  keepModel() {
    return this.#ask({ type: "keep-model" });
  }

  keptModels() {
    return this.#ask({ type: "kept-models" });
  }

  /** Looks, similarities and embeddings are of this moment from now on; null: of the newest. @param {number | null} step */
  showKeptModel(step) {
    return this.#ask({ type: "show-kept-model", step });
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
    this.#past.recipe = undefined;
    this.#past.world = run.source.kind === "world" ? { seed: run.source.seed } : undefined;
    if (this.#past.settings) this.#past.settings = { ...this.#past.settings, checkpoint: undefined };
    this.#past.weights = { snapshot: bytes };
    return run;
  }

  /** What training draws from while a camera or a file is the source. */
  bank() {
    return this.#ask({ type: "bank" });
  }

  /**
   * How surprising is the newest tubelet of the clip, and what is a fast label worth beside that?
   * @param {number} advance  frames the world moves on first: a tubelet's @param {number} [share]  how certain the label is, 0..1
   */
  surprise(advance, share) {
    return this.#ask({ type: "surprise", advance, share });
  }

  /** Breaks a law of physics in the world that is shown. @param {import("./protocol.js").Violation} violation */
  breakLaw(violation) {
    return this.#ask({ type: "break-law", violation });
  }

  /** How surprising are these clips, window by window? @param {Uint8Array} clips  RGBA, [count, F, size, size, 4] @param {number} count */
  surpriseOf(clips, count) {
    return this.#ask({ type: "surprise-of", clips, count });
  }

  /** What the alarm says, after these changes if there are any. @param {Omit<Extract<Request, {type: "alarm"}>, "type">} [change] */
  alarm(change = {}) {
    return this.#ask({ type: "alarm", ...change });
  }

  /** Hides these tokens of the clip and fills them in feature space. @param {Uint32Array} tokens */
  imagine(tokens) {
    return this.#ask({ type: "imagine", tokens });
  }

  /**
   * How near a goal each of many actions leads, from a start; both pictures of any size.
   * @param {ImageBitmap} start @param {ImageBitmap} goal @param {import("./protocol.js").EnergyWish} wish
   */
  actionEnergies(start, goal, wish) {
    return this.#ask({ type: "action-energies", start, goal, wish });
  }

  /** Predicts so many tubelets after the first `past` of the clip. @param {number} past @param {number} steps */
  roll(past, steps) {
    return this.#ask({ type: "roll", past, steps });
  }

  /** Adapts the predictor alone to what is shown. @param {number} steps @param {number} rate  learning rate */
  adapt(steps, rate) {
    return this.#ask({ type: "adapt", steps, rate });
  }

  /** The predictor as it was before. */
  undoAdaptation() {
    return this.#ask({ type: "undo-adaptation" });
  }

  /** Classes taught by a few clips. */
  examples() {
    return this.#ask({ type: "examples" });
  }

  /** @param {number} example @returns {Promise<Uint8Array>} RGBA, 24x24 */
  thumbnail(example) {
    return this.#ask({ type: "thumbnail", example });
  }

  /** @param {import("./protocol.js").Teaching} change @returns {Promise<import("./protocol.js").Examples>} as they are then */
  teach(change) {
    return this.#ask({ type: "teach", change });
  }

  /** The clip as it is becomes an example of this class. @param {number} id */
  addExample(id) {
    return this.#ask({ type: "add-example", class: id });
  }

  /** What is the clip, by those examples? */
  classify() {
    return this.#ask({ type: "classify" });
  }

  fewshotReport() {
    return this.#ask({ type: "fewshot-report" });
  }

  /** The classes with their examples as a file. */
  saveProject() {
    return this.#ask({ type: "save-project" });
  }

  /** The classes of a file in place of these, which stay if it is refused. @param {Uint8Array} bytes */
  loadProject(bytes) {
    return this.#ask({ type: "load-project", bytes });
  }

  /** What the room Act asks of its agent. @template {import("./protocol.js").ActRequest} R @param {R} request @returns {Promise<Results[R["type"]]>} */
  act(request) {
    return this.#ask(request);
  }

  presets() {
    return this.#ask({ type: "presets" });
  }

  /** A scene of the procedural world, twice. @param {import("./protocol.js").PairRequest} wish */
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
    this.#revival.cancelLoad();
  }

  loseDevice() {
    return this.#ask({ type: "lose-device" });
  }

  /** Rejects every request that has not been sent yet. */
  cancel() {
    this.#revival.cancel();
  }

  close() {
    this.#revival.close();
  }

  /** @param {Recipe} recipe */
  #accepted(recipe) {
    this.#past.recipe = recipe;
    // Its world is the one that is shown, from now on.
    if (this.#past.world) this.#past.world = { seed: this.#past.world.seed };
  }

  /** @param {number} clip  frames */
  #thin(clip) {
    const waiting = this.#requests.waiting(isFrame).map(({ request }) => /** @type {FrameRequest} */ (request));
    const pixels = waiting.reduce((sum, { bitmap }) => sum + bitmap.width * bitmap.height, 0);
    if (waiting.length <= 1 || (waiting.length <= clip && pixels <= WAITING_PIXELS)) return;
    const [oldest, next] = waiting;
    if (next) next.times = Math.min(clip, (next.times ?? 1) + (oldest?.times ?? 1));
    this.#requests.drop(
      ({ request }) => request === oldest,
      (job) => job.resolve(null),
    );
    this.#thin(clip);
  }

  /** Those that wait are of no use any more. */
  #dropFrames() {
    this.#requests.drop(isFrame, (job) => job.resolve(null));
  }

  /** @template {Request} R @param {R} request @param {Transferable[]} [transfer] @returns {Promise<Results[R["type"]]>} */
  #ask(request, transfer) {
    return this.#requests.ask(request, { transfer });
  }
}
