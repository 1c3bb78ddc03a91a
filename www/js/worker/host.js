// @ts-check
/**
 * Owns the wasm engines and answers the page's requests, one at a time. Runs in engine-worker.js, or on the page itself where
 * workers lack WebGPU. With `device: "auto"` it starts on the CPU engine and lets choose-device.js look at WebGPU behind it.
 *
 * @typedef {import("../engine/protocol.js").DeviceInfo} DeviceInfo
 * @typedef {import("../base/messages.js").Message} Message
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {import("../engine/protocol.js").ModelInfo} ModelInfo
 * @typedef {import("../engine/protocol.js").Notice} Notice
 * @typedef {import("../engine/protocol.js").Opened} Opened
 * @typedef {import("../engine/protocol.js").OpenSettings} OpenSettings
 * @typedef {import("../engine/protocol.js").Request & {id: number}} Request
 * @typedef {import("../engine/protocol.js").WasmEngine} WasmEngine
 *
 * @typedef {import("./wasm-modules.js").OpenModule} OpenModule
 * @typedef {{kind: DeviceKind, engine: WasmEngine, device: DeviceInfo, constants: import("../engine/protocol.js").Constants, model: ModelInfo, report?: import("../engine/protocol.js").LoadReport}} Session
 *   `report`: of a checkpoint
 *
 * @typedef {object} Port            a MessagePort or a worker's global scope
 * @property {(message: any, transfer: Transferable[]) => void} postMessage
 * @property {((event: MessageEvent) => void) | null} onmessage
 *
 * @typedef {object} Environment           what the host needs of the place it runs in; tests bring their own
 * @property {typeof import("./load-wasm.js").loadEngine} load
 * @property {() => Promise<import("./watch-gpu.js").AdapterReport | null>} findAdapter
 * @property {(events: {lost: (reason: string) => void, error: (message: string) => void}) => import("./watch-gpu.js").GpuWatch} watchGpu
 * @property {import("./tiles.js").KeptTiles} keptTiles
 * @property {(listener: (error: any) => void) => () => void} onStrayError  errors that no promise carries, such as a trap
 *   in a Rust task; returns what stops listening
 * @property {(bitmap: ImageBitmap, size: number) => Uint8Array} rgba
 * @property {(bitmap: ImageBitmap) => import("./frame-history.js").Picture} picture   as it is
 * @property {(onProblem: (problem: FailureError) => void) => Promise<import("../weights/store.js").Store | null>} openStore
 * @property {typeof fetch} fetch
 * @property {number | null} memoryBytes   what the browser says the machine has
 * @property {number} cores           likewise
 * @property {((ends: import("./helpers.js").Ends) => import("./helpers.js").Link) | null} startHelper   another worker like this one
 * @property {(ms: number) => Promise<void>} sleep
 * @property {() => boolean} hasSimd
 * @property {() => number} now       milliseconds
 * @property {boolean} webgpu         the realm has `navigator.gpu`
 * @property {boolean} [onPage]       it is the page itself, and no worker
 * @property {string} userAgent
 */
import { message } from "../base/messages.js";
import { answer } from "./clip-answers.js";
import { ClipHistory } from "./frame-history.js";
import { engineCount } from "./cores.js";
import { FailureError, failed, isCrash, isTrap, isUnread, noSimd, noWebGpu, toFailure } from "../base/errors.js";
import { blobOf } from "./exported-folder.js";
import { Helpers } from "./helpers.js";
import { keepingOf } from "./cached-files.js";
import { Modules, release } from "./wasm-modules.js";
import { prove } from "./reference-check.js";
import { Snapshots } from "./recovery-snapshots.js";
import { deviceFor, upgrade } from "./choose-device.js";

/** Weights, EMA copy and two moments in f32; above this a snapshot could exhaust a 4 GiB wasm memory. */
const SNAPSHOT_BYTES_A_PARAM = 16;
const SNAPSHOT_BYTES_MAX = 1 << 30;
/** A browser tells of a device that is gone within so long after what was asked of it failed. */
const LOSS_MS = 250;

export class Host {
  /** @type {Session | undefined} */
  session;
  clip = new ClipHistory();
  /** Why this engine runs. @type {Message[]} */
  why = [];
  /** A measurement found WebGPU faster here, so "auto" opens the next model there at once. */
  prefersGpu = false;
  /** Other engines that share its work. */
  helpers;
  #modules;
  #snapshots;
  /** How many engines share work, by the settings; 0: as many as suits. */
  #workers = 0;
  #tail = Promise.resolve();
  #upgrading = new AbortController();
  /** Ends the loading of a checkpoint. */
  #loading = new AbortController();
  /** @type {Promise<import("../weights/store.js").Store | null> | undefined} */
  #store;
  /** The agent of the room Act; its module is fetched on first use. @type {Promise<import("./act-answers.js").ActAnswers> | undefined} */
  #agent;
  #gpuBytes = 0;
  #stopListening;

  /** @param {Port} port @param {Environment} realm */
  constructor(port, realm) {
    this.port = port;
    this.realm = realm;
    const onProgress = (/** @type {any} */ progress) => this.notify({ notice: "progress", ...progress });
    this.#modules = new Modules(realm, () => this.gpu.subgroup(), onProgress);
    this.helpers = new Helpers({
      start: realm.startHelper,
      compiled: () => this.#modules.compiledOf("cpu"),
      sleep: (ms) => realm.sleep(ms),
    });
    this.#snapshots = new Snapshots({
      now: () => realm.now(),
      take: () => this.exclusive(() => this.#snapshots.taken(() => this.#snapshot())),
    });
    this.gpu = realm.watchGpu({
      lost: (reason) =>
        this.#broke("webgpu", new FailureError("device-lost", "The GPU device was lost ({why}).", { why: reason })),
      error: (message) => this.#uncaptured(message),
    });
    this.#stopListening = realm.onStrayError((error) => this.#stray(error));
    port.onmessage = (event) => this.#receive(event.data);
    this.notify({ notice: "hello", webgpu: realm.webgpu });
  }

  /** For a host on the page; a worker is simply terminated. */
  close() {
    this.#upgrading.abort();
    this.#loading.abort();
    this.#snapshots.stop();
    this.helpers.stop();
    this.gpu.stop();
    this.#stopListening();
    this.port.onmessage = null;
  }

  /** @param {Notice} notice @param {Transferable[]} [transfer] */
  notify(notice, transfer = []) {
    this.port.postMessage(notice, transfer);
  }

  /**
   * Runs a job between requests: the queue of one that keeps an engine from being entered twice.
   * @template T @param {() => T | Promise<T>} job @returns {Promise<T>}
   */
  exclusive(job) {
    const done = this.#tail.then(job);
    this.#tail = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** As `Modules.guard`. @template T @param {DeviceKind} kind @param {() => Promise<T>} work @returns {Promise<T>} */
  guard(kind, work) {
    return this.#modules.guard(kind, work);
  }

  /** The engine's module with its device open; fetched on first use. @param {DeviceKind} kind @returns {Promise<OpenModule>} */
  module(kind) {
    return this.#modules.get(kind);
  }

  /** @param {DeviceKind} kind @param {Request & {type: "open"}} request @returns {Promise<Session>} */
  async #start(kind, { settings: { family, preset, seed }, snapshot, start }) {
    const { module, device, constants } = await this.module(kind);
    const engine = snapshot
      ? module.Engine.restore(snapshot)
      : module.Engine.create(JSON.stringify({ family, preset, seed }));
    try {
      if (start && !snapshot) engine.startFrom(start, JSON.stringify(null));
      if (kind === "webgpu") await this.prewarm(engine);
      return { kind, engine, device, constants, model: JSON.parse(engine.info()) };
    } catch (error) {
      release(engine);
      throw error;
    }
  }

  /** Compiles GPU kernels now rather than in the middle of the first look or step. @param {WasmEngine} engine */
  async prewarm(engine) {
    this.notify({
      notice: "progress",
      loaded: 0,
      total: 0,
      what: message("loading.kernels", "Getting the GPU kernels ready"),
    });
    await this.guard("webgpu", () => engine.prewarm());
  }

  /** Where files are kept in this browser; null where it keeps none. */
  store() {
    return (this.#store ??= this.realm.openStore((problem) =>
      this.notify({ notice: "storage", error: toFailure(problem) }),
    ));
  }

  /** Makes another engine the session's, and lets go of the old one. @param {Session} next @param {Message[]} why */
  adopt(next, why) {
    const old = this.session;
    this.session = next;
    this.why = why;
    this.helpers.stop();
    if (old) release(old.engine);
  }

  /** Who shares the work of an engine, if anybody. @param {Pick<Session, "kind" | "model">} session */
  sharing({ kind, model }) {
    return this.helpers.among(engineCount(this.#workers, this.realm, model, kind));
  }

  /** @returns {Opened} */
  opened() {
    const { device, constants, model, engine, report } = this.#open();
    return { device, why: this.why, model, constants, step: engine.step(), ...(report && { report }) };
  }

  #open() {
    if (!this.session) throw new FailureError("not-open", "No model is open yet: wait until the engine has loaded.");
    return this.session;
  }

  /** One request after another, but for what ends one. @param {Request} request */
  #receive(request) {
    if (request.type === "cancel-load") {
      this.#loading.abort();
      return this.port.postMessage({ id: request.id, ok: true, value: null }, []);
    }
    if (request.type === "compiled") return this.#modules.compiled(request.kind, request.port);
    if (request.type === "open") this.#loading = new AbortController();
    this.exclusive(() => this.#answer(request));
  }

  /** @param {Request} request */
  async #answer(request) {
    try {
      const value = await this.#handle(request);
      this.port.postMessage({ id: request.id, ok: true, value }, buffersOf(value));
    } catch (error) {
      const trapped = isTrap(error);
      // Where the device is gone the browser says so in a moment, and why: the page learns that instead.
      if (isUnread(error)) await this.realm.sleep(LOSS_MS);
      this.port.postMessage({ id: request.id, ok: false, error: toFailure(error) }, []);
      if (trapped && this.session) this.#broke(this.session.kind, error);
    }
    this.#reportMemory();
  }

  /** @param {Request} request @returns {any} the value of `Results[request.type]`, or a promise of it */
  #handle(request) {
    if (isAct(request)) return this.#actAnswers().then((answers) => answers.answer(request));
    switch (request.type) {
      case "open":
        return this.#openSession(request);
      case "prepare":
        return this.#prepare(request.device);
      case "preview":
        return this.#preview(request.settings, request.world);
      case "presets":
        return this.#presets();
      case "pair":
        return this.#pair(request.wish);
      case "kept":
        return this.store().then(keepingOf);
      case "forget":
        return this.#forget(request.key);
      case "prove":
        return this.#prove();
      case "lose-device":
        return (this.gpu.loseDevice(), null);
      case "workers":
        return ((this.#workers = request.workers), null);
      case "help":
        return this.#help(request.job, request.spare);
    }
    const { engine, kind, model } = this.#open();
    switch (request.type) {
      case "world":
        return (this.clip.startWorld(engine, request.seed, model.frames, request.world), null);
      case "clear":
        return (this.clip.clear(engine), null);
      case "frame":
        this.#push(engine, model, request.bitmap, request.times);
        return { held: engine.framesHeld() };
      case "still":
        this.clip.showStill(engine, this.realm.picture(request.bitmap));
        return { held: engine.framesHeld() };
      case "look":
        this.clip.advance(engine, request.advance);
        return this.guard(kind, () => engine.look(request.mask));
      case "similarity":
        return engine.similarity(request.token);
      case "embed":
        return this.guard(kind, () => engine.embed(request.frames));
      case "snapshot":
        return this.guard(kind, () => engine.snapshot());
      case "train":
        return this.#train(request.steps);
      case "recipe":
        return JSON.parse(engine.recipe());
      case "set-recipe":
        return (engine.setRecipe(JSON.stringify(request.recipe)), null);
      case "set-rates":
        return (engine.setRates(JSON.stringify(request.rates)), JSON.parse(engine.recipe()));
      case "keep-model":
        return (engine.keepModel(), JSON.parse(engine.keptModels()));
      case "kept-models":
        return JSON.parse(engine.keptModels());
      case "show-kept-model":
        return (engine.showKeptModel(request.step ?? undefined), null);
      case "rewind":
        return (engine.rewind(request.step), { step: engine.step() });
      case "export-run":
        return this.guard(kind, () => engine.exportRun(request.notes));
      case "import-run":
        return this.#importRun(request.bytes);
      case "bank":
        return JSON.parse(engine.bank());
      case "exam":
        if (request.settings) engine.beginExam(JSON.stringify(request.settings));
        return this.guard(kind, () => engine.examine(this.sharing({ kind, model }))).then(JSON.parse);
      case "end-exam":
        return (engine.endExam(), null);
      case "export":
        return this.guard(kind, () => blobOf((sink) => engine.exportFolder(request.dtype, sink)));
      default:
        return answer(request, {
          engine,
          advance: (frames) => this.clip.advance(engine, frames),
          guard: (work) => this.guard(kind, work),
          picture: this.realm.picture,
        });
    }
  }

  #actAnswers() {
    if (this.#agent) return this.#agent;
    const session = () => this.session;
    const realm = { session, module: this.module.bind(this), guard: this.guard.bind(this) };
    this.#agent = part(import("./act-answers.js")).then(
      ({ ActAnswers }) => new ActAnswers(realm),
      (error) => {
        this.#agent = undefined;
        throw error;
      },
    );
    return this.#agent;
  }

  /** @param {WasmEngine} engine @param {ModelInfo} model @param {ImageBitmap} bitmap @param {number} [times]  frames of the clip that it is */
  #push(engine, model, bitmap, times = 1) {
    const taken = model.checkpoint ? this.realm.picture(bitmap) : this.realm.rgba(bitmap, model.size);
    for (let i = 0; i < Math.min(times, model.frames); i++) {
      if (taken instanceof Uint8Array) this.clip.push(engine, taken, model.frames);
      else this.clip.pushPicture(engine, taken);
    }
  }

  /** @param {string} key */
  async #forget(key) {
    const store = await this.store();
    await store?.remove(key);
    return keepingOf(store);
  }

  async #prove() {
    const kind = this.session?.kind ?? "cpu";
    const { module } = await this.module(kind);
    return prove((fixture) => this.guard(kind, () => module.Engine.prove(fixture)), this.realm.fetch);
  }

  /** What another engine shares. @param {import("../engine/protocol.js").Job} job @param {Float32Array} [spare] */
  async #help({ kind, task, clips, weights }, spare) {
    const { module } = await this.module("cpu");
    return { numbers: await this.guard("cpu", () => module.help(kind, task, clips, weights, spare)), weights };
  }

  async #presets() {
    const { module } = await this.module(this.session?.kind ?? "cpu");
    return JSON.parse(module.presets());
  }

  /** @param {import("../engine/protocol.js").PairRequest} wish @returns {Promise<import("../engine/protocol.js").MatchedPair>} */
  async #pair(wish) {
    const { module } = await this.module(this.session?.kind ?? "cpu");
    const { possible, impossible, facts } = module.drawPair(JSON.stringify(wish));
    return { possible, impossible, ...JSON.parse(facts) };
  }

  /** Fetches the engine that a model would be opened on, and opens its device. @param {OpenSettings["device"]} asked @returns {Promise<null>} */
  async #prepare(asked) {
    await this.module(await this.#kindFor(asked));
    return null;
  }

  /** By a model of its own, of which nothing else is shown. @param {OpenSettings} settings @param {number} world @returns {Promise<import("../engine/protocol.js").Preview | null>} */
  async #preview({ device, family, preset, seed }, world) {
    if ((await this.#kindFor(device)) !== "cpu") return null;
    const { module, constants } = await this.module("cpu");
    const engine = module.Engine.create(JSON.stringify({ family, preset, seed }));
    try {
      const { size, frames: length } = JSON.parse(engine.info());
      new ClipHistory().startWorld(engine, world, length);
      const { frames, grid, tubelet } = await this.guard("cpu", () => engine.look(constants.masks[0] ?? ""));
      return { frames, grid, tubelet, size };
    } finally {
      release(engine);
    }
  }

  /** What a model that is no checkpoint is opened on. @param {OpenSettings["device"]} asked @returns {Promise<DeviceKind>} */
  async #kindFor(asked) {
    if (!this.realm.hasSimd()) throw noSimd(this.realm.userAgent);
    if (asked === "cpu" || (asked === "auto" && !this.prefersGpu)) return "cpu";
    await this.#requireAdapter();
    return "webgpu";
  }

  /** The old session is let go only when the new one stands. @param {Request & {type: "open"}} request */
  async #openSession(request) {
    const { device, checkpoint, workers = 0 } = request.settings;
    this.#workers = workers;
    this.#upgrading.abort();
    this.#upgrading = new AbortController();
    if (checkpoint) return this.#openCheckpoint(device, checkpoint);
    const kind = await this.#kindFor(device);
    const next = await this.#start(kind, request);
    this.#begin(next, [whyStarted(device, next.device)]);
    const { signal } = this.#upgrading;
    // After the reply to this request, which the outcome would otherwise overtake.
    if (device === "auto" && kind === "cpu") this.exclusive(() => {}).then(() => upgrade(this, signal));
    return this.opened();
  }

  /** @param {OpenSettings["device"]} asked @param {import("../engine/protocol.js").CheckpointSettings} checkpoint */
  async #openCheckpoint(asked, checkpoint) {
    const { signal } = this.#loading;
    if (!this.realm.hasSimd()) throw noSimd(this.realm.userAgent);
    if (asked === "webgpu") await this.#requireAdapter();
    const { loadCheckpoint } = await part(import("./open-checkpoint.js"));
    const chosen = asked === "auto" ? await deviceFor(this.realm) : { kind: asked, why: null };
    const { session, why } = await loadCheckpoint(this, chosen.kind, checkpoint, signal);
    this.#begin(session, [chosen.why ?? whyStarted(asked, session.device), why]);
    return this.opened();
  }

  /** Whatever was going on with the old session is over. @param {Session} next @param {Message[]} why */
  #begin(next, why) {
    this.adopt(next, why);
    this.#restart();
  }

  #restart() {
    this.clip = new ClipHistory();
    this.#snapshots.restart();
  }

  async #requireAdapter() {
    if (!this.realm.webgpu)
      throw noWebGpu(this.realm.userAgent, message("no-webgpu.here", "This browser offers no WebGPU here"));
    if (!(await this.realm.findAdapter()))
      throw noWebGpu(this.realm.userAgent, message("no-webgpu.adapter", "This browser found no WebGPU adapter"));
  }

  /** @param {number} steps */
  async #train(steps) {
    const { engine, kind, model } = this.#open();
    const began = this.realm.now();
    const report = JSON.parse(await this.guard(kind, () => engine.train(steps, this.sharing({ kind, model }))));
    this.#snapshots.trained(this.realm.now() - began);
    return report;
  }

  /** @param {Uint8Array} bytes @returns {Promise<import("../engine/protocol.js").Results["import-run"]>} */
  async #importRun(bytes) {
    const session = this.#open();
    const run = JSON.parse(session.engine.importRun(bytes));
    // The engine holds another model now, without a clip.
    const next = (this.session = { ...session, model: JSON.parse(session.engine.info()), report: undefined });
    this.#restart();
    if (next.kind === "webgpu") await this.prewarm(next.engine);
    if (run.source.seed !== undefined) this.clip.startWorld(next.engine, run.source.seed, next.model.frames);
    return { ...run, opened: this.opened() };
  }

  /** For the page to keep. */
  async #snapshot() {
    const { engine, kind, model } = this.#open();
    if (model.params * SNAPSHOT_BYTES_A_PARAM > SNAPSHOT_BYTES_MAX) return;
    try {
      const snapshot = await this.guard(kind, () => engine.snapshot());
      this.notify({ notice: "snapshot", snapshot, step: engine.step() }, buffersOf(snapshot));
    } catch (error) {
      if (isUnread(error)) await this.realm.sleep(LOSS_MS);
      // Of an engine that broke the page knows, and goes on from the save before.
      if (!this.#modules.has(kind)) return;
      console.error("Autosave failed:", error);
      this.#stray(error);
    }
  }

  #reportMemory() {
    const bytes = this.gpu.bytes();
    if (bytes !== this.#gpuBytes) this.notify({ notice: "gpu", bytes: (this.#gpuBytes = bytes) });
  }

  /** @param {string} text */
  #uncaptured(text) {
    console.error(`WebGPU: ${text}`);
    const [cause] = text.trim().split("\n");
    const said = message(
      "gpu-error",
      "WebGPU reported an error ({why}), so results may be wrong: save the weights and go on with the CPU engine.",
      { why: cause ?? "" },
    );
    this.notify({ notice: "gpu-error", error: failed(said) });
  }

  /** @param {any} error */
  #stray(error) {
    if (!isTrap(error) && !isCrash(error)) return;
    // The stack names the module that trapped; where it does not, the session's engine is the one most likely at work.
    const stack = String(error.stack);
    const kind = /engine\/webgpu\//.test(stack) ? "webgpu" : /engine\/cpu\//.test(stack) ? "cpu" : this.session?.kind;
    if (kind) this.#broke(kind, error);
  }

  /** An engine is gone: whoever waits for it learns now, and if it was the session's, so does the page. @param {DeviceKind} kind @param {any} error */
  #broke(kind, error) {
    this.#modules.broke(kind, error);
    this.#agent?.then(
      (agent) => agent.broke(kind),
      () => {},
    );
    if (this.session?.kind === kind) this.notify({ notice: "lost", error: toFailure(error) });
  }
}

/** Modules that are fetched when they are first needed. @template T @param {Promise<T>} arriving @returns {Promise<T>} */
function part(arriving) {
  return arriving.catch((error) => {
    throw new FailureError(
      "engine-missing.part",
      "A part of the engine could not be loaded ({why}): check the connection and reload the page; if it stays so, files are missing on the server.",
      { why: error.message },
    );
  });
}

/** @param {Request} request @returns {request is import("../engine/protocol.js").ActRequest & {id: number}} */
const isAct = (request) => request.type.startsWith("actor-");

/** @param {OpenSettings["device"]} asked @param {DeviceInfo} device */
function whyStarted(asked, device) {
  if (asked === "cpu") return message("device.cpu-chosen", "The CPU was chosen in the settings.");
  if (asked === "auto") {
    return device.kind === "webgpu"
      ? message("device.measured", "WebGPU runs it: it was the faster of the two when measured on this machine.")
      : message("device.cpu-first", "The CPU engine answers first while WebGPU is looked at.");
  }
  return device.software
    ? message(
        "device.software-chosen",
        "WebGPU was chosen in the settings; its adapter is software, so the CPU engine would be faster.",
      )
    : message("device.webgpu-chosen", "WebGPU was chosen in the settings.");
}

/**
 * The buffers of a value's typed arrays, to be moved instead of copied.
 * @param {any} value @returns {ArrayBuffer[]}
 */
export function buffersOf(value) {
  const arrays = ArrayBuffer.isView(value) ? [value] : Object.values(value ?? {}).filter(ArrayBuffer.isView);
  const whole = arrays.filter((array) => array.byteLength === array.buffer.byteLength);
  return [...new Set(whole.map((array) => /** @type {ArrayBuffer} */ (array.buffer)))];
}
