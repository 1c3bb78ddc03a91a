// @ts-check
/** Frames of a playing video, cut square and resized to the model's size, at a steady pace. */
import { Scaler } from "./scaler.js";

/** Frames a second: a clip of 8 spans one second. */
export const FRAMES_PER_SECOND = 8;

/** Says which moments are due, without drifting and without catching up after a gap. */
export class Pace {
  #period;
  #next = -Infinity;

  /** @param {number} fps */
  constructor(fps) {
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
   * @param {() => number} size  pixels a side that the model takes
   */
  constructor(video, send, size) {
    this.#video = video;
    this.#send = send;
    this.size = size;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#schedule();
  }

  stop() {
    this.#running = false;
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
    if (this.#grabbing || !videoWidth || !this.#pace.due(performance.now())) return;
    this.#grab(videoWidth, videoHeight);
  }

  /** @param {number} width @param {number} height */
  async #grab(width, height) {
    this.#grabbing = true;
    try {
      const bitmap = await this.#scaler.scale(this.#video, centreSquare(width, height), this.size());
      if (this.#running) this.#send(bitmap);
      else bitmap.close();
    } catch (error) {
      // A frame can vanish between its callback and the copy (a seek, a camera that stops): the next one comes.
      console.warn("A frame was skipped:", error);
    } finally {
      this.#grabbing = false;
    }
  }
}
