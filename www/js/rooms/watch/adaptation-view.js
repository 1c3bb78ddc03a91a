// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { disable, el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";
import { decimal } from "../../ui/format.js";

/** @typedef {import("./adaptation.js").HabitsState} AdaptationData */

/** @type {[string, import("../../language/words.js").Key][]} */
const TIMES = [
  ["15", "adaptation.15"],
  ["30", "adaptation.30"],
  ["60", "adaptation.60"],
  ["120", "adaptation.120"],
  ["300", "adaptation.300"],
];

/** Lets the predictor adapt to a place. Dispatches "adapt" {ms}, "stop-adapting" and "undo-adaptation" on the root it is given. */
export class AdaptationView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.time = saidSelect("adaptation.time", TIMES);
    this.time.value = "60";
    this.begin = el("button", {
      type: "button",
      ...keyed({ text: "adaptation.begin" }),
      onclick: () => emit(root, "adapt", { ms: 1000 * Number(this.time.value) }),
    });
    this.stop = el("button", {
      type: "button",
      ...keyed({ text: "adaptation.stop" }),
      onclick: () => emit(root, "stop-adapting"),
    });
    this.undo = el("button", {
      type: "button",
      ...keyed({ text: "adaptation.undo" }),
      onclick: () => emit(root, "undo-adaptation"),
    });
    this.progress = el("progress", { max: 1, value: 0, ...keyed({ "aria-label": "adaptation.progress" }) });
    this.words = el("p", { class: "note" });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    this.element = el(
      "section",
      { class: "adaptation", ...keyed({ "aria-label": "adaptation.heading" }) },
      el("h3", keyed({ text: "adaptation.heading" })),
      el("div", { class: "ask" }, this.begin, this.time, this.stop, this.undo, this.progress),
      this.words,
      this.said,
    );
  }

  /** @param {AdaptationData} adaptation @param {string} cannot  why it can't now, or "" */
  update(adaptation, cannot) {
    const { running, spent, wanted, steps } = adaptation;
    const words = wordsOf(adaptation);
    this.time.disabled = running || Boolean(cannot);
    disable(this.begin, running || Boolean(cannot));
    disable(this.stop, !running);
    disable(this.undo, !running && !steps);
    this.progress.hidden = !running;
    this.progress.max = Math.max(1, wanted);
    this.progress.value = Math.min(spent, wanted);
    setText(
      this.words,
      [words || (cannot ? "" : t("adaptation.idle")), running ? "" : cannot].filter(Boolean).join(" "),
    );
    // Of its progress a screen reader hears only the ends.
    setText(this.said, running ? t("adaptation.said") : words);
  }
}

/** How it stands; "" before the first time. @param {AdaptationData} adaptation @returns {string} */
export function wordsOf({ stage, spent, steps, loss, problem }) {
  if (stage === "none") return "";
  if (stage === "failed") return translate(problem);
  if (stage === "running")
    return spent ? t("adaptation.running", { told: toldOf(steps, spent, loss) }) : t("adaptation.begun");
  if (stage !== "stopped") return t(`adaptation.ended.${stage}`);
  return steps ? t("adaptation.used", { told: toldOf(steps, spent, loss) }) : t("adaptation.nothing");
}

/** @param {number} steps @param {number} spent @param {AdaptationData["loss"]} loss */
function toldOf(steps, spent, loss) {
  const told = t(steps === 1 ? "adaptation.told.one" : "adaptation.told", { steps, seconds: Math.round(spent / 1000) });
  return loss ? t("adaptation.loss", { told, first: decimal(loss[0], 3), last: decimal(loss[1], 3) }) : told;
}
