// @ts-check
import { inWords } from "../sentences.js";
import { say } from "../words.js";
import { el, emit, said, setText } from "./dom.js";

/** @typedef {import("../protocol.js").Ablation} Ablation */

/** Of each there are words on what it is for, and on what happens without it. */
const PARTS = /** @type {const} */ (["ema", "stopGradient", "predictor"]);

/** Switches that take V-JEPA apart. Dispatches "switch" {part, on} on the root it is given. */
export class BreakingView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.rows = PARTS.map((part) => {
      const note = el("p", { class: "note", id: `part-${part}` }, say(`part.${part}.on`));
      const input = el("input", { type: "checkbox", role: "switch", checked: true, "aria-describedby": `part-${part}` });
      input.addEventListener("change", () => emit(root, "switch", { part, on: input.checked }));
      return { part, note, input, element: el("div", { class: "part" }, el("label", { class: "switch" }, input, el("span", said({ text: `part.${part}` }))), note) };
    });
    this.element = el("section", { class: "lever breaking", ...said({ "aria-label": "breaking" }) }, el("h3", said({ text: "breaking" })),
      el("p", { class: "note", ...said({ text: "breaking.note" }) }),
      ...this.rows.map(({ element }) => element));
  }

  /** @param {Ablation | null} ablation */
  update(ablation) {
    this.element.toggleAttribute("inert", !ablation);
    for (const { part, note, input, element } of this.rows) {
      const held = ablation?.[part] ?? true;
      if (input.checked !== held) input.checked = held;
      element.toggleAttribute("data-off", !held);
      setText(note, say(held ? `part.${part}.on` : `part.${part}.off`));
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
    const what = say("collapse.said", { step: step.toLocaleString("en") });
    const more = [inWords(reason) || say("collapse.flat"), ...(healthy === null ? [say("collapse.lost")] : [])].join(" ");
    if (this.text.firstChild?.textContent !== what) this.text.replaceChildren(el("b", {}, what), ` ${more}`);
    this.button.hidden = healthy === null;
    setText(this.button, say("collapse.rewind", { step: this.#step.toLocaleString("en") }));
  }
}
