// @ts-check
import { t } from "../language/words.js";
import { disable, el, emit, keyed, setText } from "../ui/dom.js";

/**
 * @typedef {import("../language/words.js").Key} Key
 *
 * @typedef {object} TourData
 * @property {number} at          from 0
 * @property {number} steps
 * @property {string} name        of the step: its words are `tour.NAME.title` and so on
 * @property {string} spot        a selector of what it is about
 * @property {"offered"|"unable"|"acting"|"acted"|null} act   how it stands with what the step offers to do; null: nothing
 */

/**
 * A panel beside the page, not over it: everything else stays usable. Dispatches on its root: "move" {by: 1 or -1},
 * "act" and "end". The part of the page that a step is about is scrolled to and has `data-toured`.
 */
export class TourView {
  /** @type {Element | null} */
  #spot = null;
  /** @type {Element | null} */
  #before = null;
  /** @type {string | null} */
  #step = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.where = el("p", { class: "note" });
    this.title = el("h2", { id: "tour-title", tabindex: -1 });
    this.text = el("p", { id: "tour-text" });
    this.outcome = el("p", { class: "note", role: "status" });
    this.act = el("button", { type: "button", class: "act", onclick: () => emit(root, "act") });
    this.back = el("button", {
      type: "button",
      ...keyed({ text: "tour.back" }),
      onclick: () => emit(root, "move", { by: -1 }),
    });
    this.next = el("button", { type: "button", class: "go", onclick: () => emit(root, "move", { by: 1 }) });
    this.end = el("button", { type: "button", ...keyed({ text: "tour.end" }), onclick: () => emit(root, "end") });
    const words = el("div", { "aria-live": "polite" }, this.where, this.title, this.text);
    root.append(words, this.act, this.outcome, el("div", { class: "buttons" }, this.back, this.next, this.end));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || root.hidden || document.querySelector("dialog[open]"))
        return;
      emit(root, "end");
    });
  }

  /** @param {TourData | null} data  null: there is no tour */
  update(data) {
    if (!data) return this.#close();
    const { at, steps, name, act } = data;
    const last = at === steps - 1;
    const words = (/** @type {string} */ which) => t(/** @type {Key} */ (`tour.${name}.${which}`));
    setText(this.where, t("tour.at", { step: at + 1, steps }));
    setText(this.title, words("title"));
    setText(this.text, words("text"));
    setText(this.next, t(last ? "tour.end" : "tour.next"));
    disable(this.back, at === 0);
    this.end.hidden = last;
    this.act.hidden = !act;
    disable(this.act, act !== "offered");
    if (act) setText(this.act, words("act"));
    setText(this.outcome, act === "unable" ? t("tour.unable") : act === "acting" || act === "acted" ? words(act) : "");
    if (this.#step !== name) this.#show(name, data.spot);
  }

  /** @param {string} name @param {string} spot */
  #show(name, spot) {
    const opens = this.#step === null;
    if (opens) this.#before = document.activeElement;
    this.#step = name;
    this.root.hidden = false;
    this.#mark(document.querySelector(spot));
    // How it scrolls is a matter of style, where those who want less motion are thought of.
    this.#spot?.scrollIntoView({ block: "start" });
    if (opens) this.title.focus({ preventScroll: true });
  }

  #close() {
    if (this.#step === null) return;
    this.#step = null;
    const inside = this.root.contains(document.activeElement);
    this.root.hidden = true;
    this.#mark(null);
    const before = /** @type {HTMLElement | null} */ (this.#before);
    if (inside) before?.focus({ preventScroll: true });
  }

  /** @param {Element | null} spot */
  #mark(spot) {
    this.#spot?.removeAttribute("data-toured");
    spot?.setAttribute("data-toured", "");
    this.#spot = spot;
  }
}
