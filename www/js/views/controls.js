// @ts-check
import { el, emit, select, setText } from "./dom.js";
import { ACCEPT_WEIGHTS, onDrop, sorted } from "./drop.js";
import { bytes } from "./format.js";
import { ModelPanel } from "./model.js";

/**
 * @typedef {import("../protocol.js").MaskKind} MaskKind
 * @typedef {"camera"|"file"|"sample"|"world"} SourceName
 *
 * @typedef {object} ControlsData
 * @property {import("../protocol.js").Preset[]} presets
 * @property {import("./model.js").ModelSettings} settings
 * @property {{deviceId: string, label: string}[]} cameras
 * @property {import("./status.js").Phase} phase
 * @property {SourceName | null} source
 * @property {MaskKind} mask
 * @property {boolean} [checkpoint]   a checkpoint is open: it cannot be trained
 * @property {import("./model.js").ShippedModel[]} [shipped]   models that come with the page
 * @property {string | null} [world]   the one that is shown
 * @property {{clips: number, bytes: number, budget: number} | null} [bank]   what it trains on, where that is not the world
 */

/** @type {[SourceName, string, string][]} */
const SOURCES = [
  ["world", "World", "Balls that fall, bounce and hide: made here, endless."],
  ["sample", "Film", "Five seconds of Big Buck Bunny."],
  ["camera", "Camera", "Your camera. The pictures never leave this tab."],
  ["file", "File", "A video or picture of yours. Or drop one anywhere on the page."],
];
/** @type {[string, string][]} */
const WORLDS = [["simple", "Simple: one thing glides"], ["standard", "Standard: falls, bounces"], ["rich", "Rich: all of it at once"]];
/** @type {[MaskKind, string, string][]} */
const MASKS = [
  ["short", "Short-range", "Eight small blocks, hidden through the whole clip."],
  ["long", "Long-range", "Two large blocks, hidden through the whole clip."],
  ["future", "Future", "Everything after a moment in time."],
];
/** @type {[string, string][]} */
const LENGTHS = [["Infinity", "until I pause"], ["100", "for 100 steps"], ["500", "for 500 steps"], ["2000", "for 2,000 steps"]];

/**
 * Everything the reader can set. Dispatches on its root, with the detail in brackets: "source" {name, deviceId?, file?},
 * "mask" (MaskKind), "train" {steps; Infinity: until paused}, "pause", "look", "configure" (changed settings),
 * "world" (its name), "save", "open-file" {files: weights, perhaps with a config.json}, "models" (the reader wants to choose a checkpoint),
 * "gallery" (of matched pairs), "export" {dtype}.
 */
export class ControlsView {
  /** @type {ControlsData | null} */
  #data = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.video = this.#filePicker("video/*,image/*", ([file]) => emit(root, "source", { name: "file", file }));
    this.weights = this.#filePicker(ACCEPT_WEIGHTS, (files) => emit(root, "open-file", { files }));
    this.weights.multiple = true;
    this.model = new ModelPanel(root, () => this.weights.click());
    this.go = el("button", { type: "button", class: "go", disabled: true, onclick: () => this.#go() }, "Train");
    this.length = select("Train", LENGTHS);
    this.look = el("button", { type: "button", disabled: true, title: "Run the model once on the newest frames, with a new mask", onclick: () => emit(root, "look") }, "Look");
    this.step = el("button", { type: "button", disabled: true, title: "Take a single training step", onclick: () => emit(root, "train", { steps: 1 }) }, "Step");
    this.camera = el("select", { "aria-label": "Camera", hidden: true, onchange: () => this.#choose("camera") });
    this.sources = this.#group("Source", SOURCES, (name) => this.#choose(name));
    this.world = select("World", WORLDS);
    this.world.addEventListener("change", () => emit(root, "world", this.world.value));
    this.bank = el("p", { class: "note", hidden: true });
    this.masks = this.#group("Hide", MASKS, (kind) => emit(root, "mask", kind));
    this.gallery = el("button", { type: "button", class: "pairs", hidden: true, onclick: () => emit(root, "gallery") }, "Possible and impossible…");
    this.sources.box.append(this.camera, this.world, this.gallery, this.bank);
    root.append(
      el("div", { class: "run" }, this.go, this.step, this.look, el("label", { class: "length" }, this.length)),
      this.sources.box, this.masks.box, this.model.element, this.video, this.weights,
    );
    onDrop(document, document.documentElement, (files) => this.#drop(files));
    this.clear();
  }

  /** @param {ControlsData} data */
  update(data) {
    this.#data = data;
    const training = data.phase === "training";
    const idle = data.phase === "loading" || data.phase === "error";
    this.root.dataset.source = data.source ?? "";
    this.go.dataset.training = String(training);
    setText(this.go, training ? "Pause" : "Train");
    this.go.disabled = idle || Boolean(data.checkpoint);
    this.go.title = data.checkpoint ? "A checkpoint is for looking: start a new model to train one" : "";
    this.look.disabled = idle || training;
    this.step.disabled = idle || training || Boolean(data.checkpoint);
    this.#showWorld(data);
    this.sources.press(data.source);
    this.masks.press(data.mask);
    this.gallery.hidden = data.source !== "world";
    this.#showCameras(data);
    this.model.update(data.presets, data.settings, idle, Boolean(data.checkpoint), data.shipped ?? []);
  }

  clear() {
    const settings = /** @type {import("./model.js").ModelSettings} */ ({ device: "auto", family: "vjepa2", preset: "", seed: 0, start: "scratch" });
    this.update({ presets: [], settings, cameras: [], phase: "loading", source: null, mask: "short" });
  }

  #go() {
    if (this.#data?.phase === "training") emit(this.root, "pause");
    else emit(this.root, "train", { steps: Number(this.length.value) });
  }

  /** @param {SourceName} name */
  #choose(name) {
    if (name === "file") return this.video.click();
    const deviceId = name === "camera" && this.camera.value;
    emit(this.root, "source", deviceId ? { name, deviceId } : { name });
  }

  /** @param {File[]} files */
  #drop(files) {
    const found = sorted(files);
    if ("weights" in found) emit(this.root, "open-file", { files: found.weights });
    else if (found.source) emit(this.root, "source", { name: "file", file: found.source });
  }

  /**
   * @param {string} accept
   * @param {(files: File[]) => void} take
   */
  #filePicker(accept, take) {
    const input = el("input", { type: "file", accept, hidden: true });
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      // Emptied, so that choosing the same file once more counts as a change.
      input.value = "";
      if (files.length) take(files);
    });
    return input;
  }

  /**
   * Buttons of which one is pressed, and a line that says what it means.
   *
   * @template {string} T
   * @param {string} label
   * @param {[T, string, string][]} choices   value, label, meaning
   * @param {(value: T) => void} choose
   */
  #group(label, choices, choose) {
    const note = el("p", { class: "note" });
    const buttons = choices.map(([value, text, meaning]) =>
      el("button", { type: "button", "data-value": value, title: meaning, onclick: () => choose(value) }, text));
    const box = el("div", { class: "choice", role: "group", "aria-label": label }, el("h3", {}, label), el("div", { class: "segments" }, ...buttons), note);
    /** @param {T | null} value */
    const press = (value) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === value));
      setText(note, choices.find((choice) => choice[0] === value)?.[2] ?? "");
    };
    return { box, press };
  }

  /** @param {ControlsData} data */
  #showWorld({ source, world = null, bank = null }) {
    this.world.hidden = source !== "world" || !world;
    if (world && document.activeElement !== this.world) this.world.value = world;
    this.bank.hidden = source === "world" || !bank;
    if (bank) setText(this.bank, `It trains on ${bank.clips.toLocaleString("en")} clips kept in memory, ${bytes(bank.bytes)} of at most ${bytes(bank.budget)}. They are never sent anywhere.`);
  }

  /** @param {ControlsData} data */
  #showCameras({ cameras, source }) {
    const known = [...this.camera.options].map((option) => option.value).join();
    if (known !== cameras.map((camera) => camera.deviceId).join()) {
      this.camera.replaceChildren(...cameras.map(({ deviceId, label }, i) => el("option", { value: deviceId }, label || `Camera ${i + 1}`)));
    }
    this.camera.hidden = source !== "camera" || cameras.length < 2;
  }
}
