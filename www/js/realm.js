// @ts-check
/**
 * What host.js needs of the place it runs in: a module worker, or the page.
 *
 * @typedef {import("./host.js").Realm} Realm
 */
import { findAdapter, watchGpu } from "./gpu.js";
import { hasSimd, loadEngine } from "./loader.js";

/** @returns {Realm} */
export function browserRealm() {
  return {
    load: loadEngine,
    findAdapter: () => findAdapter(),
    watchGpu: (events) => watchGpu(events),
    onStrayError,
    rgba: makeReader(),
    hasSimd,
    now: () => performance.now(),
    webgpu: Boolean(navigator.gpu),
    userAgent: navigator.userAgent,
  };
}

/** @param {(error: any) => void} listener */
function onStrayError(listener) {
  const stop = new AbortController();
  const { signal } = stop;
  addEventListener("error", (event) => listener(event.error), { signal });
  addEventListener("unhandledrejection", (event) => listener(event.reason), { signal });
  return () => stop.abort();
}

/** @returns {(bitmap: ImageBitmap, size: number) => Uint8Array} the bitmap's RGBA, [size, size, 4]; closes the bitmap */
function makeReader() {
  /** @type {OffscreenCanvasRenderingContext2D | undefined} */
  let context;
  return (bitmap, size) => {
    if (context?.canvas.width !== size) {
      context = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true }) ?? undefined;
    }
    if (!context) throw new Error("This browser has no 2D canvas outside the page: update it.");
    context.drawImage(bitmap, 0, 0, size, size);
    bitmap.close();
    return new Uint8Array(context.getImageData(0, 0, size, size).data.buffer);
  };
}
