// @ts-check
/**
 * The page without its looks: settings, source, engine and loop behind one set of actions. Events for whoever draws:
 * `change`, `opened` (another model), `look` (detail: Look), `train` (detail: TrainReport).
 *
 * @typedef {import("./vjepa.d.ts").PageState} PageState
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./errors.js").Failure} Failure
 * @typedef {import("./protocol.js").Look} Look
 * @typedef {import("./protocol.js").Notice} Notice
 * @typedef {import("./protocol.js").Opened} Opened
 * @typedef {import("./protocol.js").Preset} Preset
 * @typedef {import("./protocol.js").TrainReport} TrainReport
 * @typedef {import("./source.js").Sources} Sources
 * @typedef {import("./source.js").SourceOptions} SourceOptions
 * @typedef {import("./state.js").Settings} Settings
 * @typedef {import("./state.js").SourceName} SourceName
 */
import { FailureError, isCrash, toFailure } from "./errors.js";
import { FRAMES_PER_SECOND } from "./feed.js";
import { History } from "./history.js";
import { Runner } from "./runner.js";
import { checked, initialSettings } from "./state.js";

/** Whoever sets one of these wants new weights, even if it had that value. */
const MODEL_SETTINGS = /** @type {const} */ (["family", "preset", "seed"]);

export class App extends EventTarget {
  settings = initialSettings();
  history = new History();
  /** @type {Opened | undefined} */
  opened;
  /** @type {Preset[]} */
  presets = [];
  /** @type {Look | undefined} */
  lastLook;
  /** @type {Failure | null} */
  error = null;
  notice = "";
  /** @type {{loaded: number, total: number, what: string} | null} */
  progress = null;
  gpuBytes = 0;
  timings = { firstFeaturesMs: /** @type {number | null} */ (null), lookMs: /** @type {number | null} */ (null), stepMs: /** @type {number | null} */ (null) };
  /** @type {SourceName | null} */
  source = null;
  clips = 0;
  #busy = true;
  /** Why the engine is being rebuilt, while it is. @type {Failure | null} */
  #cause = null;
  #dead = false;
  #held = 0;
  #lastAdvance = 0;
  #tail = Promise.resolve();
  #changeQueued = false;

  /**
   * @param {(notify: (notice: Notice) => void) => Engine} makeEngine
   * @param {(sink: import("./source.js").Sink) => Sources} makeSources
   * @param {{hidden: () => boolean, remember: (settings: Settings) => void}} page
   */
  constructor(makeEngine, makeSources, page) {
    super();
    this.page = page;
    this.engine = makeEngine((notice) => this.#noticed(notice));
    this.sources = makeSources({
      model: () => this.opened?.model ?? { size: 64, frames: 8 },
      frame: (bitmap) => this.#frame(bitmap),
      ended: (failure) => this.#sourceEnded(failure),
    });
    this.runner = new Runner({
      canLook: () => this.#canLook(),
      canTrain: () => this.#hasClip(),
      look: () => this.look(),
      train: (steps) => this.#trainChunk(steps),
      step: () => this.opened?.step ?? 0,
      stepMs: () => this.timings.stepMs ?? undefined,
      recover: (error) => this.#recover(error),
      changed: () => this.changed(),
    });
  }

  /** Opens model and source of the settings, falling back to what works. @param {Settings} settings @param {string[]} problems  to be shown */
  async start(settings, problems) {
    await this.#serially(async () => {
      await this.#openFirst(settings, problems);
      this.presets = await this.engine.presets();
    });
    await this.setSource(settings.source).catch(() => {});
    this.settings.source = this.source ?? "world";
    if (problems.length && !this.error) this.say(problems.join(" "));
    this.runner.run();
  }

  /** @returns {PageState["phase"]} */
  get phase() {
    if (this.#dead) return "error";
    if (this.#busy || !this.opened) return "loading";
    if (this.runner.training) return "training";
    return this.runner.looking && this.lastLook ? "running" : "ready";
  }

  /** Another source; if it fails the old one goes on, or else the procedural world. @param {SourceName} name @param {SourceOptions} [options] */
  setSource(name, options = {}) {
    return this.#serially(async () => {
      this.clearError();
      checked({ source: name });
      try {
        const note = await this.sources.use(name, options);
        if (note) this.say(note);
        await this.#sourceIs(name);
      } catch (error) {
        if (!this.source) await this.#sourceIs("world");
        throw this.fail(error);
      }
    });
  }

  /** Changes settings; what needs another model opens one, and the old one stays if that fails. @param {Partial<Settings>} options */
  async configure(options) {
    const changes = checked(options);
    await this.#serially(async () => {
      this.clearError();
      const next = { ...this.settings, ...changes, source: this.settings.source };
      const anew = MODEL_SETTINGS.some((name) => name in changes);
      if (anew) await this.#open(next);
      else if (next.device !== this.settings.device) await this.#open(next, await this.engine.snapshot(), false);
      this.#settingsAre(next);
      if (anew && this.source === "world") await this.#sourceIs("world");
    }).catch((error) => {
      throw this.fail(error);
    });
    if (changes.source && changes.source !== this.source) await this.setSource(changes.source);
  }

  /** One look at the clip, now. @returns {Promise<Look>} */
  async look() {
    const look = await this.engine.look(this.settings.mask, this.#advance());
    this.lastLook = look;
    this.clips += 1;
    this.history.looked(look);
    this.timings.lookMs = this.engine.timings.look ?? null;
    this.timings.firstFeaturesMs ??= performance.now();
    this.dispatchEvent(new CustomEvent("look", { detail: look }));
    this.changed();
    return look;
  }

  /** @param {number} steps @returns {Promise<{step: number, losses: number[]}>} when they are done, or training is paused */
  async train(steps) {
    if (!(steps === Infinity || Number.isInteger(steps)) || steps < 1) {
      throw new FailureError("bad-steps", `Training takes a whole number of steps from 1, or Infinity until it is paused, not ${steps}.`);
    }
    if (!this.opened) throw new FailureError("not-open", "No model is open yet: wait for vjepa.ready.");
    this.clearError();
    const before = this.opened.step;
    await this.runner.train(steps);
    return { step: this.opened.step, losses: this.history.lossesSince(before) };
  }

  pause() {
    return this.runner.pause();
  }

  /** Looking goes on after a pause. */
  resume() {
    this.runner.resume();
  }

  /** The model as a file, to go on with later; without an engine, as it was saved last. @returns {Promise<Uint8Array>} safetensors */
  async save() {
    if (this.#dead && this.engine.kept) return this.engine.kept;
    return this.engine.snapshot();
  }

  /** @param {Uint8Array} snapshot  as `save` gives it */
  restore(snapshot) {
    return this.#serially(async () => {
      this.clearError();
      await this.#open(this.settings, snapshot);
      const { family, preset } = /** @type {Opened} */ (this.opened).model;
      this.#settingsAre({ ...this.settings, family, preset });
    }).catch((error) => {
      throw this.fail(error);
    });
  }

  /** Shows a sentence that is no error. @param {string} notice */
  say(notice) {
    this.notice = notice;
    this.changed();
  }

  /** Shows an error once, and hands it back to be thrown. @param {any} error */
  fail(error) {
    this.error = toFailure(error);
    this.changed();
    return error;
  }

  clearError() {
    this.error = null;
    this.notice = "";
    this.changed();
  }

  /** Tells the views, once a turn. */
  changed() {
    if (this.#changeQueued) return;
    this.#changeQueued = true;
    queueMicrotask(() => {
      this.#changeQueued = false;
      this.dispatchEvent(new Event("change"));
    });
  }

  /** Settings, source and snapshots change one after another. @template T @param {() => Promise<T>} action @returns {Promise<T>} */
  #serially(action) {
    const done = this.#tail.then(action);
    this.#tail = done.then(() => {}, () => {});
    return done;
  }

  /** The address may ask for what this machine lacks: then the initial settings have to do. @param {Settings} settings @param {string[]} problems */
  async #openFirst(settings, problems) {
    const attempts = [settings, { ...settings, device: initialSettings().device }, { ...initialSettings(), source: settings.source }];
    for (const attempt of attempts) {
      try {
        await this.#open(attempt);
        this.settings = attempt;
        return;
      } catch (error) {
        const { message } = toFailure(error);
        if (attempt === attempts.at(-1)) throw this.#die(error);
        if (!problems.includes(message)) problems.push(message);
      }
    }
  }

  /** @param {Settings} settings @param {Uint8Array} [snapshot] @param {boolean} [anew]  these are other weights than before */
  async #open(settings, snapshot, anew = true) {
    this.#busy = true;
    if (this.runner.training) this.runner.pause();
    this.changed();
    try {
      const opened = await this.engine.open(settings, snapshot);
      this.lastLook = undefined;
      this.clips = 0;
      this.#openedIs(opened);
      if (anew) this.#startHistory();
    } catch (error) {
      if (isCrash(error)) this.#die(error);
      throw error;
    } finally {
      this.#busy = false;
      this.changed();
    }
  }

  /** These are other weights: their past is not what was drawn so far. */
  #startHistory() {
    this.history = new History();
    this.history.restart(this.opened?.step ?? 0);
    this.dispatchEvent(new Event("opened"));
  }

  /** @param {Opened} opened */
  #openedIs(opened) {
    this.opened = opened;
    if (opened.device.kind === "cpu") this.gpuBytes = 0;
    this.#dead = false;
    this.progress = null;
    this.#held = 0;
    this.timings.stepMs = null;
    this.history.restart(opened.step);
    this.changed();
  }

  /** @param {Settings} settings */
  #settingsAre(settings) {
    this.settings = settings;
    this.page.remember(settings);
    this.changed();
  }

  /** @param {SourceName} name */
  async #sourceIs(name) {
    this.#held = 0;
    this.#lastAdvance = performance.now();
    this.source = name;
    this.#settingsAre({ ...this.settings, source: name });
    if (name === "world") await this.engine.world(this.settings.seed);
    else await this.engine.clear();
    this.runner.resume();
  }

  /** @param {FailureError} failure */
  #sourceEnded(failure) {
    this.setSource("world").catch(() => {}).then(() => this.fail(new FailureError(failure.code, `${failure.message} The procedural world is shown meanwhile.`)));
  }

  /** @param {ImageBitmap} bitmap */
  async #frame(bitmap) {
    try {
      this.#held = (await this.engine.frame(bitmap))?.held ?? this.#held;
    } catch (error) {
      if (!this.#passes(error)) this.fail(error);
    }
  }

  #canLook() {
    return this.#hasClip() && !(this.page.hidden() && this.lastLook);
  }

  #hasClip() {
    if (this.#busy || !this.opened) return false;
    return this.source === "world" || this.#held >= this.opened.model.frames;
  }

  /** Frames the world has to move on since the last look. */
  #advance() {
    const now = performance.now();
    const frames = Math.round(((now - this.#lastAdvance) * FRAMES_PER_SECOND) / 1000);
    this.#lastAdvance = now;
    return Math.max(1, Math.min(frames, this.opened?.model.frames ?? 1));
  }

  /** @param {number} steps */
  async #trainChunk(steps) {
    const report = await this.engine.train(steps);
    if (this.opened) this.opened.step = report.step;
    this.timings.stepMs = (this.engine.timings.train ?? 0) / steps;
    this.history.trained(report);
    this.dispatchEvent(new CustomEvent("train", { detail: report }));
    this.changed();
  }

  /** What happens to any request while engines are replaced. @param {any} error */
  #passes(error) {
    return isCrash(error) || error?.code === "cancelled";
  }

  /** @param {any} error @returns {Promise<boolean>} */
  async #recover(error) {
    if (error?.code === "short-clip") return (this.#held = 0), true;
    if (!this.#passes(error)) return this.fail(error), false;
    await this.#tail;
    return this.engine.settled().then(() => true, () => false);
  }

  /** No engine is left. @param {any} error */
  #die(error) {
    this.#dead = true;
    return this.fail(error);
  }

  /** @param {Notice} notice */
  #noticed(notice) {
    switch (notice.notice) {
      case "progress": this.progress = notice; break;
      case "gpu": this.gpuBytes = notice.bytes; break;
      case "gpu-error": this.error = notice.error; break;
      case "lost": this.#lost(notice.error); break;
      case "engine": this.#engineIs(notice.opened); break;
    }
    this.changed();
  }

  /** @param {Failure} error */
  #lost(error) {
    this.#busy = true;
    this.#cause = error;
    this.gpuBytes = 0;
    this.notice = "";
    this.error = { code: error.code, message: `${error.message} The engine is being rebuilt from the last save.` };
    this.engine.settled().catch((failure) => this.#die(failure));
  }

  /** A rebuilt engine, or one that the session moved to. @param {Opened} opened */
  #engineIs(opened) {
    const { stepMs } = this.timings;
    const moved = opened.device.kind !== this.opened?.device.kind;
    this.#openedIs(opened);
    if (!this.#cause) return void (this.timings.stepMs = moved ? null : stepMs);
    this.notice = `${this.#cause.message} The engine was rebuilt and goes on from training step ${opened.step}.`;
    this.#cause = null;
    this.#busy = false;
    this.error = null;
  }
}
