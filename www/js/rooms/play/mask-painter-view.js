// @ts-check
import { onLanguage, t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { CONTEXT, TARGET, drawMask, outline } from "../../ui/draw-mask.js";
import { Painting } from "./painted-mask-view.js";
import { pixelsFor } from "../../ui/pixels.js";
import { Surface } from "../../ui/canvas.js";
import { theme } from "../../ui/theme.js";

/**
 * @typedef {import("./painted-mask-view.js").Place} Place
 * @typedef {{frames: Uint8Array, size: number, count: number, grid: [number, number, number], tubelet: number}} Clip   RGBA, [count, size, size, 4]
 */

const TOOLS = /** @type {const} */ (["brush", "eraser", "box"]);
const ARROWS = /** @type {Record<string, Place>} */ ({
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
});

/** The clip, on which a mask is painted; it stands still from the first stroke until all is cleared. */
export class Easel {
  /** @type {Painting | null} */
  painting = null;
  /** @type {Clip | null} */
  #clip = null;
  /** @type {import("../../ui/pixels.js").Pixels | null} */
  #pixels = null;
  #tubelet = 0;
  /** @type {"brush"|"eraser"|"box"} */
  #tool = "brush";
  #onwards = false;
  /** Of arrow keys. @type {Place} */
  #cursor = [0, 0];
  /** Where a stroke was last, or a box began. @type {Place | null} */
  #from = null;
  /** Where the box ends. @type {Place | null} */
  #to = null;
  /** @type {Surface[]} */
  #stills = [];
  #changed;

  /** @param {() => void} changed   another mask */
  constructor(changed) {
    this.#changed = changed;
    this.canvas = el("canvas", { tabindex: 0, role: "application", "aria-describedby": "easel-keys" });
    this.surface = new Surface(this.canvas, (ctx, side) => this.#draw(ctx, side, this.#tubelet, true));
    this.stage = el(
      "div",
      { class: "stage", "data-empty": true },
      this.canvas,
      el("p", { class: "empty", ...keyed({ text: "easel.waiting" }) }),
    );
    this.strip = el("div", { class: "strip", role: "group", ...keyed({ "aria-label": "easel.tubelet" }) });
    this.tools = TOOLS.map((tool) =>
      el("button", { type: "button", ...keyed({ text: `easel.${tool}` }), onclick: () => this.#take(tool) }),
    );
    this.spans = /** @type {const} */ (["easel.always", "easel.onwards"]).map((text, i) =>
      el("button", { type: "button", ...keyed({ text }), onclick: () => this.#reach(i === 1) }),
    );
    this.future = el("button", { type: "button", ...keyed({ text: "easel.future" }), onclick: () => this.#predict() });
    this.clearing = el("button", { type: "button", ...keyed({ text: "easel.clear" }), onclick: () => this.wipe() });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    this.element = el(
      "div",
      { class: "easel" },
      this.stage,
      this.strip,
      el("div", { class: "segments", role: "group", ...keyed({ "aria-label": "easel.tool" }) }, ...this.tools),
      el("div", { class: "segments", role: "group", ...keyed({ "aria-label": "easel.span" }) }, ...this.spans),
      el("div", { class: "buttons" }, this.future, this.clearing),
      el("p", { class: "note", id: "easel-keys", ...keyed({ text: "easel.keys" }) }),
      this.said,
    );
    this.canvas.addEventListener("pointerdown", (event) => this.#down(event));
    this.canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.#up());
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
    for (const name of ["focus", "blur"]) this.canvas.addEventListener(name, () => this.surface.request());
    this.strip.addEventListener("keydown", (event) => this.#walk(event));
    this.#take("brush");
    this.#reach(false);
    this.forget();
    onLanguage(() => this.#redraw());
  }

  /** The newest clip; left aside while there is paint on another one. @param {Clip} clip */
  see(clip) {
    const same = this.painting && this.painting.grid.every((n, i) => n === clip.grid[i]);
    if (same && this.painting?.hidden.includes(1)) return;
    if (!same) this.#prepare(clip.grid);
    this.#clip = clip;
    this.#pixels = pixelsFor(this.#pixels, clip.size, clip.size, clip.count);
    this.#pixels.put(clip.frames);
    this.#redraw();
  }

  /** Another model. */
  forget() {
    this.#clip = this.painting = null;
    this.stage.setAttribute("data-empty", "");
    this.#redraw();
    this.#changed();
  }

  /** The clip goes on. */
  wipe() {
    this.painting?.clear();
    this.#from = this.#to = null;
    this.#painted(t("easel.nothing"));
  }

  /** @param {[number, number, number]} grid */
  #prepare(grid) {
    this.painting = new Painting(grid);
    this.#cursor = [0, 0];
    this.stage.removeAttribute("data-empty");
    for (const still of this.#stills) still.dispose();
    this.#stills = [];
    this.strip.style.setProperty("--columns", String(Math.min(grid[0], 8)));
    this.strip.replaceChildren(
      ...Array.from({ length: grid[0] }, (_, tubelet) => {
        const canvas = el("canvas");
        this.#stills.push(new Surface(canvas, (ctx, side) => this.#draw(ctx, side, tubelet, false)));
        return el("button", { type: "button", onclick: () => this.#turnTo(tubelet) }, canvas);
      }),
    );
    this.#turnTo(0);
    this.#changed();
  }

  /** @param {number} tubelet */
  #turnTo(tubelet) {
    this.#tubelet = tubelet;
    for (const [i, button] of [...this.strip.children].entries()) {
      button.setAttribute("aria-pressed", String(i === tubelet));
      /** @type {HTMLElement} */ (button).tabIndex = i === tubelet ? 0 : -1;
    }
    this.#redraw();
  }

  /** @param {"brush"|"eraser"|"box"} tool */
  #take(tool) {
    this.#tool = tool;
    this.#from = this.#to = null;
    for (const [i, name] of TOOLS.entries()) this.tools[i]?.setAttribute("aria-pressed", String(name === tool));
  }

  /** @param {boolean} onwards */
  #reach(onwards) {
    this.#onwards = onwards;
    for (const [i, button] of this.spans.entries()) button.setAttribute("aria-pressed", String(onwards === (i === 1)));
  }

  /** The second half, or what comes after the tubelet that is shown. */
  #predict() {
    if (!this.painting) return;
    const [tubelets] = this.painting.grid;
    const from = this.#tubelet || Math.ceil(tubelets / 2);
    this.painting.clear();
    this.painting.future(from);
    this.#turnTo(from);
    this.#painted(t("easel.after", { tubelet: from + 1 }));
  }

  /** @returns {import("./painted-mask-view.js").Span} */
  get #span() {
    return [this.#onwards ? this.#tubelet : 0, this.painting?.grid[0] ?? 0];
  }

  /** @param {PointerEvent} event @returns {Place} */
  #placeOf(event) {
    const [, rows, columns] = this.painting?.grid ?? [1, 1, 1];
    const { clientWidth: width, clientHeight: height } = this.canvas;
    return [Math.floor((event.offsetY / height) * rows), Math.floor((event.offsetX / width) * columns)];
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (!this.painting || event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#from = this.#to = this.#placeOf(event);
    if (this.#tool !== "box") this.#strokeTo(this.#from);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#from || !event.buttons) return;
    const place = this.#placeOf(event);
    if (this.#tool !== "box") return this.#strokeTo(place);
    this.#to = place;
    this.surface.request();
  }

  #up() {
    if (this.#tool === "box" && this.#from && this.#to) this.#fill(this.#from, this.#to);
    this.#from = this.#to = null;
  }

  /** @param {Place} place */
  #strokeTo(place) {
    this.painting?.stroke(this.#from ?? place, place, this.#span, this.#tool === "brush");
    this.#from = place;
    this.#painted("");
  }

  /** @param {Place} a @param {Place} b */
  #fill(a, b) {
    this.painting?.box(a, b, this.#span);
    this.#from = this.#to = null;
    this.#painted("");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.painting) return;
    const [, rows, columns] = this.painting.grid;
    const step = ARROWS[event.key];
    if (step)
      this.#cursor = [(this.#cursor[0] + step[0] + rows) % rows, (this.#cursor[1] + step[1] + columns) % columns];
    else if (event.key === " ") this.#press();
    else return;
    event.preventDefault();
    if (this.#tool === "box" && this.#from) this.#to = this.#cursor;
    const [row, column] = this.#cursor;
    setText(
      this.said,
      t(this.painting.hides(this.#tubelet, this.#cursor) ? "easel.place.hidden" : "easel.place.seen", {
        row: row + 1,
        column: column + 1,
      }),
    );
    this.surface.request();
  }

  #press() {
    const { painting } = this;
    if (!painting) return;
    if (this.#tool !== "box") {
      painting.stroke(this.#cursor, this.#cursor, this.#span, !painting.hides(this.#tubelet, this.#cursor));
      return this.#painted("");
    }
    if (this.#from) return this.#fill(this.#from, this.#cursor);
    this.#from = this.#to = this.#cursor;
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step && this.strip.children[this.#tubelet + step];
    if (!next) return;
    event.preventDefault();
    this.#turnTo(this.#tubelet + step);
    /** @type {HTMLElement} */ (next).focus();
  }

  /** @param {string} what */
  #painted(what) {
    if (what) setText(this.said, what);
    this.#redraw();
    this.#changed();
  }

  #redraw() {
    const { painting } = this;
    const hidden = painting ? painting.tokens.length : 0;
    this.canvas.setAttribute("aria-roledescription", t("easel.role"));
    this.canvas.setAttribute(
      "aria-label",
      painting
        ? t("easel.shown", {
            tubelet: this.#tubelet + 1,
            tubelets: painting.grid[0],
            hidden,
            patches: painting.hidden.length,
          })
        : t("clip.none"),
    );
    for (const [i, button] of [...this.strip.children].entries())
      button.setAttribute("aria-label", t("clip.tubelet", { number: i + 1 }));
    for (const surface of [this.surface, ...this.#stills]) surface.request();
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} side @param {number} tubelet @param {boolean} large  with cursor and box */
  #draw(ctx, side, tubelet, large) {
    const { painting } = this;
    if (!this.#clip || !painting) return;
    const [, rows, columns] = painting.grid;
    this.#pixels?.draw(ctx, tubelet * this.#clip.tubelet + (this.#clip.tubelet >> 1), side, side);
    const places = painting.hidden.subarray(tubelet * rows * columns, (tubelet + 1) * rows * columns);
    drawMask(
      ctx,
      places.map((hidden) => (hidden ? TARGET : CONTEXT)),
      columns,
      side,
    );
    if (!large) return;
    const cell = side / columns;
    if (this.#tool === "box" && this.#from && this.#to) outline(ctx, this.#from, this.#to, cell, theme().hidden);
    if (document.activeElement === this.canvas) outline(ctx, this.#cursor, this.#cursor, cell, theme().ink);
  }
}
