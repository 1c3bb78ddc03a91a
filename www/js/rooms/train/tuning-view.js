// @ts-check
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { TermsView } from "./terms-view.js";

/** @typedef {import("../../engine/protocol.js").Recipe} Recipe */

/**
 * @typedef {object} Scale            what a slider's position means
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {(value: number) => number} position
 * @property {(position: number) => number} value
 */

/** @param {number} value @param {number} digits */
const round = (value, digits) => Number(value.toPrecision(digits));

/** @type {Scale} */
const RATE = {
  min: -6,
  max: -1,
  step: 0.05,
  position: (value) => Math.log10(value),
  value: (at) => round(10 ** at, 2),
};
/** Even steps are even factors of what the average forgets. @type {Scale} */
const MOMENTUM = {
  min: 0.3,
  max: 5,
  step: 0.05,
  position: (value) => -Math.log10(Math.max(1e-5, 1 - value)),
  value: (at) => round(1 - 10 ** -at, at > 4 ? 6 : 5),
};
/** @type {Scale} */
const BATCH = { min: 0, max: 6, step: 1, position: (value) => Math.log2(value), value: (at) => 2 ** at };

const KINDS = /** @type {const} */ (["blocks", "future", "mixed"]);

/** What can be turned while it runs. Dispatches "tune" on the root it is given, with what changed. */
export class TuningView {
  #future = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.rate = this.#dial("rate", RATE, { min: 0, max: 1, step: "any" }, (learningRate) =>
      emit(root, "tune", { learningRate }),
    );
    this.momentum = this.#dial("momentum", MOMENTUM, { min: 0, max: 1, step: "any" }, (momentum) =>
      emit(root, "tune", { momentum }),
    );
    this.batch = this.#dial("batch", BATCH, { min: 1, max: 64, step: 1 }, (batch) => emit(root, "tune", { batch }));
    this.share = el("input", {
      type: "range",
      min: 5,
      max: 95,
      step: 5,
      ...keyed({ "aria-label": "tune.share" }),
      onchange: () => emit(root, "tune", { future: this.share.valueAsNumber / 100 }),
    });
    this.shareValue = el("output", { "aria-live": "off" });
    this.share.addEventListener("input", () =>
      setText(this.shareValue, t("tune.future.share", { percent: this.share.value })),
    );
    this.mixed = el("div", { class: "mixed" }, this.share, this.shareValue);
    this.kinds = KINDS.map((kind) =>
      el("button", {
        type: "button",
        ...keyed({ text: `tune.${kind}`, title: `tune.${kind}.note` }),
        "data-kind": kind,
        onclick: () => this.#kind(kind),
      }),
    );
    this.kindNote = el("p", { class: "note" });
    this.terms = new TermsView(root);
    const masks = el(
      "div",
      { class: "dial", role: "group", ...keyed({ "aria-label": "clip.heading" }) },
      el("h4", keyed({ text: "clip.heading" })),
      el("div", { class: "segments" }, ...this.kinds),
      this.mixed,
      this.kindNote,
    );
    this.element = el(
      "section",
      { class: "lever", ...keyed({ "aria-label": "tune.name" }) },
      el("h3", keyed({ text: "tune" })),
      el("p", { class: "note", ...keyed({ text: "tune.note" }) }),
      this.rate.element,
      this.momentum.element,
      masks,
      this.batch.element,
      this.terms.element,
    );
  }

  /**
   * @param {Recipe | null} recipe @param {{learningRate: number, momentum: number} | null} rates  as of the last step
   * @param {import("./terms-view.js").About} about
   */
  update(recipe, rates, about) {
    this.element.toggleAttribute("inert", !recipe);
    if (!recipe) return;
    this.rate.show(rates?.learningRate || recipe.schedule.learningRate);
    this.momentum.show(rates?.momentum ?? recipe.schedule.momentum);
    this.batch.show(recipe.batch);
    this.#showMasks(recipe.masks.future);
    this.terms.update(recipe, about);
  }

  /** @param {number} future */
  #showMasks(future) {
    this.#future = future;
    const kind = future === 0 ? "blocks" : future === 1 ? "future" : "mixed";
    for (const button of this.kinds) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    setText(this.kindNote, t(`tune.${kind}.note`));
    this.mixed.hidden = kind !== "mixed";
    if (kind !== "mixed" || document.activeElement === this.share) return;
    this.share.value = String(Math.round(future * 100));
    setText(this.shareValue, t("tune.future.share", { percent: Math.round(future * 100) }));
  }

  /** @param {"blocks"|"future"|"mixed"} kind */
  #kind(kind) {
    const future = kind === "blocks" ? 0 : kind === "future" ? 1 : 0.5;
    if (kind === "mixed" && this.#future > 0 && this.#future < 1) return;
    emit(this.root, "tune", { future });
  }

  /**
   * A slider and a number that say the same.
   *
   * @param {"rate"|"momentum"|"batch"} name @param {Scale} scale @param {Record<string, string | number>} limits  of the number
   * @param {(value: number) => void} change
   */
  #dial(name, { min, max, step, position, value }, limits, change) {
    const number = el("input", { type: "number", ...limits, ...keyed({ "aria-label": `tune.${name}` }) });
    const slider = el("input", { type: "range", min, max, step, ...keyed({ "aria-label": `tune.${name}.slider` }) });
    /** What can't be is said by the browser beside the number. */
    const set = () => number.reportValidity() && !Number.isNaN(number.valueAsNumber) && change(number.valueAsNumber);
    slider.addEventListener("input", () => (number.value = String(value(slider.valueAsNumber))));
    slider.addEventListener("change", set);
    number.addEventListener("change", set);
    const element = el(
      "div",
      { class: "dial" },
      el("h4", keyed({ text: `tune.${name}` })),
      number,
      slider,
      el("p", { class: "note", ...keyed({ text: `tune.${name}.note` }) }),
    );
    let last = NaN;
    /** What somebody is about to change is left alone. @param {number} now */
    const show = (now) => {
      const rounded = round(now, 5);
      if (
        rounded === last ||
        ([number, slider].includes(/** @type {any} */ (document.activeElement)) && !Number.isNaN(last))
      )
        return;
      last = rounded;
      number.value = String(rounded);
      slider.value = String(position(now));
      slider.setAttribute("aria-valuetext", String(rounded));
    };
    return { element, show };
  }
}
