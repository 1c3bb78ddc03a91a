// @ts-check
/**
 * Frames of a playing video at a steady pace, cut square and resized to the model's size, or whole for checkpoints.
 * The frame of a sampling instant is the one that is shown at that time: one that is held for long is given again.
 */
import { Scaler } from "./scaler.js";
import { Shown } from "./shown-frame.js";

/** Frames a second: a clip of 8 spans one second. */
export const FRAMES_PER_SECOND = 8;
/** What checkpoints were trained and are evaluated with: every fourth frame of a video of 30, or four a second. */
const CHECKPOINT_FRAMES_PER_SECOND = { vjepa1: 7.5, vjepa2: 4, vjepa21: 4 };
/** The shortest wait for an instant that has nearly come. */
const LEAST_WAIT_MS = 4;
/** As HTMLMediaElement has it. */
const HAVE_CURRENT_DATA = 2;

/**
 * What a feed has to know of the model: a checkpoint is given whole frames, which it crops as its evaluation does.
 * @typedef {Pick<import("../engine/protocol.js").ModelInfo, "size" | "frames"> & Partial<Pick<import("../engine/protocol.js").ModelInfo, "family" | "checkpoint">>} Taker
 */

/** @param {Taker} model */
export function framesPerSecond({ checkpoint, family = "vjepa2" }) {
  return checkpoint ? CHECKPOINT_FRAMES_PER_SECOND[family] : FRAMES_PER_SECOND;
}

/** Counts the sampling instants of a time line: one each 1/fps s, without drift. */
export class Pace {
  #period;
  /** Until the next instant, in milliseconds. */
  left = 0;

  /** @param {number} fps */
  constructor(fps) {
    this.fps = fps;
    this.#period = 1000 / fps;
  }

  /** How many instants have come in the time that went by. @param {number} elapsed  milliseconds */
  due(elapsed) {
    if (elapsed === Infinity) return Infinity;
    this.left -= elapsed;
    if (this.left > 0) return 0;
    const count = Math.floor(-this.left / this.#period) + 1;
    this.left += count * this.#period;
    return count;
  }
}

/**
 * The time that a video has shown. A file has a time line of its own, on which stalls and pauses are no time and a loop
 * goes on without a jump; a stream has none that goes on while its frame is held, so for it the page's clock counts.
 */
export class TimeLine {
  #video;
  #now;
  /** @type {number | null} */
  #last = null;

  /** @param {Pick<HTMLVideoElement, "srcObject" | "currentTime" | "duration" | "loop">} video @param {() => number} [now]  milliseconds */
  constructor(video, now = () => performance.now()) {
    this.#video = video;
    this.#now = now;
  }

  /** Milliseconds since it was asked last; Infinity if the video was wound back, so that nothing can be said of them. */
  elapsed() {
    const { srcObject, currentTime, duration, loop } = this.#video;
    const time = srcObject ? this.#now() : currentTime * 1000;
    const passed = time - (this.#last ?? time);
    this.#last = time;
    if (passed >= 0) return passed;
    return loop && Number.isFinite(duration) ? Math.max(0, passed + duration * 1000) : Infinity;
  }
}

/** The largest centred square of a frame. @param {number} width @param {number} height */
export function centreSquare(width, height) {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}

export class FrameFeed {
  #video;
  #send;
  #gap;
  #scaler;
  #shown;
  #time;
  #pace = new Pace(FRAMES_PER_SECOND);
  /** Instants that have come and have no frame yet. */
  #owed = 0;
  #grabbing = false;
  #running = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLVideoElement} video
   * @param {(bitmap: ImageBitmap, times: number) => void} send   `times`: instants that it is the frame of
   * @param {() => Taker} model
   * @param {() => void} [gap]   what comes next does not follow what was sent: more than a clip of it was not seen
   * @param {{scaler?: Pick<Scaler, "scale" | "close">, now?: () => number}} [parts]   tests bring their own
   */
  constructor(video, send, model, gap = () => {}, { scaler = new Scaler(), now } = {}) {
    this.#video = video;
    this.#send = send;
    this.#gap = gap;
    this.#scaler = scaler;
    this.#shown = new Shown(video);
    this.#time = new TimeLine(video, now);
    this.model = model;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#shown.start();
    this.#tick();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#shown.stop();
    this.#scaler.close();
  }

  #tick() {
    if (!this.#running) return;
    const fps = framesPerSecond(this.model());
    if (fps !== this.#pace.fps) {
      this.#pace = new Pace(fps);
      this.#owed = 0;
    }
    let wait = 1000 / fps;
    if (this.#shows()) {
      this.#owed += this.#pace.due(this.#time.elapsed());
      wait = Math.min(wait, Math.max(LEAST_WAIT_MS, this.#pace.left / (this.#video.playbackRate || 1)));
    }
    this.#timer = setTimeout(() => this.#tick(), wait);
    this.#grab();
  }

  /** Time goes by for whoever watches. Hidden tabs are left out: their timers are too slow for any pace. */
  #shows() {
    const { videoWidth, readyState, paused, seeking } = this.#video;
    return videoWidth > 0 && readyState >= HAVE_CURRENT_DATA && !paused && !seeking && !globalThis.document?.hidden;
  }

  /** Takes the frame that is shown now, for the instants that have come. Those that come meanwhile are the next one's. */
  async #grab() {
    if (this.#grabbing || !this.#owed) return;
    const { checkpoint, size, frames } = this.model();
    const { videoWidth, videoHeight } = this.#video;
    const times = this.#owed;
    this.#owed = 0;
    this.#grabbing = true;
    try {
      const cut = checkpoint ? null : { square: centreSquare(videoWidth, videoHeight), size };
      const bitmap = await this.#scaler.scale(this.#shown.now(), cut);
      if (!this.#running) return bitmap.close();
      if (times > frames) this.#gap();
      this.#send(bitmap, times > frames ? 1 : times);
    } catch (error) {
      // A frame can vanish between its instant and the copy (a seek, a camera that stops): the next one stands for it.
      this.#owed += times;
      if (this.#running) console.warn("A frame was skipped:", error);
    } finally {
      this.#grabbing = false;
    }
  }
}
