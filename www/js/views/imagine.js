// @ts-check
import { Chart } from "./chart.js";
import { el, emit, select, setText } from "./dom.js";
import { Easel } from "./easel.js";
import { MosaicView } from "./mosaic.js";
import { say } from "../words.js";

/**
 * @typedef {import("../imagination.js").Fading} Fading
 * @typedef {import("../imagination.js").Imagined} Imagined
 * @typedef {{imagined: Imagined | null, fading: Fading | null, busy: boolean, problem: string, ready: boolean, tubelets: number}} ImagineData
 */

/** A mask to paint, what is imagined in its place, and how certainty fades. Dispatches "imagine" {tokens} and "roll" {past} on its root. */
export class ImagineView {
  #tubelets = 0;
  #busy = true;
  /** @type {Fading | null | undefined} */
  #fading;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.imagine = el("button", { type: "button", class: "go", onclick: () => emit(root, "imagine", { tokens: this.easel.painting?.tokens ?? new Uint32Array() }) }, "Imagine");
    this.hint = el("p", { class: "note", role: "status" });
    this.easel = new Easel(() => this.#enable());
    this.mosaic = new MosaicView();
    this.past = select("Tubelets that are seen", []);
    this.roll = el("button", { type: "button", onclick: () => emit(root, "roll", { past: Number(this.past.value) }) }, "Roll forward");
    this.told = el("p", { class: "told", role: "status" });
    const curve = el("div", { class: "curve" });
    this.chart = new Chart(curve, {
      id: "fading", label: "chart.fading", empty: "chart.fading.empty", from: 0,
      at: (ahead) => say("chart.fading.at", { ahead }),
    }, (ahead) => this.chart.point(ahead));
    root.append(
      el("div", { class: "studio" }, el("div", {}, this.easel.element, el("div", { class: "outcome" }, this.imagine, this.hint)), this.mosaic.element),
      el("div", { class: "fading" },
        el("h3", {}, "How certainty fades"),
        el("p", { class: "caption" }, "The predictor sees the beginning of the newest clip and foretells all that follows at once. Beside it, the guess that nothing changes. Ask again, and the curves are means over clips."),
        el("div", { class: "ask" }, this.past, this.roll), this.told, legend(), curve));
    this.clear();
  }

  /** @param {ImagineData} data */
  update({ imagined, fading, busy, problem, ready, tubelets }) {
    this.#busy = busy || !ready;
    if (tubelets !== this.#tubelets) this.#count(tubelets);
    this.mosaic.update(imagined);
    this.#enable(busy ? "The model is at it…" : problem);
    if (fading !== this.#fading) this.#chart(fading);
  }

  /** The newest clip. @param {import("./easel.js").Clip} clip */
  see(clip) {
    this.easel.see(clip);
  }

  clear() {
    this.easel.forget();
    this.update({ imagined: null, fading: null, busy: false, problem: "", ready: false, tubelets: 0 });
  }

  /** @param {string} [said]  in place of what is to be done */
  #enable(said = "") {
    const { painting } = this.easel ?? {};
    this.imagine.disabled = this.#busy || !painting?.sound;
    if (this.roll) this.roll.disabled = this.past.disabled = this.#busy || this.#tubelets < 2;
    const todo = !painting?.hidden.includes(1) ? "Paint over what is to be hidden." : painting.sound ? "The clip goes on meanwhile: your mask is laid over the newest one." : "All is hidden: leave something to see.";
    setText(this.hint, said || todo);
  }

  /** @param {number} tubelets */
  #count(tubelets) {
    this.#tubelets = tubelets;
    const choices = Array.from({ length: Math.max(0, tubelets - 1) }, (_, i) => i + 1);
    this.past.replaceChildren(...choices.map((past) => el("option", { value: past }, `${past} of ${tubelets} tubelets ${past === 1 ? "is" : "are"} seen`)));
    this.past.value = String(Math.max(1, Math.floor((tubelets * 5) / 8)));
  }

  /** @param {Fading | null} fading */
  #chart(fading) {
    this.#fading = fading;
    const steps = fading?.foretold.map((_, i) => i + 1) ?? [];
    const curves = !fading ? [] : [
      { name: "foretold", colour: 0, steps, values: fading.foretold, marks: [], current: true },
      { name: "nothing changes", colour: 1, steps, values: fading.unchanged, marks: [], current: true },
    ];
    this.chart.update(curves, [1, Math.max(2, steps.length)]);
    setText(this.told, fading ? fadingOf(fading) : "");
  }
}

function legend() {
  const entries = [["model", "foretold"], ["untrained", "nothing changes"]];
  return el("p", { class: "whose", "aria-hidden": "true" }, ...entries.map(([colour = "", name = ""]) => el("span", {}, el("i", { class: colour }), name)));
}

/** @param {Fading} fading @returns {string} */
export function fadingOf({ clips, foretold, unchanged }) {
  const said = (/** @type {number} */ i) => `${(foretold[i] ?? 0).toFixed(2)} (nothing changes: ${(unchanged[i] ?? 0).toFixed(2)})`;
  const last = foretold.length - 1;
  const over = clips === 1 ? "In one clip" : `Over ${clips} clips`;
  const further = last ? `; ${last + 1} ahead by ${said(last)}` : "";
  return `${over} it is off by ${said(0)} one tubelet ahead${further}.`;
}
