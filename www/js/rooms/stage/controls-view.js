// @ts-check
import { say } from "../../language/words.js";
import { el, emit, said, saidSelect, setText } from "../../ui/dom.js";
import { ACCEPT_WEIGHTS, onDrop, sorted } from "../../ui/drop-files.js";
import { bytes } from "../../ui/format.js";
import { ModelPanel } from "./model-panel-view.js";

/**
 * @typedef {import("../../engine/protocol.js").MaskKind} MaskKind
 * @typedef {import("../../language/words.js").Key} Key
 * @typedef {"camera"|"file"|"sample"|"world"} SourceName
 *
 * @typedef {object} ControlsData
 * @property {import("../../engine/protocol.js").Preset[]} presets
 * @property {import("./model-panel-view.js").ModelSettings} settings
 * @property {{deviceId: string, label: string}[]} cameras
 * @property {import("./status-view.js").Phase} phase
 * @property {SourceName | null} source
 * @property {MaskKind[]} masks      to choose from; none until the engine is there
 * @property {MaskKind} mask
 * @property {boolean} [checkpoint]   a checkpoint is open: it cannot be trained
 * @property {import("./model-panel-view.js").ShippedModel[]} [shipped]   models that come with the page
 * @property {string | null} [world]   the one that is shown
 * @property {{clips: number, bytes: number, budget: number} | null} [bank]   what it trains on, where that is not the world
 */

/** @type {SourceName[]} */
const SOURCES = ["world", "sample", "camera", "file"];
/** @type {[string, Key][]} */
const WORLDS = [
  ["simple", "world.simple"],
  ["standard", "world.standard"],
  ["rich", "world.rich"],
];
/** @type {[string, Key][]} */
const LENGTHS = [
  ["Infinity", "train.endless"],
  ["100", "train.100"],
  ["500", "train.500"],
  ["2000", "train.2000"],
];

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
    this.go = el("button", { type: "button", class: "go", disabled: true, onclick: () => this.#go() });
    this.length = saidSelect("train.length", LENGTHS);
    this.look = el("button", {
      type: "button",
      disabled: true,
      ...said({ text: "look", title: "look.title" }),
      onclick: () => emit(root, "look"),
    });
    this.step = el("button", {
      type: "button",
      disabled: true,
      ...said({ text: "step", title: "step.title" }),
      onclick: () => emit(root, "train", { steps: 1 }),
    });
    this.camera = el("select", {
      ...said({ "aria-label": "source.camera" }),
      hidden: true,
      onchange: () => this.#choose("camera"),
    });
    this.sources = this.#group("source", (/** @type {SourceName} */ name) => this.#choose(name));
    this.sources.offer(SOURCES);
    this.world = saidSelect("source.world", WORLDS);
    this.world.addEventListener("change", () => emit(root, "world", this.world.value));
    this.bank = el("p", { class: "note", hidden: true });
    this.masks = this.#group("mask", (/** @type {MaskKind} */ kind) => emit(root, "mask", kind));
    this.gallery = el("button", {
      type: "button",
      class: "pairs",
      hidden: true,
      ...said({ text: "pairs" }),
      onclick: () => emit(root, "gallery"),
    });
    this.sources.box.append(this.camera, this.world, this.gallery, this.bank);
    root.append(
      el("div", { class: "run" }, this.go, this.step, this.look, el("label", { class: "length" }, this.length)),
      this.sources.box,
      this.masks.box,
      this.model.element,
      this.video,
      this.weights,
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
    setText(this.go, say(training ? "pause" : "train"));
    this.go.disabled = idle || Boolean(data.checkpoint);
    this.go.title = data.checkpoint ? say("train.frozen") : "";
    this.look.disabled = idle || training;
    this.step.disabled = idle || training || Boolean(data.checkpoint);
    this.#showWorld(data);
    this.sources.press(data.source);
    this.masks.offer(data.masks);
    this.masks.press(data.mask);
    this.gallery.hidden = data.source !== "world";
    this.#showCameras(data);
    this.model.update(data.presets, data.settings, idle, Boolean(data.checkpoint), data.shipped ?? []);
  }

  clear() {
    const settings = /** @type {import("./model-panel-view.js").ModelSettings} */ ({
      device: "auto",
      family: "vjepa2",
      preset: "",
      seed: 0,
      start: "scratch",
    });
    this.update({ presets: [], settings, cameras: [], phase: "loading", source: null, masks: [], mask: "" });
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
   * @template {SourceName | MaskKind} T
   * @param {"source" | "mask"} label   its words are `mask`, and `mask.NAME` and `mask.NAME.note` of each choice
   * @param {(value: T) => void} choose
   */
  #group(label, choose) {
    const note = el("p", { class: "note" });
    const segments = el("div", { class: "segments" });
    const key = (/** @type {string} */ name) => /** @type {Key} */ (`${label}.${name}`);
    /** @type {HTMLButtonElement[]} */
    let buttons = [];
    const box = el(
      "div",
      { class: "choice", role: "group", ...said({ "aria-label": label }) },
      el("h3", said({ text: label })),
      segments,
      note,
    );
    /** @param {T[]} choices */
    const offer = (choices) => {
      if (choices.join() === buttons.map((button) => button.dataset.value).join()) return;
      buttons = choices.map((value) =>
        el("button", {
          type: "button",
          "data-value": value,
          ...said({ text: key(value), title: key(`${value}.note`) }),
          onclick: () => choose(value),
        }),
      );
      segments.replaceChildren(...buttons);
    };
    /** @param {T | null} value */
    const press = (value) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === value));
      const offered = buttons.some((button) => button.dataset.value === value);
      setText(note, offered ? say(key(`${value}.note`)) : "");
    };
    return { box, offer, press };
  }

  /** @param {ControlsData} data */
  #showWorld({ source, world = null, bank = null }) {
    this.world.hidden = source !== "world" || !world;
    if (world && document.activeElement !== this.world) this.world.value = world;
    this.bank.hidden = source === "world" || !bank;
    if (bank)
      setText(
        this.bank,
        say("bank", { clips: bank.clips.toLocaleString("en"), bytes: bytes(bank.bytes), budget: bytes(bank.budget) }),
      );
  }

  /** @param {ControlsData} data */
  #showCameras({ cameras, source }) {
    const known = [...this.camera.options].map((option) => option.value).join();
    if (known !== cameras.map((camera) => camera.deviceId).join()) {
      this.camera.replaceChildren(
        ...cameras.map(({ deviceId, label }, i) =>
          el("option", { value: deviceId }, label || `${say("source.camera")} ${i + 1}`),
        ),
      );
    }
    this.camera.hidden = source !== "camera" || cameras.length < 2;
  }
}
