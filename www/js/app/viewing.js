// @ts-check
/**
 * What the model looks at: the source, the frames held of it, and one look after the other. Part of the app.
 *
 * @typedef {import("./app.js").App} App
 * @typedef {import("../engine/protocol.js").Look} Look
 * @typedef {import("../sources/sources.js").SourceOptions} SourceOptions
 * @typedef {import("../settings/settings.js").SourceName} SourceName
 */
import { message } from "../base/messages.js";
import { isCrash } from "../base/errors.js";
import { FRAMES_PER_SECOND } from "../sources/feed.js";
import { checked } from "../settings/settings.js";
import { PATIENCE_MS } from "../sources/waiting.js";

export class Viewing {
  /** @type {SourceName | null} */
  source = null;
  /** Since the model was opened. */
  clips = 0;
  /** @type {Look | undefined} */
  lastLook;
  /** Frames in the engine's ring that follow one another. */
  held = 0;
  /** Frames since some were missing. */
  #following = Infinity;
  /** Sees every frame on its way to the engine. @type {((bitmap: ImageBitmap) => void) | null} */
  watcher = null;
  /** Learns that frames are missing. @type {(() => void) | null} */
  interrupted = null;
  /** What it has been waiting for, for some seconds. @type {import("../base/messages.js").Message | null} */
  waits = null;
  /** Frames by which the clip has moved on, ever. */
  moved = 0;
  #lastAdvance = 0;
  #app;

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** Where frames go, and what they are for. @returns {import("../sources/sources.js").Sink} */
  get sink() {
    const app = this.#app;
    return {
      model: () => app.opened?.model ?? { size: 64, frames: 8 },
      frame: (bitmap, times = 1) => {
        for (let i = 0; i < times; i++) this.watcher?.(bitmap);
        // What waits while a model is opened is the old one's.
        const clip = app.busy ? 1 : app.opened?.model.frames;
        return this.#frame(() => app.engine.frame(bitmap, times, clip), times);
      },
      still: (bitmap) => {
        this.#following = Infinity; // it is the whole clip
        return this.#frame(() => app.engine.still(bitmap));
      },
      gap: () => this.#interrupted(),
      waits: (what) => {
        this.waits = what;
        app.changed();
      },
      ended: (failure) => this.#ended(failure),
    };
  }

  /** Another source; if it fails the old one goes on, or else the procedural world. @param {SourceName} name @param {SourceOptions} [options] */
  async setSource(name, options = {}) {
    const app = this.#app;
    app.clearError();
    checked({ source: name });
    try {
      // It may take as long as it likes: whatever else is asked for is done meanwhile, and another source ends the wait.
      const opening = await app.sources.open(name, options);
      await app.serially(() => this.#show(name, opening));
    } catch (error) {
      if (/** @type {any} */ (error).code === "cancelled") throw error;
      await app.serially(async () => this.source ?? this.begin("world"));
      throw app.fail(error);
    }
  }

  /** @param {SourceName} name @param {import("../sources/sources.js").Opening} opening */
  async #show(name, opening) {
    const app = this.#app;
    try {
      const note = await app.sources.show(opening);
      if (note) app.say(note);
    } catch (error) {
      if (!app.sources.shows && this.source !== "world") this.source = null; // the one before is gone
      throw error;
    }
    await this.begin(name);
  }

  /** The first source. One that may never come, as a camera may not, is not waited for: the world is shown meanwhile. @param {SourceName} name */
  async first(name) {
    const app = this.#app;
    const opened = this.setSource(name).catch(() => {});
    opened.then(() => app.settingsAre({ ...app.settings, source: this.source ?? "world" }));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    await Promise.race([opened, new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))]);
    clearTimeout(timer);
    await app.serially(async () => {
      if (this.source) return;
      await this.begin("world");
      app.settingsAre({ ...app.settings, source: name }); // the address goes on to name what is wanted
    });
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

  /** Another scene of the procedural world. Odd seeds are never trained on. */
  async newScene() {
    if (this.source !== "world") return this.toWorld();
    this.#is("world");
    await this.#app.engine.world(2 * Math.floor(Math.random() * 2 ** 30) + 1);
    this.#app.watching.sceneIs();
    this.#app.runner.resume();
  }

  /** The procedural world, which the engine stands in already. */
  standIn() {
    this.#app.sources.stop();
    this.#is("world");
    this.#app.runner.resume();
  }

  /** The procedural world, from its beginning. */
  toWorld() {
    this.#app.sources.stop();
    return this.begin("world");
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

  /** What comes next does not follow the clip that is held, of which nothing is asked until it is gone. */
  #interrupted() {
    this.held = this.#following = 0;
    this.interrupted?.();
  }

  /** @param {import("../base/errors.js").FailureError} failure */
  #ended(failure) {
    const app = this.#app;
    const failed = () =>
      app.fail(failure, message("notice.world-meanwhile", "The procedural world is shown meanwhile."));
    app.setSource("world").then(failed, () => {}); // another source was chosen, or why there is none is shown
  }

  /** @param {() => Promise<{held: number} | null>} push @param {number} [times] */
  async #frame(push, times = 1) {
    try {
      const taken = await push();
      if (!taken) return;
      this.moved += times;
      this.#following += times;
      this.held = Math.min(taken.held, this.#following);
    } catch (error) {
      if (!passes(error)) this.#app.fail(error);
    }
  }
}

/** What happens to any request while engines are replaced. @param {any} error */
export function passes(error) {
  return isCrash(error) || error?.code === "cancelled";
}
