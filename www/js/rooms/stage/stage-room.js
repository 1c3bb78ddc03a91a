// @ts-check
/**
 * The stage, always in sight: the clip with what is over it, the verdict, laws to break, the source, training.
 *
 * @typedef {import("../../app/app.js").App} App
 * @typedef {Pick<App, "opened" | "phase" | "ready" | "source" | "settings" | "watching" | "training" | "lastLook" | "setSource"
 *   | "newScene" | "train" | "pause" | "rest" | "resume" | "runner" | "look" | "desk">} StageApp   what the stage may ask of the app
 */
import { clipOf } from "../../ui/clip-of.js";
import { percent } from "../../ui/format.js";
import { handle } from "../../ui/dom.js";
import { reasonOf } from "../../ui/reason.js";
import { saveButtons } from "../../ui/save-view.js";
import { ControlsView } from "./controls-view.js";
import { LawsView } from "./laws-view.js";
import { ScreenView } from "./screen-view.js";
import { VerdictView } from "./verdict-view.js";

/** An alarm may be over within half a second: its verdict stays for so long, to be read. */
const HOLD_MS = 2500;

export class StageRoom {
  /** @type {{deviceId: string, label: string}[]} */
  cameras = [];
  #app;
  /** When an alarm last rang, and what was surprising. */
  #rang = { at: -Infinity, reason: "" };

  /**
   * @param {Record<"screen" | "verdict" | "laws" | "controls" | "live", HTMLElement>} roots
   * @param {StageApp} app
   * @param {(work: () => unknown) => void} act
   * @param {{cameras: () => Promise<void>, overlay: () => void, live: () => void}} told   cameras may be known by name now;
   *   something else is over the clip; enough of an alarm
   */
  constructor(roots, app, act, told) {
    this.#app = app;
    this.screen = new ScreenView(roots.screen, roots.live);
    this.verdict = new VerdictView(roots.verdict);
    this.laws = new LawsView(roots.laws);
    this.controls = new ControlsView(roots.controls);
    this.screen.frame.append(saveButtons({ name: "vjepa-clip", within: this.screen.frame }));
    handle(roots.screen, act, {
      overlay: told.overlay,
      live: told.live,
      rest: ({ on }) => (on ? app.rest() : app.resume()),
    });
    handle(roots.verdict, act, { watch: ({ on }) => app.watching.choose(on) });
    handle(roots.laws, act, {
      break: ({ violation }) => app.watching.breakLaw(violation),
      scene: () => app.newScene(),
    });
    handle(roots.controls, act, {
      source: (detail) => this.show(detail).then(told.cameras),
      world: (name) => app.desk.setWorld(name),
      train: ({ steps }) => app.train(steps),
      pause: () => app.pause(),
      look: () => app.look(),
    });
  }

  /** Another source. @param {{name: import("./controls-view.js").SourceName, deviceId?: string, file?: File}} source */
  async show({ name, deviceId, file }) {
    await this.#app.setSource(name, { deviceId, file }).catch((error) => {
      if (error.code !== "cancelled") throw error; // another one was chosen meanwhile
    });
  }

  get needsLooks() {
    return this.screen.needsLooks;
  }

  /** All but the windows. */
  update() {
    const { opened, phase, source, training, runner } = this.#app;
    this.screen.rest(!runner.looking);
    this.controls.update({
      cameras: this.cameras,
      phase,
      source,
      checkpoint: Boolean(opened?.model.checkpoint),
      world: training.recipe?.world.name ?? null,
      bank: training.bank,
    });
  }

  /** A window came, or none will. @param {number} [now]  milliseconds */
  surprise(now = performance.now()) {
    const { opened, ready, source, watching } = this.#app;
    const { on, learned, why, reading, verdict, threshold, laws, lacking, outcome, refused } = watching;
    const { size = 0, grid = [0, 0, 0] } = opened?.model ?? {};
    const places = (reading?.ringing && verdict?.places) || [];
    const label = verdict?.label ? `${verdict.label.name}, ${percent(verdict.label.share)}` : "";
    this.screen.update({ watching: on && ready, reading, places, size, columns: grid[2], threshold });
    const ringing = Boolean(reading?.ringing);
    if (!reading) this.#rang.at = -Infinity;
    if (ringing) this.#rang = { at: now, reason: verdict?.reason ? reasonOf(verdict.reason) : "" };
    const wait = now - this.#rang.at < HOLD_MS;
    const { reason } = this.#rang;
    const warmUp = opened?.constants.warmUp ?? 1;
    this.verdict.update({ ready, on, learned, why, reading, wait, reason, label, threshold, warmUp });
    this.laws.update({
      shown: source === "world" && on && ready,
      calibrated: Boolean(reading && !reading.missing),
      ringing,
      lacking,
      pending: laws?.pending ?? null,
      outcome,
      refused,
    });
  }

  /** A clip that no model has looked at. @param {import("../../engine/protocol.js").Preview} preview */
  preview(preview) {
    const clip = clipOf(preview, preview.size);
    const [t, h, w] = clip.grid;
    const none = new Uint32Array(0);
    this.screen.see({ ...clip, context: none, target: none, pca: new Uint8Array(4 * t * h * w) });
  }

  /** @param {import("../../engine/protocol.js").Look | null} look */
  see(look) {
    const model = this.#app.opened?.model;
    if (!look || !model) return this.screen.see(null);
    const { context, target, pca } = look;
    this.screen.see({ ...clipOf(look, model.size), context, target, pca });
  }
}
