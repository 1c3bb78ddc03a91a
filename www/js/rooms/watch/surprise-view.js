// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { SurpriseHistoryView } from "./surprise-history-view.js";
import { disable, el, emit, keyed, setText } from "../../ui/dom.js";
import { AdaptationView } from "./adaptation-view.js";
import { AlarmsView, nameOf } from "./alarms-view.js";
import { Tone } from "../../ui/tone.js";
import { TrustView, wordsOf } from "./trust-view.js";

/**
 * @typedef {object} SurpriseData
 * @property {boolean} on
 * @property {boolean} ready           a model is open
 * @property {boolean} learned         it was trained
 * @property {boolean} training
 * @property {boolean} checkpoint
 * @property {import("../../base/messages.js").Message | null} why   it can't watch
 * @property {import("../../engine/protocol.js").Surprise | null} reading   the newest window
 * @property {import("./trust-view.js").TrustData | null} verdict
 * @property {number} threshold        in deviations
 * @property {import("./surprise-history-view.js").Point[]} points
 * @property {import("./surprise-history-view.js").Mark[]} marks
 * @property {import("./alarms-view.js").AlarmData[]} alarms   those with pictures
 * @property {number} count            of all alarms
 * @property {number} falseCount
 * @property {import("./adaptation-view.js").AdaptationData} adaptation
 * @property {number} size             pixels a side
 * @property {number} columns
 */

/**
 * Surprise as it happens. Dispatches on its root, with the detail in brackets: "watch" {on}, "threshold" {threshold},
 * "refute" {id, isFalse}, "adapt" {ms}, "stop-adapting", "undo-adaptation", "replay" (an alarm to be shown on the stage, or
 * null).
 */
export class SurpriseView {
  /** @type {SurpriseData | null} */
  #data = null;
  /** The alarm that is looked at again. @type {number | null} */
  #again = null;
  #heard = 0;
  #tone;

  /** @param {HTMLElement} root @param {Pick<Tone, "allow" | "play">} [tone] */
  constructor(root, tone = new Tone()) {
    this.root = root;
    this.#tone = tone;
    this.button = el("button", { type: "button", onclick: () => emit(root, "watch", { on: !this.#data?.on }) });
    this.status = el("p", { class: "note" });
    this.answer = new TrustView();
    this.history = new SurpriseHistoryView();
    this.strip = new AlarmsView(root);
    this.adaptation = new AdaptationView(root);
    this.slider = el("input", {
      type: "range",
      id: "alarm-threshold",
      min: 1,
      max: 30,
      step: 0.5,
      oninput: () => emit(root, "threshold", { threshold: this.slider.valueAsNumber }),
    });
    this.level = el("output", { for: "alarm-threshold", "aria-live": "off" });
    this.counts = el("p", { class: "counts" });
    this.sound = el("input", { type: "checkbox", onchange: () => this.#allow() });
    this.announce = el("input", { type: "checkbox" });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    const bell = el(
      "div",
      { class: "bell" },
      el("label", { for: "alarm-threshold", ...keyed({ text: "surprise.threshold" }) }),
      this.slider,
      this.level,
      this.counts,
      el("label", { class: "tick" }, this.sound, el("span", keyed({ text: "surprise.sound" }))),
      el("label", { class: "tick" }, this.announce, el("span", keyed({ text: "surprise.announce" }))),
    );
    this.watched = el("div", { class: "watched" }, this.history.element, bell, this.answer.element);
    root.append(
      el("div", { class: "ask" }, this.button, this.status),
      this.watched,
      this.strip.element,
      this.adaptation.element,
      this.said,
    );
    root.addEventListener("again", (event) => this.#replay(/** @type {CustomEvent} */ (event).detail.id));
  }

  /** @param {SurpriseData} data */
  update(data) {
    const { on, ready, reading, verdict, threshold, alarms, count, falseCount, adaptation, size, columns } = data;
    this.#data = data;
    disable(this.button, !ready);
    setText(this.button, t(on ? "surprise.stop" : "surprise.watch"));
    setText(this.status, statusOf(data));
    this.watched.hidden = !on && !count;
    this.strip.element.hidden = !on && !count;
    this.adaptation.element.hidden = !on && !adaptation.steps && adaptation.stage === "none";
    if (this.slider.valueAsNumber !== threshold) this.slider.value = String(threshold);
    const deviations = t(threshold === 1 ? "surprise.deviation" : "surprise.deviations", { threshold });
    setText(this.level, deviations);
    this.slider.setAttribute("aria-valuetext", t("surprise.above", { deviations }));
    setText(this.counts, countsOf(count, falseCount));
    this.answer.update(verdict, reading && !reading.missing ? reading.peak : null, threshold);
    this.history.update(data);
    this.adaptation.update(adaptation, cannotOf(data));
    if (this.#again !== null && !alarms.some(({ id }) => id === this.#again)) this.live();
    this.strip.update({ alarms, count, size, columns, threshold, shown: this.#again });
    this.#ring(count, alarms.at(-1));
  }

  /** Nothing is heard where the browser won't have it. */
  #allow() {
    if (this.sound.checked) this.#tone.allow().catch(() => (this.sound.checked = false));
  }

  /** Whoever wants to hear of it does. @param {number} count @param {import("./alarms-view.js").AlarmData | undefined} last */
  #ring(count, last) {
    const more = count > this.#heard;
    this.#heard = count;
    if (!more || !last) return;
    if (this.sound.checked) this.#tone.play();
    if (this.announce.checked)
      setText(
        this.said,
        t("surprise.rings", { alarm: nameOf(last), words: this.#data?.verdict ? wordsOf(this.#data.verdict) : "" }),
      );
  }

  /** @param {number} id */
  #replay(id) {
    const data = this.#data;
    const alarm = data?.alarms.find((one) => one.id === id);
    if (!data || !alarm) return;
    this.#again = id;
    const { windows, first } = alarm;
    const { size, columns, threshold } = data;
    emit(this.root, "replay", { windows, first, size, columns, threshold, name: () => nameOf(alarm) });
    this.update(data);
  }

  /** No alarm is looked at again. */
  live() {
    if (this.#again === null) return;
    this.#again = null;
    emit(this.root, "replay", null);
    if (this.#data) this.update(this.#data);
  }
}

/** @param {SurpriseData} data @returns {string} */
export function statusOf({ on, why, learned, ready, reading }) {
  if (why) return translate(why);
  if (!ready) return t("surprise.none");
  if (!on) return t(learned ? "surprise.off" : "surprise.unlearned");
  if (!reading) return t("surprise.waiting");
  if (reading.missing)
    return t(reading.missing === 1 ? "surprise.missing.one" : "surprise.missing", { windows: reading.missing });
  return t(reading.ringing ? "surprise.alarm" : "surprise.usual");
}

/** @param {number} count @param {number} falseCount */
function countsOf(count, falseCount) {
  return t(count === 1 ? "surprise.count.one" : "surprise.count", { count, wrong: falseCount });
}

/** Why it can't adapt now. @param {SurpriseData} data */
function cannotOf({ ready, checkpoint, training }) {
  if (checkpoint) return t("adaptation.checkpoint");
  return training ? t("adaptation.training") : ready ? "" : t("surprise.none");
}
