// @ts-check
import { emit } from "../../ui/dom.js";

/** @typedef {import("../../language/words.js").Language} Language */

/** Buttons that are in the page already, one a language. Dispatches "speak" (Language). */
export class LanguageView {
  #buttons;

  /** @param {HTMLElement} root @param {Language} language */
  constructor(root, language) {
    this.#buttons = [...root.querySelectorAll("button")];
    for (const button of this.#buttons) button.addEventListener("click", () => emit(root, "speak", button.value));
    this.update(language);
  }

  /** @param {Language} language */
  update(language) {
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(button.value === language));
  }
}
