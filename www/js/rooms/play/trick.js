// @ts-check
/**
 * A magic trick: some seconds of whatever the source shows, and where in them the model was surprised. Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "addEventListener" | "changed" | "engine" | "opened" | "setSource" |
 *   "source" | "viewing">} AppPart   what it may ask of the app
 * @typedef {import("../../engine/protocol.js").ModelInfo} ModelInfo
 * @typedef {import("../../engine/protocol.js").SurpriseCurve} SurpriseCurve
 *
 * @typedef {object} Recording
 * @property {Uint8Array} frames     RGBA, [count, size, size, 4]
 * @property {number} count
 * @property {number} size           pixels a side
 * @property {number} tubelet        frames a token
 * @property {number} columns        patches a row
 * @property {number} fps            frames a second
 * @property {number} first          the first tubelet that was predicted
 * @property {Float32Array} heat     error of each place above its median in the recording, [windows, places]
 * @property {number[]} curve        mean of the hottest ninth of the places, [windows]
 *
 * @typedef {"idle"|"recording"|"judging"} Stage
 */
import { SingleRequest } from "./single-request.js";
import { FailureError } from "../../base/errors.js";
import { centreSquare, framesPerSecond } from "../../sources/feed.js";
import { joined } from "./lab.js";

const SECONDS = 5;
/** Windows that a recording has at least, whatever the model's clip. */
const LEAST_WINDOWS = 5;
/** How long a source may show nothing new. */
const PATIENCE_MS = 10_000;

export class Trick {
  /** @type {Stage} */
  stage = "idle";
  /** Of the recording, 0..1. */
  share = 0;
  /** @type {Recording | null} */
  recording = null;
  #asking;
  #app;
  #read;
  /** Ends the recording under way. @type {((error: Error) => void) | null} */
  #stop = null;

  /** @param {AppPart} app @param {typeof readSquare} [read]  what takes the pixels of a frame */
  constructor(app, read = readSquare) {
    this.#app = app;
    this.#asking = new SingleRequest(app);
    this.#read = read;
    app.addEventListener("opened", () => this.#forget());
  }

  get problem() {
    return this.#asking.problem;
  }

  /** Records what is shown, from a camera if that is only the world, and asks the model about it. */
  async record() {
    if (this.stage !== "idle" || this.#asking.busy) return;
    const app = this.#app;
    const film = await this.#asking.about(async () => {
      if (app.source === "world") await app.setSource("camera");
      const model = app.opened?.model;
      if (!model) throw new FailureError("not-open", "No model is open yet: wait until the engine has loaded.");
      return { model, frames: await this.#film(model) };
    });
    if (!film) return this.#is("idle", 0);
    this.#is("judging", 1);
    const curves = await this.#asking.about(() => app.engine.surpriseOf(film.frames, 1));
    if (curves?.[0]) this.recording = recordingOf(film.frames, film.model, curves[0]);
    this.#is("idle", 0);
  }

  cancel() {
    this.#stop?.(new FailureError("stopped", "The recording was stopped: begin another whenever you like."));
  }

  /** @param {ModelInfo} model @returns {Promise<Uint8Array>} [count, size, size, 4] */
  async #film(model) {
    const { viewing } = this.#app;
    const [wanted, source] = [framesOf(model), this.#app.source];
    /** @type {Uint8Array[]} */
    const frames = [];
    this.#is("recording", 0);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    try {
      await new Promise((resolve, reject) => {
        this.#stop = reject;
        const wait = () => {
          clearTimeout(timer);
          timer = setTimeout(
            () =>
              reject(
                new FailureError(
                  "no-frames",
                  "The source shows nothing that moves: choose a camera or a video, and try again.",
                ),
              ),
            PATIENCE_MS,
          );
        };
        wait();
        viewing.watcher = (bitmap) => {
          if (this.#app.source !== source)
            return reject(
              new FailureError("source-changed", "The source changed in the middle of the trick: try again."),
            );
          wait();
          frames.push(this.#read(bitmap, model.size));
          this.#is("recording", frames.length / wanted);
          if (frames.length === wanted) resolve(undefined);
        };
        viewing.interrupted = () =>
          reject(
            new FailureError(
              "interrupted",
              "Frames are missing, because the tab was hidden or the page stood still: try the trick again.",
            ),
          );
      });
    } finally {
      clearTimeout(timer);
      viewing.watcher = viewing.interrupted = null;
      this.#stop = null;
    }
    return joined(frames);
  }

  /** @param {Stage} stage @param {number} share */
  #is(stage, share) {
    this.stage = stage;
    this.share = share;
    this.#app.changed();
  }

  /** Another model sees other sizes, and was surprised by other things. */
  #forget() {
    this.cancel();
    this.#asking.forget();
    this.recording = null;
    this.#is("idle", 0);
  }
}

/** Frames of a recording: some seconds, or as many as it takes to slide a window at all. @param {ModelInfo} model */
export function framesOf(model) {
  return Math.max(Math.round(SECONDS * framesPerSecond(model)), model.frames + (LEAST_WINDOWS - 1) * model.tubelet);
}

/** @param {Uint8Array} frames @param {ModelInfo} model @param {SurpriseCurve} curve @returns {Recording} */
function recordingOf(frames, model, curve) {
  const { size, tubelet, grid } = model;
  const count = frames.length / (size * size * 4);
  return {
    frames,
    count,
    size,
    tubelet,
    columns: grid[2],
    fps: framesPerSecond(model),
    first: curve.first,
    ...unusual(curve),
  };
}

/**
 * What is above the median of its place: noise and fine texture are never predicted quite, and no news.
 * @param {Pick<SurpriseCurve, "heat" | "peak">} curve @returns {{heat: Float32Array, curve: number[]}}
 */
export function unusual({ heat, peak: { length: windows } }) {
  const places = heat.length / windows;
  const above = new Float32Array(heat.length);
  for (let place = 0; place < places; place++) {
    const errors = Array.from({ length: windows }, (_, window) => heat[window * places + place] ?? 0);
    const usual = median(errors);
    errors.forEach((error, window) => (above[window * places + place] = Math.max(0, error - usual)));
  }
  return {
    heat: above,
    curve: Array.from({ length: windows }, (_, window) =>
      peakOf(above.subarray(window * places, (window + 1) * places)),
    ),
  };
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Mean of the ninth of the values that are largest, as the engine has it. @param {Float32Array} values */
function peakOf(values) {
  const most = [...values].sort((a, b) => b - a).slice(0, Math.ceil(values.length / 9));
  return most.reduce((sum, value) => sum + value, 0) / most.length;
}

/** The centre square of a frame, which stays as it is. @param {ImageBitmap} bitmap @param {number} size  pixels a side @returns {Uint8Array} RGBA, [size, size, 4] */
function readSquare(bitmap, size) {
  const context = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
  if (!context) throw new FailureError("no-canvas", "This browser has no 2D canvas outside the page: update it.");
  const { x, y, side } = centreSquare(bitmap.width, bitmap.height);
  context.drawImage(bitmap, x, y, side, side, 0, 0, size, size);
  return new Uint8Array(context.getImageData(0, 0, size, size).data.buffer);
}
