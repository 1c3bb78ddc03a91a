// @ts-check
import { VerdictView } from "./verdict.js";
import { CourseView } from "./course.js";
import { el, emit, setText } from "./dom.js";
import { HabitsView } from "./habits.js";
import { HeatView } from "./heatmap.js";
import { StripView, nameOf } from "./strip.js";
import { Tone } from "./tone.js";

/**
 * @typedef {object} SurpriseData
 * @property {boolean} on
 * @property {boolean} ready           a model is open
 * @property {boolean} learned         it was trained
 * @property {boolean} training
 * @property {boolean} checkpoint
 * @property {string} why              it can't watch, in a sentence; or ""
 * @property {import("../protocol.js").Surprise | null} reading   the newest window
 * @property {(import("./verdict.js").VerdictData & {places: number[]}) | null} verdict
 * @property {number} threshold        in deviations
 * @property {import("./course.js").Point[]} points
 * @property {import("./course.js").Mark[]} marks
 * @property {import("./strip.js").AlarmData[]} alarms   those with pictures
 * @property {number} count            of all alarms
 * @property {number} falseCount
 * @property {import("./habits.js").HabitsData} habits
 * @property {number} size             pixels a side
 * @property {number} columns
 */

/**
 * Surprise as it happens. Dispatches on its root, with the detail in brackets: "watch" {on}, "threshold" {threshold},
 * "refute" {id, isFalse}, "get-used" {ms}, "stop-habits", "forget-habits".
 */
export class SurpriseView {
  /** @type {SurpriseData | null} */
  #data = null;
  /** What is shown. @type {SurpriseData["reading"] | undefined} */
  #reading;
  /** The alarm that is looked at again. @type {number | null} */
  #again = null;
  #heard = 0;
  #tone;

  /** @param {HTMLElement} root @param {Pick<Tone, "allow" | "play">} [tone] */
  constructor(root, tone = new Tone()) {
    this.root = root;
    this.#tone = tone;
    this.button = el("button", { type: "button", onclick: () => emit(root, "watch", { on: !this.#data?.on }) }, "Watch");
    this.status = el("p", { class: "note" });
    this.heat = new HeatView(() => this.#live());
    this.answer = new VerdictView();
    this.course = new CourseView();
    this.strip = new StripView(root);
    this.habits = new HabitsView(root);
    this.slider = el("input", { type: "range", id: "alarm-threshold", min: 1, max: 30, step: 0.5, value: 6, oninput: () => emit(root, "threshold", { threshold: this.slider.valueAsNumber }) });
    this.level = el("output", { for: "alarm-threshold" }, "6");
    this.counts = el("p", { class: "counts" });
    this.sound = el("input", { type: "checkbox", onchange: () => this.#allow() });
    this.announce = el("input", { type: "checkbox" });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    const bell = el("div", { class: "bell" },
      el("label", { for: "alarm-threshold" }, "Alarm from"), this.slider, this.level, this.counts,
      el("label", { class: "tick" }, this.sound, "Sound"), el("label", { class: "tick" }, this.announce, "Say it to screen readers"));
    this.watched = el("div", { class: "watched" }, this.heat.element, el("div", { class: "told" }, this.answer.element, this.course.element, bell));
    root.append(el("div", { class: "ask" }, this.button, this.status), this.watched, this.strip.element, this.habits.element, this.said);
    root.addEventListener("again", (event) => this.#replay(/** @type {CustomEvent} */ (event).detail.id));
  }

  /** @param {SurpriseData} data */
  update(data) {
    const { on, ready, reading, verdict, threshold, alarms, count, falseCount, habits, size, columns } = data;
    this.#data = data;
    this.button.disabled = !ready;
    setText(this.button, on ? "Stop watching" : "Watch");
    setText(this.status, statusOf(data));
    this.watched.hidden = !on && !count;
    this.strip.element.hidden = !on && !count;
    this.habits.element.hidden = !on && !habits.steps && !habits.words;
    if (this.slider.valueAsNumber !== threshold) this.slider.value = String(threshold);
    const deviations = threshold === 1 ? "1 deviation" : `${threshold} deviations`;
    setText(this.level, deviations);
    this.slider.setAttribute("aria-valuetext", `${deviations} above what is usual`);
    setText(this.counts, countsOf(count, falseCount));
    this.answer.update(verdict, reading && !reading.missing ? reading.peak : null, threshold);
    this.course.update(data);
    this.habits.update(habits, cannotOf(data));
    this.heat.legend(threshold);
    if (this.#again !== null && !alarms.some(({ id }) => id === this.#again)) this.#live();
    this.strip.update({ alarms, count, size, columns, threshold, shown: this.#again });
    if (reading !== this.#reading) this.#show(reading);
    this.#ring(count, alarms.at(-1));
  }

  /** @param {SurpriseData["reading"]} reading */
  #show(reading) {
    this.#reading = reading;
    const { size, columns, threshold, verdict } = /** @type {SurpriseData} */ (this.#data);
    if (!reading) return this.#again === null ? this.heat.clear() : undefined;
    const places = reading.ringing ? verdict?.places : undefined;
    this.heat.show({ windows: [reading], size, columns, threshold }, places, seenOf(reading, places?.length ?? 0));
  }

  /** Nothing is heard where the browser won't have it. */
  #allow() {
    if (this.sound.checked) this.#tone.allow().catch(() => (this.sound.checked = false));
  }

  /** Whoever wants to hear of it does. @param {number} count @param {import("./strip.js").AlarmData | undefined} last */
  #ring(count, last) {
    const more = count > this.#heard;
    this.#heard = count;
    if (!more || !last) return;
    if (this.sound.checked) this.#tone.play();
    if (this.announce.checked) setText(this.said, `${nameOf(last)}. ${this.#data?.verdict?.words ?? ""}`);
  }

  /** @param {number} id */
  #replay(id) {
    const data = this.#data;
    const alarm = data?.alarms.find((one) => one.id === id);
    if (!data || !alarm) return;
    this.#again = id;
    const { size, columns, threshold } = data;
    this.heat.replay({ windows: alarm.windows, first: alarm.first, size, columns, threshold }, nameOf(alarm));
    this.update(data);
  }

  #live() {
    if (this.#again === null) return;
    this.#again = null;
    this.heat.end();
    this.#reading = undefined;
    if (this.#data) this.update(this.#data);
  }
}

/** @param {SurpriseData} data @returns {string} */
export function statusOf({ on, why, learned, ready, reading }) {
  if (why) return why;
  if (!ready) return "No model is open yet.";
  if (!on) return learned ? "It does not watch." : "This model has learned nothing yet, so everything would surprise it: train it first, or watch all the same.";
  if (!reading) return "Waiting for what comes next.";
  if (reading.missing) return `Finding out what is usual here: ${reading.missing} more ${reading.missing === 1 ? "window" : "windows"} of the clip.`;
  return reading.ringing ? "Alarm: this is not how it goes on as a rule." : "All goes on as usual.";
}

/** @param {number} count @param {number} falseCount */
function countsOf(count, falseCount) {
  return `${count} ${count === 1 ? "alarm" : "alarms"}, ${falseCount} of them false`;
}

/** Why it can't get used to anything now. @param {SurpriseData} data */
function cannotOf({ ready, checkpoint, training }) {
  if (checkpoint) return "A loaded checkpoint gets used to nothing: that is for models of your own.";
  return training ? "Pause training first, which would end it." : ready ? "" : "No model is open yet.";
}

/** @param {import("../protocol.js").Surprise} reading @param {number} hot  patches */
function seenOf({ missing, max }, hot) {
  if (missing) return "The newest frames. What is usual is not known yet.";
  return hot ? `The newest frames: ${hot} surprising ${hot === 1 ? "patch is" : "patches are"} outlined.` : `The newest frames: at most ${Math.max(0, max).toFixed(1)} deviations anywhere.`;
}
