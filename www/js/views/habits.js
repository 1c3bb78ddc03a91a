// @ts-check
import { el, emit, select, setText } from "./dom.js";

/**
 * @typedef {object} HabitsData
 * @property {boolean} running
 * @property {number} spent        milliseconds
 * @property {number} wanted       milliseconds
 * @property {number} steps        that it has adapted by
 * @property {string} words        how it stands
 */

/** @type {[string, string][]} */
const TIMES = [["15", "15 seconds"], ["30", "30 seconds"], ["60", "a minute"], ["120", "2 minutes"], ["300", "5 minutes"]];
const IDLE = "Only the predictor adapts, in a copy: what moves all the time here is no news after a while.";

/** Lets the predictor get used to a place. Dispatches "get-used" {ms}, "stop-habits" and "forget-habits" on the root it is given. */
export class HabitsView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.time = select("How long", TIMES);
    this.time.value = "60";
    this.begin = el("button", { type: "button", onclick: () => emit(root, "get-used", { ms: 1000 * Number(this.time.value) }) }, "Get used to this room");
    this.stop = el("button", { type: "button", onclick: () => emit(root, "stop-habits") }, "Stop");
    this.undo = el("button", { type: "button", onclick: () => emit(root, "forget-habits") }, "Undo");
    this.progress = el("progress", { max: 1, value: 0, "aria-label": "How far it is" });
    this.words = el("p", { class: "note" });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    this.element = el("section", { class: "habits", "aria-label": "Getting used to it" }, el("h3", {}, "Getting used to it"),
      el("div", { class: "ask" }, this.begin, this.time, this.stop, this.undo, this.progress), this.words, this.said);
  }

  /** @param {HabitsData} habits @param {string} cannot  why it can't now, or "" */
  update({ running, spent, wanted, steps, words }, cannot) {
    this.begin.disabled = this.time.disabled = running || Boolean(cannot);
    this.stop.disabled = !running;
    this.undo.disabled = !running && !steps;
    this.progress.hidden = !running;
    this.progress.max = Math.max(1, wanted);
    this.progress.value = Math.min(spent, wanted);
    setText(this.words, [words || (cannot ? "" : IDLE), running ? "" : cannot].filter(Boolean).join(" "));
    // Of its progress a screen reader hears only the ends.
    setText(this.said, running ? "It gets used to what it sees." : words);
  }
}
