// @ts-check
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { decimal } from "../../ui/format.js";
import { Pixels, pixelsFor } from "../../ui/pixels.js";
import { paintRamp } from "../../ui/ramp.js";
import { Surface } from "../../ui/canvas.js";
import { theme } from "../../ui/theme.js";

/**
 * @typedef {object} FeaturesData
 * @property {[number, number, number]} grid   tubelets, rows, columns
 * @property {Uint8Array} pca            RGB, [tokens, 3]
 * @property {Uint8Array} predictedPca   RGB, [tokens, 3]; meant on `target` only
 * @property {Uint32Array} target
 */

/**
 * The features of each tubelet as colour, and under them the predictor's guesses for what was hidden.
 *
 * Dispatches "pick" with a token as its detail when a patch is chosen, and again after each `update` while it stays
 * chosen, so that the similarity follows the clip.
 */
export class FeaturesView {
  /** @type {FeaturesData | null} */
  #data = null;
  /** @type {[number, number, number]} */
  #grid = [0, 0, 0];
  /** @type {Pixels | null} */
  #actual = null;
  /** @type {Pixels | null} */
  #predicted = null;
  /** @type {Pixels | null} */
  #heat = null;
  /** @type {Float32Array | null} */
  #similarity = null;
  #target = new Set();
  #cursor = 0;
  /** @type {number | null} */
  #picked = null;
  /** @type {Surface[]} */
  #surfaces = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.maps = el("div", {
      class: "maps",
      tabindex: 0,
      role: "application",
      "data-empty": true,
      ...keyed({ "aria-label": "features.keys" }),
    });
    this.maps.addEventListener("keydown", (event) => this.#key(event));
    this.maps.addEventListener("focus", () => this.#redraw());
    this.maps.addEventListener("blur", () => this.#redraw());
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    this.words = el("span", { class: "words" }, t("features.idle"));
    this.legend = el(
      "div",
      { class: "legend" },
      this.words,
      el("span", { class: "scale", "aria-hidden": "true" }, "−1", el("i"), "1"),
    );
    root.append(this.maps, this.legend, this.said);
    this.#layout([4, 8, 8]);
  }

  /** @param {FeaturesData} data */
  update(data) {
    const [tubelets, h, w] = data.grid;
    if (String(data.grid) !== String(this.#grid)) this.#layout(data.grid);
    this.#data = data;
    this.#target = new Set(data.target);
    this.#actual = pixelsFor(this.#actual, w, h, tubelets);
    this.#actual.put(rgbaOf(data.pca, () => true));
    this.#predicted = pixelsFor(this.#predicted, w, h, tubelets);
    this.#predicted.put(rgbaOf(data.predictedPca, (token) => this.#target.has(token)));
    this.maps.removeAttribute("data-empty");
    this.#redraw();
    if (this.#picked !== null) emit(this.root, "pick", this.#picked);
    else setText(this.words, t("features.idle"));
  }

  clear() {
    this.#data = null;
    this.maps.setAttribute("data-empty", "");
    this.showSimilarity(null);
  }

  /**
   * Cosine similarity with the picked patch, [tokens], each -1..1; `null` goes back to the features. An answer
   * that comes after Escape is dropped.
   *
   * @param {Float32Array | null} similarity
   */
  showSimilarity(similarity) {
    if (!similarity) this.#picked = null;
    this.#similarity = this.#picked === null ? null : similarity;
    if (this.#similarity) {
      const [t, h, w] = this.#grid;
      const rgba = new Uint8ClampedArray(t * h * w * 4);
      paintRamp(this.#similarity, rgba);
      this.#heat = pixelsFor(this.#heat, w, h, t);
      this.#heat.put(rgba);
    }
    this.legend.toggleAttribute("data-heat", this.#similarity !== null);
    setText(
      this.words,
      this.#similarity ? t("features.similar", { place: this.#name(this.#picked ?? 0) }) : t("features.idle"),
    );
    this.#redraw();
  }

  /** @param {[number, number, number]} grid */
  #layout(grid) {
    this.#grid = grid;
    this.#cursor = 0;
    this.#picked = null;
    for (const surface of this.#surfaces) surface.dispose();
    this.#surfaces = [];
    const columns = columnsOf(grid[0]);
    this.maps.style.setProperty("--columns", String(columns));
    this.maps.style.setProperty("--aspect", `${grid[2]} / ${grid[1]}`);
    this.maps.replaceChildren(...Array.from({ length: grid[0] }, (_, i) => this.#tubelet(i)));
    for (const [i, tubelet] of [...this.maps.children].entries())
      tubelet.toggleAttribute("data-first", i % columns === 0);
  }

  /**
   * @param {number} tubelet
   * @returns {HTMLElement}
   */
  #tubelet(tubelet) {
    const [actual, predicted] = [el("canvas", { "aria-hidden": "true" }), el("canvas", { "aria-hidden": "true" })];
    this.#surfaces.push(new Surface(actual, (ctx, w, h) => this.#drawActual(ctx, w, h, tubelet)));
    this.#surfaces.push(new Surface(predicted, (ctx, w, h) => this.#drawPredicted(ctx, w, h, tubelet)));
    actual.addEventListener("click", (event) => {
      const [, h, w] = this.#grid;
      const column = Math.min(w - 1, Math.floor((event.offsetX / actual.clientWidth) * w));
      const row = Math.min(h - 1, Math.floor((event.offsetY / actual.clientHeight) * h));
      this.#move((tubelet * h + row) * w + column);
      this.#pick();
    });
    return el(
      "div",
      { class: "tubelet" },
      el("span", { class: "side", ...keyed({ text: "features.actual" }) }),
      actual,
      el("span", { class: "side", ...keyed({ text: "features.predicted" }) }),
      predicted,
    );
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [t, h, w] = this.#grid;
    const [tubelet, row, column] = this.#place(this.#cursor);
    /** @type {(tubelet: number, row: number, column: number) => number | null} */
    const token = (z, y, x) => (z >= 0 && z < t && y >= 0 && y < h ? (z * h + y) * w + x : null);
    /** @type {Record<string, () => number | null>} */
    const moves = {
      ArrowLeft: () => (column ? token(tubelet, row, column - 1) : token(tubelet - 1, row, w - 1)),
      ArrowRight: () => (column < w - 1 ? token(tubelet, row, column + 1) : token(tubelet + 1, row, 0)),
      ArrowUp: () => token(tubelet, row - 1, column),
      ArrowDown: () => token(tubelet, row + 1, column),
      PageUp: () => token(tubelet - 1, row, column),
      PageDown: () => token(tubelet + 1, row, column),
    };
    const move = moves[event.key];
    if (move) this.#move(move() ?? this.#cursor);
    else if (event.key === "Enter" || event.key === " ") this.#pick();
    else if (event.key === "Escape") this.showSimilarity(null);
    else return;
    event.preventDefault();
  }

  /** @param {number} token */
  #move(token) {
    this.#cursor = token;
    const similar = this.#similarity
      ? `, ${t("features.similarity", { value: decimal(this.#similarity[token], 2) })}`
      : "";
    setText(this.said, `${this.#name(token)}${this.#target.has(token) ? `, ${t("clip.hidden")}` : ""}${similar}`);
    this.#redraw();
  }

  #pick() {
    if (!this.#data) return;
    this.#picked = this.#cursor;
    emit(this.root, "pick", this.#picked);
    this.#redraw();
  }

  /**
   * @param {number} token
   * @returns {[number, number, number]} tubelet, row, column
   */
  #place(token) {
    const [, h, w] = this.#grid;
    return [Math.floor(token / (h * w)), Math.floor(token / w) % h, token % w];
  }

  /** @param {number} token */
  #name(token) {
    const [tubelet, row, column] = this.#place(token);
    return t("features.place", { tubelet: tubelet + 1, row: row + 1, column: column + 1 });
  }

  #redraw() {
    for (const surface of this.#surfaces) surface.request();
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number, tubelet: number) => void} */
  #drawActual(ctx, width, height, tubelet) {
    this.#drawGrid(ctx, width, height);
    if (!this.#data) return;
    (this.#similarity ? this.#heat : this.#actual)?.draw(ctx, tubelet, width, height);
    const { ink, paper } = theme();
    if (this.#picked !== null) this.#outline(ctx, width, height, tubelet, this.#picked, paper, ink);
    if (document.activeElement === this.maps) this.#outline(ctx, width, height, tubelet, this.#cursor, ink, paper);
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number, tubelet: number) => void} */
  #drawPredicted(ctx, width, height, tubelet) {
    this.#drawGrid(ctx, width, height);
    if (this.#data) this.#predicted?.draw(ctx, tubelet, width, height);
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number, tubelet: number, token: number, inner: string, outer: string) => void} */
  #outline(ctx, width, height, tubelet, token, inner, outer) {
    const [, h, w] = this.#grid;
    const [z, row, column] = this.#place(token);
    if (z !== tubelet) return;
    const [x, y, cw, ch] = [(column * width) / w, (row * height) / h, width / w, height / h];
    for (const [colour, line] of /** @type {[string, number][]} */ ([
      [outer, 5],
      [inner, 2],
    ])) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = line;
      ctx.strokeRect(Math.max(2, x), Math.max(2, y), Math.min(cw, width - 2 - x), Math.min(ch, height - 2 - y));
    }
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} */
  #drawGrid(ctx, width, height) {
    const [, h, w] = this.#grid;
    const { panel, line } = theme();
    ctx.fillStyle = panel;
    ctx.fillRect(0, 0, width, height);
    ctx.strokeStyle = line;
    ctx.lineWidth = 0.5;
    ctx.beginPath();
    for (let i = 1; i < w; i++) (ctx.moveTo((i * width) / w, 0), ctx.lineTo((i * width) / w, height));
    for (let i = 1; i < h; i++) (ctx.moveTo(0, (i * height) / h), ctx.lineTo(width, (i * height) / h));
    ctx.stroke();
  }
}

/**
 * @param {Uint8Array} rgb                       [tokens, 3]
 * @param {(token: number) => boolean} opaque    the others are left transparent
 * @returns {Uint8ClampedArray} [tokens, 4]
 */
function rgbaOf(rgb, opaque) {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4);
  for (let token = 0; token < rgb.length / 3; token++) {
    if (!opaque(token)) continue;
    rgba.set(rgb.subarray(token * 3, token * 3 + 3), token * 4);
    rgba[token * 4 + 3] = 255;
  }
  return rgba;
}

/** Maps in a row: few enough to be seen, and the same number in each row where that can be. @param {number} tubelets */
const columnsOf = (tubelets) => (tubelets <= 5 ? tubelets : tubelets % 5 ? 4 : 5);
