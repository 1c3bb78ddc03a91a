// @ts-check
import { t } from "../../language/words.js";
import { choice } from "../../ui/choice.js";
import { el, emit, setKeys, setText } from "../../ui/dom.js";
import { decimal } from "../../ui/format.js";
import { ClipOverlayView } from "./clip-overlay-view.js";
import { HeatmapView } from "./heatmap-view.js";

/**
 * @typedef {"none" | "surprise" | "mask" | "features"} Overlay
 *
 * @typedef {object} ScreenData
 * @property {boolean} watching      windows come, or will
 * @property {import("../../engine/protocol.js").Surprise | null} reading   the newest one
 * @property {number[]} places       that make an alarm
 * @property {number} size           pixels a side
 * @property {number} columns
 * @property {number} threshold      in deviations
 *
 * @typedef {import("../../ui/heat-film.js").Film & {name: () => string}} Replay   an alarm
 */

const OVERLAYS = /** @type {const} */ (["surprise", "none", "mask", "features"]);

/** The clip, large, with what is chosen over it. Dispatches on its root: "overlay" {overlay}, "live": enough of an alarm, "rest" {on}. */
export class ScreenView {
  /** @type {Overlay} */
  overlay = "surprise";
  /** @type {ScreenData["reading"]} */
  #reading = null;
  #watching = false;
  #replaying = false;
  #still = false;

  /** @param {HTMLElement} root @param {HTMLElement} live  what the source shows now, in a corner */
  constructor(root, live) {
    this.heat = new HeatmapView(() => emit(root, "live"));
    this.clip = new ClipOverlayView();
    this.key = el("p", { class: "note key" });
    this.choice = choice("screen", OVERLAYS, (overlay) => this.#choose(root, overlay));
    this.hold = el("button", {
      type: "button",
      class: "play",
      onclick: () => emit(root, "rest", { on: !this.#still }),
    });
    this.frame = el("div", { class: "frame" }, this.heat.element, this.clip.element, live, this.hold);
    this.rest(false);
    root.append(this.frame, this.choice.segments, this.key);
    this.#show();
  }

  /** Whether looks are needed for what is shown. */
  get needsLooks() {
    return this.#looped !== null && !this.#replaying;
  }

  /** @param {ScreenData} data */
  update({ watching, reading, places, size, columns, threshold }) {
    if (watching !== this.#watching) {
      this.#watching = watching;
      this.#show();
    }
    this.heat.legend(threshold);
    if (reading === this.#reading) return;
    this.#reading = reading;
    if (!reading) return void (this.#replaying || this.heat.clear());
    this.heat.show({ windows: [reading], size, columns, threshold }, places, () => seenOf(reading, places.length));
  }

  /** Whether all stands still. @param {boolean} still */
  rest(still) {
    this.#still = this.clip.still = still;
    this.hold.dataset.playing = String(!still);
    setKeys(this.hold, { "aria-label": still ? "clip.play" : "clip.pause" });
  }

  /** @param {import("./clip-overlay-view.js").LookData | null} data */
  see(data) {
    this.clip.update(data);
  }

  /** An alarm over and over; null: what comes is shown again. @param {Replay | null} replay */
  replay(replay) {
    this.#replaying = Boolean(replay);
    if (replay) this.heat.replay(replay, replay.name);
    else this.heat.end();
    this.#reading = null;
    this.#show();
  }

  /** What words there are, in another language. */
  speak() {
    this.#show();
  }

  /** @param {HTMLElement} root @param {Overlay} overlay */
  #choose(root, overlay) {
    this.overlay = overlay;
    this.#show();
    emit(root, "overlay", { overlay });
  }

  /** What is over the clip of a look, if that is what is shown. @returns {"none" | "mask" | "features" | null} */
  get #looped() {
    const { overlay } = this;
    if (overlay === "mask" || overlay === "features") return overlay;
    return this.#watching ? null : "none";
  }

  #show() {
    const looped = this.#replaying ? null : this.#looped;
    this.heat.element.hidden = looped !== null;
    this.hold.hidden = this.#replaying; // an alarm has a pause of its own
    this.clip.element.hidden = looped === null;
    this.heat.bare(this.overlay === "none" && !this.#replaying);
    if (looped) this.clip.show(looped);
    this.choice.press(this.overlay);
    setText(this.key, t(`screen.${looped ?? (this.#replaying ? "surprise" : this.overlay)}.note`));
    this.key.hidden = this.overlay === "surprise" && looped === null;
  }
}

/** @param {import("../../engine/protocol.js").Surprise} reading @param {number} hot  patches */
function seenOf({ missing, max }, hot) {
  if (missing) return t("surprise.seen.unknown");
  if (hot) return t(hot === 1 ? "surprise.seen.hot.one" : "surprise.seen.hot", { patches: hot });
  return t("surprise.seen", { deviations: decimal(Math.max(0, max), 1) });
}
