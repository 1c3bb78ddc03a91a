// @ts-check
import { t } from "../../language/words.js";
import { Surface } from "../../ui/canvas.js";
import { el } from "../../ui/dom.js";
import { drawMask, rolesOf } from "../../ui/draw-mask.js";
import { lessMotion } from "../../ui/motion.js";
import { pixelsFor } from "../../ui/pixels.js";

/**
 * @typedef {import("../../ui/pixels.js").Pixels} Pixels
 *
 * @typedef {import("../../ui/clip-of.js").ClipData & {context: Uint32Array, target: Uint32Array, pca: Uint8Array}} LookData
 *   the clip of a look; `pca`: RGBA, [tubelets, rows, columns, 4]
 */

const FRAME_MS = 140;
/** Features let the picture through. */
const OPACITY = 0.72;

/** The clip of the last look, over and over, with nothing, its mask or its features over it. */
export class ClipOverlayView {
  /** @type {LookData | null} */
  #data = null;
  /** @type {Pixels | null} */
  #pictures = null;
  /** @type {Pixels | null} */
  #features = null;
  /** @type {Uint8Array} */
  #roles = new Uint8Array(0);
  #frame = 0;
  /** @type {"none" | "mask" | "features"} */
  #overlay = "none";
  /** It does not play. */
  still = false;

  constructor() {
    this.canvas = el("canvas", { role: "img", "aria-label": t("clip.none") });
    this.element = el("div", { class: "stage" }, this.canvas);
    this.surface = new Surface(this.canvas, (ctx, side) => this.#draw(ctx, side));
    if (!lessMotion()) setInterval(() => this.#tick(), FRAME_MS);
  }

  /** @param {LookData | null} data */
  update(data) {
    this.#data = data;
    if (data) {
      const [t, h, w] = data.grid;
      this.#roles = rolesOf(t * h * w, data.context, data.target);
      this.#pictures = pixelsFor(this.#pictures, data.size, data.size, data.count);
      this.#pictures.put(data.frames);
      this.#features = pixelsFor(this.#features, w, h, t);
      this.#features.put(data.pca);
      this.#frame = Math.min(this.#frame, data.count - 1);
    }
    this.#describe();
    this.surface.request();
  }

  /** @param {"none" | "mask" | "features"} overlay */
  show(overlay) {
    this.#overlay = overlay;
    this.#describe();
    this.surface.request();
  }

  #describe() {
    const label = this.#data ? t(`screen.${this.#overlay}.shown`, { count: this.#data.count }) : t("clip.none");
    if (this.canvas.getAttribute("aria-label") !== label) this.canvas.setAttribute("aria-label", label);
  }

  #tick() {
    if (this.still || !this.#data || !this.surface.visible) return;
    this.#frame = (this.#frame + 1) % this.#data.count;
    this.surface.request();
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} side */
  #draw(ctx, side) {
    if (!this.#data) return;
    const [, h, w] = this.#data.grid;
    const tubelet = Math.floor(this.#frame / this.#data.tubelet);
    this.#pictures?.draw(ctx, this.#frame, side, side);
    if (this.#overlay === "mask") drawMask(ctx, this.#roles.subarray(tubelet * h * w, (tubelet + 1) * h * w), w, side);
    if (this.#overlay !== "features") return;
    ctx.globalAlpha = OPACITY;
    this.#features?.draw(ctx, tubelet, side, side);
    ctx.globalAlpha = 1;
  }
}
