// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";
import { decimal } from "../../ui/format.js";

/** @typedef {import("./adaptation.js").HabitsState} HabitsData */

/** @type {[string, import("../../language/words.js").Key][]} */
const TIMES = [
  ["15", "habits.15"],
  ["30", "habits.30"],
  ["60", "habits.60"],
  ["120", "habits.120"],
  ["300", "habits.300"],
];

/** Lets the predictor get used to a place. Dispatches "get-used" {ms}, "stop-habits" and "undo-adaptation" on the root it is given. */
export class HabitsView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.time = saidSelect("habits.time", TIMES);
    this.time.value = "60";
    this.begin = el("button", {
      type: "button",
      ...keyed({ text: "habits.begin" }),
      onclick: () => emit(root, "get-used", { ms: 1000 * Number(this.time.value) }),
    });
    this.stop = el("button", {
      type: "button",
      ...keyed({ text: "habits.stop" }),
      onclick: () => emit(root, "stop-habits"),
    });
    this.undo = el("button", {
      type: "button",
      ...keyed({ text: "habits.undo" }),
      onclick: () => emit(root, "undo-adaptation"),
    });
    this.progress = el("progress", { max: 1, value: 0, ...keyed({ "aria-label": "habits.progress" }) });
    this.words = el("p", { class: "note" });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    this.element = el(
      "section",
      { class: "habits", ...keyed({ "aria-label": "habits.heading" }) },
      el("h3", keyed({ text: "habits.heading" })),
      el("div", { class: "ask" }, this.begin, this.time, this.stop, this.undo, this.progress),
      this.words,
      this.said,
    );
  }

  /** @param {HabitsData} habits @param {string} cannot  why it can't now, or "" */
  update(habits, cannot) {
    const { running, spent, wanted, steps } = habits;
    const words = wordsOf(habits);
    this.begin.disabled = this.time.disabled = running || Boolean(cannot);
    this.stop.disabled = !running;
    this.undo.disabled = !running && !steps;
    this.progress.hidden = !running;
    this.progress.max = Math.max(1, wanted);
    this.progress.value = Math.min(spent, wanted);
    setText(this.words, [words || (cannot ? "" : t("habits.idle")), running ? "" : cannot].filter(Boolean).join(" "));
    // Of its progress a screen reader hears only the ends.
    setText(this.said, running ? t("habits.said") : words);
  }
}

/** How it stands; "" before the first time. @param {HabitsData} habits @returns {string} */
export function wordsOf({ stage, spent, steps, loss, problem }) {
  if (stage === "none") return "";
  if (stage === "failed") return translate(problem);
  if (stage === "running") return spent ? t("habits.running", { told: toldOf(steps, spent, loss) }) : t("habits.begun");
  if (stage !== "stopped") return t(`habits.ended.${stage}`);
  return steps ? t("habits.used", { told: toldOf(steps, spent, loss) }) : t("habits.nothing");
}

/** @param {number} steps @param {number} spent @param {HabitsData["loss"]} loss */
function toldOf(steps, spent, loss) {
  const told = t(steps === 1 ? "habits.told.one" : "habits.told", { steps, seconds: Math.round(spent / 1000) });
  return loss ? t("habits.loss", { told, first: decimal(loss[0], 3), last: decimal(loss[1], 3) }) : told;
}
