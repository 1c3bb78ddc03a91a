// @ts-check
import { translate } from "../../language/translate.js";
import { onLanguage, t } from "../../language/words.js";
import { el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";
import { ACCEPT_WEIGHTS } from "../../ui/drop-files.js";
import { bytes, count } from "../../ui/format.js";

/**
 * @typedef {import("../../engine/protocol.js").Preset} Preset
 * @typedef {import("../../engine/protocol.js").OpenSettings & {start: "shipped" | "scratch"}} ModelSettings
 * @typedef {import("../../catalogue/shipped-models.js").ShippedModel} ShippedModel
 */

/**
 * Model, engine and weights. Dispatches on its root, with the detail in brackets: "configure" (changed settings), "save",
 * "models" (the reader wants to choose a checkpoint), "export" {dtype}, "open-file" {files: weights, perhaps with a
 * config.json}.
 */
export class ModelPanel {
  /** @type {Preset[]} */
  #presets = [];
  /** @type {ShippedModel[]} */
  #shipped = [];
  #shown = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.weights = el("input", { type: "file", accept: ACCEPT_WEIGHTS, multiple: true, hidden: true });
    this.weights.addEventListener("change", () => {
      const files = [...(this.weights.files ?? [])];
      // Emptied, so that choosing the same file once more counts as a change.
      this.weights.value = "";
      if (files.length) emit(root, "open-file", { files });
    });
    this.from = el("select", keyed({ "aria-label": "model.from" }));
    this.from.addEventListener("change", () => this.#summarise());
    this.fromRow = el("label", { hidden: true }, el("span", keyed({ text: "model.from" })), this.from);
    this.device = saidSelect("model.engine", [
      ["auto", "model.auto"],
      ["cpu", "model.cpu"],
      ["webgpu", "model.webgpu"],
    ]);
    this.device.addEventListener("change", () => emit(root, "configure", { device: this.device.value }));
    this.preset = el("select", keyed({ "aria-label": "model.size" }));
    this.family = el(
      "select",
      keyed({ "aria-label": "model.family" }),
      el("option", { value: "vjepa2" }, "V-JEPA 2"),
      el("option", { value: "vjepa1" }, "V-JEPA 1"),
    );
    this.seed = el("input", {
      type: "number",
      min: 0,
      max: 4294967295,
      step: 1,
      value: 0,
      ...keyed({ "aria-label": "model.seed" }),
    });
    this.preset.addEventListener("change", () => this.#summarise());
    this.summary = el("p", { class: "note" });
    this.save = el("button", {
      type: "button",
      disabled: true,
      ...keyed({ text: "model.save" }),
      onclick: () => emit(root, "save"),
    });
    const start = el("button", { type: "button", ...keyed({ text: "model.start" }), onclick: () => this.#start(root) });
    const open = el("button", {
      type: "button",
      ...keyed({ text: "model.open" }),
      onclick: () => this.weights.click(),
    });
    const official = el("button", {
      type: "button",
      class: "official",
      ...keyed({ text: "model.official" }),
      onclick: () => emit(root, "models"),
    });
    this.dtype = el(
      "select",
      keyed({ "aria-label": "model.precision" }),
      el("option", {}, "f32"),
      el("option", {}, "f16"),
    );
    this.export = el("button", {
      type: "button",
      disabled: true,
      ...keyed({ text: "model.export" }),
      onclick: () => emit(root, "export", { dtype: this.dtype.value }),
    });
    /** @type {[import("../../language/words.js").Key, HTMLElement][]} */
    const rows = [
      ["model.engine", this.device],
      ["model.size", this.preset],
      ["model.family", this.family],
      ["model.seed", this.seed],
    ];
    root.append(
      el("h2", keyed({ text: "model.heading" })),
      this.fromRow,
      ...rows.map(([text, input]) => el("label", {}, el("span", keyed({ text })), input)),
      this.summary,
      el("div", { class: "buttons" }, start, this.save, open, official),
      el("div", { class: "export" }, this.export, this.dtype),
      this.weights,
    );
    onLanguage(() => {
      this.#nameShipped();
      this.#summarise();
    });
  }

  /**
   * The inputs are set only when the settings changed: a choice not yet applied must outlive the updates of a running clip.
   *
   * @param {Preset[]} presets
   * @param {ModelSettings} settings
   * @param {boolean} idle     there is no engine to save from
   * @param {boolean} checkpoint  what is open came from elsewhere: there is no training to save
   * @param {ShippedModel[]} shipped
   */
  update(presets, settings, idle, checkpoint, shipped) {
    this.save.disabled = idle || checkpoint;
    this.export.disabled = idle;
    const { device, family, preset, seed, start } = settings;
    const shown = JSON.stringify([presets, device, family, preset, seed, start, shipped]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.from.replaceChildren(
      el("option", { value: "", ...keyed({ text: "model.scratch" }) }),
      ...shipped.map(({ file }) => el("option", { value: file })),
    );
    this.from.value =
      (start === "shipped" && shipped.find((model) => model.family === family && model.preset === preset)?.file) || "";
    this.fromRow.hidden = !shipped.length;
    this.#shipped = shipped;
    this.#nameShipped();
    this.#presets = presets;
    this.preset.replaceChildren(
      ...presets.map(({ name, params }) => el("option", { value: name }, `${name} (${count(params)})`)),
    );
    this.preset.value = preset;
    this.device.value = device;
    this.family.value = family;
    this.seed.value = String(seed);
    this.#summarise();
  }

  /** @param {HTMLElement} root */
  #start(root) {
    emit(root, "configure", this.#choice());
  }

  /** @returns {{start: string, family: string, preset: string, seed?: number}} */
  #choice() {
    const model = this.#shipped.find(({ file }) => file === this.from.value);
    if (model) return { start: "shipped", family: model.family, preset: model.preset };
    return {
      start: "scratch",
      family: this.family.value,
      preset: this.preset.value,
      seed: this.seed.valueAsNumber || 0,
    };
  }

  /** Those that come with the page, after the first option. */
  #nameShipped() {
    this.#shipped.forEach(({ preset }, i) => setText(this.from.options[i + 1], t("model.shipped", { preset })));
  }

  #summarise() {
    for (const input of [this.preset, this.family, this.seed]) input.disabled = Boolean(this.from.value);
    if (this.from.value) return setText(this.summary, t("model.learnt"));
    const preset = this.#presets.find(({ name }) => name === this.preset.value);
    if (!preset) return setText(this.summary, "");
    const { summary, frames, size, tokens } = preset;
    setText(
      this.summary,
      t("model.summary", {
        summary: translate(summary),
        frames,
        size,
        tokens,
        bytes: bytes(preset.bytes),
      }),
    );
  }
}
