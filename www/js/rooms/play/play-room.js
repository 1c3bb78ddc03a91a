// @ts-check
/**
 * Play: pairs and tricks, and what the model imagines.
 *
 * @typedef {import("../../app/app.js").App} App
 * @typedef {Pick<App, "opened" | "ready" | "source" | "lab" | "trick" | "imaginer" | "pair">} PlayApp
 *   what this room may ask of the app
 */
import { clipOf } from "../../ui/clip-of.js";
import { handle } from "../../ui/dom.js";
import { saveButtons } from "../../ui/save-view.js";
import { GalleryView } from "./gallery-view.js";
import { ImaginationView } from "./imagination-view.js";
import { LabView } from "./lab-view.js";

/** @typedef {import("../../ui/painter.js").Painter} Painter */

export class PlayRoom {
  needsLooks = true;
  #app;

  /**
   * @param {{lab: HTMLElement, imagine: HTMLElement, gallery: HTMLDialogElement, pairs: HTMLElement}} roots
   * @param {PlayApp} app
   * @param {(work: () => unknown) => void} act
   * @param {() => Promise<void>} cameras   they may be known by name now
   */
  constructor(roots, app, act, cameras) {
    this.#app = app;
    this.lab = new LabView(roots.lab);
    this.imagine = new ImaginationView(roots.imagine);
    this.gallery = new GalleryView(roots.gallery);
    roots.pairs.after(saveButtons({ name: "vjepa-pair", within: roots.lab }));
    const imagined = () => app.imaginer.imagined ?? null;
    roots.imagine.prepend(saveButtons({ name: "vjepa-imagination", within: roots.imagine, json: imagined }));
    handle(roots.lab, act, {
      next: () => app.lab.next(),
      guess: ({ side }) => app.lab.guess(side),
      record: () => app.trick.record().finally(cameras),
      stop: () => app.trick.cancel(),
    });
    handle(roots.imagine, act, {
      imagine: ({ tokens }) => app.imaginer.imagine(tokens),
      roll: ({ past }) => app.imaginer.roll(past),
    });
    handle(roots.pairs, act, { click: () => this.gallery.open(app.opened?.constants.violations ?? []) });
    handle(roots.gallery, act, {
      // The dialog covers the page, so it says itself what went wrong.
      pair: async (wish) => this.gallery.update({ wish, ...(await app.pair(wish)) }),
    });
  }

  update() {
    const { lab, trick, imaginer, opened, ready, source } = this.#app;
    const { stage, share, recording } = trick;
    this.lab.update({
      round: lab.round,
      score: lab.score,
      busy: lab.busy,
      problem: lab.problem,
      ready,
      trick: { stage, share, recording, problem: trick.problem, source, ready },
    });
    const { imagined, fading, busy, problem } = imaginer;
    this.imagine.update({ imagined, fading, busy, problem, ready, tubelets: opened?.model.grid[0] ?? 0 });
  }

  /** @param {import("../../engine/protocol.js").Look} look @param {Painter} painter */
  see(look, painter) {
    const size = this.#app.opened?.model.size;
    if (size) painter.ask("imagine", () => this.imagine.see(clipOf(look, size)));
  }

  /** @param {Painter} painter */
  clear(painter) {
    painter.drop("imagine");
    this.imagine.clear();
  }
}
