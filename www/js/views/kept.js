// @ts-check
import { el, emit, setText } from "./dom.js";
import { bytes } from "./format.js";

/** @typedef {import("./models.js").ModelsData} ModelsData */

/** What is kept in this browser, and how much room there is. Dispatches "forget" {key} and "persist" on the root it is given. */
export class KeptList {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.list = el("ul");
    this.none = el("p", { class: "note" }, "Nothing yet. What is downloaded is kept here and need not be fetched again.");
    this.room = el("p", { class: "note" });
    this.persist = el("button", { type: "button", onclick: () => emit(root, "persist") }, "Ask the browser to keep them");
    this.element = el("section", { class: "kept" }, el("h3", {}, "Kept in this browser"), this.none, this.list, this.room, this.persist);
  }

  /** @param {ModelsData} data */
  update({ kept, usage, busy }) {
    this.none.hidden = kept.length > 0;
    this.list.replaceChildren(...kept.map((file) => this.#row(file, busy)));
    this.persist.hidden = !usage || usage.persisted || !kept.length;
    setText(this.room, usage ? roomOf(usage, kept.length > 0) : "");
  }

  /** @param {import("../protocol.js").Kept} file @param {boolean} busy */
  #row({ key, name, bytes: held, size, complete, sha256, savedAt }, busy) {
    const amount = complete ? bytes(held) : `${bytes(held)} of ${size ? bytes(size) : "an unknown size"}, not complete`;
    const date = new Date(savedAt);
    const when = el("time", { datetime: date.toISOString() }, date.toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" }));
    const facts = el("span", { class: "soft" }, `${amount}, `, when);
    if (sha256) facts.append(", ", el("code", { title: `SHA-256 ${sha256}` }, `${sha256.slice(0, 8)}…`));
    const forget = el("button", { type: "button", disabled: busy, "aria-label": `Delete ${name}`, onclick: () => emit(this.root, "forget", { key }) }, "Delete");
    return el("li", {}, el("span", { class: "name" }, name), facts, forget);
  }
}

/** @param {{used: number, quota: number, persisted: boolean}} usage @param {boolean} any @returns {string} */
function roomOf({ used, quota, persisted }, any) {
  const room = `${bytes(used)} used of the ${bytes(quota)} this browser allows.`;
  if (!any) return room;
  return `${room} ${persisted ? "They stay until you delete them." : "If the disk runs low, the browser may delete them."}`;
}
