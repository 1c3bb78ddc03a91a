// @ts-check
import { el, emit, setText } from "./dom.js";

/**
 * @typedef {import("../protocol.js").ProofRow} ProofRow
 * @typedef {{rows: ProofRow[] | null, running: boolean, adapter: string, ready: boolean}} ProofData
 *   `rows`: null before it was asked for; more may come while it runs. `adapter`: the engine they were computed on.
 */

const COLUMNS = ["", "Fixture", "Checked", "Precision", "Worst", "Mean", "Allowed"];

/** Whether this machine computes what the reference computes. Dispatches "prove" on its root. */
export class ProofView {
  #shown = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.summary = el("p", { class: "verdict", role: "status" });
    this.button = el("button", { type: "button", onclick: () => emit(root, "prove") }, "Check against the reference");
    this.body = el("tbody");
    const head = el("tr", {}, ...COLUMNS.map((name) => (name ? el("th", { scope: "col" }, name) : el("td", {}))));
    this.table = el("table", {}, el("caption", { class: "sr-only" }, "Differences to the reference implementation"), el("thead", {}, head), this.body);
    root.append(this.button, this.summary, el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of differences" }, this.table));
    this.clear();
  }

  /** @param {ProofData} data */
  update(data) {
    const key = JSON.stringify(data);
    if (key === this.#shown) return; // another table would take the reader's place in it
    this.#shown = key;
    const { rows, running, adapter, ready } = data;
    this.button.disabled = running || !ready;
    setText(this.button, running ? "Checking…" : rows ? "Check again" : "Check against the reference");
    const shown = rows ?? [];
    /** @type {HTMLElement} */ (this.table.parentElement).hidden = !shown.length;
    this.body.replaceChildren(...shown.map(rowOf));
    this.summary.hidden = !shown.length;
    if (!shown.length) return;
    const { text, passed } = summaryOf(shown, adapter);
    this.summary.dataset.verdict = running ? "" : passed ? "healthy" : "collapsed";
    setText(this.summary, text);
  }

  clear() {
    this.update({ rows: null, running: false, adapter: "", ready: false });
  }
}

/** @param {ProofRow} row */
function rowOf({ fixture, what, precision, worst, mean, tolerance, passed }) {
  const mark = el("td", { class: passed ? "good" : "bad" }, passed ? "✓" : "✕", el("span", { class: "sr-only" }, passed ? "passed" : "failed"));
  const cells = [what, precision, scientific(worst), scientific(mean), scientific(tolerance)].map((text) => el("td", {}, text));
  return el("tr", {}, mark, el("th", { scope: "row" }, fixture), ...cells);
}

/**
 * One sentence for all rows.
 * @param {ProofRow[]} rows @param {string} adapter
 * @returns {{text: string, passed: boolean}}
 */
export function summaryOf(rows, adapter) {
  const failed = rows.filter((row) => !row.passed);
  const where = adapter ? `On ${adapter}` : "Here";
  if (failed.length) {
    const [first] = failed;
    const one = `${first?.what} of ${first?.fixture} differs by ${scientific(first?.worst ?? NaN)}, and ${scientific(first?.tolerance ?? NaN)} is allowed`;
    return { passed: false, text: `${where} ${failed.length} of ${rows.length} checks failed: ${one}.` };
  }
  const precisions = [...new Set(rows.map((row) => row.precision))];
  const worst = precisions.map((precision) => `${scientific(Math.max(...rows.filter((row) => row.precision === precision).map((row) => row.worst)))} in ${precision}`);
  return { passed: true, text: `${where} the numbers are those of the reference: worst difference ${worst.join(", ")}.` };
}

/** @param {number} value @returns {string} "2e-6", "0" */
export function scientific(value) {
  return value === 0 ? "0" : value.toExponential(value.toExponential(1).includes(".0e") ? 0 : 1);
}
