// @ts-check
/**
 * Classes that a reader teaches by a few clips, without their looks: what the engine holds of them, what it takes the clip
 * for, and how far that can be believed. recorder.js adds clips while a button is held, projects.js keeps what an engine may
 * lose. Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "addEventListener" | "changed" | "clearError" | "engine" | "fail" |
 *   "notices" | "opened" | "page" | "phase" | "saves" | "say" | "settings" | "viewing">} AppPart   what it may ask of
 *   the app
 * @typedef {import("../../base/messages.js").Message} Message
 * @typedef {import("../../engine/protocol.js").Examples} Examples
 * @typedef {import("../../engine/protocol.js").FewshotAnswer} FewshotAnswer
 * @typedef {import("../../engine/protocol.js").FewshotReport} FewshotReport
 * @typedef {import("../../engine/protocol.js").Teaching} Teaching
 */
import { message } from "../../base/messages.js";
import { toFailure } from "../../base/errors.js";
import { Projects } from "./projects.js";
import { Recorder } from "./recorder.js";
import { passes } from "../../app/viewing.js";
import { t } from "../../language/words.js";

/** Thumbnails of each class, and of all of them together. */
const SHOWN = 8;
const SHOWN_IN_ALL = 400;
/** Milliseconds without a change after which it is asked how well classes are told apart. */
const QUIET_MS = 400;

export class Classes {
  /** As the engine holds them. @type {Examples | null} */
  examples = null;
  /** What the clip of the last look is. @type {FewshotAnswer | null} */
  answer = null;
  /** How well classes are told apart. @type {FewshotReport | null} */
  report = null;
  /** Why there is no answer, in a sentence, or "". */
  /** Why there is no answer. @type {Message | null} */
  problem = null;
  /** RGBA, 24x24, by the example's id. @type {Map<number, Uint8Array>} */
  thumbnails = new Map();
  projects;
  recorder;
  #asking = false;
  #drawing = false;
  /** One engine after the other. */
  #restored = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet;
  #app;

  /** @param {AppPart} app */
  constructor(app) {
    this.#app = app;
    this.projects = new Projects(app, () => this.examples);
    this.recorder = new Recorder(app, (id) => this.#add(id));
    app.addEventListener("look", () => this.#looked());
    app.addEventListener("blank", () => this.#nothingSeen());
    app.addEventListener("engine", () => (this.#restored = this.#restored.then(() => this.#restore())));
  }

  /** There are clips of two classes to tell apart. */
  get taught() {
    return new Set(this.examples?.examples.map((example) => example.class)).size > 1;
  }

  /** Adds, renames or removes a class, removes an example, undoes or redoes. @param {Teaching} change */
  teach(change) {
    return this.#shown(async () => this.#changed(await this.#app.engine.teach(change)));
  }

  /** The clip as it is becomes an example of this class. @param {number} id */
  addExample(id) {
    return this.#shown(() => this.#add(id));
  }

  /** Adds examples as the clip moves on, until `release`. @param {number} id @param {boolean} [once]  no more than one */
  async hold(id, once = false) {
    try {
      await this.#shown(() => this.recorder.hold(id, once));
    } catch (error) {
      if (!passes(error)) throw error; // the page says that the engine is gone
    }
    this.#askLater();
  }

  release() {
    this.recorder.release();
  }

  /** What is the clip? */
  async classify() {
    this.answer = await this.#app.engine.classify();
    this.problem = null;
    this.#illustrate();
    return this.answer;
  }

  /** How well are classes told apart, each example by the others? */
  async ask() {
    clearTimeout(this.#quiet);
    this.report = await this.#app.engine.fewshotReport();
    this.#app.changed();
    return this.report;
  }

  /** The classes with their examples as a file. */
  save() {
    return this.#shown(() => this.#app.engine.saveProject());
  }

  /** The classes of a file; if they are taken, those of now are put aside. @param {Uint8Array} bytes */
  load(bytes) {
    return this.#shown(async () => {
      await this.projects.flush(); // nothing of now is lost
      const { drift, examples } = await this.#app.engine.loadProject(bytes);
      this.projects.replaced(bytes, examples);
      this.#begin(examples);
      return { drift, examples };
    });
  }

  /** Those that were put aside, in place of these. @param {number} index */
  bringBack(index) {
    const { bytes } = this.projects.aside[index] ?? {};
    return bytes ? this.load(bytes) : Promise.resolve(null);
  }

  /** No classes any more, for other ones or a model that has learned too much since; those of now are put aside. */
  beginAnew() {
    return this.#shown(async () => {
      const { engine } = this.#app;
      await this.projects.setAside();
      for (const { id } of this.examples?.classes ?? []) await engine.teach({ do: "remove-class", class: id });
      this.#begin(await engine.examples());
      this.projects.changed();
    });
  }

  /** @param {number} id */
  async #add(id) {
    return this.#changed(await this.#app.engine.addExample(id));
  }

  /** After each look, unless the last question is still open. */
  async #looked() {
    if (this.#asking || !this.taught || this.recorder.recording !== null) return;
    this.#asking = true;
    try {
      await this.classify();
    } catch (error) {
      if (passes(error)) return;
      this.answer = null;
      this.problem = toFailure(error);
    } finally {
      this.#asking = false;
      this.#app.changed();
    }
  }

  /** An answer was about features that are no more. */
  #nothingSeen() {
    this.answer = null;
    this.#app.changed();
  }

  /** Another engine holds no examples: it is given those that were kept, if it is of their model. */
  async #restore() {
    try {
      const held = await this.#app.engine.examples();
      // It stayed the same one after all.
      if (held.classes.length || held.undo || held.redo) return void this.#are(held);
      const before = this.examples?.examples.length ?? 0;
      const restored = await this.projects.restore();
      this.#begin(restored?.examples ?? held);
      const lost = restored?.newest ? before - restored.examples.examples.length : 0;
      if (lost > 0) this.#app.say(...this.#app.notices, lostClips(lost));
    } catch {
      // The next engine is asked again.
    }
  }

  /** They are numbered anew. @param {Examples} examples */
  #begin(examples) {
    this.recorder.release();
    this.thumbnails.clear();
    this.answer = null;
    this.report = null;
    this.problem = null;
    this.#are(examples);
    this.#askLater();
  }

  /** @param {Examples} examples */
  #changed(examples) {
    this.#are(examples);
    this.projects.changed();
    this.#askLater();
    return examples;
  }

  /** @param {Examples} examples */
  #are(examples) {
    this.examples = examples;
    if (!this.taught) {
      this.answer = null;
      this.report = null;
      this.problem = null;
    }
    this.#illustrate();
    this.#app.changed();
  }

  #askLater() {
    clearTimeout(this.#quiet);
    if (!this.taught || this.recorder.recording !== null) return;
    this.#quiet = setTimeout(() => this.ask().catch(() => (this.report = null)), QUIET_MS);
  }

  /** Fetches thumbnails that are to be seen, one after the other. */
  async #illustrate() {
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      for (let next = this.#unseen(); next !== undefined; next = this.#unseen()) {
        const picture = await this.#app.engine.thumbnail(next);
        if (this.examples?.examples.some(({ id }) => id === next)) this.thumbnails.set(next, picture);
        this.#app.changed();
      }
    } catch {
      // It was removed meanwhile, or went with the engine.
    } finally {
      this.#drawing = false;
    }
  }

  /** The first thumbnail that is not there yet; those that nobody sees are let go. @returns {number | undefined} */
  #unseen() {
    const wanted = new Set(this.#seen());
    for (const id of this.thumbnails.keys()) if (!wanted.has(id)) this.thumbnails.delete(id);
    return [...wanted].find((id) => !this.thumbnails.has(id));
  }

  /** The newest examples of each class, and the one that is most like the clip. */
  #seen() {
    const { classes = [], examples = [] } = this.examples ?? {};
    const each = Math.max(1, Math.min(SHOWN, Math.floor(SHOWN_IN_ALL / classes.length)));
    const nearest = examples.find(({ id }) => id === this.answer?.nearest[0]?.example);
    const newest = [...byClass(examples).values()].flatMap((ids) => ids.slice(-each));
    return nearest ? [...newest, nearest.id] : newest;
  }

  /** If it fails, the page says why. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async #shown(work) {
    this.#app.clearError();
    try {
      return await work();
    } catch (error) {
      throw passes(error) ? error : this.#app.fail(error);
    }
  }
}

/** The ids of each class's examples, oldest first. @param {Examples["examples"]} examples */
function byClass(examples) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  for (const { id, class: of } of examples) {
    if (!found.has(of)) found.set(of, []);
    found.get(of)?.push(id);
  }
  return found;
}

/** @param {number} lost */
const lostClips = (lost) =>
  lost === 1
    ? message("notice.lost-clip", "The last recorded clip was lost with the engine.")
    : message("notice.lost-clips", "The last {lost} recorded clips were lost with the engine.", { lost });
