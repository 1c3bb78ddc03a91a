// @ts-check
import { translate } from "../../language/translate.js";
import { language, t } from "../../language/words.js";
import { Chart } from "../../ui/chart.js";
import { disable, el, emit, keyed, setText } from "../../ui/dom.js";
import { Easel } from "./mask-painter-view.js";
import { decimal } from "../../ui/format.js";
import { ImaginedClipView } from "./imagined-clip-view.js";

/**
 * @typedef {import("./imagination.js").Fading} Fading
 * @typedef {import("./imagination.js").Imagined} Imagined
 * @typedef {{imagined: Imagined | null, fading: Fading | null, busy: boolean, problem: import("../../base/messages.js").Message | null, ready: boolean, tubelets: number}} ImaginationData
 */

/** A mask to paint, what is imagined in its place, and how certainty fades. Dispatches "imagine" {tokens} and "roll" {past} on its root. */
export class ImaginationView {
  #tubelets = 0;
  #busy = true;
  /** @type {Fading | null | undefined} */
  #fading;
  /** Choices and chart are said in this language. */
  #spoken = language();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.imagine = el("button", {
      type: "button",
      class: "go",
      ...keyed({ text: "imagine" }),
      onclick: () => emit(root, "imagine", { tokens: this.easel.painting?.tokens ?? new Uint32Array() }),
    });
    this.hint = el("p", { class: "note", role: "status" });
    this.easel = new Easel(() => this.#enable());
    this.mosaic = new ImaginedClipView();
    this.past = el("select", keyed({ "aria-label": "imagine.past" }));
    this.roll = el("button", {
      type: "button",
      ...keyed({ text: "imagine.roll" }),
      onclick: () => emit(root, "roll", { past: Number(this.past.value) }),
    });
    this.told = el("p", { class: "told", role: "status" });
    const curve = el("div", { class: "curve" });
    this.chart = new Chart(
      curve,
      {
        id: "fading",
        label: "chart.fading",
        empty: "chart.fading.empty",
        from: 0,
        at: (ahead) => t("chart.fading.at", { ahead }),
      },
      (ahead) => this.chart.point(ahead),
    );
    root.append(
      el(
        "div",
        { class: "studio" },
        el("div", {}, this.easel.element, el("div", { class: "outcome" }, this.imagine, this.hint)),
        this.mosaic.element,
      ),
      el(
        "div",
        { class: "fading" },
        el("h3", keyed({ text: "imagine.fading" })),
        el("p", { class: "caption", ...keyed({ text: "imagine.fading.caption" }) }),
        el("div", { class: "ask" }, this.past, this.roll),
        this.told,
        legend(),
        curve,
      ),
    );
    this.clear();
  }

  /** @param {ImaginationData} data */
  update({ imagined, fading, busy, problem, ready, tubelets }) {
    const again = this.#spoken !== language();
    this.#spoken = language();
    this.#busy = busy || !ready;
    this.mosaic.update(imagined);
    if (tubelets !== this.#tubelets) this.#count(tubelets);
    else if (again) this.#nameChoices();
    this.#enable(busy ? t("imagine.busy") : translate(problem));
    if (fading !== this.#fading || again) this.#chart(fading);
  }

  /** The newest clip. @param {import("./mask-painter-view.js").Clip} clip */
  see(clip) {
    this.easel.see(clip);
  }

  clear() {
    this.easel.forget();
    this.update({ imagined: null, fading: null, busy: false, problem: null, ready: false, tubelets: 0 });
  }

  /** @param {string} [instead]  of what is to be done */
  #enable(instead = "") {
    const { painting } = this.easel ?? {};
    disable(this.imagine, this.#busy || !painting?.sound);
    const few = this.#busy || this.#tubelets < 2;
    if (this.roll) (disable(this.roll, few), (this.past.disabled = few));
    const todo = !painting?.hidden.includes(1) ? "imagine.paint" : painting.sound ? "imagine.sound" : "imagine.all";
    setText(this.hint, instead || t(todo));
  }

  /** @param {number} tubelets */
  #count(tubelets) {
    this.#tubelets = tubelets;
    const choices = Array.from({ length: Math.max(0, tubelets - 1) }, (_, i) => i + 1);
    this.past.replaceChildren(...choices.map((past) => el("option", { value: past })));
    this.#nameChoices();
    this.past.value = String(Math.max(1, Math.floor((tubelets * 5) / 8)));
  }

  #nameChoices() {
    for (const [i, option] of [...this.past.children].entries())
      setText(option, t(i ? "imagine.seen" : "imagine.seen.one", { past: i + 1, tubelets: this.#tubelets }));
  }

  /** @param {Fading | null} fading */
  #chart(fading) {
    this.#fading = fading;
    const steps = fading?.predicted.map((_, i) => i + 1) ?? [];
    const curves = !fading
      ? []
      : [
          { name: t("imagine.predicted"), colour: 0, steps, values: fading.predicted, marks: [], current: true },
          { name: t("imagine.unchanged"), colour: 1, steps, values: fading.unchanged, marks: [], current: true },
        ];
    this.chart.update(curves, [1, Math.max(2, steps.length)]);
    setText(this.told, fading ? fadingOf(fading) : "");
  }
}

function legend() {
  const entries = /** @type {const} */ ([
    ["model", "imagine.predicted"],
    ["untrained", "imagine.unchanged"],
  ]);
  return el(
    "p",
    { class: "whose", "aria-hidden": "true" },
    ...entries.map(([colour, text]) => el("span", {}, el("i", { class: colour }), el("span", keyed({ text })))),
  );
}

/** @param {Fading} fading @returns {string} */
export function fadingOf({ clips, predicted, unchanged }) {
  const off = (/** @type {number} */ i) =>
    t("imagine.off", { predicted: decimal(predicted[i], 2), unchanged: decimal(unchanged[i], 2) });
  const last = predicted.length - 1;
  if (!last) return t(clips === 1 ? "imagine.told.one" : "imagine.told", { clips, near: off(0) });
  return t(clips === 1 ? "imagine.told.further.one" : "imagine.told.further", {
    clips,
    near: off(0),
    ahead: last + 1,
    far: off(last),
  });
}
