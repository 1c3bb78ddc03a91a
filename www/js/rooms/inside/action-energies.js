// @ts-check
/**
 * A question to an action-conditioned checkpoint: from the picture of a start, how near a goal's picture does each of many
 * actions lead?
 *
 * @typedef {Pick<import("../../app/app.js").App, "engine" | "changed">} AppPart   what it may ask of the app
 * @typedef {"start"|"goal"} Which
 * @typedef {"xy"|"xz"|"yz"} Plane   the two axes of a hand's step that vary: along columns, along rows
 *
 * @typedef {object} Landscape
 * @property {Plane} plane
 * @property {number} side
 * @property {number} reach            steps go from minus this to this
 * @property {Float32Array} energies   [side, side]
 */
import { FailureError, toFailure } from "../../base/errors.js";

/** The largest step of the published planner, in metres. */
const REACH = 0.05;
/** A picture is given to the engine no larger: far above what any takes. */
const LARGEST = 4096;

/** Numbers of an action by the names of their axes. @type {Record<Plane, [number, number]>} */
const AXES = { xy: [0, 1], xz: [0, 2], yz: [1, 2] };

export class ActionEnergies {
  /** @type {Record<Which, ImageBitmap | null>} */
  pictures = { start: null, goal: null };
  /** @type {Landscape | null} */
  landscape = null;
  busy = false;
  /** Why there is no answer. @type {import("../../base/messages.js").Message | null} */
  problem = null;
  #app;
  #model = "";
  /** Which answer is waited for. */
  #era = 0;

  /** @param {AppPart} app */
  constructor(app) {
    this.#app = app;
  }

  /** What a view shows of it. */
  get shown() {
    const { pictures, landscape, busy, problem } = this;
    return { pictures, landscape, busy, problem };
  }

  /** An answer is of one model. @param {string} model  its name */
  of(model) {
    if (model !== this.#model) this.#forget();
    this.#model = model;
  }

  /** @param {Which} which @param {File} file */
  async choose(which, file) {
    const picture = await opened(file);
    this.pictures[which]?.close();
    this.pictures[which] = picture;
    this.#forget();
    this.#app.changed();
  }

  /** What it is like in a plane, with so many steps along each axis. @param {Plane} plane @param {number} side */
  async ask(plane, side) {
    const { start, goal } = this.pictures;
    if (!start || !goal || this.busy) return;
    this.#forget();
    const era = this.#era;
    this.busy = true;
    this.#app.changed();
    try {
      const wish = { axes: AXES[plane], side, reach: REACH };
      const energies = await this.#app.engine.actionEnergies(start, goal, wish);
      if (era === this.#era) this.landscape = { plane, side, reach: REACH, energies };
    } catch (error) {
      if (era === this.#era) this.problem = toFailure(error);
    }
    if (era === this.#era) this.busy = false;
    this.#app.changed();
  }

  #forget() {
    this.#era += 1;
    this.landscape = null;
    this.problem = null;
    this.busy = false;
  }
}

/** @param {File} file @returns {Promise<ImageBitmap>} */
async function opened(file) {
  const picture = await createImageBitmap(file).catch(() => {
    throw new FailureError(
      "file-unreadable.picture",
      "{name} cannot be shown as a picture: it is damaged, or of a format this browser does not know; try a PNG or JPEG.",
      { name: file.name },
    );
  });
  const scale = LARGEST / Math.max(picture.width, picture.height);
  if (scale >= 1) return picture;
  const side = (/** @type {number} */ pixels) => Math.max(1, Math.round(pixels * scale));
  const size = { resizeWidth: side(picture.width), resizeHeight: side(picture.height) };
  const smaller = await createImageBitmap(picture, { ...size, resizeQuality: "high" });
  picture.close();
  return smaller;
}
