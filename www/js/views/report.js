// @ts-check
import { el, setText } from "./dom.js";
import { bytes } from "./format.js";

/**
 * @typedef {import("../protocol.js").LoadReport} LoadReport
 * @typedef {{name: string, url: string}} Licence
 */

/** What came of a checkpoint: which tensors were used, what was read, and whether it is the published file. */
export class ReportView {
  /** @type {LoadReport | null | undefined} */
  #shown;

  /** @param {HTMLElement} root  hidden while there is no report */
  constructor(root) {
    this.root = root;
    this.verdict = el("p", { class: "verdict" });
    this.facts = el("dl", { class: "facts" });
    this.names = el("div", { class: "names" });
    root.append(this.verdict, this.facts, this.names);
    this.update(null, null);
  }

  /** @param {LoadReport | null} report @param {Licence | null} licence  of a release that was recognised */
  update(report, licence) {
    if (report === this.#shown) return;
    this.#shown = report;
    this.root.hidden = !report;
    if (!report) return;
    const { name, precision, matched, missing, unused, verified, sha256 } = report;
    const whole = missing.length === 0;
    this.verdict.dataset.verdict = verified ? "healthy" : "";
    setText(this.verdict, "");
    this.verdict.append(el("b", {}, whole ? "Complete." : "Usable."), " ", verified || "No published hash of this file is known.");
    /** @type {[string, string | Node][]} */
    const rows = [
      ["model", name], ["precision", precision], ["tensors used", String(matched)],
      ["read", bytes(report.bytes)], ["kept in this browser", report.kept ? "yes" : "no"],
    ];
    if (licence) rows.push(["licence", el("a", { href: licence.url }, licence.name)]);
    if (sha256) rows.push(["SHA-256", el("code", { class: "hash", title: sha256 }, sha256)]);
    this.facts.replaceChildren(...rows.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, value))));
    this.names.replaceChildren(
      ...tensors("Not in the file", "optional parts of the model, left out", missing),
      ...tensors("In the file, not used", "", unused),
    );
  }

  clear() {
    this.update(null, null);
  }
}

/** A list that opens; nothing for none. @param {string} title @param {string} note @param {string[]} names */
function tensors(title, note, names) {
  if (!names.length) return [];
  const summary = `${title}: ${names.length} ${names.length === 1 ? "tensor" : "tensors"}${note && ` (${note})`}`;
  return [el("details", {}, el("summary", {}, summary), el("ul", { tabindex: 0, "aria-label": title }, ...names.map((name) => el("li", {}, name))))];
}
