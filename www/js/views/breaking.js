// @ts-check
import { el, emit, setText } from "./dom.js";

/** @typedef {import("../protocol.js").Ablation} Ablation */

/** What each part is for, and what happens without it. @type {[keyof Ablation, string, string, string][]} */
const PARTS = [
  ["ema", "Slow average", "The target is a slow average of the learner, so there is something steady to learn from.",
    "The target now is the learner itself and jumps with every step: learning turns shaky, and may collapse."],
  ["stopGradient", "Stop-gradient", "The loss teaches the guess and never the target.",
    "The target now learns, too, and the easiest way to agree is to say the same of everything: the loss looks splendid and the features collapse."],
  ["predictor", "Predictor", "A network of its own guesses what each hidden patch holds.",
    "The guess now is the mean of what was seen, the same for every patch: telling places apart is punished, and features flatten."],
];

/** Switches that take V-JEPA apart. Dispatches "switch" {part, on} on the root it is given. */
export class BreakingView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.rows = PARTS.map(([part, name, on, off]) => {
      const note = el("p", { class: "note", id: `part-${part}` }, on);
      const input = el("input", { type: "checkbox", role: "switch", checked: true, "aria-describedby": `part-${part}` });
      input.addEventListener("change", () => emit(root, "switch", { part, on: input.checked }));
      return { part, on, off, note, input, element: el("div", { class: "part" }, el("label", { class: "switch" }, input, el("span", {}, name)), note) };
    });
    this.element = el("section", { class: "lever breaking", "aria-label": "Break it yourself" }, el("h3", {}, "Break it yourself"),
      el("p", { class: "note" }, "Three things keep it from collapsing. Switch one off and watch spread and rank."),
      ...this.rows.map(({ element }) => element));
  }

  /** @param {Ablation | null} ablation */
  update(ablation) {
    this.element.toggleAttribute("inert", !ablation);
    for (const { part, on, off, note, input, element } of this.rows) {
      const held = ablation?.[part] ?? true;
      if (input.checked !== held) input.checked = held;
      element.toggleAttribute("data-off", !held);
      setText(note, held ? on : off);
    }
  }
}

/** Says that it collapsed, and offers the way back. Dispatches "rewind" {step, whole} on the root it is given. */
export class AlarmView {
  #step = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.text = el("p");
    this.button = el("button", { type: "button", onclick: () => emit(root, "rewind", { step: this.#step, whole: true }) });
    this.box = el("div", { class: "alarm", hidden: true }, this.text, this.button);
    this.element = el("div", { role: "alert" }, this.box);
  }

  /** @param {import("../training.js").Alarm | null} alarm */
  update(alarm) {
    this.box.hidden = !alarm;
    if (!alarm) return;
    const { step, reason, healthy } = alarm;
    this.#step = healthy ?? 0;
    const way = healthy === null ? " No healthy moment was kept: start a new model." : "";
    const said = `It collapsed at step ${step.toLocaleString("en")}.`;
    if (this.text.firstChild?.textContent !== said) this.text.replaceChildren(el("b", {}, said), ` ${reason || "Every patch gets nearly the same features."}${way}`);
    this.button.hidden = healthy === null;
    setText(this.button, `Rewind to step ${this.#step.toLocaleString("en")} and switch everything on`);
  }
}
