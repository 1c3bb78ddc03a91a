// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { decimal, finite } from "../../ui/format.js";

/**
 * @typedef {object} VerdictData
 * @property {boolean} ready        a model is open
 * @property {boolean} on           it watches
 * @property {boolean} learned      it was trained
 * @property {import("../../base/messages.js").Message | null} why   it can't watch
 * @property {import("../../engine/protocol.js").Surprise | null} reading   the newest window
 * @property {boolean} wait         an alarm rings, or did a moment ago
 * @property {string} reason        what was surprising
 * @property {string} label         what the clip is taken for, if a classifier says so
 * @property {number} threshold     in deviations
 * @property {number} warmUp        windows until it is known what is usual
 */

/** What the model makes of what it sees: as expected, or wait. Dispatches "watch" {on: true} on its root. */
export class VerdictView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.head = el("b");
    this.words = el("p");
    this.meter = el("meter", { min: 0, max: 1, value: 0, ...keyed({ "aria-label": "stage.meter" }) });
    this.peak = el("output", { "aria-live": "off" });
    this.label = el("p", { class: "label", hidden: true });
    this.watch = el("button", {
      type: "button",
      hidden: true,
      ...keyed({ text: "surprise.watch" }),
      onclick: () => emit(root, "watch", { on: true }),
    });
    const gauge = el("div", { class: "gauge" }, this.meter, this.peak);
    this.gauge = gauge;
    root.append(el("div", { role: "status" }, this.head), this.words, gauge, this.label, this.watch);
  }

  /** @param {VerdictData} data */
  update(data) {
    const state = stateOf(data);
    const { reading, threshold, label, warmUp } = data;
    this.root.dataset.state = state;
    setText(this.head, t(`stage.${state}`));
    setText(this.words, wordsOf(state, data));
    this.watch.hidden = state !== "off" && state !== "untrained";
    this.gauge.hidden = !reading;
    const missing = reading?.missing ?? 0;
    this.meter.value = missing
      ? (warmUp - missing) / warmUp
      : finite(Math.min(1, Math.max(0, (reading?.peak ?? 0) / threshold)));
    setText(
      this.peak,
      missing
        ? t("stage.windows", { windows: missing })
        : t("wait.of", { peak: decimal(finite(reading?.peak), 1), threshold }),
    );
    this.label.hidden = !label;
    setText(this.label, label);
  }
}

/** @param {VerdictData} data @returns {"opening" | "unable" | "off" | "untrained" | "calibrating" | "wait" | "expected"} */
function stateOf({ ready, on, learned, why, reading, wait }) {
  if (why) return "unable";
  if (!ready) return "opening";
  if (!on) return learned ? "off" : "untrained";
  if (!reading || reading.missing) return "calibrating";
  return wait ? "wait" : "expected";
}

/** @param {ReturnType<typeof stateOf>} state @param {VerdictData} data */
function wordsOf(state, { why, reason }) {
  if (state === "unable") return translate(why ?? []);
  return state === "wait" && reason ? t("stage.reason", { reason }) : t(`stage.${state}.note`);
}
