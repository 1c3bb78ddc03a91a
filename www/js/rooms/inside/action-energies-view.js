// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { Surface } from "../../ui/canvas.js";
import { disable, el, emit, keyed, saidSelect, setText } from "../../ui/dom.js";
import { decimal, finite } from "../../ui/format.js";
import { pixelsFor } from "../../ui/pixels.js";
import { paintRamp } from "../../ui/ramp.js";
import { saveButtons } from "../../ui/save-view.js";
import { theme } from "../../ui/theme.js";

/**
 * @typedef {import("./action-energies.js").Landscape} Landscape
 * @typedef {import("./action-energies.js").Which} Which
 *
 * @typedef {object} EnergiesData
 * @property {boolean} shown         the model is an action-conditioned checkpoint
 * @property {Record<Which, ImageBitmap | null>} pictures
 * @property {Landscape | null} landscape
 * @property {boolean} busy
 * @property {import("../../base/messages.js").Message | null} problem
 */

const PLANES = /** @type {const} */ (["xy", "xz", "yz"]);
/** Odd, so that one of them is no step at all. */
const SIDES = ["5", "9", "15"];
const USUAL_SIDE = "9";

/**
 * The energy landscape of a hand's steps, between two pictures. Dispatches on its root: "choose" {which, file},
 * "weigh" {plane, side}.
 */
export class ActionEnergiesView {
  /** @type {Landscape | null} */
  #landscape = null;
  /** @type {import("../../ui/pixels.js").Pixels | null} */
  #pixels = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.pictures = { start: this.#picture("start"), goal: this.#picture("goal") };
    this.plane = saidSelect(
      "energies.plane",
      PLANES.map((name) => [name, `energies.plane.${name}`]),
    );
    const sides = SIDES.map((side) => el("option", { value: side }, `${side} × ${side}`));
    this.side = el("select", keyed({ "aria-label": "energies.side" }), ...sides);
    this.side.value = USUAL_SIDE;
    this.button = el("button", {
      type: "button",
      ...keyed({ text: "energies.ask" }),
      onclick: () => emit(root, "weigh", { plane: this.plane.value, side: Number(this.side.value) }),
    });
    this.canvas = el("canvas", { role: "img" });
    this.said = el("p", { class: "note", role: "status" });
    const given = () => this.#landscape && rowsOf(this.#landscape);
    const picture = el("div", {}, this.canvas);
    const save = saveButtons({ name: "vjepa-action-energies", within: picture, rows: given });
    this.figure = el("div", { class: "landscape" }, picture, save);
    root.append(
      el("div", { class: "ends" }, this.pictures.start.box, this.pictures.goal.box),
      el("div", { class: "asks" }, this.plane, this.side, this.button),
      this.said,
      this.figure,
    );
    this.surface = new Surface(this.canvas, (ctx, width, height) => this.#draw(ctx, width, height));
  }

  /** @param {EnergiesData} data */
  update({ shown, pictures, landscape, busy, problem }) {
    this.root.hidden = !shown;
    if (!shown) return;
    for (const which of /** @type {const} */ (["start", "goal"])) this.pictures[which].show(pictures[which]);
    disable(this.button, busy || !pictures.start || !pictures.goal);
    setText(this.said, this.#sentence(landscape, busy, problem));
    this.figure.hidden = !landscape;
    if (landscape === this.#landscape) return;
    this.#landscape = landscape;
    if (!landscape) return;
    this.#pixels = painted(this.#pixels, landscape);
    this.canvas.setAttribute("aria-label", this.#sentence(landscape, false, null));
    this.surface.request();
  }

  /** @param {Landscape | null} landscape @param {boolean} busy @param {EnergiesData["problem"]} problem */
  #sentence(landscape, busy, problem) {
    if (problem) return translate(problem);
    if (busy) return t("energies.busy");
    if (!landscape) return t("energies.none");
    const { steps, energy, still } = bestOf(landscape);
    const step = steps.map(([axis, size]) => `${axis} ${size > 0 ? "+" : ""}${decimal(size, 3)}`).join(", ");
    return t("energies.best", {
      actions: landscape.energies.length,
      step,
      energy: decimal(energy, 4),
      still: decimal(still, 4),
    });
  }

  /** A file picker that shows what was picked. @param {Which} which */
  #picture(which) {
    const file = el("input", {
      type: "file",
      accept: "image/*",
      class: "sr-only",
      onchange: () => {
        const [picked] = file.files ?? [];
        file.value = "";
        if (picked) emit(this.root, "choose", { which, file: picked });
      },
    });
    const canvas = el("canvas", { "aria-hidden": "true" });
    const key = /** @type {const} */ (`energies.${which}`);
    const box = el("label", { class: "end" }, file, el("span", { class: "button", ...keyed({ text: key }) }), canvas);
    /** @type {ImageBitmap | null | undefined} */
    let shown;
    const show = (/** @type {ImageBitmap | null} */ picture) => {
      if (picture === shown) return;
      shown = picture;
      canvas.hidden = !picture;
      if (!picture) return;
      Object.assign(canvas, { width: picture.width, height: picture.height });
      canvas.getContext("2d")?.drawImage(picture, 0, 0);
    };
    return { box, show };
  }

  /** Rows go up, as an axis does. @type {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} */
  #draw(ctx, width, height) {
    const landscape = this.#landscape;
    if (!landscape) return;
    const { plane, side, reach } = landscape;
    const margin = 44;
    const size = Math.min(width, height) - margin;
    ctx.save();
    ctx.translate(margin, 0);
    this.#pixels?.draw(ctx, 0, size, size);
    const { column, row } = bestOf(landscape);
    ring(ctx, ((column + 0.5) * size) / side, ((side - row - 0.5) * size) / side, Math.max(4, size / side / 4));
    ctx.restore();
    const { soft, font } = theme();
    ctx.fillStyle = soft;
    ctx.font = `12px ${font}`;
    const ends = [`−${reach}`, `+${reach}`];
    for (const [i, end] of ends.entries()) {
      ctx.textAlign = i ? "right" : "left";
      ctx.fillText(end, i ? margin + size : margin, size + 15);
    }
    ctx.textAlign = "center";
    ctx.fillText(plane.charAt(0), margin + size / 2, size + 15);
    ctx.textAlign = "left";
    ctx.fillText(ends[1] ?? "", 0, 11);
    ctx.fillText(plane.charAt(1), 0, size / 2 + 4);
    ctx.fillText(ends[0] ?? "", 0, size);
  }
}

/** Dark is near the goal; the first row is the lowest. @param {import("../../ui/pixels.js").Pixels | null} held @param {Landscape} landscape */
function painted(held, { side, energies }) {
  const [low, high] = [Math.min(...energies), Math.max(...energies)];
  const shares = energies.map((energy) => (2 * finite(energy - low)) / Math.max(high - low, 1e-12) - 1);
  const upwards = shares.map((_, i) => shares[(side - 1 - Math.floor(i / side)) * side + (i % side)] ?? NaN);
  const rgba = new Uint8ClampedArray(4 * energies.length);
  paintRamp(upwards, rgba);
  const pixels = pixelsFor(held, side, side, 1);
  pixels.put(rgba);
  return pixels;
}

/** Light on dark, so that it is seen on any colour. @type {(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number) => void} */
function ring(ctx, x, y, radius) {
  for (const [width, colour] of /** @type {[number, string][]} */ ([
    [5, "#fff"],
    [2.5, theme().hidden],
  ])) {
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.stroke();
  }
}

/** Where the energy is least, and what it is with no step at all, which an odd side has. @param {Landscape} landscape */
export function bestOf({ plane, side, reach, energies }) {
  const best = energies.reduce((best, energy, i) => (energy < (energies[best] ?? Infinity) ? i : best), 0);
  const step = (/** @type {number} */ at) => reach * ((2 * at) / (side - 1) - 1);
  const [column, row] = [best % side, Math.floor(best / side)];
  return {
    column,
    row,
    steps: /** @type {[string, number][]} */ ([
      [plane.charAt(0), step(column)],
      [plane.charAt(1), step(row)],
    ]),
    energy: energies[best] ?? NaN,
    still: side % 2 ? (energies[(side * side - 1) / 2] ?? NaN) : NaN,
  };
}

/** The landscape as a table. @param {Landscape} landscape */
export const rowsOf = ({ plane, side, reach, energies }) =>
  [...energies].map((energy, i) => ({
    [plane.charAt(0)]: reach * ((2 * (i % side)) / (side - 1) - 1),
    [plane.charAt(1)]: reach * ((2 * Math.floor(i / side)) / (side - 1) - 1),
    energy,
  }));
