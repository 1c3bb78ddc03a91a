// @ts-check
import { t } from "../language/words.js";
import { el, keyed } from "./dom.js";
import { isNumber, plain } from "./format.js";
import { nearest, ticks } from "./smooth.js";
import { Surface } from "./canvas.js";
import { theme } from "./theme.js";

/**
 * @typedef {object} Curve
 * @property {string} name
 * @property {number} colour          which of the theme's runs
 * @property {number[]} steps         ascending
 * @property {number[]} values        one a step; what is no number is a gap
 * @property {number[]} [faint]       the same before it was smoothed
 * @property {boolean} [current]      drawn last and strongest
 * @property {{step: number, what: string}[]} marks   what somebody changed
 *
 * @typedef {object} ChartOptions
 * @property {string} id
 * @property {import("../language/words.js").Key} label   what is drawn, with its unit
 * @property {import("../language/words.js").Key} empty   shown instead of nothing
 * @property {(step: number) => string} [at]   what the place under the pointer is called; else a step
 * @property {number} [from]          the axis begins there rather than at the least value
 * @property {(value: number) => string} [format]   of a value that is read out
 * @property {(value: number) => string} [scale]    of the axis
 */

const LEFT = 46;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 20;
/** Of a curve, by its colour, so that it is told from others without it. */
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [1, 2]];
/** Characters of a curve's name beside it. */
const NAMED = 22;
/** Pixels around the pointer in which a mark is read. */
const REACH = 7;

/** Curves over training steps, or whatever else goes on in whole numbers, with a read-out under pointer or arrow keys. */
export class Chart {
  /** @type {Curve[]} */
  #curves = [];
  /** @type {[number, number]} */
  #span = [0, 1];
  /** @type {[number, number]} */
  #range = [0, 1];
  /** @type {number | null} */
  #cursor = null;
  #options;
  #onCursor;

  /** @param {HTMLElement} root @param {ChartOptions} options @param {(step: number | null) => void} onCursor  the reader points at a step */
  constructor(root, options, onCursor) {
    this.#options = options;
    this.#onCursor = onCursor;
    this.readout = el("p", { class: "readout" });
    // What arrow keys move along is a slider to screen readers, which say its value as it changes.
    this.canvas = el("canvas", { tabindex: 0, role: "slider" });
    this.figure = el(
      "div",
      { class: "plot" },
      this.canvas,
      el("p", { class: "empty", ...keyed({ text: options.empty }) }),
    );
    root.append(
      el(
        "figure",
        { class: "chart", id: options.id },
        el("figcaption", {}, el("span", keyed({ text: options.label })), this.readout),
        this.figure,
      ),
    );
    this.surface = new Surface(this.canvas, (ctx, width, height) => this.#draw(ctx, width, height));
    this.canvas.addEventListener("pointermove", (event) => onCursor(this.#stepAt(event.offsetX)));
    this.canvas.addEventListener("pointerleave", () => onCursor(null));
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
    this.canvas.addEventListener("blur", () => onCursor(null));
    this.update([], [0, 1]);
  }

  /** @param {Curve[]} curves @param {[number, number]} span  first and last step */
  update(curves, span) {
    this.#curves = curves;
    this.#span = span;
    this.#range = rangeOf(curves, this.#options.from);
    const empty = !curves.some(({ values }) => values.some(isNumber));
    this.figure.toggleAttribute("data-empty", empty);
    this.canvas.tabIndex = empty ? -1 : 0;
    // What has the focus would be read out anew at every step.
    if (empty || document.activeElement !== this.canvas)
      this.canvas.setAttribute("aria-label", `${t(this.#options.label)}. ${this.#summary()}`);
    this.canvas.setAttribute("role", empty ? "img" : "slider");
    this.#read();
    this.surface.request();
  }

  /** @param {number | null} step  where the reader points, in whichever chart */
  point(step) {
    this.#cursor = step;
    this.#read();
    this.surface.request();
  }

  #summary() {
    const { format = plain } = this.#options;
    const drawn = this.#curves.filter(({ values }) => values.length);
    if (!drawn.length) return t("chart.nothing");
    return drawn
      .map(({ name, values }) =>
        t("chart.from", { name, first: format(values[0] ?? NaN), last: format(values.at(-1) ?? NaN) }),
      )
      .join("; ");
  }

  /** The values under the pointer, or else the current run's last. */
  #read() {
    const { format = plain, at: called = stepNamed } = this.#options;
    const step = this.#cursor;
    const shown = step === null ? this.#curves.filter(({ current }) => current) : this.#curves;
    const parts = shown
      .filter(({ steps }) => steps.length && (step === null || covers(steps, step)))
      .map(({ name, colour, steps, values }) => {
        const at = step === null ? values.length - 1 : nearest(steps, step);
        return el(
          "span",
          { style: `--run: var(--run-${colour})`, title: name },
          step === null ? "" : `${name} `,
          el("b", {}, format(values[at] ?? NaN)),
        );
      });
    const mark = step === null ? undefined : this.#markNear(step);
    this.readout.replaceChildren(
      ...(step === null || !parts.length ? [] : [el("span", { class: "at" }, called(Math.round(step)))]),
      ...(mark ? [el("em", {}, mark)] : []),
      ...parts,
    );
    this.#value(step, this.#span);
  }

  /** As a slider of steps. @param {number | null} step @param {[number, number]} span */
  #value(step, [from, to]) {
    const value = {
      "aria-valuemin": from,
      "aria-valuemax": to,
      "aria-valuenow": Math.round(step ?? from),
      "aria-valuetext": step === null ? "–" : [...this.readout.children].map((one) => one.textContent).join(", "),
    };
    for (const [name, text] of Object.entries(value)) this.canvas.setAttribute(name, String(text));
  }

  /** @param {number} step */
  #markNear(step) {
    const reach = (REACH / Math.max(1, this.canvas.clientWidth - LEFT - RIGHT)) * (this.#span[1] - this.#span[0]);
    const marks = this.#curves.flatMap((curve) => curve.marks).filter((mark) => Math.abs(mark.step - step) <= reach);
    return [...new Set(marks.map(({ what }) => what))].join(", ");
  }

  /** @param {number} x @returns {number} */
  #stepAt(x) {
    const [from, to] = this.#span;
    const share = (x - LEFT) / Math.max(1, this.canvas.clientWidth - LEFT - RIGHT);
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [from, to] = this.#span;
    const pace = Math.max(1, Math.round((to - from) / 50));
    const now = this.#cursor ?? to;
    /** @type {Record<string, number | null>} */
    const goals = { ArrowLeft: now - pace, ArrowRight: now + pace, Home: from, End: to, Escape: null };
    const goal = goals[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    this.#onCursor(goal === null ? null : Math.round(Math.min(to, Math.max(from, goal))));
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} */
  #draw(ctx, width, height) {
    const [x, y] = this.#scales(width, height);
    this.#axes(ctx, width, height, x, y);
    const { runs } = theme();
    ctx.save();
    ctx.beginPath();
    ctx.rect(LEFT, 0, width - LEFT - RIGHT + 2, height - BOTTOM + 1);
    ctx.clip();
    for (const { steps, values, faint, colour, current, marks } of [...this.#curves].sort(
      (a, b) => Number(a.current ?? 0) - Number(b.current ?? 0),
    )) {
      ctx.strokeStyle = ctx.fillStyle = runs[colour] ?? "";
      ctx.lineJoin = "round";
      if (faint && current) path(ctx, steps, faint, x, y, 1, 0.3);
      ctx.setLineDash(current && colour === 0 ? [] : (DASHES[colour % DASHES.length] ?? []));
      path(ctx, steps, values, x, y, current ? 2 : 1.5, current ? 1 : 0.75);
      ctx.setLineDash([]);
      if (values.length === 1 && isNumber(values[0])) dot(ctx, x(steps[0] ?? 0), y(values[0] ?? 0)); // a line of one point can't be seen
      for (const { step } of marks) tick(ctx, x(step), height - BOTTOM);
    }
    ctx.restore();
    if (this.#curves.length > 1) for (const curve of this.#curves) this.#name(ctx, curve, width, x, y);
    if (this.#cursor !== null) this.#drawCursor(ctx, height, this.#cursor, x, y);
  }

  /** At its end, where there are several: not everybody can tell colours alone. @type {(ctx: CanvasRenderingContext2D, curve: Curve, width: number, x: (step: number) => number, y: (value: number) => number) => void} */
  #name(ctx, { name, steps, values, colour }, width, x, y) {
    const last = values.map(isNumber).lastIndexOf(true);
    if (last < 0) return;
    const { paper, runs, font } = theme();
    const words = name.length > NAMED ? `${name.slice(0, NAMED - 1)}…` : name;
    ctx.font = `11px ${font}`;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    const at = Math.max(x(steps[last] ?? 0), LEFT + ctx.measureText(words).width);
    Object.assign(ctx, { lineWidth: 3, lineJoin: "round", strokeStyle: paper, fillStyle: runs[colour] ?? "" });
    const [left, foot] = [Math.min(at, width - RIGHT), Math.max(y(values[last] ?? 0) - 4, TOP + 8)];
    ctx.strokeText(words, left, foot);
    ctx.fillText(words, left, foot);
  }

  /** @param {number} width @param {number} height @returns {[(step: number) => number, (value: number) => number]} */
  #scales(width, height) {
    const [[from, to], [low, high]] = [this.#span, this.#range];
    return [
      (step) => LEFT + ((step - from) / Math.max(1, to - from)) * (width - LEFT - RIGHT),
      (value) => height - BOTTOM - ((value - low) / (high - low)) * (height - BOTTOM - TOP),
    ];
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number, x: (step: number) => number, y: (value: number) => number) => void} */
  #axes(ctx, width, height, x, y) {
    const { line, soft, font } = theme();
    const { scale = String } = this.#options;
    const floor = height - BOTTOM;
    ctx.font = `11px ${font}`;
    ctx.fillStyle = soft;
    ctx.strokeStyle = line;
    ctx.lineWidth = 1;
    ctx.textBaseline = "middle";
    ctx.textAlign = "right";
    for (const value of ticks(...this.#range, Math.max(2, Math.round((height - BOTTOM) / 48)))) {
      stroke(ctx, LEFT, y(value), width - RIGHT, y(value));
      ctx.fillText(scale(value), LEFT - 8, y(value));
    }
    stroke(ctx, LEFT, floor, width - RIGHT, floor);
    ctx.textBaseline = "alphabetic";
    ctx.textAlign = "center";
    for (const step of ticks(...this.#span, Math.max(2, Math.floor((width - LEFT) / 90)))) {
      if (!Number.isInteger(step)) continue;
      stroke(ctx, x(step), floor, x(step), floor + 4);
      const [name, place] = [step.toLocaleString("en"), x(step)];
      ctx.fillText(name, Math.min(place, width - ctx.measureText(name).width / 2), height - 4);
    }
  }

  /** @type {(ctx: CanvasRenderingContext2D, height: number, step: number, x: (step: number) => number, y: (value: number) => number) => void} */
  #drawCursor(ctx, height, step, x, y) {
    const { soft, paper, runs } = theme();
    ctx.globalAlpha = 1;
    ctx.strokeStyle = soft;
    ctx.lineWidth = 1;
    stroke(ctx, x(step), TOP, x(step), height - BOTTOM);
    for (const { steps, values, colour } of this.#curves) {
      if (!steps.length || !covers(steps, step)) continue;
      const i = nearest(steps, step);
      if (!isNumber(values[i])) continue;
      ctx.fillStyle = runs[colour] ?? "";
      ctx.strokeStyle = paper;
      ctx.lineWidth = 2;
      ctx.beginPath();
      ctx.arc(x(steps[i] ?? 0), y(values[i] ?? 0), 4, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  }
}

/** @param {number} step */
const stepNamed = (step) => t("pulse.value", { step: step.toLocaleString("en") });

/** @param {number[]} steps @param {number} step */
const covers = (steps, step) => step >= (steps[0] ?? 0) - 1 && step <= (steps.at(-1) ?? 0) + 1;

/** What the axis has to span: the smoothed curves whole, of the others all but the outliers. @param {Curve[]} curves @param {number} [from] @returns {[number, number]} */
function rangeOf(curves, from) {
  const sorted = curves
    .flatMap(({ values, faint, current }) => [...values, ...(faint && current ? inner(faint) : [])])
    .filter(isNumber);
  if (!sorted.length) return [from ?? 0, (from ?? 0) + 1];
  let [low, high] = [Infinity, -Infinity];
  for (const value of sorted) ((low = Math.min(low, value)), (high = Math.max(high, value)));
  const room = Math.max((high - low) * 0.06, Math.abs(high) * 0.02, 1e-6);
  return [from ?? low - room, high + room];
}

/** All but the outermost hundredth on either side. @param {number[]} values */
function inner(values) {
  const sorted = values.filter(isNumber).sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 100);
  return sorted.slice(cut, sorted.length - cut);
}

/** @type {(ctx: CanvasRenderingContext2D, steps: number[], values: number[], x: (step: number) => number, y: (value: number) => number, width: number, alpha: number) => void} */
function path(ctx, steps, values, x, y, width, alpha) {
  ctx.globalAlpha = alpha;
  ctx.lineWidth = width;
  ctx.beginPath();
  let joined = false;
  steps.forEach((step, i) => {
    const value = values[i];
    if (isNumber(value) && joined) ctx.lineTo(x(step), y(value));
    else if (isNumber(value)) ctx.moveTo(x(step), y(value));
    joined = isNumber(value);
  });
  if (steps.length === 1 && isNumber(values[0])) ctx.arc(x(steps[0] ?? 0), y(values[0] ?? 0), 1, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y */
function dot(ctx, x, y) {
  ctx.beginPath();
  ctx.arc(x, y, 3.5, 0, 2 * Math.PI);
  ctx.fill();
}

/** Somebody changed something here. @type {(ctx: CanvasRenderingContext2D, x: number, floor: number) => void} */
function tick(ctx, x, floor) {
  ctx.globalAlpha = 1;
  ctx.beginPath();
  ctx.moveTo(x - 4, floor);
  ctx.lineTo(x + 4, floor);
  ctx.lineTo(x, floor - 8);
  ctx.fill();
}

/** @type {(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number) => void} */
function stroke(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  ctx.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  ctx.stroke();
}
