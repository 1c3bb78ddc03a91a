// @ts-check
/**
 * Cuts and resizes frames of a video away from the page's thread: for a large video that takes far longer than a page
 * may stop, and the engine's worker has better things to do.
 *
 * @typedef {{x: number, y: number, side: number}} Square   in pixels of the video
 * @typedef {{square: Square, size: number}} Cut   `size`: pixels a side of the result
 * @typedef {{frame: VideoFrame, cut: Cut | null}} ScaleRequest
 */
import { moduleWorker } from "../base/module-worker.js";

/** @param {HTMLVideoElement | VideoFrame} source @param {Cut | null} cut  null: the whole as it is */
export function bitmapOf(source, cut) {
  if (!cut) return createImageBitmap(source);
  const {
    square: { x, y, side },
    size,
  } = cut;
  return createImageBitmap(source, x, y, side, side, {
    resizeWidth: size,
    resizeHeight: size,
    resizeQuality: "medium",
  });
}

export class Scaler {
  /** @type {Worker | undefined} */
  #worker;
  /** No worker starts here: the page itself has to do it. */
  #refused = false;
  /** Whoever waits for the frame in hand. @type {(error: Error) => void} */
  #refuse = () => {};

  /** The part of a frame, which is closed then; one call at a time. @param {VideoFrame | HTMLVideoElement} frame @param {Cut | null} cut @returns {Promise<ImageBitmap>} */
  scale(frame, cut) {
    // Where frames cannot be handed to a worker, the page itself has to do it.
    if (!("VideoFrame" in globalThis && frame instanceof VideoFrame)) return bitmapOf(frame, cut);
    const worker = this.#start();
    if (!worker) return bitmapOf(frame, cut).finally(() => frame.close());
    return new Promise((resolve, reject) => {
      this.#refuse = reject;
      worker.onmessage = ({ data }) => (data.bitmap ? resolve(data.bitmap) : reject(new Error(data.error)));
      worker.onerror = () => {
        this.#refused = true;
        this.#worker = undefined;
        worker.terminate();
        reject(new Error("the worker that scales frames did not start, so the page does it"));
      };
      worker.postMessage({ frame, cut }, [frame]);
    });
  }

  /** Ends its worker; another frame starts a new one. */
  close() {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#refuse(new Error("nobody wants it any more"));
  }

  /** @returns {Worker | undefined} */
  #start() {
    if (this.#refused || this.#worker) return this.#worker;
    try {
      return (this.#worker = moduleWorker(new URL("./scaler-worker.js", import.meta.url)));
    } catch {
      this.#refused = true;
      return undefined;
    }
  }
}
