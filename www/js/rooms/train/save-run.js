// @ts-check
/**
 * What is saved of a run while it trains, and how it comes back after a reload: at once where the address asks for the
 * same model, or else as an offer. Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "changed" | "desk" | "engine" | "opened" | "say" | "settings" |
 *   "settingsAre" | "training">} AppPart   what it may ask of the app
 * @typedef {import("../../base/messages.js").Message} Message
 * @typedef {import("./autosave-slots.js").About} About
 * @typedef {import("./autosave-slots.js").Saved} Saved
 * @typedef {import("../../settings/settings.js").Settings} Settings
 */
import { message } from "../../base/messages.js";
import { Autosave } from "./autosave.js";
import { FailureError } from "../../base/errors.js";

/** Weights, EMA copy and two moments in f32; above this a save could exhaust a 4 GiB wasm memory. */
const BYTES_A_PARAM = 16;
const BYTES_MAX = 1 << 30;

export class RunSaver {
  /** A save of another model than the address asks for. @type {Saved | null} */
  offer = null;
  #autosave;
  #app;

  /** @param {AppPart} app @param {{vault: import("./autosave-client.js").AutosaveClient, locks: Pick<LockManager, "request"> | undefined}} realm */
  constructor(app, realm) {
    this.#app = app;
    this.#autosave = new Autosave({ ...realm, make: () => this.#make(), changed: () => app.changed() });
  }

  /** @returns {import("./autosave.js").SaveState} */
  get state() {
    return this.#autosave.state;
  }

  /** What was saved last, if this tab is the one that saves. */
  find() {
    return this.#autosave.start();
  }

  /** Brings it back, or offers to. @param {Saved | null} saved @param {Settings} settings  of the address */
  async offered(saved, settings) {
    if (!saved) return;
    const { family, preset, seed } = saved.about;
    this.offer = saved;
    const same =
      settings.family === family &&
      settings.preset === preset &&
      settings.seed === seed &&
      settings.start === startOf(saved);
    if (!settings.model && same) await this.resume();
  }

  /** Goes on with what is offered. */
  async resume() {
    const app = this.#app;
    const { offer } = this;
    if (!offer) return;
    await app.desk.importRun(offer.bytes);
    app.settingsAre({ ...app.settings, seed: offer.about.seed, start: startOf(offer) });
    this.offer = null;
    app.say(...resumed(offer));
  }

  /** Forgets what is offered. */
  async discard() {
    this.offer = null;
    await this.#autosave.clear();
    this.#app.changed();
  }

  /** So much was trained. @param {number} ms */
  trained(ms) {
    this.#autosave.trained(ms);
  }

  /** Something other than a step is to be saved, soon. */
  changed() {
    this.trained(1);
    this.flush();
  }

  /** Saves what is not saved yet; never rejects. */
  flush() {
    return this.#autosave.flush();
  }

  async #make() {
    const { engine, opened, settings, training } = this.#app;
    if (!opened) throw new FailureError("not-open.yet", "No model is open yet.");
    const { family, preset, params } = opened.model;
    if (params * BYTES_A_PARAM > BYTES_MAX)
      throw new FailureError(
        "too-large",
        "This model is too large to be saved while it trains: save its weights by hand.",
      );
    const run = training.runs.current;
    const bytes = await engine.exportRun(training.runs.notes());
    return {
      bytes,
      about: {
        step: run.step,
        name: run.name,
        savedAt: Date.now(),
        family,
        preset,
        seed: settings.seed,
        start: settings.start,
      },
    };
  }
}

/** Which weights it grew from. Old saves don't say: there were only random ones. @param {Saved} saved */
const startOf = ({ about }) => about.start ?? "scratch";

/** What was saved, as it is said. @param {Saved} saved @returns {Message[]} */
export const foundSave = (saved) => [
  message("save.found", "“{name}” at step {step}, saved on {when}.", valuesOf(saved)),
  ...ifDamaged(saved),
];

/** That it goes on. @param {Saved} saved @returns {Message[]} */
const resumed = (saved) => [
  message("save.resumed", "Resumed “{name}” at step {step}, saved on {when}.", valuesOf(saved)),
  ...ifDamaged(saved),
];

/** @param {Saved} saved */
function valuesOf({ about: { name, step, savedAt } }) {
  const when = new Date(savedAt).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  return { name, step: step.toLocaleString("en"), when };
}

/** @param {Saved} saved */
const ifDamaged = ({ damaged }) =>
  damaged ? [message("save.damaged", "A newer save was damaged and is not used.")] : [];
