// @ts-check
import { t } from "../../language/words.js";
import { Surface } from "../../ui/canvas.js";
import { el, emit, keyed } from "../../ui/dom.js";
import { decimal } from "../../ui/format.js";
import { lessMotion } from "../../ui/motion.js";
import { pixelsFor } from "../../ui/pixels.js";
import { theme } from "../../ui/theme.js";
import { drawThought, landscapeOf } from "./thought-view.js";

/**
 * @typedef {import("../../engine/protocol.js").Place} Place
 *
 * @typedef {object} TwoRoomsData
 * @property {{rgba: Uint8Array, side: number} | null} frame
 * @property {import("../../engine/protocol.js").RoomState | null} room
 * @property {import("../../engine/protocol.js").Thought | null} thought
 * @property {boolean} thinking      it is still thinking, of `thought`
 * @property {{side: number, energies: Float32Array} | null} landscape
 * @property {boolean} drives        arrow keys push the agent, and so does a pull from it
 * @property {number} arrived        radius of the goal
 */

/** A step of the cross by an arrow key, and with Shift; in sides of the picture. */
const STEP = 1 / 32;
const STRIDE = 1 / 8;
/** A pull from the agent this long is the strongest push. */
const PULL = 0.2;
/** Within this of the agent a pull begins. */
const GRIP = 0.1;
const OPACITY = 0.6;
/** @type {Record<string, Place>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The room from above. Dispatches on its element: "go" {goal}, "push" {push}, "halt". */
export class TwoRoomsView {
  /** @type {TwoRoomsData | null} */
  #data = null;
  /** @type {import("../../ui/pixels.js").Pixels | null} */
  #pixels = null;
  /** @type {import("../../ui/pixels.js").Pixels | null} */
  #heat = null;
  /** Where the keyboard points. @type {Place} */
  #cross = [0.5, 0.5];
  /** A pull from the agent, as far as it has come. @type {Place | null} */
  #pull = null;
  #still = lessMotion();

  constructor() {
    this.canvas = el("canvas", {
      tabindex: 0,
      role: "application",
      "aria-describedby": "act-keys",
      ...keyed({ "aria-label": "act.room" }),
    });
    this.surface = new Surface(this.canvas, (ctx, width) => this.#draw(ctx, width));
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    const keys = el("p", { class: "note", id: "act-keys", ...keyed({ text: "act.keys" }) });
    this.frame = el("div", { class: "frame" }, this.canvas);
    this.element = el("div", { class: "court" }, this.frame, keys, this.said);
    this.canvas.addEventListener("pointerdown", (event) => this.#down(event));
    this.canvas.addEventListener("pointermove", (event) => this.#move(event));
    this.canvas.addEventListener("pointerup", (event) => this.#up(event));
    this.canvas.addEventListener("pointercancel", () => this.#let());
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
    for (const name of ["focus", "blur"]) this.canvas.addEventListener(name, () => this.surface.request());
  }

  /** Of the picture that suits this screen. */
  get pixels() {
    return Math.round((this.canvas.clientWidth || 560) * devicePixelRatio);
  }

  /** @param {TwoRoomsData} data */
  update(data) {
    const before = this.#data;
    this.#data = data;
    const { frame, landscape } = data;
    if (frame && frame.rgba !== before?.frame?.rgba) {
      this.#pixels = pixelsFor(this.#pixels, frame.side, frame.side, 1);
      this.#pixels.put(frame.rgba);
    }
    if (landscape && landscape !== before?.landscape) {
      this.#heat = pixelsFor(this.#heat, landscape.side, landscape.side, 1);
      this.#heat.put(landscapeOf(landscape.energies));
    }
    this.element.toggleAttribute("data-drives", data.drives);
    this.surface.request();
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} side */
  #draw(ctx, side) {
    const data = this.#data;
    if (!data?.room || !this.#pixels) return;
    const { room, thought, thinking, landscape, arrived, drives } = data;
    ctx.imageSmoothingEnabled = true;
    ctx.drawImage(this.#pixels.canvas, 0, 0, side, side);
    if (landscape) {
      ctx.globalAlpha = OPACITY;
      this.#heat?.draw(ctx, 0, side, side);
      ctx.globalAlpha = 1;
    }
    // Round by round only where the visitor likes motion.
    if (thought && !(thinking && this.#still)) drawThought(ctx, side, room.truth.agent.position, thought, !thinking);
    if (room.goal) ring(ctx, room.goal, side, arrived * side);
    if (document.activeElement === this.canvas && !drives) cross(ctx, this.#cross, side);
    if (this.#pull) arrow(ctx, room.truth.agent.position, this.#pull, side);
  }

  /** @param {PointerEvent} event @returns {Place} */
  #placeOf({ offsetX, offsetY }) {
    const { clientWidth, clientHeight } = this.canvas;
    const within = (/** @type {number} */ at) => Math.min(1, Math.max(0, at));
    return [within(offsetX / clientWidth), within(offsetY / clientHeight)];
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const agent = this.#data?.room?.truth.agent.position;
    if (event.button !== 0 || !this.#data?.drives || !agent) return;
    const place = this.#placeOf(event);
    if (Math.hypot(place[0] - agent[0], place[1] - agent[1]) > GRIP) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#pull = place;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#pull) return;
    this.#pull = this.#placeOf(event);
    this.surface.request();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const agent = this.#data?.room?.truth.agent.position;
    if (event.button !== 0 || !agent) return;
    if (!this.#data?.drives) return this.#go(this.#placeOf(event));
    if (!this.#pull) return;
    const pull = this.#placeOf(event);
    this.#let();
    const [x, y] = [(pull[0] - agent[0]) / PULL, (pull[1] - agent[1]) / PULL];
    const size = Math.max(1, Math.hypot(x, y));
    emit(this.element, "push", { push: [x / size, y / size] });
  }

  #let() {
    this.#pull = null;
    this.surface.request();
  }

  /** @param {Place} goal */
  #go(goal) {
    this.#cross = goal;
    emit(this.element, "go", { goal });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow && this.#data?.drives) emit(this.element, "push", { push: arrow });
    else if (arrow) this.#point(arrow, event.shiftKey ? STRIDE : STEP);
    else if (event.key === "Enter" || event.key === " ") this.#go(this.#cross);
    else if (event.key === "Escape") emit(this.element, "halt");
    else return;
    event.preventDefault();
  }

  /** @param {Place} arrow @param {number} step */
  #point([x, y], step) {
    const moved = (/** @type {number} */ at, /** @type {number} */ by) => Math.min(1, Math.max(0, at + by * step));
    this.#cross = [moved(this.#cross[0], x), moved(this.#cross[1], y)];
    this.said.textContent = t("act.cross", { x: decimal(this.#cross[0], 2), y: decimal(this.#cross[1], 2) });
    this.surface.request();
  }
}

/** Dark on light, so that it is seen on any floor. @param {CanvasRenderingContext2D} ctx @param {() => void} path @param {number} width @param {string} colour */
function outlined(ctx, path, width, colour) {
  for (const [wide, style] of /** @type {[number, string][]} */ ([
    [width + 2.5, "#fff"],
    [width, colour],
  ])) {
    ctx.beginPath();
    path();
    ctx.lineWidth = wide;
    ctx.strokeStyle = style;
    ctx.stroke();
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {Place} at @param {number} side @param {number} radius */
function ring(ctx, [x, y], side, radius) {
  outlined(ctx, () => ctx.arc(x * side, y * side, radius, 0, 2 * Math.PI), 2.5, theme().hidden);
}

/** @param {CanvasRenderingContext2D} ctx @param {Place} at @param {number} side */
function cross(ctx, [x, y], side) {
  const path = () => {
    for (const [dx, dy] of /** @type {Place[]} */ (Object.values(ARROWS))) {
      ctx.moveTo(x * side + 5 * dx, y * side + 5 * dy);
      ctx.lineTo(x * side + 16 * dx, y * side + 16 * dy);
    }
  };
  outlined(ctx, path, 2, "#14202b");
}

/** @param {CanvasRenderingContext2D} ctx @param {Place} from @param {Place} to @param {number} side */
function arrow(ctx, from, to, side) {
  const path = () => {
    ctx.moveTo(from[0] * side, from[1] * side);
    ctx.lineTo(to[0] * side, to[1] * side);
    ctx.arc(to[0] * side, to[1] * side, 5, 0, 2 * Math.PI);
  };
  outlined(ctx, path, 2.5, theme().hidden);
}
