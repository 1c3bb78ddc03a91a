// @ts-check
import { translate } from "../../language/translate.js";
import { onLanguage, t } from "../../language/words.js";
import { el, setText } from "../../ui/dom.js";
import { bytes } from "../../ui/format.js";

/**
 * @typedef {import("../../engine/protocol.js").LoadReport} LoadReport
 * @typedef {{name: string, url: string}} Licence
 */

/** What came of a checkpoint: which tensors were used, what was read, and whether it is the published file. */
export class ReportView {
  /** @type {LoadReport | null | undefined} */
  #shown;
  /** @type {Licence | null} */
  #licence = null;

  /** @param {HTMLElement} root  hidden while there is no report */
  constructor(root) {
    this.root = root;
    this.verdict = el("p", { class: "verdict" });
    this.facts = el("dl", { class: "facts" });
    this.names = el("div", { class: "names" });
    root.append(this.verdict, this.facts, this.names);
    this.update(null, null);
    onLanguage(() => this.#show());
  }

  /** @param {LoadReport | null} report @param {Licence | null} licence  of a release that was recognised */
  update(report, licence) {
    if (report === this.#shown) return;
    this.#shown = report;
    this.#licence = licence;
    this.root.hidden = !report;
    this.#show();
  }

  #show() {
    const report = this.#shown;
    const licence = this.#licence;
    if (!report) return;
    const { name, precision, matched, missing, unused, wrappers = [], verified, sha256 } = report;
    const whole = missing.length === 0;
    this.verdict.dataset.verdict = verified ? "healthy" : "";
    setText(this.verdict, "");
    this.verdict.append(
      el("b", {}, t(whole ? "report.whole" : "report.usable")),
      " ",
      translate(verified) || t("report.unknown"),
    );
    /** @type {[string, string | Node][]} */
    const rows = [
      [t("status.model"), name],
      [t("report.precision"), precision],
      [t("report.matched"), String(matched)],
      [t("report.read"), bytes(report.bytes)],
      [t("report.kept"), t(report.kept ? "report.yes" : "report.no")],
    ];
    if (wrappers.length) rows.push([t("report.wrappers"), wrappers.join(", ")]);
    if (licence) rows.push([t("report.licence"), el("a", { href: licence.url }, licence.name)]);
    if (sha256) rows.push(["SHA-256", el("code", { class: "hash", title: sha256 }, sha256)]);
    this.facts.replaceChildren(
      ...rows.map(([label, value]) => el("div", {}, el("dt", {}, label), el("dd", {}, value))),
    );
    this.names.replaceChildren(...tensors("report.missing", missing), ...tensors("report.unused", unused));
  }

  clear() {
    this.update(null, null);
  }
}

/** A list that opens; nothing for none. @param {import("../../language/words.js").Key} title @param {string[]} names */
function tensors(title, names) {
  if (!names.length) return [];
  const summary = t(title, { tensors: names.length });
  return [
    el(
      "details",
      {},
      el("summary", {}, summary),
      el("ul", { tabindex: 0, "aria-label": summary }, ...names.map((name) => el("li", {}, name))),
    ),
  ];
}
