// @ts-check
import { el, emit, select, setText } from "./dom.js";
import { bytes, count } from "./format.js";

/**
 * @typedef {import("../protocol.js").Preset} Preset
 * @typedef {import("../protocol.js").OpenSettings & {start: "shipped" | "scratch"}} ModelSettings
 * @typedef {{file: string, title: string, family: string, preset: string}} ShippedModel   comes with the page
 */

/** Model, engine and weights: part of the controls, folded away because the defaults are good. */
export class ModelPanel {
  /** @type {Preset[]} */
  #presets = [];
  /** @type {ShippedModel[]} */
  #shipped = [];
  #shown = "";

  /**
   * @param {HTMLElement} root             dispatches "configure", "save", "models" and "export"
   * @param {() => void} openWeights       the reader wants to open a weights file
   */
  constructor(root, openWeights) {
    this.from = select("From", []);
    this.from.addEventListener("change", () => this.#summarise());
    this.fromRow = el("label", { hidden: true }, el("span", {}, "From"), this.from);
    this.device = select("Engine", [["auto", "Automatic"], ["cpu", "CPU"], ["webgpu", "WebGPU"]]);
    this.device.addEventListener("change", () => emit(root, "configure", { device: this.device.value }));
    this.preset = select("Size", []);
    this.family = select("Family", [["vjepa2", "V-JEPA 2"], ["vjepa1", "V-JEPA 1"]]);
    this.seed = el("input", { type: "number", min: 0, max: 4294967295, step: 1, value: 0, "aria-label": "Seed" });
    this.preset.addEventListener("change", () => this.#summarise());
    this.summary = el("p", { class: "note" });
    this.save = el("button", { type: "button", disabled: true, onclick: () => emit(root, "save") }, "Save weights");
    const start = el("button", { type: "button", onclick: () => this.#start(root) }, "Start a new model");
    const open = el("button", { type: "button", onclick: openWeights }, "Open weights…");
    const official = el("button", { type: "button", class: "official", onclick: () => emit(root, "models") }, "Official checkpoints…");
    this.dtype = select("Precision of the export", [["f32", "f32"], ["f16", "f16"]]);
    this.export = el("button", { type: "button", disabled: true, onclick: () => emit(root, "export", { dtype: this.dtype.value }) }, "Export as Hugging Face folder");
    /** @type {[string, HTMLElement][]} */
    const rows = [["Engine", this.device], ["Size", this.preset], ["Family", this.family], ["Seed", this.seed]];
    this.element = el("details", { class: "model" }, el("summary", {}, "Model and engine"),
      this.fromRow, ...rows.map(([text, input]) => el("label", {}, el("span", {}, text), input)),
      this.summary, el("div", { class: "buttons" }, start, this.save, open, official),
      el("div", { class: "export" }, this.export, this.dtype));
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
    this.from.replaceChildren(el("option", { value: "" }, "Scratch: random weights"), ...shipped.map(({ file, title }) => el("option", { value: file }, title)));
    this.from.value = (start === "shipped" && shipped.find((model) => model.family === family && model.preset === preset)?.file) || "";
    this.fromRow.hidden = !shipped.length;
    this.#shipped = shipped;
    this.#presets = presets;
    this.preset.replaceChildren(...presets.map(({ name, params }) => el("option", { value: name }, `${name} (${count(params)})`)));
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
    return { start: "scratch", family: this.family.value, preset: this.preset.value, seed: this.seed.valueAsNumber || 0 };
  }

  #summarise() {
    for (const input of [this.preset, this.family, this.seed]) input.disabled = Boolean(this.from.value);
    if (this.from.value) return setText(this.summary, "It has learnt already, and learns on from there.");
    const preset = this.#presets.find(({ name }) => name === this.preset.value);
    if (!preset) return setText(this.summary, "");
    const { summary, frames, size, tokens } = preset;
    setText(this.summary, `${summary.replace(/\.?$/, ".")} ${frames} frames of ${size} × ${size}, ${tokens} tokens, ${bytes(preset.bytes)} of weights. A new model starts untrained.`);
  }
}
