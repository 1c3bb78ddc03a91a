// @ts-check
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { decimal } from "../../ui/format.js";
import { HeatFilm } from "../../ui/heat-film.js";
import { Surface } from "../../ui/canvas.js";

/**
 * @typedef {object} AlarmData
 * @property {number} id           from 1
 * @property {number} when         milliseconds since 1970
 * @property {number} peak
 * @property {boolean} isFalse
 * @property {import("../../ui/heat-film.js").Window[]} windows
 * @property {number} first        the window that it rang at
 *
 * @typedef {{alarms: AlarmData[], count: number, size: number, columns: number, threshold: number, shown: number | null}} AlarmsData
 *   `alarms`: with pictures, oldest first; `count`: all there were; `shown`: the one that is looked at
 */

/** What an alarm is called. @param {AlarmData} alarm */
export const nameOf = ({ id, when, peak }) => t("alarms.name", { id, time: timeOf(when), peak: decimal(peak, 1) });

/** @param {number} when */
const timeOf = (when) => new Date(when).toLocaleTimeString("en-GB");

/** @param {number} gone  alarms without pictures */
const goneOf = (gone) => (gone > 0 ? t(gone === 1 ? "alarms.gone.one" : "alarms.gone", { gone }) : "");

/** Alarms to be looked at again, newest first. Dispatches "again" {id} and "refute" {id, isFalse} on the root it is given. */
export class AlarmsView {
  /** By id. @type {Map<number, {item: HTMLElement, again: HTMLButtonElement, mark: HTMLButtonElement, surface: Surface, name: HTMLElement}>} */
  #items = new Map();
  #at = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.list = el("ul", { class: "alarms" });
    this.list.addEventListener("keydown", (event) => this.#walk(event));
    this.note = el("p", { class: "note" });
    this.element = el(
      "section",
      { class: "again", ...keyed({ "aria-label": "alarms" }) },
      el("h3", keyed({ text: "alarms.heading" })),
      this.list,
      this.note,
    );
  }

  /** @param {AlarmsData} data */
  update(data) {
    const { alarms, count, shown } = data;
    const ids = new Set(alarms.map(({ id }) => id));
    for (const [id, { item, surface }] of this.#items) {
      if (ids.has(id)) continue;
      surface.dispose();
      item.remove();
      this.#items.delete(id);
    }
    for (const alarm of alarms) this.#show(alarm, data);
    setText(this.note, alarms.length ? goneOf(count - alarms.length) : t("alarms.none"));
    for (const [id, { item, again }] of this.#items) {
      item.toggleAttribute("data-shown", id === shown);
      again.setAttribute("aria-pressed", String(id === shown));
    }
    if (!this.#items.has(this.#at)) this.#stop(alarms.at(-1)?.id ?? 0);
  }

  /** @param {AlarmData} alarm @param {AlarmsData} data */
  #show(alarm, data) {
    const { id, isFalse } = alarm;
    const held = this.#items.get(id) ?? this.#add(alarm, data);
    held.item.toggleAttribute("data-false", isFalse);
    held.mark.setAttribute("aria-pressed", String(isFalse));
    setText(held.name, `${id} · ${timeOf(alarm.when)}`);
    if (held.again.getAttribute("aria-label") === nameOf(alarm)) return;
    held.again.setAttribute("aria-label", nameOf(alarm));
    held.mark.setAttribute("aria-label", t("alarms.mark", { id }));
  }

  /** @param {AlarmData} alarm @param {AlarmsData} data */
  #add(alarm, { size, columns, threshold }) {
    const { id, windows, first } = alarm;
    const canvas = el("canvas");
    const reel = new HeatFilm();
    reel.load({ windows: [windows[first] ?? windows[0]], size, columns, threshold });
    const surface = new Surface(canvas, (ctx, side) => reel.draw(ctx, side, reel.frames - 1));
    const again = el(
      "button",
      {
        type: "button",
        class: "look",
        tabindex: -1,
        onclick: () => (this.#stop(id), emit(this.root, "again", { id })),
      },
      canvas,
    );
    const mark = el("button", {
      type: "button",
      class: "mark-false",
      tabindex: -1,
      ...keyed({ text: "alarms.false" }),
      onclick: () => emit(this.root, "refute", { id, isFalse: mark.getAttribute("aria-pressed") !== "true" }),
    });
    const name = el("span");
    const item = el("li", {}, again, el("div", {}, name, mark));
    this.list.prepend(item);
    const held = { item, again, mark, surface, name };
    this.#items.set(id, held);
    return held;
  }

  /** The list is one stop for the Tab key, at this alarm and its mark. @param {number} id */
  #stop(id) {
    this.#at = id;
    for (const [other, { again, mark }] of this.#items) again.tabIndex = mark.tabIndex = other === id ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowLeft: 1, ArrowRight: -1 }[event.key];
    const ids = [...this.#items.keys()];
    const next = step && ids[ids.indexOf(this.#at) + step];
    if (!next) return;
    event.preventDefault();
    this.#stop(next);
    this.#items.get(next)?.again.focus();
  }
}
