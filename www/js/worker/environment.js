// @ts-check
/**
 * What host.js needs of the place it runs in: a module worker, or the page.
 *
 * @typedef {import("./host.js").Environment} Environment
 * @typedef {{script?: URL, get?: typeof fetch}} Given   `script`: of the worker that this is; `get`: fetches also from other hosts, if not as here
 */
import { fetchElsewhere } from "../base/elsewhere.js";
import { findAdapter, watchGpu } from "./watch-gpu.js";
import { hasSimd, loadEngine } from "./load-wasm.js";
import { moduleWorker } from "../base/module-worker.js";
import { keptTiles } from "./tiles.js";
import { openStore } from "../weights/store.js";

/** @param {Given} given @returns {Environment} */
export function browserEnvironment({ script, get = fetchElsewhere }) {
  return {
    load: loadEngine,
    findAdapter: () => findAdapter(),
    watchGpu: (events) => watchGpu(events),
    keptTiles: keptTiles(),
    onStrayError,
    rgba: makeReader(),
    picture: readPicture,
    openStore: (onProblem) => openStore({ onProblem }),
    fetch: get,
    memoryBytes: memoryBytes(),
    cores: navigator.hardwareConcurrency || 1,
    startHelper: script && typeof Worker === "function" ? (ends) => startWorker(script, ends) : null,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    hasSimd,
    now: () => performance.now(),
    webgpu: Boolean(navigator.gpu),
    onPage: "document" in globalThis,
    userAgent: navigator.userAgent,
  };
}

/** What the browser says the machine has: in powers of two, and never more than it wants to tell. @returns {number | null} */
export function memoryBytes() {
  const { deviceMemory } = /** @type {{deviceMemory?: number}} */ (navigator);
  return deviceMemory ? deviceMemory * 1e9 : null;
}

/** Another one like this. @param {URL} script @param {import("./helpers.js").Ends} ends @returns {import("./helpers.js").Link} */
function startWorker(script, { received, failed }) {
  const worker = moduleWorker(script);
  worker.onmessage = ({ data }) => received(data);
  // Else it would be an error of this worker, too, and of the page.
  worker.onerror = (event) => (event.preventDefault(), failed());
  worker.onmessageerror = failed;
  return {
    post: (data, transfer = []) => worker.postMessage(data, transfer),
    close: () => {
      worker.onmessage = worker.onerror = null;
      worker.terminate();
    },
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

/** A bitmap's RGBA as it is; closes the bitmap. @param {ImageBitmap} bitmap @returns {import("./frame-history.js").Picture} */
function readPicture(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser has no 2D canvas outside the page: update it.");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { rgba: new Uint8Array(context.getImageData(0, 0, width, height).data.buffer), width, height };
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
