// @ts-check
import { language, t } from "../../language/words.js";
import { disable, el, emit, keyed, setText } from "../../ui/dom.js";
import { decimal, scientific } from "../../ui/format.js";

/**
 * @typedef {import("../../engine/protocol.js").ProofRow} ProofRow
 * @typedef {{rows: ProofRow[] | null, running: boolean, adapter: string, ready: boolean}} ProofData
 *   `rows`: null before it was asked for; more may come while it runs. `adapter`: the engine they were computed on.
 */

const COLUMNS = /** @type {const} */ (["fixture", "checked", "precision", "worst", "mean", "allowed", "cosine"]);

/** A cosine of f32 is 1 to so many digits. */
const DIGITS = 6;

/** Whether this machine computes what the reference computes. Dispatches "prove" on its root. */
export class ReferenceCheckView {
  #shown = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.summary = el("p", { class: "verdict", role: "status" });
    this.button = el("button", { type: "button", onclick: () => emit(root, "prove") });
    this.body = el("tbody");
    const head = el(
      "tr",
      {},
      el("td"),
      ...COLUMNS.map((name) => el("th", { scope: "col", ...keyed({ text: `proof.${name}` }) })),
    );
    this.table = el(
      "table",
      {},
      el("caption", { class: "sr-only", ...keyed({ text: "proof.table" }) }),
      el("thead", {}, head),
      this.body,
    );
    root.append(
      this.button,
      this.summary,
      el(
        "div",
        { class: "scroll", tabindex: 0, role: "region", ...keyed({ "aria-label": "proof.region" }) },
        this.table,
      ),
    );
    this.clear();
  }

  /** @param {ProofData} data */
  update(data) {
    const key = language() + JSON.stringify(data);
    if (key === this.#shown) return; // another table would take the reader's place in it
    this.#shown = key;
    const { rows, running, adapter, ready } = data;
    disable(this.button, running || !ready);
    setText(this.button, t(running ? "proof.running" : rows ? "proof.again" : "proof.check"));
    const shown = rows ?? [];
    /** @type {HTMLElement} */ (this.table.parentElement).hidden = !shown.length;
    this.body.replaceChildren(...shown.map(rowOf));
    this.summary.hidden = !shown.length;
    if (!shown.length) return;
    this.summary.setAttribute("aria-live", running ? "off" : "polite"); // the result is said, not each row
    const { text, passed } = summaryOf(shown, adapter);
    this.summary.dataset.verdict = running ? "" : passed ? "healthy" : "collapsed";
    setText(this.summary, text);
  }

  clear() {
    this.update({ rows: null, running: false, adapter: "", ready: false });
  }
}

/** @param {ProofRow} row */
function rowOf({ fixture, what, precision, worst, mean, tolerance, cosine, passed }) {
  const mark = el(
    "td",
    { class: passed ? "good" : "bad" },
    passed ? "✓" : "✕",
    el("span", { class: "sr-only" }, t(passed ? "proof.passed" : "proof.failed")),
  );
  const differences = [worst, mean, tolerance].map(scientific);
  const cells = [what, precision, ...differences, decimal(cosine, DIGITS)].map((text) => el("td", {}, text));
  return el("tr", {}, mark, el("th", { scope: "row" }, fixture), ...cells);
}

/**
 * One sentence for all rows.
 * @param {ProofRow[]} rows @param {string} adapter
 * @returns {{text: string, passed: boolean}}
 */
export function summaryOf(rows, adapter) {
  const failed = rows.filter((row) => !row.passed);
  const where = adapter ? t("proof.on", { adapter }) : t("proof.here");
  if (failed.length) {
    const [first] = failed;
    const { what = "", fixture = "", worst = NaN, tolerance = NaN } = first ?? {};
    return {
      passed: false,
      text: t("proof.wrong", {
        where,
        failed: failed.length,
        checks: rows.length,
        what,
        fixture,
        worst: scientific(worst),
        allowed: scientific(tolerance),
      }),
    };
  }
  const precisions = [...new Set(rows.map((row) => row.precision))];
  const worst = precisions.map((precision) => {
    const those = rows.filter((row) => row.precision === precision);
    return t("proof.in", {
      worst: scientific(Math.max(...those.map((row) => row.worst))),
      cosine: decimal(Math.min(...those.map((row) => row.cosine)), DIGITS),
      precision,
    });
  });
  return { passed: true, text: t("proof.right", { where, worst: worst.join(", ") }) };
}
