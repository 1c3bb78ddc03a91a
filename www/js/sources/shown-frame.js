// @ts-check
/**
 * The frame that a video has now, by its time stamp. Chromium shows frames of uneven lengths up to seconds early, for it
 * takes each for as long as the others were: such a frame is kept until its time has come, and the one before is shown.
 */

/** A screen is never exact: a frame may be shown so much before its time, in microseconds. */
const EARLY_US = 50_000;
/** Frames kept at once: decoders have few to give. */
const KEPT = 4;

export class Shown {
  #video;
  /** The one that was taken last and those that are too early, by time. @type {VideoFrame[]} */
  #frames = [];
  #last = 0;
  /** What is asked to say when the next one is shown. */
  #handle = 0;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  start() {
    this.stop();
    this.#listen();
  }

  stop() {
    this.#video.cancelVideoFrameCallback?.(this.#handle);
    this.#forget();
  }

  /** To be closed by whoever takes it; the video itself where browsers have no frames to give. @returns {VideoFrame | HTMLVideoElement} */
  now() {
    const video = this.#video;
    if (!("VideoFrame" in globalThis)) return video;
    const frame = new VideoFrame(video);
    if (video.srcObject) return frame; // its stamps are no time of ours
    const now = video.currentTime * 1e6;
    if (now < this.#last) this.#forget(); // a loop, or another video
    this.#last = now;
    this.#keep(frame);
    const next = this.#frames.findIndex(({ timestamp }) => timestamp > now + EARLY_US);
    const current = next < 0 ? this.#frames.length - 1 : Math.max(0, next - 1);
    for (const past of this.#frames.splice(0, current)) past.close();
    return /** @type {VideoFrame} */ (this.#frames[0]).clone();
  }

  /** @param {VideoFrame} frame */
  #keep(frame) {
    const at = this.#frames.findIndex(({ timestamp }) => timestamp >= frame.timestamp);
    if (this.#frames[at]?.timestamp === frame.timestamp || this.#frames.length >= KEPT) return frame.close();
    this.#frames.splice(at < 0 ? this.#frames.length : at, 0, frame);
  }

  #forget() {
    for (const frame of this.#frames.splice(0)) frame.close();
  }

  /** Early frames may pass between two samples. */
  #listen() {
    const video = this.#video;
    if (!("requestVideoFrameCallback" in video) || !("VideoFrame" in globalThis)) return;
    this.#handle = video.requestVideoFrameCallback((_, { mediaTime }) => {
      const early = !video.srcObject && mediaTime * 1e6 > video.currentTime * 1e6 + EARLY_US;
      if (early && this.#frames.length) this.#keep(new VideoFrame(video));
      this.#listen();
    });
  }
}
