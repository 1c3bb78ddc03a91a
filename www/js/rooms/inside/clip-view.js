// @ts-check
import { t } from "../../language/words.js";
import { el, keyed, setKeys, setText } from "../../ui/dom.js";
import { percent } from "../../ui/format.js";
import { CONTEXT, TARGET, UNUSED, drawMask, rolesOf } from "../../ui/draw-mask.js";
import { lessMotion } from "../../ui/motion.js";
import { Pixels, pixelsFor } from "../../ui/pixels.js";
import { Surface } from "../../ui/canvas.js";
import { theme } from "../../ui/theme.js";

/**
 * @typedef {object} ClipData
 * @property {Uint8Array} frames           RGBA, [count, size, size, 4]
 * @property {number} size                 pixels a side
 * @property {number} count                frames
 * @property {[number, number, number]} grid   tubelets, rows, columns
 * @property {number} tubelet              frames a token
 * @property {Uint32Array} context
 * @property {Uint32Array} target
 */

const FRAME_MS = 140;

/** The clip with its mask, moving, above one still a tubelet. */
export class ClipView {
  /** @type {ClipData | null} */
  #data = null;
  /** @type {Pixels | null} */
  #pixels = null;
  /** @type {Uint8Array} */
  #roles = new Uint8Array(0);
  #frame = 0;
  #masked = true;
  #playing = !lessMotion();
  /** @type {Surface[]} */
  #stills = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    const canvas = el("canvas", { role: "img" });
    this.figure = el(
      "div",
      { class: "stage", "data-empty": true },
      canvas,
      el("p", { class: "empty", ...keyed({ text: "clip.waiting" }) }),
    );
    this.canvas = canvas;
    this.play = el("button", { type: "button", class: "play", onclick: () => this.#setPlaying(!this.#playing) });
    this.slider = el("input", {
      type: "range",
      min: 0,
      max: 7,
      value: 0,
      disabled: true,
      ...keyed({ "aria-label": "clip.frame" }),
      oninput: () => this.#seek(this.slider.valueAsNumber),
    });
    this.where = el("output", { "aria-live": "off" }, "–");
    this.toggle = el("button", {
      type: "button",
      "aria-pressed": "true",
      ...keyed({ text: "clip.mask" }),
      onclick: () => this.#setMasked(!this.#masked),
    });
    this.strip = el("div", { class: "strip", role: "group", ...keyed({ "aria-label": "clip.strip" }) });
    this.strip.addEventListener("keydown", (event) => this.#walk(event));
    this.key = el("p", { class: "key" });
    root.append(
      this.figure,
      el("div", { class: "transport" }, this.play, this.slider, this.where, this.toggle),
      this.strip,
      this.key,
    );
    this.surface = new Surface(canvas, (ctx, side) => this.#draw(ctx, side, this.#frame));
    this.#setPlaying(this.#playing);
    this.#describe();
    this.#makeStrip(4);
    setInterval(() => this.#tick(), FRAME_MS);
  }

  /** @param {ClipData} data */
  update(data) {
    const [t, h, w] = data.grid;
    this.#data = data;
    this.#roles = rolesOf(t * h * w, data.context, data.target);
    this.#pixels = pixelsFor(this.#pixels, data.size, data.size, data.count);
    this.#pixels.put(data.frames);
    if (this.#stills.length !== t) this.#makeStrip(t);
    this.figure.removeAttribute("data-empty");
    this.slider.disabled = false;
    this.slider.max = String(data.count - 1);
    this.#describe();
    this.#seek(Math.min(this.#frame, data.count - 1));
    for (const still of this.#stills) still.request();
  }

  clear() {
    this.#data = null;
    this.figure.setAttribute("data-empty", "");
    this.slider.disabled = true;
    setText(this.where, "–");
    this.#describe();
    for (const surface of [this.surface, ...this.#stills]) surface.request();
  }

  #tick() {
    if (this.#playing && this.#data && this.surface.visible) this.#seek((this.#frame + 1) % this.#data.count);
  }

  /** @param {number} frame */
  #seek(frame) {
    this.#frame = frame;
    if (!this.#data) return;
    const current = Math.floor(frame / this.#data.tubelet);
    this.slider.value = String(frame);
    const text = t("clip.where", { frame: frame + 1, count: this.#data.count });
    setText(this.where, text);
    this.slider.setAttribute("aria-valuetext", `${text}, ${t("clip.tubelet", { number: current + 1 })}`);
    for (const [i, button] of [...this.strip.children].entries()) {
      button.setAttribute("aria-pressed", String(i === current));
      button.setAttribute("aria-label", t("clip.tubelet", { number: i + 1 }));
      if (!this.strip.contains(document.activeElement))
        /** @type {HTMLElement} */ (button).tabIndex = i === current ? 0 : -1;
    }
    this.surface.request();
  }

  /** @param {boolean} playing */
  #setPlaying(playing) {
    this.#playing = playing;
    this.play.dataset.playing = String(playing);
    setKeys(this.play, { "aria-label": playing ? "clip.pause" : "clip.play" });
  }

  /** @param {boolean} masked */
  #setMasked(masked) {
    this.#masked = masked;
    this.toggle.setAttribute("aria-pressed", String(masked));
    for (const surface of [this.surface, ...this.#stills]) surface.request();
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const buttons = /** @type {HTMLElement[]} */ ([...this.strip.children]);
    const next = step && buttons[buttons.indexOf(/** @type {HTMLElement} */ (event.target)) + step];
    if (!next) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
    next.click();
  }

  /** @param {number} tubelets */
  #makeStrip(tubelets) {
    for (const still of this.#stills) still.dispose();
    // Rows of at most ten, equally long.
    this.strip.style.setProperty("--columns", String(Math.max(4, Math.ceil(tubelets / Math.ceil(tubelets / 10)))));
    this.#stills = [];
    const buttons = Array.from({ length: tubelets }, (_, i) => {
      const canvas = el("canvas");
      this.#stills.push(new Surface(canvas, (ctx, side) => this.#draw(ctx, side, i * (this.#data?.tubelet ?? 1))));
      return el(
        "button",
        {
          type: "button",
          tabindex: i ? -1 : 0,
          "aria-label": t("clip.tubelet", { number: i + 1 }),
          onclick: () => this.#show(i),
        },
        canvas,
      );
    });
    this.strip.replaceChildren(...buttons);
  }

  /** @param {number} tubelet */
  #show(tubelet) {
    if (!this.#data) return;
    this.#setPlaying(false);
    this.#seek(tubelet * this.#data.tubelet);
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} side
   * @param {number} frame
   */
  #draw(ctx, side, frame) {
    if (!this.#data || !this.#pixels) return;
    const [, h, w] = this.#data.grid;
    const tubelet = Math.floor(frame / this.#data.tubelet);
    ctx.fillStyle = theme().panel;
    ctx.fillRect(0, 0, side, side);
    this.#pixels.draw(ctx, frame, side, side);
    if (this.#masked) drawMask(ctx, this.#roles.subarray(tubelet * h * w, (tubelet + 1) * h * w), w, side);
  }

  /** What the canvases show, in words. */
  #describe() {
    const total = this.#roles.length;
    /** @type {(role: number) => string} */
    const share = (role) =>
      this.#data ? percent(this.#roles.reduce((n, r) => n + (r === role ? 1 : 0), 0) / Math.max(1, total)) : "–";
    const parts = /** @type {const} */ ([
      ["context", "clip.seen", CONTEXT],
      ["target", "clip.hidden", TARGET],
      ["unused", "clip.unused", UNUSED],
    ]);
    this.key.replaceChildren(
      ...parts.map(([name, key, role]) => el("span", { "data-role": name }, `${t(key)} `, el("b", {}, share(role)))),
    );
    const { count = 0, size = 0 } = this.#data ?? {};
    this.canvas.setAttribute(
      "aria-label",
      this.#data ? t("clip.shown", { count, size, seen: share(CONTEXT), hidden: share(TARGET) }) : t("clip.none"),
    );
  }
}
