// @ts-check
/**
 * Which model is open: one of a preset, a checkpoint, or one from a file. If another cannot be opened, the old one
 * stays. Part of the app, which sees to it that one thing happens after the other.
 *
 * @typedef {import("./app.js").App} App
 * @typedef {import("../base/messages.js").Message} Message
 * @typedef {import("../engine/protocol.js").CheckpointSettings} CheckpointSettings
 * @typedef {import("../engine/protocol.js").Opened} Opened
 * @typedef {import("../settings/settings.js").Settings} Settings
 */
import { message } from "../base/messages.js";
import { nameOfSource, recognised, sourceNamed } from "../catalogue/catalogue.js";
import { isCrash, toFailure } from "../base/errors.js";
import { SETTINGS, checkMask, initialSettings, withMask } from "../settings/settings.js";

/** Whoever sets one of these wants another model, even if it had that value. */
const MODEL_SETTINGS = /** @type {const} */ (["family", "preset", "seed", "start"]);
/** What a run is called that goes on from weights that come with the page. */
const SHIPPED = "Shipped model";
/** What says which checkpoint, if any. */
const CHECKPOINT_SETTINGS = /** @type {const} */ (["model", "precision", "frames"]);

export class ModelOpener {
  /** The one that is open, if the model is one. @type {CheckpointSettings | undefined} */
  checkpoint;
  #app;

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** The address may ask for what this machine lacks: then the initial settings have to do. @param {Settings} asked @param {Message[]} problems  gets why */
  async first(asked, problems) {
    // Where a checkpoint is to follow, no other weights are fetched first.
    const settings = withoutCheckpoint({ ...asked, ...(asked.model && { start: "scratch" }) });
    const attempts = [
      settings,
      { ...settings, device: initialSettings().device },
      { ...initialSettings(), source: settings.source },
    ];
    for (const attempt of attempts) {
      try {
        const opened = await this.#openFirst(attempt, problems);
        this.#app.settings = withMask(opened, this.#masks, problems);
        return;
      } catch (error) {
        const problem = toFailure(error);
        if (attempt === attempts.at(-1)) throw this.#app.die(error);
        if (!problems.some(({ message }) => message === problem.message)) problems.push(problem);
      }
    }
  }

  /** Those of the engine. */
  get #masks() {
    return this.#app.opened?.constants.masks ?? [];
  }

  /** With random weights if others can't be had. @param {Settings} settings @param {Message[]} problems @returns {Promise<Settings>} as it became */
  async #openFirst(settings, problems) {
    try {
      await this.#open(settings);
      return settings;
    } catch (error) {
      if (settings.start === "scratch") throw error;
      /** @type {Settings} */
      const scratch = { ...settings, start: "scratch" };
      await this.#open(scratch); // if this fails, too, the weights were not the reason
      problems.push(
        message(
          "notice.random-weights",
          "It starts from random weights, because those that come with the page could not be opened ({why}).",
          { why: toFailure(error) },
        ),
      );
      return scratch;
    }
  }

  /** The checkpoint of the address, unless somebody has to agree to something first. @param {Settings} settings */
  async loadFirst({ model, precision, frames }) {
    const app = this.#app;
    const source = /** @type {import("../engine/protocol.js").CheckpointSource} */ (sourceNamed(model));
    const known = recognised(source);
    if (!known?.licence.nonCommercial) return app.load({ source, precision, frames });
    app.say(
      message("notice.non-commercial", "{title} is for no commercial use ({licence}): agree to that to load it.", {
        title: known.title,
        licence: known.licence.name,
      }),
    );
    app.dispatchEvent(new CustomEvent("choose", { detail: known.id }));
  }

  /** Changes settings; what needs another model opens one. @param {Partial<Settings>} changes */
  async configure(changes) {
    const app = this.#app;
    if (changes.mask) checkMask(changes.mask, this.#masks);
    const checkpoint = this.#asked(changes);
    const otherWeights = ["family", "preset", "seed"].some((name) => name in changes);
    /** @type {Settings} */
    const next = {
      ...app.settings,
      ...(otherWeights && { start: "scratch" }),
      ...changes,
      source: app.settings.source,
    };
    if (checkpoint) return this.load(checkpoint, next);
    const anew = MODEL_SETTINGS.some((name) => name in changes) || Boolean(this.checkpoint && changes.model === "");
    const moved = next.device !== app.settings.device;
    if (anew) await this.#open(next);
    else if (moved) await this.#open(next, { snapshot: await app.engine.snapshot() }, false);
    else if (changes.workers !== undefined) await app.engine.setWorkers(changes.workers);
    app.settingsAre(this.checkpoint ? next : withoutCheckpoint(next));
    if (anew || moved) await this.#flow(anew);
  }

  /** @param {CheckpointSettings} checkpoint @param {Settings} [settings]  the rest of them */
  async load(checkpoint, settings = this.#app.settings) {
    const app = this.#app;
    const before = { settings: app.settings, checkpoint: this.checkpoint, snapshot: app.engine.kept };
    app.loading = {
      what: message("loading.checkpoint", "Loading the checkpoint"),
      loaded: 0,
      total: 0,
      tensors: 0,
      ofTensors: 0,
    };
    try {
      await this.#open(settings, { checkpoint });
    } catch (error) {
      // The old model went with the engine that crashed, but what was saved of it is here.
      if (isCrash(error)) await this.#open(before.settings, before).catch(() => {});
      if (isCrash(error)) await this.#flow().catch(() => {});
      throw error;
    }
    const model = nameOfSource(checkpoint.source);
    const { precision, frames } = model ? checkpoint : initialSettings();
    app.settingsAre({ ...settings, model, precision, frames });
    await this.#flow();
  }

  /** @param {Uint8Array} snapshot  as `save` gives it */
  async restore(snapshot) {
    await this.#open(this.#app.settings, { snapshot });
    this.#settled();
    await this.#flow(false);
  }

  /** A run from a file, with its curves. @param {Uint8Array} bytes */
  async importRun(bytes) {
    const app = this.#app;
    const run = await this.#busily(async () => {
      const imported = await app.engine.importRun(bytes);
      this.#replaced(imported.opened, true);
      app.startHistory({ notes: imported.notes });
      return imported;
    });
    this.#settled(run.source.kind === "world" ? { seed: run.source.seed } : {});
    // The engine stands in the run's world already; a camera or file has to send its clip again.
    if (run.source.kind === "world") app.viewing.standIn();
    else await app.viewing.begin(app.viewing.source ?? "world");
    await app.training.refresh();
    return run;
  }

  /**
   * The checkpoint that these changes ask for: another one, or the open one in another way.
   * @param {Partial<Settings>} changes @returns {CheckpointSettings | undefined}
   */
  #asked(changes) {
    const { settings } = this.#app;
    const { precision, frames } = { ...settings, ...changes };
    const named = changes.model && sourceNamed(changes.model);
    if (named) return { source: named, precision, frames };
    const open = this.checkpoint;
    if (!open || changes.model === "" || MODEL_SETTINGS.some((name) => name in changes)) return undefined;
    const { device } = settings;
    const other = "precision" in changes || "frames" in changes || (changes.device ?? device) !== device;
    return other
      ? { ...open, ...(changes.precision && { precision }), ...(changes.frames !== undefined && { frames }) }
      : undefined;
  }

  /** The source goes on with the model there is now. @param {boolean} [anew]  the world begins again */
  async #flow(anew = true) {
    const { viewing, sources } = this.#app;
    if (viewing.source === "world" && anew) await viewing.begin("world");
    else await sources.flow();
  }

  /** @param {Settings} settings @param {{snapshot?: Uint8Array, checkpoint?: CheckpointSettings}} [weights]  without: as `settings.start` says @param {boolean} [anew]  these are other weights than before */
  async #open(settings, { snapshot, checkpoint } = {}, anew = true) {
    const app = this.#app;
    const { device, family, preset, seed, workers } = settings;
    const asked = { device, family, preset, seed, workers, ...(checkpoint && { checkpoint }) };
    const shipped =
      settings.start === "shipped" && !snapshot && !checkpoint ? app.page.shipped.weights(settings) : undefined;
    await this.#busily(async () => {
      const start = shipped?.then(({ bytes }) => bytes);
      const world = settings.source === "world" && !app.opened ? seed : undefined; // else something is shown
      const opened = await app.engine.open(asked, checkpoint ? {} : { snapshot, start, world });
      const origin = shipped
        ? { name: SHIPPED, before: (await shipped).steps }
        : { name: opened.model.checkpoint ? opened.model.name : undefined };
      this.#replaced(opened, anew, checkpoint);
      if (anew) app.startHistory(origin);
    });
    await app.training.refresh();
  }

  /** Nothing else is asked of the engine meanwhile. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async #busily(work) {
    const app = this.#app;
    app.busy = true;
    if (app.runner.training) app.runner.pause();
    app.changed();
    try {
      await app.classes.projects.flush();
      return await work();
    } catch (error) {
      if (isCrash(error)) app.die(error);
      throw error;
    } finally {
      app.busy = false;
      app.loading = null;
      app.changed();
    }
  }

  /** @param {Opened} opened @param {boolean} anew @param {CheckpointSettings} [checkpoint] */
  #replaced(opened, anew, checkpoint) {
    const app = this.#app;
    this.checkpoint = checkpoint;
    app.files.proof = null;
    app.viewing.forget();
    app.openedIs(opened, anew);
  }

  /** The address says which model it is, as far as it can: it is one from a file. @param {Partial<Settings>} [more] */
  #settled(more = {}) {
    const app = this.#app;
    const { family, preset } = /** @type {Opened} */ (app.opened).model;
    app.settingsAre(withoutCheckpoint({ ...app.settings, ...allowed({ family, preset }), start: "scratch", ...more }));
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
