// @ts-check
import { el, emit, setText } from "./dom.js";
import { pixelsFor } from "./pixels.js";
import { Surface } from "./surface.js";
import { drawTruth, nameOf, sentenceOf } from "./truth.js";

/**
 * @typedef {import("../protocol.js").MatchedPair} MatchedPair
 * @typedef {import("../protocol.js").PairWish} PairWish
 * @typedef {import("../protocol.js").Truth} Truth
 * @typedef {import("./pixels.js").Pixels} Pixels
 *
 * @typedef {object} GalleryData
 * @property {PairWish} wish          what was asked for; an answer to anything older is left aside
 * @property {MatchedPair} [pair]
 * @property {string} [problem]       why there is none, in a sentence
 */

/** @type {[PairWish["world"], string][]} */
const WORLDS = [["simple", "Simple"], ["standard", "Standard"], ["rich", "Rich"]];
/** @type {[PairWish["violation"], string][]} */
export const KINDS = [
  ["vanish", "vanishes"],
  ["vanish-hidden", "vanishes behind the pillar"],
  ["teleport", "jumps elsewhere"],
  ["colour", "changes colour"],
  ["shape", "changes shape"],
  ["size", "changes size"],
  ["pass-through", "goes through a block"],
  ["reverse", "turns round in mid-air"],
  ["gravity-off", "no longer falls: gravity stops"],
];
const VERSIONS = /** @type {const} */ (["As it can be", "As it can’t be"]);
const SIZE = 128;
const FRAMES = 24;
const FRAME_MS = 120;

/** Where in a clip a frame is, in words. @param {number} frame @param {number} frames @param {number} moment */
export function placeOf(frame, frames, moment) {
  const when = frame < moment ? "before it happens" : frame === moment ? "it happens" : "after it happened";
  return `frame ${frame + 1} of ${frames}, ${when}`;
}

/**
 * A dialog with matched pairs of the procedural world, side by side and in step. Dispatches on its root: "pair" (PairWish).
 */
export class GalleryView {
  /** @type {PairWish} */
  #wish = { world: "standard", violation: "vanish", seed: 0, size: SIZE, frames: FRAMES };
  /** @type {MatchedPair | null} */
  #pair = null;
  /** @type {(Pixels | null)[]} */
  #pixels = [null, null];
  #frame = 0;
  #playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  #overlaid = false;

  /** @param {HTMLDialogElement} root */
  constructor(root) {
    this.root = root;
    this.world = this.#select("gallery-world", WORLDS, (world) => this.#ask({ world }));
    this.kind = this.#select("gallery-kind", KINDS, (violation) => this.#ask({ violation }));
    this.world.value = this.#wish.world;
    this.note = el("p", { class: "note", role: "status" });
    this.canvases = VERSIONS.map(() => el("canvas", { role: "img" }));
    this.surfaces = this.canvases.map((canvas, version) => new Surface(canvas, (ctx, side) => this.#draw(ctx, side, version)));
    this.stages = el("div", { class: "twins", "data-empty": true }, ...VERSIONS.map((name, i) =>
      el("figure", {}, el("figcaption", {}, name), /** @type {HTMLCanvasElement} */ (this.canvases[i]))));
    this.play = el("button", { type: "button", class: "play", onclick: () => this.#setPlaying(!this.#playing) });
    this.slider = el("input", { type: "range", min: 0, max: FRAMES - 1, value: 0, "aria-label": "Frame", oninput: () => this.#scrub(this.slider.valueAsNumber) });
    this.mark = el("span", { class: "mark", "aria-hidden": "true" });
    this.where = el("output");
    this.toggle = el("button", { type: "button", "aria-pressed": "false", onclick: () => this.#overlay(!this.#overlaid) }, "Truth");
    this.transport = el("div", { class: "transport" }, this.play, el("div", { class: "scrub" }, this.slider, this.mark), this.toggle, this.where);
    root.setAttribute("aria-labelledby", "gallery-title");
    root.append(this.#head(), this.#choices(), this.note, this.stages, this.transport);
    root.addEventListener("click", (event) => event.target === root && root.close()); // on the backdrop
    this.#setPlaying(this.#playing);
    this.clear();
    setInterval(() => this.#tick(), FRAME_MS);
  }

  /** @param {GalleryData} data */
  update({ wish, pair, problem = "" }) {
    if (wish !== this.#wish) return;
    this.#pair = pair ?? null;
    this.stages.toggleAttribute("data-empty", !pair);
    this.root.removeAttribute("aria-busy");
    for (const control of [this.play, this.slider, this.toggle]) control.disabled = !pair;
    setText(this.note, pair ? this.#story(pair) : problem);
    if (pair) this.#hang(pair);
    this.#seek(0);
  }

  clear() {
    this.update({ wish: this.#wish });
  }

  open() {
    if (!this.root.open) this.root.showModal();
    this.kind.focus();
    if (!this.#pair) this.#ask({});
  }

  close() {
    this.root.close();
  }

  #head() {
    const close = el("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => this.close() }, "✕");
    const caption = "The same scene twice. Up to one moment both are equal; then, in one of them, something happens that never does. Whoever is surprised has understood something of the world.";
    return el("header", {}, el("h2", { id: "gallery-title" }, "Possible and impossible"), el("p", { class: "caption" }, caption), close);
  }

  #choices() {
    return el("div", { class: "wishes" },
      el("label", { for: "gallery-world" }, "World"), this.world,
      el("label", { for: "gallery-kind" }, "Something"), this.kind,
      el("button", { type: "button", onclick: () => this.#ask({ seed: this.#wish.seed + 1 }) }, "Another scene"));
  }

  /**
   * @template {string} T
   * @param {string} id @param {[T, string][]} choices @param {(value: T) => void} choose
   */
  #select(id, choices, choose) {
    const options = choices.map(([value, text]) => el("option", { value }, text));
    /** @type {HTMLSelectElement} */
    const list = el("select", { id, onchange: () => choose(/** @type {T} */ (list.value)) }, ...options);
    return list;
  }

  /** @param {Partial<PairWish>} changes */
  #ask(changes) {
    this.#wish = { ...this.#wish, ...changes };
    this.root.setAttribute("aria-busy", "true");
    emit(this.root, "pair", this.#wish);
  }

  /** @param {MatchedPair} pair */
  #hang(pair) {
    const { size, frames } = this.#wish;
    for (const [i, pictures] of [pair.possible, pair.impossible].entries()) {
      const pixels = pixelsFor(this.#pixels[i] ?? null, size, size, frames);
      pixels.put(pictures);
      this.#pixels[i] = pixels;
    }
    this.slider.max = String(frames - 1);
    this.slider.dataset.moment = String(pair.moment);
    this.mark.style.setProperty("--at", String(pair.moment / (frames - 1)));
  }

  /** To whom it happens, and when. @param {MatchedPair} pair */
  #story({ truths, moment, object }) {
    const it = truths[0][0]?.find(({ id }) => id === object);
    const what = KINDS.find(([kind]) => kind === this.#wish.violation)?.[1] ?? "";
    return `The ${it ? nameOf(it) : "object"} ${what}, at frame ${moment + 1}.`;
  }

  #tick() {
    if (this.#playing && this.#pair && this.root.open && !document.hidden) this.#seek((this.#frame + 1) % this.#wish.frames);
  }

  /** By hand: it stays there. @param {number} frame */
  #scrub(frame) {
    this.#setPlaying(false);
    this.#seek(frame);
  }

  /** @param {number} frame */
  #seek(frame) {
    this.#frame = frame;
    const place = this.#pair ? placeOf(frame, this.#wish.frames, this.#pair.moment) : "";
    this.slider.value = String(frame);
    this.slider.setAttribute("aria-valuetext", place);
    setText(this.where, place);
    this.#redraw();
  }

  #redraw() {
    for (const [version, canvas] of this.canvases.entries()) {
      const there = this.#pair?.truths[version]?.[this.#frame];
      canvas.setAttribute("aria-label", `${VERSIONS[version]}: ${there ? sentenceOf(there) : "nothing yet"}`);
      this.surfaces[version]?.request();
    }
  }

  /** @param {boolean} playing */
  #setPlaying(playing) {
    this.#playing = playing;
    this.play.dataset.playing = String(playing);
    this.play.setAttribute("aria-label", playing ? "Pause both clips" : "Play both clips");
  }

  /** @param {boolean} overlaid */
  #overlay(overlaid) {
    this.#overlaid = overlaid;
    this.toggle.setAttribute("aria-pressed", String(overlaid));
    this.#redraw();
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} side @param {number} version */
  #draw(ctx, side, version) {
    const truths = this.#pair?.truths[version]?.[this.#frame];
    if (!this.#pair || !truths) return;
    this.#pixels[version]?.draw(ctx, this.#frame, side, side);
    if (this.#overlaid) drawTruth(ctx, truths, this.#pair.object, side);
  }
}
