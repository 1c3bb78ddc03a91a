// @ts-check
import { NAMES, nameOf } from "../../language/words.js";
import { el, emit } from "../../ui/dom.js";

/** @typedef {import("../../language/words.js").Language} Language */

/** A button for each language. Dispatches "speak" (Language). */
export class LanguageView {
  #buttons;

  /** @param {HTMLElement} root @param {Language} language */
  constructor(root, language) {
    this.#buttons = NAMES.map((value) => {
      const { tag, name } = nameOf(value);
      return el("button", { type: "button", lang: tag, value, onclick: () => emit(root, "speak", value) }, name);
    });
    root.replaceChildren(...this.#buttons);
    this.update(language);
  }

  /** @param {Language} language */
  update(language) {
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(button.value === language));
  }
}
