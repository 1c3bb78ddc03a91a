// @ts-check
/**
 * The page without its looks: settings, source, engine and loop behind one set of actions. Events for whoever draws:
 * `change`, `opened` (another model), `look` (detail: Look), `train` (detail: TrainReport), `choose` (detail: a
 * checkpoint's id: its licence is to be agreed to before it is loaded).
 *
 * @typedef {import("./vjepa.d.ts").PageState} PageState
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./errors.js").Failure} Failure
 * @typedef {import("./protocol.js").CheckpointSettings} CheckpointSettings
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
import { nameOfSource, recognised, sourceNamed } from "./catalogue.js";
import { FailureError, isCrash, toFailure } from "./errors.js";
import { FRAMES_PER_SECOND } from "./feed.js";
import { History } from "./history.js";
import { Runner } from "./runner.js";
import { SETTINGS, checked, initialSettings } from "./state.js";

/** Whoever sets one of these wants new weights, even if it had that value. */
const MODEL_SETTINGS = /** @type {const} */ (["family", "preset", "seed"]);
/** What says which checkpoint, if any. */
const CHECKPOINT_SETTINGS = /** @type {const} */ (["model", "precision", "frames"]);

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
  /** How far a checkpoint is that is being loaded. @type {import("./protocol.js").Loading | null} */
  loading = null;
  /** Files kept in this browser. @type {import("./protocol.js").Kept[]} */
  kept = [];
  /** @type {import("./protocol.js").Usage | null} */
  usage = null;
  /** How this engine compares with the reference. @type {import("./protocol.js").ProofRow[] | null} */
  proof = null;
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
  /** The one that is open, if the model is one. @type {CheckpointSettings | undefined} */
  #checkpoint;

  /**
   * @param {(notify: (notice: Notice) => void) => Engine} makeEngine
   * @param {(sink: import("./source.js").Sink) => Sources} makeSources
   * @param {{hidden: () => boolean, remember: (settings: Settings) => void, persist: () => Promise<boolean>}} page
   *   `persist` asks the browser not to clear what this page keeps, which only a page may
   */
  constructor(makeEngine, makeSources, page) {
    super();
    this.page = page;
    this.engine = makeEngine((notice) => this.#noticed(notice));
    this.sources = makeSources({
      model: () => this.opened?.model ?? { size: 64, frames: 8 },
      frame: (bitmap) => this.#frame(() => this.engine.frame(bitmap)),
      still: (bitmap) => this.#frame(() => this.engine.still(bitmap)),
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
      await this.#openFirst(withoutCheckpoint(settings), problems);
      this.presets = await this.engine.presets();
    });
    await this.setSource(settings.source).catch(() => {});
    this.settings.source = this.source ?? "world";
    if (problems.length && !this.error) this.say(problems.join(" "));
    this.runner.run();
    this.#refreshFiles();
    if (settings.model) await this.#loadFirst(settings).catch(() => {});
  }

  /** What came of loading the checkpoint that is open. */
  get report() {
    return this.opened?.report ?? null;
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
      const checkpoint = this.#checkpointAsked(changes);
      const next = { ...this.settings, ...changes, source: this.settings.source };
      if (checkpoint) await this.#openCheckpoint(checkpoint, next);
      else await this.#configureOwn(next, changes);
    }).catch((error) => {
      throw this.#refuse(error);
    });
    if (changes.source && changes.source !== this.source) await this.setSource(changes.source);
  }

  /** A checkpoint in place of the model; if that fails, the old one stays. @param {CheckpointSettings} checkpoint */
  async load(checkpoint) {
    try {
      await this.#serially(async () => {
        this.clearError();
        await this.#openCheckpoint(checkpoint, this.settings);
      });
    } catch (error) {
      throw this.#refuse(error);
    } finally {
      this.#refreshFiles();
    }
  }

  /** Whoever waits for the checkpoint gets "cancelled". */
  async cancelLoad() {
    this.engine.cancelLoad();
  }

  /** Removes a file that is kept in this browser. @param {string} key */
  async forget(key) {
    this.clearError();
    try {
      this.#filesAre(await this.engine.forget(key));
    } catch (error) {
      throw this.fail(error);
    }
  }

  /** Asks the browser not to clear what is kept. */
  async persist() {
    this.clearError();
    if (!(await this.page.persist())) this.say("The browser did not promise to keep the files: it may clear them if the disk runs low.");
    this.#refreshFiles();
  }

  /** Compares this engine with the reference implementation. @returns {Promise<import("./protocol.js").ProofRow[]>} */
  async prove() {
    this.clearError();
    try {
      this.proof = await this.engine.prove();
      this.changed();
      return this.proof;
    } catch (error) {
      throw this.fail(error);
    }
  }

  /** A scene of the procedural world as it can be and as it can't, or why there is none. @param {import("./protocol.js").PairWish} wish */
  async pair(wish) {
    try {
      return { pair: await this.engine.pair(wish) };
    } catch (error) {
      return { problem: toFailure(error).message };
    }
  }

  /** The model as a Hugging Face folder in a zip. @param {"f32"|"f16"} dtype @returns {Promise<Blob>} */
  async exportFolder(dtype) {
    this.clearError();
    try {
      return await this.engine.exportFolder(dtype);
    } catch (error) {
      throw this.fail(error);
    }
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
    if (this.opened.model.checkpoint) throw this.fail(new FailureError("frozen", "A loaded checkpoint is for looking: start a new model to train one."));
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
      await this.#open(this.settings, { snapshot });
      const { family, preset } = /** @type {Opened} */ (this.opened).model;
      this.#settingsAre(withoutCheckpoint({ ...this.settings, ...allowed({ family, preset }) }));
      await this.#newModel(false);
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

  /** As `fail`; that somebody cancelled is no error. @param {any} error */
  #refuse(error) {
    if (error?.code !== "cancelled") return this.fail(error);
    this.say(error.message);
    return error;
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

  /** The checkpoint of the address, unless somebody has to agree to something first. @param {Settings} settings */
  async #loadFirst({ model, precision, frames }) {
    const source = /** @type {import("./protocol.js").CheckpointSource} */ (sourceNamed(model));
    const known = recognised(source);
    if (!known?.licence.nonCommercial) return this.load({ source, precision, frames });
    this.say(`${known.title} is for no commercial use (${known.licence.name}): agree to that to load it.`);
    this.dispatchEvent(new CustomEvent("choose", { detail: known.id }));
  }

  /**
   * The checkpoint that these changes ask for: another one, or the open one in another way.
   * @param {Partial<Settings>} changes @returns {CheckpointSettings | undefined}
   */
  #checkpointAsked(changes) {
    const { precision, frames } = { ...this.settings, ...changes };
    const named = changes.model && sourceNamed(changes.model);
    if (named) return { source: named, precision, frames };
    const open = this.#checkpoint;
    if (!open || changes.model === "" || MODEL_SETTINGS.some((name) => name in changes)) return undefined;
    const { device } = this.settings;
    const other = "precision" in changes || "frames" in changes || (changes.device ?? device) !== device;
    return other ? { ...open, ...(changes.precision && { precision }), ...(changes.frames !== undefined && { frames }) } : undefined;
  }

  /** @param {CheckpointSettings} checkpoint @param {Settings} settings  the rest of them */
  async #openCheckpoint(checkpoint, settings) {
    const before = { settings: this.settings, checkpoint: this.#checkpoint, snapshot: this.engine.kept };
    this.loading = { what: "Loading the checkpoint", loaded: 0, total: 0, tensors: 0, ofTensors: 0 };
    try {
      await this.#open(settings, { checkpoint });
    } catch (error) {
      // The old model went with the engine that crashed, but what was saved of it is here.
      if (isCrash(error)) await this.#open(before.settings, before).catch(() => {});
      if (isCrash(error)) await this.#newModel().catch(() => {});
      throw error;
    }
    const model = nameOfSource(checkpoint.source);
    const { precision, frames } = model ? checkpoint : initialSettings();
    this.#settingsAre({ ...settings, model, precision, frames });
    await this.#newModel();
  }

  /** Changes that no checkpoint has to be loaded for. @param {Settings} next @param {Partial<Settings>} changes */
  async #configureOwn(next, changes) {
    const anew = MODEL_SETTINGS.some((name) => name in changes) || Boolean(this.#checkpoint && changes.model === "");
    const moved = next.device !== this.settings.device;
    if (anew) await this.#open(next);
    else if (moved) await this.#open(next, { snapshot: await this.engine.snapshot() }, false);
    this.#settingsAre(this.#checkpoint ? next : withoutCheckpoint(next));
    if (anew || moved) await this.#newModel(anew);
  }

  /** The source goes on with the model there is now. @param {boolean} [anew]  the world begins again */
  async #newModel(anew = true) {
    if (this.source === "world" && anew) await this.#sourceIs("world");
    else await this.sources.flow();
  }

  /** @param {Settings} settings @param {{snapshot?: Uint8Array, checkpoint?: CheckpointSettings}} [weights]  random ones without @param {boolean} [anew]  these are other weights than before */
  async #open(settings, { snapshot, checkpoint } = {}, anew = true) {
    this.#busy = true;
    if (this.runner.training) this.runner.pause();
    this.changed();
    try {
      const { device, family, preset, seed } = settings;
      const opened = await this.engine.open({ device, family, preset, seed, ...(checkpoint && { checkpoint }) }, checkpoint ? undefined : snapshot);
      this.#checkpoint = checkpoint;
      this.proof = null;
      this.lastLook = undefined;
      this.clips = 0;
      this.#openedIs(opened);
      if (anew) this.#startHistory();
    } catch (error) {
      if (isCrash(error)) this.#die(error);
      throw error;
    } finally {
      this.#busy = false;
      this.loading = null;
      this.changed();
    }
  }

  async #refreshFiles() {
    const files = await this.engine.files().catch(() => null); // of use, and no more than that
    if (files) this.#filesAre(files);
  }

  /** @param {import("./protocol.js").Keeping} files */
  #filesAre({ kept, usage }) {
    this.kept = kept;
    this.usage = usage;
    this.changed();
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
    this.loading = null;
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
    await this.sources.flow();
    this.runner.resume();
  }

  /** @param {FailureError} failure */
  #sourceEnded(failure) {
    this.setSource("world").catch(() => {}).then(() => this.fail(new FailureError(failure.code, `${failure.message} The procedural world is shown meanwhile.`)));
  }

  /** @param {() => Promise<{held: number} | null>} push */
  async #frame(push) {
    try {
      this.#held = (await push())?.held ?? this.#held;
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
    if (error?.code === "short-clip") return (this.#held = 0), await this.sources.flow(), true;
    if (!this.#passes(error)) return this.fail(error), false;
    await this.#tail;
    return this.engine.settled().then(() => true, () => false);
  }

  /** No engine is left. @param {any} error */
  #die(error) {
    this.#dead = true;
    this.loading = null;
    return this.fail(error);
  }

  /** @param {Notice} notice */
  #noticed(notice) {
    switch (notice.notice) {
      case "progress": this.progress = notice; break;
      case "gpu": this.gpuBytes = notice.bytes; break;
      case "gpu-error": this.error = notice.error; break;
      case "loading": this.loading = notice; break;
      case "storage": this.notice = notice.error.message; break;
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
    this.error = { code: error.code, message: `${error.message} ${this.#checkpoint ? "The checkpoint is being loaded again." : "The engine is being rebuilt from the last save."}` };
    this.engine.settled().catch((failure) => this.#die(failure));
  }

  /** A rebuilt engine, or one that the session moved to. @param {Opened} opened */
  #engineIs(opened) {
    const { stepMs } = this.timings;
    const moved = opened.device.kind !== this.opened?.device.kind;
    this.#openedIs(opened);
    if (!this.#cause) return void (this.timings.stepMs = moved ? null : stepMs);
    const outcome = this.#checkpoint ? "The checkpoint was loaded again." : `The engine was rebuilt and goes on from training step ${opened.step}.`;
    this.notice = `${this.#cause.message} ${outcome}`;
    this.#cause = null;
    this.#busy = false;
    this.error = null;
    this.sources.flow();
  }
}

/** @param {Settings} settings @returns {Settings} */
function withoutCheckpoint(settings) {
  const initial = initialSettings();
  return { ...settings, ...Object.fromEntries(CHECKPOINT_SETTINGS.map((name) => [name, initial[name]])) };
}

/** What of a model's own description the address can say. @param {{family: string, preset: string}} model @returns {Partial<Settings>} */
function allowed({ family, preset }) {
  const known = { family: SETTINGS.family.parse(family), preset: SETTINGS.preset.parse(preset) };
  return known.family && known.preset ? /** @type {Partial<Settings>} */ (known) : {};
}
