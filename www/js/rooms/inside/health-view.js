// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { el, hint, keyed, setText } from "../../ui/dom.js";
import { decimal, finite, isNumber } from "../../ui/format.js";
import { Surface } from "../../ui/canvas.js";
import { theme } from "../../ui/theme.js";

/**
 * @typedef {object} HealthData
 * @property {Float32Array} std        standard deviation of each feature dimension over tokens, [width]
 * @property {number} effectiveRank    1..width
 * @property {import("../../engine/protocol.js").Verdict} verdict
 * @property {import("../../base/messages.js").Message | null} reason   why; null while healthy
 * @property {number} width
 * @property {{std: number[], effectiveRank: number[]}} history   of this run, oldest first
 */

/** Has the representation collapsed? A verdict, the effective rank, and the spread of each dimension. */
export class HealthView {
  /** @type {HealthData | null} */
  #data = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.word = el("b", {}, "–");
    this.meaning = el("span", {}, t("health.none"));
    this.verdict = el(
      "p",
      { class: "verdict" },
      this.word,
      " ",
      this.meaning,
      " ",
      hint("health-rules", "health.how", "health.rules"),
    );
    this.rank = el("span", { class: "big" }, "–");
    this.meter = el("meter", { min: 0, max: 1, value: 0, ...keyed({ "aria-label": "health.rank" }) });
    this.spread = el("span", { class: "big" }, "–");
    const rankLine = el("canvas", { role: "img", ...keyed({ "aria-label": "health.rank.line" }) });
    this.bars = el("canvas", { role: "img", ...keyed({ "aria-label": "health.bars" }) });
    root.append(
      this.verdict,
      el(
        "dl",
        { class: "gauges" },
        el("div", {}, el("dt", keyed({ text: "health.rank.label" })), el("dd", {}, this.rank, this.meter, rankLine)),
        el("div", {}, el("dt", keyed({ text: "health.std.label" })), el("dd", {}, this.spread, this.bars)),
      ),
    );
    this.surfaces = [
      new Surface(rankLine, (ctx, w, h) => drawLine(ctx, w, h, this.#data?.history.effectiveRank ?? [])),
      new Surface(this.bars, (ctx, w, h) => drawSorted(ctx, w, h, this.#data?.std ?? new Float32Array(0))),
    ];
  }

  /** @param {HealthData} data */
  update(data) {
    this.#data = data;
    const { verdict, reason } = data;
    this.verdict.dataset.verdict = verdict;
    setText(this.word, t(`verdict.${verdict}`));
    setText(this.meaning, translate(reason) || t("health.healthy"));
    figure(
      this.rank,
      decimal(data.effectiveRank, 1),
      isNumber(data.effectiveRank) ? t("health.of", { width: data.width }) : "",
    );
    this.meter.max = data.width;
    this.meter.value = finite(data.effectiveRank);
    figure(this.spread, decimal(mean(data.std), 3), isNumber(mean(data.std)) ? t("health.average") : "");
    this.bars.removeAttribute("data-t-aria-label"); // from now on it has numbers
    this.bars.setAttribute(
      "aria-label",
      t("health.bars.shown", {
        width: data.width,
        low: decimal(Math.min(...data.std), 3),
        high: decimal(Math.max(...data.std), 3),
      }),
    );
    for (const surface of this.surfaces) surface.request();
  }

  clear() {
    this.#data = null;
    delete this.verdict.dataset.verdict;
    for (const node of [this.word, this.rank, this.spread]) setText(node, "–");
    setText(this.meaning, t("health.none"));
    this.meter.value = 0;
    for (const surface of this.surfaces) surface.request();
  }
}

/** @param {HTMLElement} place @param {string} value @param {string} note */
function figure(place, value, note) {
  place.replaceChildren(value, ...(note ? [el("small", {}, ` ${note}`)] : []));
}

/** @param {ArrayLike<number>} values */
function mean(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / Math.max(1, values.length);
}

/** @param {ArrayLike<number>} values */
function highest(values) {
  let top = 0;
  for (let i = 0; i < values.length; i++) top = Math.max(top, finite(values[i]));
  return top;
}

/** @type {(ctx: CanvasRenderingContext2D, width: number, height: number, values: Float32Array) => void} */
function drawSorted(ctx, width, height, values) {
  baseline(ctx, width, height);
  const sorted = values.filter(isNumber).sort().reverse();
  // Never scaled up: features are normalised to about one, so collapse has to look flat.
  const top = Math.max(highest(sorted), 1);
  const step = width / Math.max(1, sorted.length);
  ctx.fillStyle = theme().cool;
  sorted.forEach((value, i) => {
    const tall = (value / top) * (height - 4);
    ctx.fillRect(i * step, height - 1 - tall, step > 3 ? step - 1 : step, tall);
  });
}

/** @type {(ctx: CanvasRenderingContext2D, width: number, height: number, values: number[]) => void} */
function drawLine(ctx, width, height, values) {
  baseline(ctx, width, height);
  if (values.length < 2) return;
  const top = Math.max(highest(values), 1e-9);
  ctx.strokeStyle = theme().cool;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  values.forEach(
    (value, i) =>
      isNumber(value) && ctx.lineTo((i / (values.length - 1)) * width, height - 2 - (value / top) * (height - 5)),
  );
  ctx.stroke();
}

/** @type {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} */
function baseline(ctx, width, height) {
  ctx.fillStyle = theme().line;
  ctx.fillRect(0, height - 1, width, 1);
}
