// @ts-check
/**
 * The page without its looks: settings, source, engine and loop behind one set of actions. Its parts are what it looks
 * at (viewing.js), which model is open (open-model.js), training (training.js) with what can be done about it (desk.js), what
 * is saved of it (save-run.js), what else is kept (kept-files.js), what it was taught to name (classes.js), what watches
 * (watching.js), the lab (lab.js, trick.js) and imagination (imagination.js). Events: `change`, `opened` (other weights),
 * `preview` (detail: Preview, what there is to see before there is a model), `engine` (perhaps another one, which holds the model and nothing else), `look` (detail: Look), `blank` (a look had nothing
 * to show: features are no numbers), `surprise` (another
 * window), `train` (detail: TrainReport), `runs` (other curves), `choose` (detail: a checkpoint's id: its
 * licence is to be agreed to before it is loaded).
 *
 * @typedef {import("./vjepa.d.ts").PageState} PageState
 * @typedef {import("../base/messages.js").Message} Message
 * @typedef {import("../engine/client.js").Engine} Engine
 * @typedef {import("../base/errors.js").Failure} Failure
 * @typedef {import("../engine/protocol.js").CheckpointSettings} CheckpointSettings
 * @typedef {import("../engine/protocol.js").Look} Look
 * @typedef {import("../engine/protocol.js").Notice} Notice
 * @typedef {import("../engine/protocol.js").Opened} Opened
 * @typedef {import("../engine/protocol.js").Preset} Preset
 * @typedef {import("../sources/sources.js").Sources} Sources
 * @typedef {import("../sources/sources.js").SourceOptions} SourceOptions
 * @typedef {import("../settings/settings.js").Settings} Settings
 * @typedef {import("../settings/settings.js").SourceName} SourceName
 *
 * @typedef {object} Page             what the app needs of the page it is in
 * @property {() => boolean} hidden
 * @property {(settings: Settings) => void} remember
 * @property {() => Promise<boolean>} persist   asks the browser not to clear what this page keeps, which only a page may
 * @property {import("../catalogue/shipped-models.js").Shipped} shipped   models that come with it
 * @property {import("../rooms/train/autosave-client.js").AutosaveClient} vault   keeps runs
 * @property {import("../rooms/train/autosave-client.js").AutosaveClient} classes   keeps taught classes
 * @property {Pick<LockManager, "request"> | undefined} locks
 * @property {() => boolean} [needsLooks]   something of a look is shown; if not given, always
 */
import { message } from "../base/messages.js";
import { Classes } from "../rooms/teach/classes.js";
import { Desk } from "../rooms/train/desk.js";
import { FailureError, toFailure } from "../base/errors.js";
import { Examiner, examSettings } from "../rooms/train/exam.js";
import { KeptFiles } from "../rooms/models/kept-files.js";
import { ImaginationRequests } from "../rooms/play/imagination.js";
import { Lab } from "../rooms/play/lab.js";
import { ModelOpener } from "./open-model.js";
import { Loop } from "./loop.js";
import { RunSaver } from "../rooms/train/save-run.js";
import { checked, initialSettings } from "../settings/settings.js";
import { Training } from "../rooms/train/training.js";
import { Trick } from "../rooms/play/trick.js";
import { Viewing, passes } from "./viewing.js";
import { Watching } from "../rooms/watch/watching.js";

export class App extends EventTarget {
  settings = initialSettings();
  /** Apart from the rest, because it may change while a model is being opened. */
  #lang = initialSettings().lang;
  /** @type {Opened | undefined} */
  opened;
  /** @type {Preset[]} */
  presets = [];
  /** @type {Failure | null} */
  error = null;
  /** What is done about the error. @type {Message | null} */
  outcome = null;
  /** @type {Message[]} */
  notices = [];
  /** @type {{loaded: number, total: number, what: Message} | null} */
  progress = null;
  /** How far a checkpoint is that is being loaded. @type {import("../engine/protocol.js").Loading | null} */
  loading = null;
  gpuBytes = 0;
  timings = {
    firstFeaturesMs: /** @type {number | null} */ (null),
    lookMs: /** @type {number | null} */ (null),
    stepMs: /** @type {number | null} */ (null),
  };
  /** A model is being opened: nothing is asked of the engine. */
  busy = true;
  viewing = new Viewing(this);
  models = new ModelOpener(this);
  training = new Training(this);
  desk = new Desk(this);
  files = new KeptFiles(this);
  lab = new Lab(this);
  trick = new Trick(this);
  imaginer = new ImaginationRequests(this);
  classes = new Classes(this);
  watching = new Watching(this);
  /** Why the engine is being rebuilt, while it is. @type {Failure | null} */
  #cause = null;
  #dead = false;
  #tail = Promise.resolve();
  #changeQueued = false;

  /**
   * @param {(notify: (notice: Notice) => void) => Engine} makeEngine
   * @param {(sink: import("../sources/sources.js").Sink) => Sources} makeSources
   * @param {Page} page
   */
  constructor(makeEngine, makeSources, page) {
    super();
    this.page = page;
    this.engine = makeEngine((notice) => this.#noticed(notice));
    this.sources = makeSources(this.viewing.sink);
    this.saves = new RunSaver(this, page);
    this.runner = new Loop({
      canLook: () => this.viewing.canLook() && this.#needsLook(),
      canTrain: () => this.viewing.hasClip(),
      watches: () => this.watching.on,
      canWatch: () => this.watching.canWatch(),
      look: () => this.look(),
      watch: () => this.watching.watch(),
      train: (steps) => this.#trainChunk(steps),
      step: () => this.opened?.step ?? 0,
      stepMs: () => this.timings.stepMs ?? undefined,
      recover: (error) => this.#recover(error),
      changed: () => this.changed(),
    });
    this.examiner = new Examiner({
      ask: (asked) => this.engine.exam(asked),
      end: () => this.engine.endExam(),
      step: () => this.training.shown ?? this.opened?.step ?? 0,
      run: () => this.history,
      recover: async (error) =>
        passes(error) &&
        this.engine.settled().then(
          () => true,
          () => false,
        ),
      changed: () => this.changed(),
    });
  }

  /** What came of every exam: of each run in the charts, oldest first. */
  get exams() {
    return this.training.runs.all.flatMap(({ id, exams }) => exams.map((exam) => ({ run: id, ...exam })));
  }

  /** Opens model and source of the settings, falling back to what works. @param {Settings} settings @param {Message[]} problems  to be shown */
  async start(settings, problems) {
    this.#lang = settings.lang;
    const saved = this.saves.find();
    this.classes.projects.find(saved);
    await this.serially(async () => {
      await this.models.first(settings, problems);
      this.presets = await this.engine.presets();
    });
    await this.viewing.first(settings.source);
    if (problems.length && !this.error) this.say(...problems);
    await this.saves.offered(await saved, settings).catch(() => {}); // why is shown
    this.runner.run();
    this.files.refresh();
    if (settings.model) await this.models.loadFirst(settings).catch(() => {});
  }

  /** What came of loading the checkpoint that is open. */
  get report() {
    return this.opened?.report ?? null;
  }

  /** The curves of the run that the model belongs to. */
  get history() {
    return this.training.runs.current;
  }

  /** Sentences that are no errors: what was told last, or else what is being waited for. @returns {Message[]} */
  get shownNotices() {
    if (this.notices.length) return this.notices;
    return this.viewing.waits ? [this.viewing.waits] : [];
  }

  /** What the page says: what went wrong and what is done about it, or else its notices. @returns {Message[]} */
  get says() {
    if (!this.error) return this.shownNotices;
    return this.outcome ? [this.error, this.outcome] : [this.error];
  }

  get source() {
    return this.viewing.source;
  }

  get clips() {
    return this.viewing.clips;
  }

  get lastLook() {
    return this.viewing.lastLook;
  }

  /** @returns {PageState["phase"]} */
  get phase() {
    if (this.#dead) return "error";
    if (this.busy || !this.opened) return "loading";
    if (this.runner.training) return "training";
    return this.runner.looking && this.lastLook ? "running" : "ready";
  }

  /** A model is open, and it can be asked. */
  get ready() {
    const { phase } = this;
    return phase !== "loading" && phase !== "error";
  }

  /** Another source; if it fails the old one goes on, or else the procedural world. @param {SourceName} name @param {SourceOptions} [options] */
  setSource(name, options = {}) {
    return this.viewing.setSource(name, options);
  }

  /** Another scene of the world that is shown. */
  newScene() {
    return this.action(() => this.viewing.newScene());
  }

  /** Changes settings; what needs another model opens one, and the old one stays if that fails. @param {Partial<Settings>} options */
  async configure(options) {
    const { lang, ...changes } = checked(options);
    if (lang) this.speak(lang);
    if (!Object.keys(changes).length) return;
    await this.action(() => this.models.configure(changes));
    if (changes.source && changes.source !== this.source) await this.setSource(changes.source);
  }

  /** A checkpoint in place of the model; if that fails, the old one stays. @param {CheckpointSettings} checkpoint */
  load(checkpoint) {
    return this.action(() => this.models.load(checkpoint)).finally(() => this.files.refresh());
  }

  /** Whoever waits for the checkpoint gets "cancelled". */
  async cancelLoad() {
    this.engine.cancelLoad();
  }

  /** A scene of the procedural world as it can be and as it can't, or why there is none. @param {import("../engine/protocol.js").PairRequest} wish */
  async pair(wish) {
    try {
      return { pair: await this.engine.pair(wish) };
    } catch (error) {
      return { problem: toFailure(error) };
    }
  }

  /** What has the model learned? @param {Partial<import("../engine/protocol.js").ExamSettings>} [asked] @returns {Promise<import("../engine/protocol.js").ExamReport>} */
  async exam(asked) {
    if (!this.opened) throw new FailureError("not-open.api", "No model is open yet: wait for vjepa.ready.");
    this.clearError();
    try {
      const report = await this.examiner.take(examSettings(this.opened.model, asked));
      this.dispatchEvent(new Event("runs")); // a point more in their charts
      if (this.training.recipe) this.saves.changed(); // a checkpoint is not saved
      return report;
    } catch (error) {
      throw this.#refuse(error);
    }
  }

  /** Whoever waits for the exam gets "cancelled". */
  async cancelExam() {
    this.examiner.cancel();
  }

  /** One look at the clip, now. @returns {Promise<Look>} */
  look() {
    return this.viewing.look();
  }

  /** @param {number} steps @returns {Promise<{step: number, losses: number[]}>} when they are done, or training is paused */
  async train(steps) {
    if (!(steps === Infinity || Number.isInteger(steps)) || steps < 1) {
      throw new FailureError(
        "bad-steps",
        "Training takes a whole number of steps from 1, or Infinity until it is paused, not {steps}.",
        { steps },
      );
    }
    if (!this.opened) throw new FailureError("not-open.api", "No model is open yet: wait for vjepa.ready.");
    if (this.opened.model.checkpoint)
      throw this.fail(
        new FailureError("frozen", "A loaded checkpoint is for looking: start a new model to train one."),
      );
    this.clearError();
    const before = this.opened.step;
    await this.runner.train(steps);
    this.saves.flush();
    return { step: this.opened.step, losses: this.history.lossesSince(before) };
  }

  pause() {
    return this.runner.pause();
  }

  /** Whatever moves stands still; training goes on. */
  rest() {
    this.runner.rest();
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
    return this.action(() => this.models.restore(snapshot));
  }

  /** Shows sentences that are no errors. @param {Message[]} notices */
  say(...notices) {
    this.notices = notices;
    this.changed();
  }

  /** Shows an error once, and hands it back to be thrown. @param {any} error @param {Message | null} [outcome]  what was done about it */
  fail(error, outcome = null) {
    this.error = toFailure(error);
    this.outcome = outcome;
    this.changed();
    return error;
  }

  clearError() {
    this.error = null;
    this.notices = [];
    this.changed();
  }

  /** As `fail`; that somebody cancelled is no error. @param {any} error */
  #refuse(error) {
    if (error?.code !== "cancelled") return this.fail(error);
    this.say(toFailure(error));
    return error;
  }

  /** Something of a look is shown, or made of it: curves of training, the answer of a classifier. */
  #needsLook() {
    const { lastLook, opened, runner, classes } = this;
    const label = opened?.model.classes || classes.taught;
    return !lastLook || runner.training || Boolean(label) || (this.page.needsLooks?.() ?? true);
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

  /** Something the reader asked for: one at a time; that it failed is shown once. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async action(work) {
    try {
      return await this.serially(() => {
        this.clearError();
        return work();
      });
    } catch (error) {
      throw this.#refuse(error);
    }
  }

  /** @template T @param {() => Promise<T>} action @returns {Promise<T>} */
  serially(action) {
    const done = this.#tail.then(action);
    this.#tail = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** These are other weights: their past is not what was drawn so far. @param {import("../rooms/train/training.js").Past} [past] */
  startHistory(past) {
    this.training.begin(this.opened?.step ?? 0, past);
    this.examiner.cancel();
    this.watching.begin(Boolean(this.opened?.model.checkpoint) || this.history.before + (this.opened?.step ?? 0) > 0);
    this.runner.resume(); // what stopped looks was about the weights before
    this.dispatchEvent(new Event("opened"));
  }

  /** @param {Opened} opened @param {boolean} [anew]  with other weights than before */
  openedIs(opened, anew = false) {
    this.opened = opened;
    if (opened.device.kind === "cpu") this.gpuBytes = 0;
    this.#dead = false;
    this.progress = null;
    this.loading = null;
    this.viewing.held = 0;
    this.timings.stepMs = null;
    if (!anew) this.history.restart(opened.step);
    this.dispatchEvent(new Event("engine"));
    this.watching.engineIs();
    this.changed();
  }

  /** The model is as it was at an earlier step. @param {number} step */
  steppedBack(step) {
    if (this.opened) this.opened.step = step;
    this.watching.momentIs();
    this.history.restart(step);
    this.dispatchEvent(new Event("runs"));
    this.runner.resume();
  }

  /** @param {Settings["lang"]} lang */
  speak(lang) {
    this.#lang = lang;
    this.settingsAre(this.settings);
  }

  /** @param {Settings} settings */
  settingsAre(settings) {
    this.settings = { ...settings, lang: this.#lang };
    this.page.remember(this.settings);
    this.changed();
  }

  /** @param {number} wanted  steps */
  async #trainChunk(wanted) {
    await this.training.keepIfDue();
    const steps = this.training.stepsUntilMoment(wanted);
    const report = await this.engine.train(steps);
    const ms = this.engine.timings.train ?? 0;
    if (this.opened) this.opened.step = report.step;
    this.watching.trained();
    this.timings.stepMs = ms / steps;
    await this.training.trained(report);
    this.saves.trained(ms);
    this.dispatchEvent(new CustomEvent("train", { detail: report }));
    this.changed();
    await this.training.keepIfDue();
  }

  /** @param {any} error @returns {Promise<boolean>} */
  async #recover(error) {
    if (error?.code === "short-clip") return ((this.viewing.held = 0), await this.sources.flow(), true);
    if (!passes(error)) return (this.fail(error), false);
    await this.#tail;
    return this.engine.settled().then(
      () => true,
      () => false,
    );
  }

  /** No engine is left. @param {any} error */
  die(error) {
    this.#dead = true;
    this.loading = null;
    return this.fail(error);
  }

  /** @param {Notice} notice */
  #noticed(notice) {
    switch (notice.notice) {
      case "progress":
        this.progress = notice;
        break;
      case "preview":
        this.dispatchEvent(new CustomEvent("preview", { detail: notice.clip }));
        break;
      case "gpu":
        this.gpuBytes = notice.bytes;
        break;
      case "gpu-error":
        this.error = notice.error;
        this.outcome = null;
        break;
      case "loading":
        this.loading = notice;
        break;
      case "storage":
        this.notices = [notice.error];
        break;
      case "lost":
        this.#lost(notice.error);
        break;
      case "engine":
        this.#engineIs(notice.opened);
        break;
    }
    this.changed();
  }

  /** @param {Failure} error */
  #lost(error) {
    this.busy = true;
    this.#cause = error;
    this.gpuBytes = 0;
    this.notices = [];
    this.error = error;
    this.outcome = this.models.checkpoint
      ? message("notice.reloading", "The checkpoint is being loaded again.")
      : message("notice.rebuilding", "The engine is being rebuilt from the last save.");
    this.engine.settled().catch((failure) => this.die(failure));
  }

  /** A rebuilt engine, or one that the session moved to. @param {Opened} opened */
  #engineIs(opened) {
    const { stepMs } = this.timings;
    const moved = opened.device.kind !== this.opened?.device.kind;
    this.openedIs(opened);
    this.training.refresh(); // kept moments went with the engine
    if (!this.#cause) return void (this.timings.stepMs = moved ? null : stepMs);
    const outcome = this.models.checkpoint
      ? message("notice.reloaded", "The checkpoint was loaded again.")
      : message("notice.rebuilt", "The engine was rebuilt and goes on from training step {step}.", {
          step: opened.step,
        });
    this.notices = [this.#cause, outcome];
    this.#cause = null;
    this.busy = false;
    this.error = null;
    this.sources.flow();
  }
}
