// @ts-check
import { el } from "./dom.js";

const SIDE = 24;

/** A tiny picture that an element around it describes. @param {Uint8Array} rgba  [24, 24, 4] @returns {HTMLCanvasElement} */
export function thumbnail(rgba) {
  const canvas = el("canvas", { width: SIDE, height: SIDE, class: "thumbnail", "aria-hidden": "true" });
  draw(canvas, rgba);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {Uint8Array} rgba */
export function draw(canvas, rgba) {
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = ctx.createImageData(SIDE, SIDE);
  image.data.set(rgba);
  ctx.putImageData(image, 0, 0);
}
