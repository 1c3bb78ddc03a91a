// @ts-check
import { onLanguage, t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { decimal, finite, isNumber } from "../../ui/format.js";
import { lawName } from "../../ui/laws.js";
import { Surface } from "../../ui/canvas.js";
import { theme } from "../../ui/theme.js";

/**
 * @typedef {{at: number, error: number, mean: number, max: number, peak: number}} Point   NaN while not calibrated
 * @typedef {import("./surprise-history.js").Mark} Mark
 * @typedef {{points: Point[], marks: Mark[], threshold: number}} SurpriseHistoryData   oldest first, times in milliseconds
 */

/** What is drawn at least, and what before it began to adapt to the place. */
const SPAN_MS = 60_000;
const LEAD_MS = 15_000;
/** Points further apart are not joined. */
const GAP_MS = 3000;
const LEFT = 34;
const BOTTOM = 18;
/** Share of the height that errors as they are get, below the deviations. */
const LOWER = 0.3;
const TICKS = [0, 2, 5, 10, 20, 50, 100, 200];
/** A screen reader may ask what is drawn; not at every window. */
const DESCRIBE_MS = 2000;

/** Deviations are drawn ever closer: an event may be ten times what an alarm needs. @param {number} value */
const squeeze = (value) => Math.asinh(value / 2);

/** Mean, peak and maximum of surprise over time, and below them the error as it is. */
export class SurpriseHistoryView {
  /** @type {SurpriseHistoryData | null} */
  #data = null;
  #describedAt = -DESCRIBE_MS;

  constructor() {
    this.canvas = el("canvas", { role: "img", "aria-label": t("history.nothing") });
    this.values = { mean: el("b", {}, "–"), peak: el("b", {}, "–"), max: el("b", {}, "–"), error: el("b", {}, "–") };
    const names = /** @type {const} */ (["mean", "peak", "max", "error"]);
    const entries = names.map((name) =>
      el("span", { "data-line": name }, el("span", keyed({ text: `history.${name}` })), " ", this.values[name]),
    );
    this.element = el(
      "figure",
      { class: "history" },
      el("figcaption", {}, el("span", keyed({ text: "history.label" })), ...entries),
      el("div", { class: "plot" }, this.canvas),
    );
    this.surface = new Surface(this.canvas, (ctx, width, height) => this.#draw(ctx, width, height));
    onLanguage(() => (this.#describedAt = -DESCRIBE_MS));
  }

  /** @param {SurpriseHistoryData} data @param {number} [now]  milliseconds */
  update(data, now = performance.now()) {
    this.#data = data;
    const last = data.points.at(-1);
    for (const name of /** @type {const} */ (["mean", "peak", "max"]))
      setText(this.values[name], decimal(last?.[name], 1));
    setText(this.values.error, decimal(last?.error, 3));
    this.surface.request();
    if (now - this.#describedAt < DESCRIBE_MS) return;
    this.#describedAt = now;
    this.canvas.setAttribute("aria-label", describe(data));
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} */
  #draw(ctx, width, height) {
    if (!this.#data) return;
    const { marks, threshold } = this.#data;
    const [from, to] = spanOf(this.#data);
    const points = this.#data.points.filter(({ at }) => at >= from);
    const { ink, soft, line, cool, hidden, font } = theme();
    const x = (/** @type {number} */ at) => LEFT + ((at - from) / (to - from)) * (width - LEFT - 4);
    const floor = height - BOTTOM;
    const split = floor * (1 - LOWER);
    const top = squeeze(Math.max(2 * threshold, ...points.map(({ max }) => Math.max(0, finite(max)))));
    const y = (/** @type {number} */ value) => split - 6 - (squeeze(Math.max(-2, value)) / top) * (split - 14);
    const most = Math.max(1e-9, ...points.map(({ error }) => finite(error)));
    const low = (/** @type {number} */ error) => floor - (error / most) * (floor - split - 8);

    habitual(marks, from, to).forEach(([began, ended]) => {
      ctx.fillStyle = cool;
      ctx.globalAlpha = 0.14;
      ctx.fillRect(x(began), 0, x(ended) - x(began), floor);
      ctx.globalAlpha = 1;
    });
    ctx.font = `11px ${font}`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "right";
    ctx.lineWidth = 1;
    for (const value of TICKS.filter((value) => squeeze(value) <= top)) {
      ctx.strokeStyle = line;
      stroke(ctx, LEFT, y(value), width, y(value));
      ctx.fillStyle = soft;
      ctx.fillText(String(value), LEFT - 6, y(value));
    }
    stroke(ctx, LEFT, floor, width, floor);
    ctx.strokeStyle = hidden;
    ctx.setLineDash([5, 3]);
    stroke(ctx, LEFT, y(threshold), width, y(threshold));
    ctx.setLineDash([]);
    ctx.setLineDash([2, 2]);
    path(ctx, points, (point) => [x(point.at), y(point.max)], soft, 1);
    ctx.setLineDash([]);
    path(ctx, points, (point) => [x(point.at), y(point.mean)], cool, 1.5);
    path(ctx, points, (point) => [x(point.at), y(point.peak)], ink, 1.75);
    path(ctx, points, (point) => [x(point.at), low(point.error)], cool, 1);
    ctx.textAlign = "left";
    for (const { at, what, violation } of marks) {
      if (at < from) continue;
      if (what === "alarm") flag(ctx, x(at), floor, hidden);
      else pin(ctx, x(at), floor, violation ? ink : cool);
      if (!violation) continue;
      ctx.fillStyle = ink;
      const name = lawName(violation);
      // Where it would not fit on the right of its line it stands on the left.
      const left = x(at) + 8 + ctx.measureText(name).width > width;
      ctx.textAlign = left ? "right" : "left";
      ctx.fillText(name, x(at) + (left ? -4 : 4), 7);
    }
    ctx.fillStyle = soft;
    ctx.textBaseline = "alphabetic";
    ctx.textAlign = "left";
    ctx.fillText(t("history.ago", { seconds: Math.round((to - from) / 1000) }), LEFT, height - 4);
    ctx.textAlign = "right";
    ctx.fillText(t("history.now"), width - 2, height - 4);
  }
}

/** The last minute, or since shortly before it last began to adapt to the place, as far as that is remembered. @param {SurpriseHistoryData} data @returns {[number, number]} */
export function spanOf({ points, marks }) {
  const to = points.at(-1)?.at ?? 0;
  const began = marks.filter(({ what }) => what === "adaptation").at(-1)?.at ?? to;
  return [Math.min(to - SPAN_MS, began - LEAD_MS), to];
}

/** Stretches in which it adapted to the place. @param {Mark[]} marks @param {number} from @param {number} to @returns {[number, number][]} */
export function habitual(marks, from, to) {
  /** @type {[number, number][]} */
  const stretches = [];
  /** @type {number | null} */
  let began = null;
  for (const { at, what } of marks) {
    if (what === "adaptation") began = at;
    if (what !== "adaptation-end" || began === null) continue;
    stretches.push([began, at]);
    began = null;
  }
  if (began !== null) stretches.push([began, to]);
  return stretches.filter(([, ended]) => ended >= from).map(([first, last]) => [Math.max(first, from), last]);
}

/** @param {SurpriseHistoryData} data */
function describe({ points, marks, threshold }) {
  const known = points.filter(({ peak }) => isNumber(peak));
  if (!known.length) return t("history.unknown");
  const { mean, max } = /** @type {Point} */ (known.at(-1));
  const alarms = marks.filter(({ what }) => what === "alarm").length;
  return t(alarms === 1 ? "history.shown.one" : "history.shown", {
    mean: decimal(mean, 1),
    max: decimal(max, 1),
    threshold,
    alarms,
  });
}

/** @type {(ctx: CanvasRenderingContext2D, points: Point[], place: (point: Point) => [number, number], colour: string, width: number) => void} */
function path(ctx, points, place, colour, width) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.beginPath();
  let last = -Infinity;
  for (const point of points) {
    const [x, y] = place(point);
    if (!isNumber(y)) continue;
    if (point.at - last > GAP_MS) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
    last = point.at;
  }
  ctx.stroke();
}

/** An alarm. @type {(ctx: CanvasRenderingContext2D, x: number, floor: number, colour: string) => void} */
function flag(ctx, x, floor, colour) {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(x - 4, floor + 8);
  ctx.lineTo(x + 4, floor + 8);
  ctx.lineTo(x, floor);
  ctx.fill();
}

/** Something was begun, ended or undone. @type {(ctx: CanvasRenderingContext2D, x: number, floor: number, colour: string) => void} */
function pin(ctx, x, floor, colour) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  stroke(ctx, x, 0, x, floor);
}

/** @type {(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number) => void} */
function stroke(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  ctx.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  ctx.stroke();
}
