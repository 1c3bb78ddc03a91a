// @ts-check
/** Pictures with surprise over them, as heat: what is shown live, and of alarms. */
import { finite } from "./format.js";
import { region } from "./draw-mask.js";
import { pixelsFor } from "./pixels.js";
import { paintRamp } from "./ramp.js";
import { theme } from "./theme.js";

/**
 * @typedef {import("./pixels.js").Pixels} Pixels
 * @typedef {{frames: Uint8Array, heat: Float32Array}} Window   RGBA, [tubelet, size, size, 4]; deviations, [rows * columns]
 *
 * @typedef {object} Film          windows one after the other
 * @property {Window[]} windows
 * @property {number} size         pixels a side
 * @property {number} columns
 * @property {number} threshold    in deviations
 * @property {number} [first]      the window that an alarm rang at
 */

/** The strongest heat still lets the picture through. */
const OPACITY = 0.85;

/** Heat as colour over a picture: nothing below half the threshold, strongest from twice it on. @param {Float32Array} heat @param {number} threshold @returns {Uint8ClampedArray} RGBA */
export function overlay(heat, threshold) {
  const shares = heat.map((value) => finite(Math.min(1, Math.max(0, value / threshold - 0.5) / 1.5)));
  const rgba = new Uint8ClampedArray(heat.length * 4);
  paintRamp(
    shares.map((share) => 2 * share - 1),
    rgba,
  );
  shares.forEach((share, i) => (rgba[i * 4 + 3] = Math.round(255 * OPACITY * Math.sqrt(share))));
  return rgba;
}

/** Films to be drawn over a square, with their heat. */
export class HeatFilm {
  /** @type {Pixels | null} */
  #pictures = null;
  /** @type {Pixels | null} */
  #heat = null;
  /** @type {Film | null} */
  film = null;
  tubelet = 1;
  /** Without its heat. */
  bare = false;

  get frames() {
    return (this.film?.windows.length ?? 0) * this.tubelet;
  }

  /** @param {Film} film */
  load(film) {
    const { windows, size, columns, threshold } = film;
    this.film = film;
    const [first] = windows;
    if (!first) return;
    this.tubelet = first.frames.length / (size * size * 4);
    this.#pictures = pixelsFor(this.#pictures, size, size, this.frames);
    this.#pictures.put(joined(windows.map(({ frames }) => frames)));
    this.#heat = pixelsFor(this.#heat, columns, first.heat.length / columns, windows.length);
    this.#heat.put(joined(windows.map(({ heat }) => overlay(heat, threshold))));
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} side @param {number} frame @param {number[]} [places]  to be outlined; those above the threshold if not given */
  draw(ctx, side, frame, places) {
    const { film } = this;
    const window = Math.floor(frame / this.tubelet);
    const heat = film?.windows[window]?.heat;
    if (!film || !heat) return;
    this.#pictures?.draw(ctx, frame, side, side);
    if (this.bare) return;
    this.#heat?.draw(ctx, window, side, side);
    const outlined = new Set(places);
    const hot = Uint8Array.from(heat, (value, place) => Number(places ? outlined.has(place) : value >= film.threshold));
    outline(ctx, hot, film.columns, side);
  }
}

/** @param {(Uint8Array | Uint8ClampedArray)[]} parts */
function joined(parts) {
  const all = new Uint8ClampedArray(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) (all.set(part, at), (at += part.length));
  return all;
}

/** Light on dark, so that it is seen on any picture. @param {CanvasRenderingContext2D} ctx @param {Uint8Array} hot @param {number} columns @param {number} side */
function outline(ctx, hot, columns, side) {
  const { edge, any } = region(hot, columns, 1, side / columns);
  if (!any) return;
  const { hidden } = theme();
  ctx.lineCap = "square";
  for (const [width, colour] of /** @type {[number, string][]} */ ([
    [4, "#fff"],
    [2, hidden],
  ])) {
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke(edge);
  }
}
