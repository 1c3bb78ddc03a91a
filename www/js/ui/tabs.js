// @ts-check
import { el, keyed } from "./dom.js";

/** @typedef {import("../language/words.js").Key} Key */

/**
 * Tabs, of which one is open: arrow keys, Home and End go from one to the other, and the open one stands in the address,
 * as in `#train`. The panels of all others are hidden.
 */
export class Tabs {
  /** @type {string} */
  #open = "";
  #names;
  #panels;
  #buttons;
  #changed;

  /**
   * @param {HTMLElement} root
   * @param {Record<string, HTMLElement>} panels   by name, in order; the words of each are `room.NAME`
   * @param {(name: string) => void} changed
   */
  constructor(root, panels, changed) {
    const names = Object.keys(panels);
    this.#names = names;
    this.#panels = panels;
    this.#changed = changed;
    root.setAttribute("role", "tablist");
    this.#buttons = names.map((name) =>
      el("button", {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": panels[name]?.id ?? "",
        ...keyed({ text: /** @type {Key} */ (`room.${name}`) }),
        onclick: () => this.open(name),
      }),
    );
    for (const [name, panel] of Object.entries(panels)) {
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", `tab-${name}`);
    }
    root.append(...this.#buttons);
    root.addEventListener("keydown", (event) => this.#walk(event));
    addEventListener("hashchange", () => this.open(this.#named() ?? this.#open));
    this.#show(this.#named() ?? names[0] ?? "");
  }

  /** The name of the open one. */
  get opened() {
    return this.#open;
  }

  /** Nothing happens for a name that there is not. @param {string} name */
  open(name) {
    if (name === this.#open || !this.#names.includes(name)) return;
    const inside = this.#panels[this.#open]?.contains(document.activeElement);
    this.#show(name);
    if (inside) this.#buttons[this.#names.indexOf(name)]?.focus(); // not lost with the panel
    history.replaceState(null, "", `#${name}`);
    this.#changed(name);
  }

  /** The one that the address names, if it names one. */
  #named() {
    return this.#names.find((name) => `#${name}` === location.hash);
  }

  /** @param {string} open */
  #show(open) {
    this.#open = open;
    for (const [i, name] of this.#names.entries()) {
      const button = /** @type {HTMLElement} */ (this.#buttons[i]);
      button.setAttribute("aria-selected", String(name === open));
      button.tabIndex = name === open ? 0 : -1;
      /** @type {HTMLElement} */ (this.#panels[name]).hidden = name !== open;
    }
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const { length } = this.#names;
    const at = this.#names.indexOf(this.#open);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = /** @type {string} */ (this.#names[(to + length) % length]);
    this.open(name);
    this.#buttons[this.#names.indexOf(name)]?.focus();
  }
}
