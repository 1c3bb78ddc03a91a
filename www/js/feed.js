// @ts-check
/** Frames of a playing video at a steady pace, cut square and resized to the model's size, or whole for checkpoints. */
import { Scaler } from "./scaler.js";

/** Frames a second: a clip of 8 spans one second. */
export const FRAMES_PER_SECOND = 8;
/** What checkpoints were trained and are evaluated with: every fourth frame of a video of 30, or four a second. */
const CHECKPOINT_FRAMES_PER_SECOND = { vjepa1: 7.5, vjepa2: 4, vjepa21: 4 };

/**
 * What a feed has to know of the model: a checkpoint is given whole frames, which it crops as its evaluation does.
 * @typedef {Pick<import("./protocol.js").ModelInfo, "size" | "frames"> & Partial<Pick<import("./protocol.js").ModelInfo, "family" | "checkpoint">>} Taker
 */

/** @param {Taker} model */
export function framesPerSecond({ checkpoint, family = "vjepa2" }) {
  return checkpoint ? CHECKPOINT_FRAMES_PER_SECOND[family] : FRAMES_PER_SECOND;
}

/** Says which moments are due, without drifting and without catching up after a gap. */
export class Pace {
  #period;
  #next = -Infinity;

  /** @param {number} fps */
  constructor(fps) {
    this.fps = fps;
    this.#period = 1000 / fps;
  }

  /** @param {number} now  milliseconds @returns {boolean} */
  due(now) {
    if (now < this.#next) return false;
    const late = now - this.#next >= this.#period;
    this.#next = (late ? now : this.#next) + this.#period;
    return true;
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
  #scaler = new Scaler();
  #pace = new Pace(FRAMES_PER_SECOND);
  #grabbing = false;
  #running = false;

  /**
   * @param {HTMLVideoElement} video
   * @param {(bitmap: ImageBitmap) => void} send
   * @param {() => Taker} model
   */
  constructor(video, send, model) {
    this.#video = video;
    this.#send = send;
    this.model = model;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#schedule();
  }

  stop() {
    this.#running = false;
    this.#scaler.close();
  }

  #schedule() {
    const tick = () => this.#tick();
    if ("requestVideoFrameCallback" in this.#video) this.#video.requestVideoFrameCallback(tick);
    else setTimeout(tick, 1000 / FRAMES_PER_SECOND / 2);
  }

  #tick() {
    if (!this.#running) return;
    this.#schedule();
    const { videoWidth, videoHeight } = this.#video;
    const fps = framesPerSecond(this.model());
    if (fps !== this.#pace.fps) this.#pace = new Pace(fps);
    if (this.#grabbing || !videoWidth || !this.#pace.due(performance.now())) return;
    this.#grab(videoWidth, videoHeight);
  }

  /** @param {number} width @param {number} height */
  async #grab(width, height) {
    this.#grabbing = true;
    const { checkpoint, size } = this.model();
    try {
      const cut = checkpoint ? null : { square: centreSquare(width, height), size };
      const bitmap = await this.#scaler.scale(this.#video, cut);
      if (this.#running) this.#send(bitmap);
      else bitmap.close();
    } catch (error) {
      // A frame can vanish between its callback and the copy (a seek, a camera that stops): the next one comes.
      if (this.#running) console.warn("A frame was skipped:", error);
    } finally {
      this.#grabbing = false;
    }
  }
}
