// @ts-check
import { onLanguage, t } from "../../language/words.js";
import { el, keyed, setKeys, setText } from "../../ui/dom.js";
import { HeatFilm } from "../../ui/heat-film.js";
import { STILL_MS, lessMotion } from "../../ui/motion.js";
import { Surface } from "../../ui/canvas.js";

/** @typedef {import("../../ui/heat-film.js").Film} Film */

/** Two frames of a window, live, and a frame of an alarm that is looked at again. */
const LIVE_MS = 80;
const AGAIN_MS = 160;

/** The newest window as it comes, or an alarm over and over. */
export class HeatmapView {
  #film = new HeatFilm();
  #frame = 0;
  #still = lessMotion();
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
    this.empty = el("p", { class: "empty", ...keyed({ text: "heat.waiting" }) });
    this.stage = el("div", { class: "stage", "data-empty": true }, this.canvas, this.empty);
    this.play = el("button", { type: "button", class: "play", onclick: () => this.#setPlaying(!this.#playing) });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 1,
      value: 0,
      ...keyed({ "aria-label": "heat.slider" }),
      oninput: () => this.#scrub(this.slider.valueAsNumber),
    });
    this.where = el("output", { "aria-live": "off" });
    this.live = el("button", { type: "button", ...keyed({ text: "heat.live" }), onclick: onLive });
    this.transport = el("div", { class: "transport", hidden: true }, this.play, this.slider, this.where, this.live);
    this.top = el("span");
    this.key = el("p", { class: "warmth" }, el("span", keyed({ text: "heat.usual" })), el("i"), this.top);
    this.element = el("div", { class: "seen" }, this.stage, this.transport, this.key);
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.#again && onLive());
    this.surface = new Surface(this.canvas, (ctx, side) => this.#film.draw(ctx, side, this.#frame, this.#places));
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
    this.#film.load(film);
    this.#places = places;
    this.#words = words;
    this.#set(this.#still ? this.#film.frames - 1 : 0);
    this.#say();
  }

  /** An alarm, from its beginning. @param {Film} film @param {() => string} name */
  replay(film, name) {
    this.#again = true;
    this.#places = undefined;
    this.#film.load(film);
    this.transport.hidden = false;
    this.slider.max = String(this.#film.frames - 1);
    this.#words = name;
    this.#setPlaying(!this.#still);
    this.#scrub(this.#still ? (film.first ?? 0) * this.#film.tubelet : 0, !this.#still);
  }

  /** What comes is shown again. */
  end() {
    this.#again = false;
    this.transport.hidden = true;
    delete this.stage.dataset.again;
    setText(this.where, "");
  }

  /** Without its heat. @param {boolean} bare */
  bare(bare) {
    if (this.#film.bare === bare) return;
    this.#film.bare = bare;
    this.key.hidden = bare;
    this.surface.request();
  }

  /** @param {number} threshold  what the legend says */
  legend(threshold) {
    setText(this.top, t("heat.legend", { deviations: 2 * threshold }));
  }

  clear() {
    this.end();
    const { bare } = this.#film;
    this.#film = new HeatFilm();
    this.#film.bare = bare;
    this.#words = null;
    this.stage.setAttribute("data-empty", "");
    this.#say();
    this.surface.request();
  }

  /** @param {number} now */
  #tick(now) {
    if (!this.surface.visible || !this.#film.film) return;
    const last = this.#film.frames - 1;
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
    const words = this.#words?.() ?? t("heat.none");
    const place = this.#again ? this.#place() : "";
    if (this.#again) {
      this.stage.dataset.again = words;
      setText(this.where, place);
      this.slider.setAttribute(
        "aria-valuetext",
        t("heat.frame", { frame: this.#frame + 1, frames: this.#film.frames, place }),
      );
    }
    const label = place ? t("heat.shown", { alarm: words, place }) : words;
    if (this.canvas.getAttribute("aria-label") !== label) this.canvas.setAttribute("aria-label", label);
  }

  /** When this frame was, beside the alarm. */
  #place() {
    const { film, tubelet } = this.#film;
    const window = Math.floor(this.#frame / tubelet) - (film?.first ?? 0);
    return t(window < 0 ? "heat.before" : window === 0 ? "heat.rings" : "heat.after");
  }

  /** @param {boolean} playing */
  #setPlaying(playing) {
    this.#playing = playing;
    this.play.dataset.playing = String(playing);
    setKeys(this.play, { "aria-label": playing ? "heat.pause" : "heat.play" });
  }
}
