// @ts-check
/**
 * What the model looks at: the source, the frames held of it, and one look after the other. Part of the app.
 *
 * @typedef {import("./app.js").App} App
 * @typedef {import("./protocol.js").Look} Look
 * @typedef {import("./source.js").SourceOptions} SourceOptions
 * @typedef {import("./state.js").SourceName} SourceName
 */
import { FailureError, isCrash } from "./errors.js";
import { FRAMES_PER_SECOND } from "./feed.js";
import { checked } from "./state.js";

export class Viewing {
  /** @type {SourceName | null} */
  source = null;
  /** Since the model was opened. */
  clips = 0;
  /** @type {Look | undefined} */
  lastLook;
  /** Frames in the engine's ring. */
  held = 0;
  /** Sees every frame on its way to the engine. @type {((bitmap: ImageBitmap) => void) | null} */
  watcher = null;
  /** Frames by which the clip has moved on, ever. */
  moved = 0;
  #lastAdvance = 0;
  #app;

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** Where frames go, and what they are for. @returns {import("./source.js").Sink} */
  get sink() {
    const app = this.#app;
    return {
      model: () => app.opened?.model ?? { size: 64, frames: 8 },
      frame: (bitmap) => {
        this.watcher?.(bitmap);
        return this.#frame(() => app.engine.frame(bitmap));
      },
      still: (bitmap) => this.#frame(() => app.engine.still(bitmap)),
      ended: (failure) => this.#ended(failure),
    };
  }

  /** Another source; if it fails the old one goes on, or else the procedural world. @param {SourceName} name @param {SourceOptions} [options] */
  async setSource(name, options = {}) {
    const app = this.#app;
    app.clearError();
    checked({ source: name });
    try {
      const note = await app.sources.use(name, options);
      if (note) app.say(note);
      await this.begin(name);
    } catch (error) {
      if (!this.source) await this.begin("world");
      throw app.fail(error);
    }
  }

  /** The engine gets its clips from there. @param {SourceName} name */
  async begin(name) {
    const app = this.#app;
    this.#is(name);
    if (name === "world") await app.engine.world(app.settings.seed);
    else await app.engine.clear();
    await app.sources.flow();
    app.runner.resume();
  }

  /** The engine gets its clips from there already. @param {SourceName} name */
  async standIn(name) {
    const app = this.#app;
    await app.sources.use(name, {});
    this.#is(name);
    app.runner.resume();
  }

  /** @param {SourceName} name */
  #is(name) {
    this.held = 0;
    this.moved += this.#app.opened?.model.frames ?? 0; // nothing is left of the clip before
    this.#lastAdvance = performance.now();
    this.source = name;
    this.#app.settingsAre({ ...this.#app.settings, source: name });
  }

  /** These are other weights: nothing was seen by them. */
  forget() {
    this.lastLook = undefined;
    this.clips = 0;
  }

  /** One look at the clip, now. @returns {Promise<Look>} */
  async look() {
    const app = this.#app;
    const advance = this.#advance();
    // What watches moves the world on itself, a tubelet a window.
    const moves = app.watching.on && app.runner.looking && this.lastLook ? 0 : advance;
    const look = await app.engine.look(app.settings.mask, moves).catch((error) => this.#failed(error));
    if (this.source === "world") this.moved += moves;
    this.lastLook = look;
    this.clips += 1;
    // A look with a kept model is no part of this one's curves.
    if (app.training.shown === null) app.history.looked(look);
    app.timings.lookMs = app.engine.timings.look ?? null;
    app.timings.firstFeaturesMs ??= performance.now();
    app.dispatchEvent(new CustomEvent("look", { detail: look }));
    app.changed();
    return look;
  }

  /** Features that are no numbers any more are no reason to show those before them. @param {any} error @returns {never} */
  #failed(error) {
    if (error?.code === "not-finite") {
      this.lastLook = undefined;
      this.#app.dispatchEvent(new Event("blank"));
    }
    throw error;
  }

  canLook() {
    return this.hasClip() && !(this.#app.page.hidden() && this.lastLook);
  }

  hasClip() {
    const { busy, opened } = this.#app;
    if (busy || !opened) return false;
    return this.source === "world" || this.held >= opened.model.frames;
  }

  /** Frames the world has to move on since the last look. */
  #advance() {
    const now = performance.now();
    const frames = Math.round(((now - this.#lastAdvance) * FRAMES_PER_SECOND) / 1000);
    this.#lastAdvance = now;
    return Math.max(1, Math.min(frames, this.#app.opened?.model.frames ?? 1));
  }

  /** @param {FailureError} failure */
  #ended(failure) {
    const app = this.#app;
    app.setSource("world").catch(() => {}).then(() => app.fail(new FailureError(failure.code, `${failure.message} The procedural world is shown meanwhile.`)));
  }

  /** @param {() => Promise<{held: number} | null>} push */
  async #frame(push) {
    try {
      const taken = await push();
      this.held = taken?.held ?? this.held;
      if (taken) this.moved += 1;
    } catch (error) {
      if (!passes(error)) this.#app.fail(error);
    }
  }
}

/** What happens to any request while engines are replaced. @param {any} error */
export function passes(error) {
  return isCrash(error) || error?.code === "cancelled";
}
