// @ts-check
import { t } from "../../language/words.js";
import { choice } from "../../ui/choice.js";
import { disable, el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";
import { bytes } from "../../ui/format.js";

/**
 * @typedef {import("../../language/words.js").Key} Key
 * @typedef {"camera"|"file"|"sample"|"world"} SourceName
 *
 * @typedef {object} ControlsData
 * @property {{deviceId: string, label: string}[]} cameras
 * @property {"loading"|"ready"|"running"|"training"|"error"} phase
 * @property {SourceName | null} source
 * @property {boolean} [checkpoint]   a checkpoint is open: it cannot be trained
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
 * What is shown, and training. Dispatches on its root, with the detail in brackets: "source" {name, deviceId?, file?},
 * "world" (its name), "train" {steps; Infinity: until paused}, "pause", "look".
 */
export class ControlsView {
  /** @type {ControlsData | null} */
  #data = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.video = el("input", { type: "file", accept: "video/*,image/*", hidden: true });
    this.video.addEventListener("change", () => this.#picked());
    this.go = el("button", { type: "button", class: "go", disabled: true, onclick: () => this.#go() });
    this.length = saidSelect("train.length", LENGTHS);
    this.look = el("button", {
      type: "button",
      disabled: true,
      ...keyed({ text: "look", title: "look.title" }),
      onclick: () => emit(root, "look"),
    });
    this.step = el("button", {
      type: "button",
      disabled: true,
      ...keyed({ text: "step", title: "step.title" }),
      onclick: () => emit(root, "train", { steps: 1 }),
    });
    this.camera = el("select", {
      ...keyed({ "aria-label": "source.camera" }),
      hidden: true,
      onchange: () => this.#choose("camera"),
    });
    this.sources = choice("source", SOURCES, (name) => this.#choose(name));
    this.world = saidSelect("source.world", WORLDS);
    this.world.addEventListener("change", () => emit(root, "world", this.world.value));
    this.bank = el("p", { class: "note", hidden: true });
    for (const which of [this.camera, this.world]) this.sources.box.insertBefore(which, this.sources.segments);
    this.sources.box.append(this.bank);
    root.append(
      el("h2", { class: "sr-only", ...keyed({ text: "area.controls" }) }),
      this.sources.box,
      el("div", { class: "run" }, this.go, el("label", { class: "length" }, this.length), this.step, this.look),
      this.video,
    );
    this.clear();
  }

  /** @param {ControlsData} data */
  update(data) {
    this.#data = data;
    const training = data.phase === "training";
    const idle = data.phase === "loading" || data.phase === "error";
    this.root.dataset.source = data.source ?? "";
    this.go.dataset.training = String(training);
    setText(this.go, t(training ? "pause" : "train"));
    disable(this.go, idle || Boolean(data.checkpoint));
    this.go.title = data.checkpoint ? t("train.frozen") : "";
    disable(this.look, idle || training);
    disable(this.step, idle || training || Boolean(data.checkpoint));
    this.#showWorld(data);
    this.sources.press(data.source);
    this.#showCameras(data);
  }

  clear() {
    this.update({ cameras: [], phase: "loading", source: null });
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

  #picked() {
    const [file] = this.video.files ?? [];
    // Emptied, so that choosing the same file once more counts as a change.
    this.video.value = "";
    if (file) emit(this.root, "source", { name: "file", file });
  }

  /** @param {ControlsData} data */
  #showWorld({ source, world = null, bank = null }) {
    this.world.hidden = source !== "world" || !world;
    if (world && document.activeElement !== this.world) this.world.value = world;
    this.bank.hidden = source === "world" || !bank;
    if (bank)
      setText(
        this.bank,
        t("bank", { clips: bank.clips.toLocaleString("en"), bytes: bytes(bank.bytes), budget: bytes(bank.budget) }),
      );
  }

  /** @param {ControlsData} data */
  #showCameras({ cameras, source }) {
    const known = [...this.camera.options].map((option) => option.value).join();
    if (known !== cameras.map((camera) => camera.deviceId).join()) {
      this.camera.replaceChildren(
        ...cameras.map(({ deviceId, label }, i) =>
          el("option", { value: deviceId }, label || `${t("source.camera")} ${i + 1}`),
        ),
      );
    }
    this.camera.hidden = source !== "camera" || cameras.length < 2;
  }
}
