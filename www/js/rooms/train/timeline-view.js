// @ts-check
import { t } from "../../language/words.js";
import { disable, el, emit, keyed, setText } from "../../ui/dom.js";

/** More names than this do not fit under the slider. */
const MOST_NAMES = 9;

/**
 * The model as it was at kept moments. Dispatches "show" {step; null: now} and "rewind" {step} on the root it is given.
 */
export class TimelineView {
  /** @type {number[]} */
  #steps = [];
  #named = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 0,
      step: 1,
      ...keyed({ "aria-label": "timeline.was" }),
      oninput: () => this.#show(this.slider.valueAsNumber),
    });
    this.names = el("div", { class: "stops", "aria-hidden": "true" });
    this.words = el("p", { class: "note", "aria-live": "polite" });
    this.now = el("button", {
      type: "button",
      ...keyed({ text: "timeline.now" }),
      onclick: () => emit(root, "show", { step: null }),
    });
    this.rewind = el("button", {
      type: "button",
      ...keyed({ text: "timeline.rewind" }),
      onclick: () => this.#rewind(),
    });
    this.element = el(
      "section",
      { class: "timeline", ...keyed({ "aria-label": "timeline" }) },
      el("h3", keyed({ text: "timeline" })),
      el("div", { class: "track" }, this.slider, this.names),
      el("div", { class: "buttons" }, this.now, this.rewind),
      this.words,
    );
  }

  /** @param {{moments: {step: number}[], shown: number | null, step: number}} data  `step`: of the newest model */
  update({ moments, shown, step }) {
    this.#steps = moments.map((moment) => moment.step).filter((kept) => kept < step);
    const count = this.#steps.length;
    const at = shown === null ? count : Math.max(0, this.#steps.indexOf(shown));
    this.slider.max = String(count);
    this.slider.disabled = !count;
    if (this.slider.valueAsNumber !== at) this.slider.value = String(at);
    this.slider.setAttribute(
      "aria-valuetext",
      shown === null ? t("timeline.at.now", { step }) : t("pulse.value", { step: shown }),
    );
    disable(this.now, shown === null);
    disable(this.rewind, shown === null);
    this.element.toggleAttribute("data-past", shown !== null);
    this.#name(step);
    setText(this.words, wordsOf(count, shown, step));
  }

  /** @param {number} step */
  #name(step) {
    const every = Math.ceil(this.#steps.length / MOST_NAMES);
    const names = [...this.#steps.map((kept, i) => (i % every ? "" : brief(kept))), t("timeline.stop")];
    const shown = names.join();
    if (shown === this.#named) return;
    this.#named = shown;
    this.names.replaceChildren(
      ...names.map((name, i) =>
        el("i", { style: `left: ${(100 * i) / Math.max(1, names.length - 1)}%` }, el("span", {}, name)),
      ),
    );
  }

  /** @param {number} at */
  #show(at) {
    emit(this.root, "show", { step: this.#steps[at] ?? null });
  }

  #rewind() {
    const step = this.#steps[this.slider.valueAsNumber];
    if (step !== undefined) emit(this.root, "rewind", { step });
  }
}

/** @param {number} step */
const brief = (step) => (step >= 1000 ? `${step / 1000}k` : String(step));

/** @param {number} count @param {number | null} shown @param {number} step @returns {string} */
function wordsOf(count, shown, step) {
  if (shown !== null) return t("timeline.past", { shown: shown.toLocaleString("en"), step: step.toLocaleString("en") });
  if (!count) return t("timeline.empty");
  return t("timeline.drag");
}
