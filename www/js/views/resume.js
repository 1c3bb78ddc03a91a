// @ts-check
import { el, emit, setText } from "./dom.js";

/** A run that was saved here and is another model than the one that is open. Dispatches "resume" and "discard". */
export class ResumeView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.text = el("p");
    root.append(this.text, el("div", { class: "buttons" },
      el("button", { type: "button", onclick: () => emit(root, "resume") }, "Resume it"),
      el("button", { type: "button", onclick: () => emit(root, "discard") }, "Discard it")));
  }

  /** @param {string | null} sentence  which one */
  update(sentence) {
    this.root.hidden = !sentence;
    if (sentence) setText(this.text, `A run is kept here: ${sentence}`);
  }
}
