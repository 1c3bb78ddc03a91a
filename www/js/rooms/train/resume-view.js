// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";

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
        el("button", { type: "button", ...keyed({ text: "resume.resume" }), onclick: () => emit(root, "resume") }),
        el("button", { type: "button", ...keyed({ text: "resume.discard" }), onclick: () => emit(root, "discard") }),
      ),
    );
  }

  /** @param {import("../../base/messages.js").Message[] | null} found  which one */
  update(found) {
    this.root.hidden = !found;
    if (found) setText(this.text, t("resume.kept", { sentence: translate(found) }));
  }
}
