// @ts-check
import { onLanguage, say } from "../../language/words.js";
import { el, said, sayNow, setText } from "../../ui/dom.js";
import { finite } from "../../ui/format.js";
import { region } from "../../ui/draw-mask.js";
import { Pixels, pixelsFor } from "../../ui/pixels.js";
import { paintRamp } from "../../ui/ramp.js";
import { Surface } from "../../ui/canvas.js";
import { theme } from "../../ui/theme.js";

/**
 * @typedef {{frames: Uint8Array, heat: Float32Array}} Window   RGBA, [tubelet, size, size, 4]; deviations, [rows * columns]
 *
 * @typedef {object} Film          windows one after the other
 * @property {Window[]} windows
 * @property {number} size         pixels a side
 * @property {number} columns
 * @property {number} threshold    in deviations
 * @property {number} [first]      the window that an alarm rang at
 */

/** Two frames of a window, live, and a frame of an alarm that is looked at again. */
const LIVE_MS = 80;
const AGAIN_MS = 160;
/** Who wants less motion gets a still a second. */
const STILL_MS = 1000;
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
export class Reel {
  /** @type {Pixels | null} */
  #pictures = null;
  /** @type {Pixels | null} */
  #heat = null;
  /** @type {Film | null} */
  film = null;
  tubelet = 1;

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
    this.#heat?.draw(ctx, window, side, side);
    const outlined = new Set(places);
    const hot = Uint8Array.from(heat, (value, place) => Number(places ? outlined.has(place) : value >= film.threshold));
    outline(ctx, hot, film.columns, side);
  }
}

/** The newest window as it comes, or an alarm over and over. */
export class HeatView {
  #reel = new Reel();
  #frame = 0;
  #still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  #playing = true;
  /** @type {number[] | undefined} */
  #places;
  #shownAt = -STILL_MS;
  #again = false;
  #tickedAt = 0;
  /** What is to be seen, in whatever language is spoken: of the newest window, or the alarm's name. @type {(() => string) | null} */
  #words = null;

  /** @param {() => void} onLive  the reader has seen enough of an alarm */
  constructor(onLive) {
    this.canvas = el("canvas", { role: "img" });
    this.empty = el("p", { class: "empty", ...said({ text: "heat.waiting" }) });
    this.stage = el("div", { class: "stage", "data-empty": true }, this.canvas, this.empty);
    this.play = el("button", { type: "button", class: "play", onclick: () => this.#setPlaying(!this.#playing) });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 1,
      value: 0,
      ...said({ "aria-label": "heat.slider" }),
      oninput: () => this.#scrub(this.slider.valueAsNumber),
    });
    this.where = el("output");
    this.live = el("button", { type: "button", ...said({ text: "heat.live" }), onclick: onLive });
    this.transport = el("div", { class: "transport", inert: true }, this.play, this.slider, this.where, this.live);
    this.top = el("span");
    this.key = el("p", { class: "warmth" }, el("span", said({ text: "heat.usual" })), el("i"), this.top);
    this.element = el("div", { class: "seen" }, this.stage, this.transport, this.key);
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.#again && onLive());
    this.surface = new Surface(this.canvas, (ctx, side) => this.#reel.draw(ctx, side, this.#frame, this.#places));
    this.#setPlaying(true);
    this.#say();
    onLanguage(() => this.#say());
    setInterval(() => this.#tick(performance.now()), LIVE_MS);
  }

  /** The newest window; left aside while an alarm is looked at. @param {Film} film  of one window @param {number[] | undefined} places  to be outlined @param {() => string} words  what is to be seen @param {number} [now]  milliseconds */
  show(film, places, words, now = performance.now()) {
    if (this.#again) return;
    if (this.#still && now - this.#shownAt < STILL_MS) return;
    this.#shownAt = now;
    this.#reel.load(film);
    this.#places = places;
    this.#words = words;
    this.#set(this.#still ? this.#reel.frames - 1 : 0);
    this.#say();
  }

  /** An alarm, from its beginning. @param {Film} film @param {() => string} name */
  replay(film, name) {
    this.#again = true;
    this.#places = undefined;
    this.#reel.load(film);
    this.transport.toggleAttribute("inert", false);
    this.slider.max = String(this.#reel.frames - 1);
    this.#words = name;
    this.#setPlaying(!this.#still);
    this.#scrub(this.#still ? (film.first ?? 0) * this.#reel.tubelet : 0, !this.#still);
  }

  /** What comes is shown again. */
  end() {
    this.#again = false;
    this.transport.toggleAttribute("inert", true);
    delete this.stage.dataset.again;
    setText(this.where, "");
  }

  /** @param {number} threshold  what the legend says */
  legend(threshold) {
    setText(this.top, say("heat.legend", { deviations: 2 * threshold }));
  }

  clear() {
    this.end();
    this.#reel = new Reel();
    this.#words = null;
    this.stage.setAttribute("data-empty", "");
    this.#say();
    this.surface.request();
  }

  /** @param {number} now */
  #tick(now) {
    if (!this.surface.visible || !this.#reel.film) return;
    const last = this.#reel.frames - 1;
    if (!this.#again) {
      if (!this.#still && this.#frame < last) this.#set(this.#frame + 1);
    } else if (this.#playing && now - this.#tickedAt >= AGAIN_MS) {
      this.#tickedAt = now;
      this.#scrub(this.#frame < last ? this.#frame + 1 : 0, true);
    }
  }

  /** @param {number} frame @param {boolean} [playing]  it goes on from there */
  #scrub(frame, playing = false) {
    if (!playing) this.#setPlaying(false);
    this.slider.value = String(frame);
    this.#set(frame);
    this.#say();
  }

  /** @param {number} frame */
  #set(frame) {
    this.#frame = frame;
    this.stage.removeAttribute("data-empty");
    this.surface.request();
  }

  /** What is to be seen. */
  #say() {
    const words = this.#words?.() ?? say("heat.none");
    const place = this.#again ? this.#place() : "";
    if (this.#again) {
      this.stage.dataset.again = words;
      setText(this.where, place);
      this.slider.setAttribute(
        "aria-valuetext",
        say("heat.frame", { frame: this.#frame + 1, frames: this.#reel.frames, place }),
      );
    }
    const label = place ? say("heat.shown", { alarm: words, place }) : words;
    if (this.canvas.getAttribute("aria-label") !== label) this.canvas.setAttribute("aria-label", label);
  }

  /** When this frame was, beside the alarm. */
  #place() {
    const { film, tubelet } = this.#reel;
    const window = Math.floor(this.#frame / tubelet) - (film?.first ?? 0);
    return say(window < 0 ? "heat.before" : window === 0 ? "heat.rings" : "heat.after");
  }

  /** @param {boolean} playing */
  #setPlaying(playing) {
    this.#playing = playing;
    this.play.dataset.playing = String(playing);
    sayNow(this.play, { "aria-label": playing ? "heat.pause" : "heat.play" });
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
