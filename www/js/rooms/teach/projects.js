// @ts-check
/**
 * Taught classes as files, so that they outlive the engine that holds them: another engine of the same model gets the newest
 * one back, and those of other models wait until theirs is open again. The newest one is kept over a reload. Part of the
 * app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "changed" | "engine" | "opened" | "page" | "phase" | "saves" |
 *   "settings">} AppPart   what it may ask of the app
 * @typedef {import("../../engine/protocol.js").Examples} Examples
 *
 * @typedef {object} Project
 * @property {Uint8Array} bytes
 * @property {string[]} names   of its classes
 * @property {number} clips
 * @property {import("../../base/messages.js").Message | null} why   the engine does not take it; null: others are in its place
 */
import { toFailure } from "../../base/errors.js";
import { passes } from "../../app/viewing.js";

/** Milliseconds between a change and the save, and the largest share of time that saving may take. */
const SAVE_MS = 1000;
const SHARE = 0.05;
/** Milliseconds that whoever replaces an engine waits for a save. */
const PATIENCE_MS = 3000;
/** Projects that wait for their model. */
const ASIDE = 4;

export class Projects {
  /** Those that the engine does not hold, newest first. @type {Project[]} */
  aside = [];
  /** They are not kept over a reload. */
  unkept = false;
  /** Why the engine could not save them. @type {import("../../base/messages.js").Message | null} */
  unkeptWhy = null;
  /** What the engine holds, as it was saved last. @type {Project | null} */
  #newest = null;
  /** What was kept over a reload, once it is known. @type {Promise<void>} */
  #found = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #unsaved = false;
  /** Being written. */
  #writing = false;
  #saving = Promise.resolve();
  #saveMs = SAVE_MS;
  #app;
  #examples;

  /** @param {AppPart} app @param {() => Examples | null} examples  as they are */
  constructor(app, examples) {
    this.#app = app;
    this.#examples = examples;
  }

  /** All that was taught is kept, as far as it can be. */
  get saved() {
    return !this.#unsaved && !this.#writing;
  }

  /** Looks for those of before the reload. @param {Promise<any>} settled  which tab saves is known */
  find(settled) {
    this.#found = settled
      .catch(() => {})
      .then(async () => {
        const saved = this.#writes ? await this.#app.page.classes.load().catch(() => null) : null;
        if (saved) this.#newest ??= { bytes: saved.bytes, ...contentsOf(saved.about), why: null };
      });
  }

  /** Saves soon; a hold that goes on and on is saved as well. */
  changed() {
    this.#unsaved = true;
    this.#timer ??= setTimeout(() => this.#saveNext(), this.#saveMs);
  }

  /** Saves what is not saved yet, unless that takes too long; never rejects. */
  async flush() {
    if (this.#app.phase === "error") return;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let patience;
    await Promise.race([this.#saveNext(), new Promise((resolve) => (patience = setTimeout(resolve, PATIENCE_MS)))]);
    clearTimeout(patience);
  }

  /** Other classes are in their place. @param {Uint8Array} bytes @param {Examples} examples */
  replaced(bytes, examples) {
    const old = this.#newest;
    this.aside = this.aside.filter((project) => project.bytes !== bytes);
    if (old && old.bytes !== bytes) this.#putAside(old);
    this.#newest = projectOf(bytes, examples);
    this.#keep();
  }

  /** What the engine holds is put aside before it is told to forget that; rejects if it can't be saved. */
  async setAside() {
    const { engine } = this.#app;
    const bytes = await engine.saveProject();
    this.#putAside(projectOf(bytes, await engine.examples()));
    this.#newest = null;
  }

  /** @param {number} index */
  forget(index) {
    this.aside.splice(index, 1);
    this.#app.changed();
  }

  /** Gives an engine that holds nothing what was taught to its model. @returns {Promise<{examples: Examples, newest: boolean} | null>} null: nothing was */
  async restore() {
    await this.#found;
    const newest = this.#newest;
    const known = [...(newest ? [newest] : []), ...this.aside];
    for (const project of known) {
      try {
        const { examples } = await this.#app.engine.loadProject(project.bytes);
        this.#newest = project;
        this.#unsaved = false;
        this.aside = known.filter((other) => other !== project);
        return { examples, newest: project === newest };
      } catch (error) {
        if (passes(error)) throw error;
        project.why = toFailure(error);
      }
    }
    this.#newest = null;
    this.aside = known.slice(0, ASIDE);
    this.#unsaved = false;
    return null;
  }

  /** @param {Project} project */
  #putAside(project) {
    this.aside = [{ ...project, why: null }, ...this.aside].slice(0, ASIDE);
  }

  /** One save after the other. */
  #saveNext() {
    return (this.#saving = this.#saving.then(() => (this.#unsaved ? this.#save() : undefined)));
  }

  async #save() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsaved = false;
    this.#writing = true;
    const { engine } = this.#app;
    const began = performance.now();
    try {
      const bytes = await engine.saveProject();
      const saved = await engine.examples();
      // An engine that replaced the other one meanwhile holds nothing yet.
      if (!same(saved, this.#examples())) return;
      this.#newest = saved.classes.length ? projectOf(bytes, saved) : null;
      await this.#keep();
      this.#saveMs = Math.max(SAVE_MS, (performance.now() - began) / SHARE);
    } catch (error) {
      if (!passes(error)) this.#isKept(false, toFailure(error));
    } finally {
      this.#writing = false;
    }
  }

  /** Over a reload; the newest one only. */
  async #keep() {
    if (!this.#writes) return;
    const { page, opened, settings } = this.#app;
    const newest = this.#newest;
    try {
      if (newest && opened) {
        const { family, preset } = opened.model;
        const about = {
          step: opened.step,
          name: JSON.stringify([newest.names, newest.clips]),
          savedAt: Date.now(),
          family,
          preset,
          seed: settings.seed,
        };
        await page.classes.save(newest.bytes.slice(), about);
      } else if (!this.aside.length) await page.classes.clear();
      this.#isKept(true);
    } catch {
      this.#isKept(false);
    }
  }

  /** @param {boolean} kept @param {import("../../base/messages.js").Message | null} [why]  not */
  #isKept(kept, why = null) {
    this.unkept = !kept;
    this.unkeptWhy = why;
    this.#app.changed();
  }

  /** One tab at a time does. */
  get #writes() {
    return this.#app.saves.state.state !== "elsewhere";
  }
}

/** @param {Examples} a @param {Examples | null} b */
function same(a, b) {
  return JSON.stringify([a.classes, a.examples]) === JSON.stringify([b?.classes, b?.examples]);
}

/** @param {Uint8Array} bytes @param {Examples} examples @returns {Project} */
function projectOf(bytes, { classes, examples }) {
  return { bytes, names: classes.map(({ name }) => name), clips: examples.length, why: null };
}

/** What is in a save that was kept over a reload. @param {{name: string}} about @returns {Pick<Project, "names" | "clips">} */
function contentsOf({ name }) {
  try {
    const [names, clips] = JSON.parse(name);
    return { names, clips };
  } catch {
    return { names: [name], clips: 0 }; // of an earlier version of the page
  }
}
