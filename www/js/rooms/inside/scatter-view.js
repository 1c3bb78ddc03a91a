// @ts-check
import { t } from "../../language/words.js";
import { el, keyed } from "../../ui/dom.js";
import { isNumber } from "../../ui/format.js";
import { Surface } from "../../ui/canvas.js";
import { theme } from "../../ui/theme.js";

const MARGIN = 18;

/** Recent clips, each one point, joined in the order they were seen. */
export class ScatterView {
  /** @type {Float32Array} [clips, 2], newest last */
  #points = new Float32Array(0);

  /** @param {HTMLElement} root */
  constructor(root) {
    this.canvas = el("canvas", { role: "img" });
    this.figure = el(
      "div",
      { class: "plot" },
      this.canvas,
      el("p", { class: "empty", ...keyed({ text: "scatter.empty" }) }),
    );
    root.append(this.figure);
    this.surface = new Surface(this.canvas, (ctx, width, height) => this.#draw(ctx, width, height));
    this.clear();
  }

  /** @param {Float32Array} points  [clips, 2], newest last */
  update(points) {
    // A clip without a place is left out.
    this.#points = points.filter((_, i) => isNumber(points[i - (i % 2)]) && isNumber(points[i - (i % 2) + 1]));
    const clips = this.#points.length / 2;
    this.figure.toggleAttribute("data-empty", clips === 0);
    this.canvas.setAttribute("aria-label", clips ? t("scatter.shown", { clips }) : t("scatter.none"));
    this.surface.request();
  }

  clear() {
    this.update(new Float32Array(0));
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} */
  #draw(ctx, width, height) {
    this.#axes(ctx, width, height);
    const place = this.#scale(width, height);
    const clips = this.#points.length / 2;
    const { cool, hidden, panel } = theme();
    for (let i = 0; i < clips; i++) {
      const [x, y] = place(i);
      const age = (i + 1) / clips;
      ctx.globalAlpha = 0.12 + 0.88 * age * age;
      ctx.strokeStyle = ctx.fillStyle = cool;
      if (i) line(ctx, place(i - 1), [x, y]);
      dot(ctx, x, y, 3);
    }
    ctx.globalAlpha = 1;
    if (!clips) return;
    const [x, y] = place(clips - 1);
    ctx.fillStyle = panel;
    dot(ctx, x, y, 8);
    ctx.fillStyle = hidden;
    dot(ctx, x, y, 5.5);
  }

  /**
   * One scale for both axes, so that distances on the screen are distances between clips.
   *
   * @type {(width: number, height: number) => (i: number) => [number, number]}
   */
  #scale(width, height) {
    const points = this.#points;
    const [xs, ys] = [points.filter((_, i) => i % 2 === 0), points.filter((_, i) => i % 2 === 1)];
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const span = Math.max((right - left) / (width - 2 * MARGIN), (high - low) / (height - 2 * MARGIN), 1e-6);
    return (i) => [
      width / 2 + ((xs[i] ?? 0) - (left + right) / 2) / span,
      height / 2 - ((ys[i] ?? 0) - (low + high) / 2) / span,
    ];
  }

  /** @type {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} */
  #axes(ctx, width, height) {
    const { line: colour, soft, font } = theme();
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1;
    line(ctx, [0.5, 0], [0.5, height - 0.5]);
    line(ctx, [0, height - 0.5], [width, height - 0.5]);
    ctx.fillStyle = soft;
    ctx.font = `11px ${font}`;
    ctx.textAlign = "right";
    ctx.fillText(t("scatter.first"), width - 2, height - 6);
    ctx.textAlign = "left";
    ctx.fillText(t("scatter.second"), 6, 11);
    ctx.lineWidth = 1.5;
  }
}

/** @type {(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number) => void} */
function dot(ctx, x, y, radius) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fill();
}

/** @type {(ctx: CanvasRenderingContext2D, from: [number, number], to: [number, number]) => void} */
function line(ctx, from, to) {
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}
