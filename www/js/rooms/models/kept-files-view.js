// @ts-check
import { locale, t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { bytes } from "../../ui/format.js";

/** @typedef {import("./models-view.js").ModelsData} ModelsData */

/** What is kept in this browser, and how much room there is. Dispatches "forget" {key} and "persist" on the root it is given. */
export class KeptList {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.list = el("ul");
    this.none = el("p", { class: "note", ...keyed({ text: "kept.none" }) });
    this.room = el("p", { class: "note" });
    this.persist = el("button", {
      type: "button",
      ...keyed({ text: "kept.persist" }),
      onclick: () => emit(root, "persist"),
    });
    this.element = el(
      "section",
      { class: "kept" },
      el("h3", keyed({ text: "kept.heading" })),
      this.none,
      this.list,
      this.room,
      this.persist,
    );
  }

  /** @param {ModelsData} data */
  update({ kept, usage, busy }) {
    this.none.hidden = kept.length > 0;
    const had = [...this.list.children].findIndex((row) => row.contains(document.activeElement));
    this.list.replaceChildren(...kept.map((file) => this.#row(file, busy)));
    if (had >= 0) this.#focus(Math.min(had, kept.length - 1));
    this.persist.hidden = !usage || usage.persisted || !kept.length;
    setText(this.room, usage ? roomOf(usage, kept.length > 0) : "");
  }

  /** In place of a row that had the focus. @param {number} at  -1: there is none */
  #focus(at) {
    const button = this.list.children[at]?.querySelector("button");
    if (button && !button.disabled) return button.focus();
    this.element.tabIndex = -1;
    this.element.focus();
  }

  /** @param {import("../../engine/protocol.js").Kept} file @param {boolean} busy */
  #row({ key, name, bytes: held, size, complete, sha256, savedAt }, busy) {
    const amount = complete
      ? bytes(held)
      : t("kept.part", { held: bytes(held), size: size ? bytes(size) : t("kept.unknown") });
    const date = new Date(savedAt);
    const when = el(
      "time",
      { datetime: date.toISOString() },
      date.toLocaleDateString(locale(), {
        day: "numeric",
        month: "short",
        year: "numeric",
      }),
    );
    const facts = el("span", { class: "soft" }, `${amount}, `, when);
    if (sha256) facts.append(", ", el("code", { title: `SHA-256 ${sha256}` }, `${sha256.slice(0, 8)}…`));
    const forget = el(
      "button",
      {
        type: "button",
        disabled: busy,
        "aria-label": t("kept.delete.name", { name }),
        onclick: () => emit(this.root, "forget", { key }),
      },
      t("kept.delete"),
    );
    return el("li", {}, el("span", { class: "name" }, name), facts, forget);
  }
}

/** @param {{used: number, quota: number, persisted: boolean}} usage @param {boolean} any @returns {string} */
function roomOf({ used, quota, persisted }, any) {
  const room = t("kept.room", { used: bytes(used), quota: bytes(quota) });
  if (!any) return room;
  return t(persisted ? "kept.stay" : "kept.may", { room });
}
