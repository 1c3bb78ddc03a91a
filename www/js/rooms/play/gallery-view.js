// @ts-check
import { translate } from "../../language/translate.js";
import { onLanguage, t } from "../../language/words.js";
import { whatHappens, whatKey } from "../../ui/laws.js";
import { el, emit, keyed, setKeys, setText } from "../../ui/dom.js";
import { lessMotion } from "../../ui/motion.js";
import { pixelsFor } from "../../ui/pixels.js";
import { Surface } from "../../ui/canvas.js";
import { drawTruth, nameOf, sentenceOf } from "./truth-view.js";

/**
 * @typedef {import("../../engine/protocol.js").MatchedPair} MatchedPair
 * @typedef {import("../../engine/protocol.js").PairRequest} PairRequest
 * @typedef {import("../../engine/protocol.js").Truth} Truth
 * @typedef {import("../../ui/pixels.js").Pixels} Pixels
 * @typedef {import("../../language/words.js").Key} Key
 *
 * @typedef {object} GalleryData
 * @property {PairRequest} wish          what was asked for; an answer to anything older is left aside
 * @property {MatchedPair} [pair]
 * @property {import("../../base/messages.js").Message} [problem]   why there is none
 */

/** @type {PairRequest["world"][]} */
const WORLDS = ["simple", "standard", "rich"];
const VERSIONS = /** @type {const} */ (["pairs.can", "pairs.cannot"]);
const SIZE = 128;
const FRAMES = 24;
const FRAME_MS = 120;

/** Where in a clip a frame is, in words. @param {number} frame @param {number} frames @param {number} moment */
export function placeOf(frame, frames, moment) {
  return t(frame < moment ? "pairs.before" : frame === moment ? "pairs.now" : "pairs.after", {
    frame: frame + 1,
    frames,
  });
}

/**
 * A dialog with matched pairs of the procedural world, side by side and in step. Dispatches on its root: "pair" (PairRequest).
 */
export class GalleryView {
  /** @type {PairRequest} */
  #wish = { world: "standard", violation: "", seed: 0, size: SIZE, frames: FRAMES };
  /** @type {MatchedPair | null} */
  #pair = null;
  /** @type {(Pixels | null)[]} */
  #pixels = [null, null];
  #frame = 0;
  #playing = !lessMotion();
  #overlaid = false;

  /** @param {HTMLDialogElement} root */
  constructor(root) {
    this.root = root;
    this.world = this.#select("world", (/** @type {PairRequest["world"]} */ world) => this.#ask({ world }));
    this.world.append(...this.#options("world", WORLDS));
    this.kind = this.#select("kind", (violation) => this.#ask({ violation }));
    this.world.value = this.#wish.world;
    this.note = el("p", { class: "note", role: "status" });
    this.canvases = VERSIONS.map(() => el("canvas", { role: "img" }));
    this.surfaces = this.canvases.map(
      (canvas, version) => new Surface(canvas, (ctx, side) => this.#draw(ctx, side, version)),
    );
    this.stages = el(
      "div",
      { class: "twins", "data-empty": true },
      ...VERSIONS.map((name, i) =>
        el("figure", {}, el("figcaption", keyed({ text: name })), /** @type {HTMLCanvasElement} */ (this.canvases[i])),
      ),
    );
    this.play = el("button", { type: "button", class: "play", onclick: () => this.#setPlaying(!this.#playing) });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: FRAMES - 1,
      value: 0,
      ...keyed({ "aria-label": "clip.frame" }),
      oninput: () => this.#scrub(this.slider.valueAsNumber),
    });
    this.mark = el("span", { class: "mark", "aria-hidden": "true" });
    this.where = el("output", { "aria-live": "off" });
    this.toggle = el("button", {
      type: "button",
      "aria-pressed": "false",
      ...keyed({ text: "pairs.truth" }),
      onclick: () => this.#overlay(!this.#overlaid),
    });
    this.transport = el(
      "div",
      { class: "transport" },
      this.play,
      el("div", { class: "scrub" }, this.slider, this.mark),
      this.toggle,
      this.where,
    );
    root.setAttribute("aria-labelledby", "gallery-title");
    root.append(this.#head(), this.#choices(), this.note, this.stages, this.transport);
    root.addEventListener("click", (event) => event.target === root && root.close()); // on the backdrop
    this.#setPlaying(this.#playing);
    this.clear();
    setInterval(() => this.#tick(), FRAME_MS);
    onLanguage(() => this.#say());
  }

  /** @param {GalleryData} data */
  update({ wish, pair, problem }) {
    if (wish !== this.#wish) return;
    this.#pair = pair ?? null;
    this.stages.toggleAttribute("data-empty", !pair);
    this.root.removeAttribute("aria-busy");
    for (const control of [this.play, this.slider, this.toggle]) control.disabled = !pair;
    setText(this.note, translate(problem));
    if (pair) this.#hang(pair);
    this.#frame = 0;
    this.#say();
  }

  #say() {
    if (this.#pair) setText(this.note, this.#story(this.#pair));
    this.#seek(this.#frame);
  }

  clear() {
    this.update({ wish: this.#wish });
  }

  /** @param {PairRequest["violation"][]} kinds  what can't be, as the engine lists it */
  open(kinds) {
    if (!this.#wish.violation && kinds[0]) {
      this.kind.append(...this.#options("kind", kinds));
      this.#wish = { ...this.#wish, violation: kinds[0] };
    }
    if (!this.root.open) this.root.showModal();
    this.kind.focus();
    if (!this.#pair) this.#ask({});
  }

  close() {
    this.root.close();
  }

  #head() {
    const close = el(
      "button",
      { type: "button", class: "close", ...keyed({ "aria-label": "close" }), onclick: () => this.close() },
      "✕",
    );
    return el(
      "header",
      {},
      el("h2", { id: "gallery-title", ...keyed({ text: "pairs.heading" }) }),
      el("p", { class: "caption", ...keyed({ text: "pairs.caption" }) }),
      close,
    );
  }

  #choices() {
    return el(
      "div",
      { class: "wishes" },
      el("label", { for: "gallery-world", ...keyed({ text: "source.world" }) }),
      this.world,
      el("label", { for: "gallery-kind", ...keyed({ text: "pairs.something" }) }),
      this.kind,
      el("button", {
        type: "button",
        ...keyed({ text: "pairs.another" }),
        onclick: () => this.#ask({ seed: this.#wish.seed + 1 }),
      }),
    );
  }

  /**
   * @template {string} T
   * @param {"world"|"kind"} of @param {(value: T) => void} choose
   */
  #select(of, choose) {
    /** @type {HTMLSelectElement} */
    const list = el("select", { id: `gallery-${of}`, onchange: () => choose(/** @type {T} */ (list.value)) });
    return list;
  }

  /** @param {"world"|"kind"} of @param {string[]} choices */
  #options(of, choices) {
    const key = (/** @type {string} */ value) => (of === "kind" ? whatKey(value) : `pairs.world.${value}`);
    return choices.map((value) => el("option", { value, ...keyed({ text: /** @type {Key} */ (key(value)) }) }));
  }

  /** @param {Partial<PairRequest>} changes */
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
    return t("pairs.story", {
      it: it ? nameOf(it) : t("truth.object"),
      what: whatHappens(this.#wish.violation),
      frame: moment + 1,
    });
  }

  #tick() {
    if (this.#playing && this.#pair && this.root.open && !document.hidden)
      this.#seek((this.#frame + 1) % this.#wish.frames);
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
      canvas.setAttribute(
        "aria-label",
        t("pairs.shown", {
          version: t(VERSIONS[version] ?? "pairs.can"),
          scene: there ? sentenceOf(there) : t("pairs.nothing"),
        }),
      );
      this.surfaces[version]?.request();
    }
  }

  /** @param {boolean} playing */
  #setPlaying(playing) {
    this.#playing = playing;
    this.play.dataset.playing = String(playing);
    setKeys(this.play, { "aria-label": playing ? "pairs.pause" : "pairs.play" });
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
