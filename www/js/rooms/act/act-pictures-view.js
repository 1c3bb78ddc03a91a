// @ts-check
import { t } from "../../language/words.js";
import { Surface } from "../../ui/canvas.js";
import { el, keyed } from "../../ui/dom.js";
import { pixelsFor } from "../../ui/pixels.js";

/**
 * @typedef {object} ActPicturesData
 * @property {import("./acting.js").Surprised | null} surprised
 * @property {Uint8Array | null} future   frames, RGBA, [actions, size, size, 4]
 * @property {number} size           pixels a side that the model sees
 */

/** Frames of a future that are shown at most. */
const MOST = 16;

/** What it imagined: of the action that surprised it beside what it saw, and the future of its last plan. */
export class ActPicturesView {
  /** @type {Uint8Array | null} */
  #future = null;
  /** @type {Uint8Array | null} */
  #saw = null;
  /** @type {Picture[]} */
  #frames = [];

  constructor() {
    this.imagined = new Picture();
    this.saw = new Picture();
    this.surprise = el(
      "div",
      { class: "surprised", hidden: true },
      figure("act.imagined", this.imagined),
      figure("act.saw", this.saw),
    );
    this.strip = el("div", { class: "frames", role: "img" });
    this.futures = el(
      "figure",
      { class: "future", hidden: true },
      this.strip,
      el("figcaption", keyed({ text: "act.future" })),
    );
    this.element = el("div", { class: "imagined" }, this.surprise, this.futures);
  }

  /** @param {ActPicturesData} data */
  update({ surprised, future, size }) {
    this.surprise.hidden = !surprised;
    if (surprised && surprised.saw !== this.#saw) {
      this.#saw = surprised.saw;
      this.imagined.show(surprised.imagined, size);
      this.saw.show(surprised.saw, surprised.side);
    }
    this.futures.hidden = !future?.length;
    if (!future?.length || future === this.#future) return;
    this.#future = future;
    const bytes = 4 * size * size;
    const count = Math.min(MOST, future.length / bytes);
    while (this.#frames.length > count) this.#frames.pop()?.dispose();
    while (this.#frames.length < count) this.#frames.push(new Picture());
    this.strip.replaceChildren(...this.#frames.map(({ canvas }) => canvas));
    for (const [i, frame] of this.#frames.entries()) frame.show(future.subarray(i * bytes, (i + 1) * bytes), size);
    this.strip.setAttribute("aria-label", t("act.future.shown", { count }));
  }
}

/** A picture on a canvas of its own. */
class Picture {
  /** @type {import("../../ui/pixels.js").Pixels | null} */
  #pixels = null;

  constructor() {
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.surface = new Surface(this.canvas, (ctx, width) => this.#pixels?.draw(ctx, 0, width, width));
  }

  /** @param {Uint8Array} rgba  [side, side, 4] @param {number} side */
  show(rgba, side) {
    if (rgba.length !== 4 * side * side) return; // there is none
    this.#pixels = pixelsFor(this.#pixels, side, side, 1);
    this.#pixels.put(rgba);
    this.surface.request();
  }

  dispose() {
    this.surface.dispose();
  }
}

/** @param {import("../../language/words.js").Key} text @param {Picture} picture */
function figure(text, { canvas }) {
  return el("figure", {}, canvas, el("figcaption", keyed({ text })));
}
