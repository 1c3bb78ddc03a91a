// @ts-check
import { onLanguage, t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { decimal } from "../../ui/format.js";
import { outline } from "../../ui/draw-mask.js";
import { middles, mosaic, originOf, placeOf } from "./patches-view.js";
import { Pixels, pixelsFor } from "../../ui/pixels.js";
import { paintRamp } from "../../ui/ramp.js";
import { Player } from "../../ui/player.js";
import { Surface } from "../../ui/canvas.js";
import { theme } from "../../ui/theme.js";

/** @typedef {import("./imagination.js").Imagined} Imagined */

const NAMES = /** @type {const} */ (["mosaic.truth", "mosaic.imagined"]);
/** Cells at least this wide, in pixels, have their similarity written in them. */
const READABLE = 34;
const STEPS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 });

/** Truth beside imagination, and the real patches behind each hidden one. */
export class ImaginedClipView {
  /** @type {Imagined | null} */
  #imagined = null;
  /** @type {(import("../../ui/pixels.js").Pixels | null)[]} */
  #pixels = [null, null];
  /** Which hidden token is looked at. @type {number | null} */
  #picked = null;

  constructor() {
    // Arrow keys go over hidden patches on the second.
    this.canvases = NAMES.map((_, i) =>
      i ? el("canvas", { role: "application", tabindex: 0 }) : el("canvas", { role: "img" }),
    );
    this.surfaces = this.canvases.map((canvas, i) => new Surface(canvas, (ctx, side) => this.#draw(ctx, side, i)));
    const figures = NAMES.map((text, i) =>
      el("figure", {}, el("figcaption", keyed({ text })), /** @type {HTMLElement} */ (this.canvases[i])),
    );
    this.reel = new Player(
      { play: "mosaic.play", pause: "mosaic.pause", slider: "mosaic.slider", at: "mosaic.where", paceMs: 400 },
      () => this.#redraw(),
      () => Boolean(this.surfaces[1]?.visible),
    );
    this.said = el("p", { class: "note", "aria-live": "polite" });
    this.patches = el("div", { class: "patches" });
    this.element = el(
      "div",
      { class: "mosaic", hidden: true },
      el("div", { class: "twins" }, ...figures),
      this.reel.element,
      el(
        "p",
        { class: "note ramp" },
        el("span", keyed({ text: "mosaic.ramp.low" })),
        " ",
        el("i", { "aria-hidden": "true" }),
        " ",
        el("span", keyed({ text: "mosaic.ramp.high" })),
      ),
      this.said,
      this.patches,
    );
    for (const canvas of this.canvases) {
      canvas.addEventListener("pointermove", (event) => this.#point(event));
      canvas.addEventListener("pointerdown", (event) => this.#point(event));
      canvas.addEventListener("keydown", (event) => this.#key(event));
    }
    onLanguage(() => this.#translateAll());
  }

  /** @param {Imagined | null} imagined */
  update(imagined) {
    if (imagined === this.#imagined) return;
    this.#imagined = imagined;
    this.#picked = null;
    this.element.hidden = !imagined;
    this.reel.load(imagined?.grid[0] ?? 0);
    if (!imagined) return;
    const {
      size,
      grid: [tubelets, rows, columns],
      hidden,
    } = imagined;
    [middles(imagined), mosaic(imagined)].forEach((pictures, i) => {
      const pixels = pixelsFor(this.#pixels[i] ?? null, size, size, tubelets);
      pixels.put(pictures);
      this.#pixels[i] = pixels;
    });
    this.reel.stopAt(placeOf(hidden[0] ?? 0, rows, columns)[0]);
    this.#pick(0);
  }

  /** The hidden patch under the pointer. @param {PointerEvent} event */
  #point(event) {
    const imagined = this.#imagined;
    if (!imagined) return;
    const [, rows, columns] = imagined.grid;
    const { clientWidth: width, clientHeight: height } = /** @type {HTMLElement} */ (event.currentTarget);
    const [row, column] = [Math.floor((event.offsetY / height) * rows), Math.floor((event.offsetX / width) * columns)];
    const found = imagined.hidden.indexOf((this.reel.frame * rows + row) * columns + column);
    if (found >= 0 && found !== this.#picked) this.#pick(found);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [step, imagined] = [STEPS[event.key], this.#imagined];
    if (!step || !imagined || this.#picked === null) return;
    event.preventDefault();
    const count = imagined.hidden.length;
    this.#pick((this.#picked + step + count) % count);
  }

  /** The patch that is looked at, without turning to it. */
  #translateAll() {
    if (this.#picked === null) return;
    this.#tell(this.#picked);
    this.#redraw();
  }

  /** @param {number} picked */
  #pick(picked) {
    const imagined = this.#imagined;
    if (!imagined) return;
    this.#picked = picked;
    const { hidden, grid } = imagined;
    const [tubelet] = placeOf(hidden[picked] ?? 0, grid[1], grid[2]);
    if (this.reel.frame !== tubelet) this.reel.stopAt(tubelet);
    this.#tell(picked);
    this.#redraw();
  }

  /** What a hidden patch is made of. @param {number} picked */
  #tell(picked) {
    const imagined = this.#imagined;
    if (!imagined) return;
    const { hidden, similarity, similarities, error, shown, clips, tokens, patches, truth, patch, grid } = imagined;
    const [tubelet, row, column] = placeOf(hidden[picked] ?? 0, grid[1], grid[2]);
    setText(
      this.said,
      t("mosaic.picked", {
        tubelet: tubelet + 1,
        row: row + 1,
        column: column + 1,
        similarity: decimal(similarity[picked], 2),
        error: decimal(error[picked], 2),
      }),
    );
    const area = patch * patch * 4;
    const cells = Array.from({ length: shown }, (_, k) => {
      const i = picked * shown + k;
      return thumbnail(
        patches.subarray(i * area, (i + 1) * area),
        patch,
        t("mosaic.alike", { similarity: decimal(similarities[i], 2) }),
        originOf(clips[i] ?? 0, tokens[i] ?? 0, grid),
      );
    });
    this.patches.replaceChildren(
      thumbnail(truth.subarray(picked * area, (picked + 1) * area), patch, t("mosaic.was"), t("mosaic.was.note")),
      ...cells,
    );
  }

  #redraw() {
    const imagined = this.#imagined;
    if (!imagined) return;
    const [, rows, columns] = imagined.grid;
    const inside = imagined.hidden.filter((token) => placeOf(token, rows, columns)[0] === this.reel.frame).length;
    NAMES.forEach((name, i) => {
      this.canvases[i]?.setAttribute(
        "aria-label",
        t("mosaic.shown", { name: t(name), tubelet: this.reel.frame + 1, hidden: inside, patches: rows * columns }),
      );
      this.surfaces[i]?.request();
    });
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} side @param {number} which */
  #draw(ctx, side, which) {
    const imagined = this.#imagined;
    if (!imagined) return;
    const [, rows, columns] = imagined.grid;
    this.#pixels[which]?.draw(ctx, this.reel.frame, side, side);
    const cell = side / columns;
    imagined.hidden.forEach((token, i) => {
      const [tubelet, row, column] = placeOf(token, rows, columns);
      if (tubelet !== this.reel.frame) return;
      const alike = imagined.similarity[i] ?? 0;
      ctx.strokeStyle = colourOf(alike);
      ctx.lineWidth = Math.max(1.5, cell / 16);
      const inset = ctx.lineWidth / 2;
      ctx.strokeRect(column * cell + inset, row * cell + inset, cell - 2 * inset, cell - 2 * inset);
      if (which && cell >= READABLE) write(ctx, decimal(alike, 2), column * cell + 5, (row + 1) * cell - 6);
    });
    const picked = this.#picked === null ? null : placeOf(imagined.hidden[this.#picked] ?? 0, rows, columns);
    if (picked && picked[0] === this.reel.frame)
      outline(ctx, [picked[1], picked[2]], [picked[1], picked[2]], cell, theme().ink);
  }
}

/** Of the ramp, from a similarity of 0 to 1. @param {number} alike */
function colourOf(alike) {
  const rgba = new Uint8ClampedArray(4);
  paintRamp(new Float32Array([2 * alike - 1]), rgba);
  return `rgb(${rgba[0]} ${rgba[1]} ${rgba[2]})`;
}

/** Readable on any picture. @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} x @param {number} y */
function write(ctx, text, x, y) {
  const { paper, ink, font } = theme();
  ctx.font = `600 11px ${font}`;
  ctx.lineJoin = "round";
  ctx.strokeStyle = paper;
  ctx.lineWidth = 3;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = ink;
  ctx.fillText(text, x, y);
}

/** @param {Uint8Array} rgba  [patch, patch, 4] @param {number} patch @param {string} title @param {string} origin */
function thumbnail(rgba, patch, title, origin) {
  const pixels = new Pixels(patch, patch, 1);
  pixels.put(rgba);
  pixels.canvas.setAttribute("aria-hidden", "true");
  return el("figure", {}, pixels.canvas, el("figcaption", {}, el("b", {}, title), ` ${origin}`));
}
