// @ts-check
import { onLanguage, t } from "../language/words.js";
import { el, keyed, setKeys, setText } from "./dom.js";
import { lessMotion } from "./motion.js";

/** @typedef {import("../language/words.js").Key} Key */

const FRAME_MS = 120;

/** Play, pause and scrub: says which picture of several is shown. */
export class Player {
  frame = 0;
  #count = 0;
  #playing = false;
  #keys;
  #show;

  /**
   * @param {{play: Key, pause: Key, slider: Key, at?: Key, paceMs?: number}} keys   `at`: which picture is shown; with {frame} and {count}
   * @param {() => void} show          another picture is shown
   * @param {() => boolean} visible    somebody sees it
   */
  constructor({ paceMs = FRAME_MS, ...keys }, show, visible) {
    this.#keys = keys;
    this.#show = show;
    this.button = el("button", { type: "button", class: "play", onclick: () => this.play(!this.#playing) });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 1,
      value: 0,
      ...keyed({ "aria-label": keys.slider }),
      oninput: () => this.stopAt(this.slider.valueAsNumber),
    });
    this.where = el("output", { "aria-live": "off" });
    this.element = el("div", { class: "transport" }, this.button, this.slider, this.where);
    this.load(0);
    this.play(false);
    onLanguage(() => this.#seek(this.frame));
    setInterval(
      () => this.#playing && this.#count && visible() && !document.hidden && this.#seek((this.frame + 1) % this.#count),
      paceMs,
    );
  }

  /** So many pictures, from the first; none disables it. @param {number} count */
  load(count) {
    this.#count = count;
    this.slider.max = String(Math.max(1, count - 1));
    this.slider.disabled = this.button.disabled = count === 0;
    this.#seek(0);
  }

  /** By itself, unless the visitor wants less motion. */
  begin() {
    this.play(!lessMotion());
  }

  /** @param {boolean} playing */
  play(playing) {
    this.#playing = playing;
    this.button.dataset.playing = String(playing);
    setKeys(this.button, { "aria-label": playing ? this.#keys.pause : this.#keys.play });
  }

  /** By hand: it stays there. @param {number} frame */
  stopAt(frame) {
    this.play(false);
    this.#seek(Math.min(Math.max(0, frame), Math.max(0, this.#count - 1)));
  }

  /** @param {number} frame */
  #seek(frame) {
    this.frame = frame;
    const place = this.#count ? t(this.#keys.at ?? "clip.where", { frame: frame + 1, count: this.#count }) : "";
    this.slider.value = String(frame);
    this.slider.setAttribute("aria-valuetext", place);
    setText(this.where, place);
    this.#show();
  }
}
