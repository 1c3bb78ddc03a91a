// @ts-check
import { t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { lawName } from "../../ui/laws.js";

/** @typedef {import("../../engine/protocol.js").LawScore} LawScore */

/** How the alarm did so far: laws that were broken, and windows in which none was. */
export class ScoreView {
  #shown = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.sentence = el("p", { class: "tally" });
    this.kinds = el("ul", { class: "kinds" });
    root.append(el("h2", { class: "sr-only", ...keyed({ text: "score.heading" }) }), this.sentence, this.kinds);
  }

  /** @param {LawScore | null} score */
  update(score) {
    this.root.hidden = !score;
    if (!score) return;
    setText(this.sentence, sentenceOf(score));
    const shown = score.kinds.map(({ violation, broken, noticed }) => [lawName(violation), noticed, broken]);
    if (this.#shown === JSON.stringify(shown)) return;
    this.#shown = JSON.stringify(shown);
    this.kinds.replaceChildren(
      ...shown.map(([law, noticed, broken]) => el("li", {}, `${law} `, el("b", {}, `${noticed}/${broken}`))),
    );
  }
}

/** @param {LawScore} score */
export function sentenceOf({ broken, noticed, windows, falseAlarms }) {
  const laws = t(broken === 0 ? "score.none" : broken === 1 ? "score.law" : "score.laws", { broken, noticed });
  const quiet = t(falseAlarms === 1 ? "score.quiet.one" : "score.quiet", {
    windows: windows.toLocaleString("en"),
    falseAlarms,
  });
  return `${laws} ${quiet}`;
}
