// @ts-check
import { inWords } from "../../language/sentences.js";
import { say } from "../../language/words.js";
import { el, emit, said, setText } from "../../ui/dom.js";

/** A run that was saved here and is another model than the one that is open. Dispatches "resume" and "discard". */
export class ResumeView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.text = el("p");
    root.append(
      this.text,
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "button", ...said({ text: "resume.resume" }), onclick: () => emit(root, "resume") }),
        el("button", { type: "button", ...said({ text: "resume.discard" }), onclick: () => emit(root, "discard") }),
      ),
    );
  }

  /** @param {import("../../base/messages.js").Message[] | null} found  which one */
  update(found) {
    this.root.hidden = !found;
    if (found) setText(this.text, say("resume.kept", { sentence: inWords(found) }));
  }
}
