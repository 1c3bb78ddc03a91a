// @ts-check
/**
 * Inside: masks, features, where clips land, health, and what a classifier says.
 *
 * @typedef {import("../../app/app.js").App} App
 * @typedef {Pick<App, "opened" | "settings" | "history" | "training" | "lastLook" | "configure" | "engine" | "changed">} InsideApp
 *   what this room may ask of the app
 */
import { clipOf } from "../../ui/clip-of.js";
import { handle } from "../../ui/dom.js";
import { saveButtons } from "../../ui/save-view.js";
import { ActionEnergiesView } from "./action-energies-view.js";
import { ActionEnergies } from "./action-energies.js";
import { ClipView } from "./clip-view.js";
import { FeaturesView } from "./features-view.js";
import { ClassifierView } from "./classifier-view.js";
import { HealthView } from "./health-view.js";
import { MaskChoiceView } from "./mask-choice-view.js";
import { ScatterView } from "./scatter-view.js";

/** @typedef {import("../../ui/painter.js").Painter} Painter */

export class InsideRoom {
  needsLooks = true;
  #app;
  #roots;

  /**
   * @param {Record<"clip" | "masks" | "features" | "scatter" | "health" | "guesses" | "energies", HTMLElement>} roots
   * @param {InsideApp} app
   * @param {(work: () => unknown) => void} act
   */
  constructor(roots, app, act) {
    this.#app = app;
    this.#roots = roots;
    this.masks = new MaskChoiceView(roots.masks);
    this.energies = new ActionEnergies(app);
    this.energiesView = new ActionEnergiesView(roots.energies);
    this.views = {
      clip: new ClipView(roots.clip),
      features: new FeaturesView(roots.features),
      scatter: new ScatterView(roots.scatter),
      health: new HealthView(roots.health),
      guesses: new ClassifierView(roots.guesses),
    };
    const look = () => app.lastLook ?? null;
    /** @param {import("../../engine/protocol.js").Look} look  its masks, as numbers of tokens */
    const masks = ({ grid, context, target }) => ({ grid, context, target });
    const features = (/** @type {import("../../engine/protocol.js").Look} */ { grid, pca, predictedPca, target }) => ({
      grid,
      pca,
      predictedPca,
      target,
    });
    const given = (/** @type {(look: import("../../engine/protocol.js").Look) => unknown} */ part) => () => {
      const last = look();
      return last && part(last);
    };
    const [clip, maps] = [roots.clip, roots.features];
    clip.prepend(saveButtons({ name: "vjepa-masks", within: clip, json: given(masks) }));
    maps.prepend(saveButtons({ name: "vjepa-features", within: maps, json: given(features) }));
    const points = () => pairs(look()?.scatter ?? new Float32Array(0));
    roots.scatter.prepend(saveButtons({ name: "vjepa-clips", within: roots.scatter, rows: points }));
    const spread = () => [...(look()?.std ?? [])].map((std, dimension) => ({ dimension, std }));
    roots.health.prepend(saveButtons({ name: "vjepa-health", within: roots.health, rows: spread }));
    handle(roots.masks, act, { mask: (mask) => app.configure({ mask }) });
    handle(roots.energies, act, {
      choose: ({ which, file }) => this.energies.choose(which, file),
      weigh: ({ plane, side }) => this.energies.ask(plane, side),
    });
    handle(roots.features, act, { pick: (token) => this.#pick(token) });
  }

  update() {
    const { settings, training, opened } = this.#app;
    const { energies = false, name = "" } = opened?.model ?? {};
    this.energies.of(name);
    this.energiesView.update({ shown: energies, ...this.energies.shown });
    this.masks.update(opened?.constants.masks ?? [], settings.mask);
    for (const name of /** @type {const} */ (["features", "health"]))
      this.#roots[name].toggleAttribute("data-past", training.shown !== null);
  }

  /** @param {import("../../engine/protocol.js").Look} look @param {Painter} painter */
  see(look, painter) {
    const model = this.#app.opened?.model;
    if (!model) return;
    const { clip, features, scatter, guesses, health } = this.views;
    const shown = clipOf(look, model.size);
    const { context, target, pca, predictedPca, std, effectiveRank, verdict, reason } = look;
    const { width } = model;
    const past = this.#app.history.health;
    painter.ask("clip", () => clip.update({ ...shown, context, target }));
    painter.ask("features", () => features.update({ grid: shown.grid, pca, predictedPca, target }));
    painter.ask("scatter", () => scatter.update(look.scatter));
    painter.ask("guesses", () => guesses.update(look.guesses));
    painter.ask("health", () => health.update({ std, effectiveRank, verdict, reason, width, history: past }));
  }

  /** Nothing of a look is shown, nor what is still to be drawn of it. @param {Painter} painter */
  clear(painter) {
    for (const [name, view] of Object.entries(this.views)) {
      painter.drop(name);
      view.clear();
    }
  }

  /** @param {any} token */
  async #pick(token) {
    // A newer model or a rebuilt engine has no features yet: the next look asks again.
    const similarity = await this.#app.engine.similarity(token).catch(() => null);
    this.views.features.showSimilarity(similarity);
  }
}

/** Points of clips, oldest first. @param {Float32Array} scatter  [clips, 2] */
const pairs = (scatter) =>
  Array.from({ length: scatter.length / 2 }, (_, i) => ({
    first: scatter[2 * i] ?? 0,
    second: scatter[2 * i + 1] ?? 0,
  }));
