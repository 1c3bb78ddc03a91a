// @ts-check
import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { el, setText } from "./dom.js";
import { onTheme, theme } from "./theme.js";

/** Share of the old mean that each step keeps: about the last ten steps. */
const KEEP = 0.9;
/** More points than this are more than the plot has pixels: neighbouring steps are then averaged. */
const MOST_POINTS = 600;

/** The training loss: every step faint, their running mean strong. */
export class LossView {
  /** @type {number[][]} */
  #rows = [[], [], []];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.readout = el("p", { class: "readout" }, "–");
    this.figure = el("div", { class: "plot", role: "img" }, el("p", { class: "empty" }, "Press Train and the curve begins"));
    root.append(this.figure, this.readout);
    this.plot = new uPlot(options((i) => this.#read(i)), /** @type {uPlot.AlignedData} */ (this.#rows), this.figure);
    new ResizeObserver(([entry]) => {
      if (entry) this.plot.setSize({ width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) });
    }).observe(this.figure);
    onTheme(() => this.plot.redraw());
    this.clear();
  }

  /**
   * @param {number[]} losses      one a step
   * @param {number} firstStep     number of the step that `losses[0]` belongs to
   */
  update(losses, firstStep) {
    const steps = losses.map((_, i) => firstStep + i);
    this.#rows = thin([steps, losses, runningMean(losses)]);
    this.plot.setData(/** @type {uPlot.AlignedData} */ (this.#rows));
    this.figure.toggleAttribute("data-empty", losses.length === 0);
    const [first, last] = [this.#rows[2]?.[0], this.#rows[2]?.at(-1)];
    const words = `Training loss over ${losses.length} steps, from ${first?.toFixed(3)} to ${last?.toFixed(3)}`;
    this.figure.setAttribute("aria-label", losses.length ? words : "No training steps yet");
    this.#read(null);
  }

  clear() {
    this.update([], 0);
  }

  /**
   * The value under the pointer, or the last.
   *
   * @param {number | null | undefined} index
   */
  #read(index) {
    const i = index ?? this.#rows[0]?.length ?? 0;
    const at = index === null || index === undefined ? i - 1 : i;
    const [step, raw, mean] = this.#rows.map((row) => row[at]);
    setText(this.readout, step === undefined ? "–" : `step ${Math.round(step)}: loss ${raw?.toFixed(4)}, running mean ${mean?.toFixed(4)}`);
  }
}

/**
 * Exponential mean, corrected for its start at nothing (as Adam does with its moments).
 *
 * @param {number[]} values
 * @returns {number[]}
 */
function runningMean(values) {
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = KEEP * sum + (1 - KEEP) * value;
    weight = KEEP * weight + (1 - KEEP);
    return sum / weight;
  });
}

/**
 * @param {number[][]} rows
 * @returns {number[][]} the same, or means of as many neighbours as it takes
 */
function thin(rows) {
  const block = Math.ceil((rows[0]?.length ?? 0) / MOST_POINTS);
  if (block <= 1) return rows;
  return rows.map((row) => {
    const means = [];
    for (let i = 0; i < row.length; i += block) {
      const part = row.slice(i, i + block);
      means.push(part.reduce((sum, value) => sum + value, 0) / part.length);
    }
    return means;
  });
}

/**
 * @param {(index: number | null | undefined) => void} onCursor
 * @returns {uPlot.Options}
 */
function options(onCursor) {
  const axis = {
    stroke: () => theme().soft,
    grid: { stroke: () => theme().line, width: 1 },
    ticks: { stroke: () => theme().line, width: 1, size: 4 },
    font: "11px system-ui, sans-serif",
    labelFont: "11px system-ui, sans-serif",
    labelSize: 16,
  };
  return {
    width: 320,
    height: 220,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { time: false } },
    padding: [10, 12, 0, 0],
    series: [
      {},
      { stroke: () => theme().faint, width: 1, points: { show: false } },
      { stroke: () => theme().hidden, width: 2, points: { show: false } },
    ],
    axes: [
      { ...axis, label: "training step", size: 28 },
      { ...axis, label: "mean |predicted − actual|", size: 44 },
    ],
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx)] },
  };
}
