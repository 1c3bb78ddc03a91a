// @ts-check
import { el, setText } from "../../ui/dom.js";
import { finePercent, wide } from "../../ui/format.js";

/** @typedef {import("../../engine/protocol.js").Guess} Guess */

const SHOWN = 5;
/** Milliseconds between two announcements. */
const ANNOUNCE = 6000;

/** What a classifier takes the clip for: its top five, live. */
export class ClassifierView {
  #announcedAt = -ANNOUNCE;
  #announced = "";

  /** @param {HTMLElement} root  hidden while the model has no classifier */
  constructor(root) {
    this.root = root;
    this.rows = Array.from({ length: SHOWN }, () => {
      const [label, share, bar] = [el("span", { class: "label" }), el("span", { class: "share" }), el("i")];
      return {
        label,
        share,
        bar,
        item: el("li", {}, label, share, el("span", { class: "bar", "aria-hidden": "true" }, bar)),
      };
    });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    root.append(el("ol", {}, ...this.rows.map(({ item }) => item)), this.said);
    this.clear();
  }

  /** @param {Guess[] | undefined} guesses  most likely first @param {number} [now]  milliseconds */
  update(guesses, now = performance.now()) {
    this.root.hidden = !guesses?.length;
    if (!guesses) return;
    this.rows.forEach(({ label, share, bar, item }, i) => {
      const guess = guesses[i];
      item.hidden = !guess;
      if (!guess) return;
      setText(label, guess.label);
      label.title = guess.label;
      setText(share, finePercent(guess.share));
      bar.style.width = wide(guess.share);
    });
    this.#announce(guesses[0], now);
  }

  clear() {
    this.update(undefined);
    setText(this.said, "");
    this.#announced = "";
  }

  /** A screen reader hears of another favourite, and not at every look. @param {Guess | undefined} top @param {number} now */
  #announce(top, now) {
    if (!top || top.label === this.#announced || now - this.#announcedAt < ANNOUNCE) return;
    this.#announced = top.label;
    this.#announcedAt = now;
    setText(this.said, `${top.label}, ${finePercent(top.share)}`);
  }
}
