// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { el, keyed, setText } from "../../ui/dom.js";
import { bytes, count, duration } from "../../ui/format.js";

/**
 * @typedef {"loading"|"ready"|"running"|"training"|"error"} Phase
 *
 * @typedef {object} StatusData
 * @property {Phase} phase
 * @property {import("../../engine/protocol.js").DeviceInfo | null} device
 * @property {import("../../base/messages.js").Message[]} why   why this engine runs
 * @property {import("../../engine/protocol.js").ModelInfo | null} model
 * @property {number} step
 * @property {number} [before]                  steps its weights were trained before this run
 * @property {{firstFeaturesMs?: number | null, lookMs?: number | null, stepMs?: number | null}} timings
 * @property {number | null} [gpuBytes]
 * @property {{loaded: number, total: number, what: import("../../base/messages.js").Message} | null} [progress]
 * @property {import("../../engine/protocol.js").Failure | null} [error]
 */

const FAMILIES = { vjepa1: "V-JEPA 1", vjepa2: "V-JEPA 2", vjepa21: "V-JEPA 2.1" };
const ROWS = /** @type {const} */ (["model", "size", "tokens", "steps", "first", "look", "train", "memory"]);

/** Which engine runs and why, what the model is, and how fast it goes. */
export class StatusView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.phase = el("p", { class: "phase" });
    this.engine = el("p", { class: "engine" });
    this.why = el("p", { class: "why" });
    this.bar = el("progress", { max: 1, value: 0, ...keyed({ "aria-label": "status.download" }) });
    this.what = el("span");
    this.progress = el("div", { class: "progress" }, this.bar, this.what);
    /** @type {Map<typeof ROWS[number], HTMLElement>} */
    this.values = new Map(ROWS.map((row) => [row, el("dd")]));
    const rows = [...this.values].map(([row, value]) =>
      el("div", {}, el("dt", keyed({ text: `status.${row}` })), value),
    );
    root.append(this.phase, this.engine, this.why, this.progress, el("dl", { class: "facts" }, ...rows));
    this.root = root;
    this.clear();
  }

  /** @param {StatusData} data */
  update({ phase, device, why, model, step, before, timings, gpuBytes, progress, error }) {
    this.root.dataset.phase = phase;
    setText(this.phase, t(`status.${phase}`));
    setText(this.engine, engineName(device));
    this.why.toggleAttribute("data-error", Boolean(error));
    setText(this.why, translate(error ?? why) || t("status.fetching"));
    this.#showProgress(progress ?? null);
    this.#set("model", model ? model.name || `${FAMILIES[model.family]} ${model.preset}` : "–");
    this.#set("size", model ? sizeOf(model) : "–");
    this.#set("tokens", model ? `${model.tokens} (${model.grid.join(" × ")})` : "–");
    this.#set(
      "steps",
      before
        ? t("status.before", { step: step.toLocaleString("en"), before: before.toLocaleString("en") })
        : step.toLocaleString("en"),
    );
    this.#set("first", duration(timings.firstFeaturesMs));
    this.#set("look", duration(timings.lookMs));
    this.#set("train", duration(timings.stepMs));
    this.#set("memory", gpuBytes ? bytes(gpuBytes) : device?.kind === "cpu" ? t("status.unused") : "–");
  }

  clear() {
    this.update({ phase: "loading", device: null, why: [], model: null, step: 0, timings: {} });
  }

  /**
   * @param {typeof ROWS[number]} row
   * @param {string} text
   */
  #set(row, text) {
    const value = this.values.get(row);
    if (value) setText(value, text);
  }

  /** @param {{loaded: number, total: number, what: import("../../base/messages.js").Message} | null} progress */
  #showProgress(progress) {
    this.progress.toggleAttribute("data-idle", !progress);
    if (!progress) return;
    const what = translate(progress.what);
    if (progress.total > 0) this.bar.value = progress.loaded / progress.total;
    else this.bar.removeAttribute("value");
    setText(
      this.what,
      progress.total > 0
        ? t("status.progress", { what, loaded: bytes(progress.loaded), total: bytes(progress.total) })
        : what,
    );
  }
}

/** @param {import("../../engine/protocol.js").ModelInfo} model @returns {string} */
function sizeOf({ params, precision, width, depth }) {
  const numbers = { params: precision ? `${count(params)}, ${precision}` : count(params), width, depth };
  return t("status.sizes", numbers);
}

/**
 * @param {import("../../engine/protocol.js").DeviceInfo | null} device
 * @returns {string}
 */
function engineName(device) {
  if (!device) return t("status.none");
  if (device.kind === "cpu") return device.adapter;
  return t(device.software ? "status.software" : "status.webgpu", { adapter: device.adapter });
}
