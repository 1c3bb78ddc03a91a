// @ts-check
/**
 * Watch: surprise over time, what came of laws that were broken, alarms, trust and adaptation.
 *
 * @typedef {import("../../app/app.js").App} App
 * @typedef {Pick<App, "opened" | "phase" | "ready" | "watching">} WatchApp   what this room may ask of the app
 */
import { handle } from "../../ui/dom.js";
import { saveButtons } from "../../ui/save-view.js";
import { ScoreView } from "./score-view.js";
import { SurpriseView } from "./surprise-view.js";

export class WatchRoom {
  needsLooks = false;
  #app;

  /**
   * @param {Record<"surprise" | "score", HTMLElement>} roots
   * @param {WatchApp} app
   * @param {(work: () => unknown) => void} act
   * @param {(replay: any) => void} replay   shows an alarm on the stage; null: what comes again
   */
  constructor(roots, app, act, replay) {
    this.#app = app;
    this.view = new SurpriseView(roots.surprise);
    this.score = new ScoreView(roots.score);
    const { watching } = app;
    const points = () => watching.history.points.map((point) => ({ ...point, at: Math.round(point.at) }));
    roots.surprise.prepend(saveButtons({ name: "vjepa-surprise", within: roots.surprise, rows: points }));
    handle(roots.surprise, act, {
      watch: ({ on }) => watching.choose(on),
      threshold: ({ threshold }) => watching.setThreshold(threshold),
      refute: ({ id, isFalse }) => watching.refute(id, isFalse),
      adapt: ({ ms }) => watching.adapt(ms),
      "stop-adapting": () => watching.stopAdapting(),
      "undo-adaptation": () => watching.undoAdaptation(),
      replay,
    });
  }

  /** Enough of an alarm. */
  live() {
    this.view.live();
  }

  update() {
    const { watching, opened, phase, ready } = this.#app;
    const { on, learned, why, reading, verdict, threshold, history, alarms, adaptation, laws } = watching;
    const { size = 0, grid = [0, 0, 0], checkpoint = false } = opened?.model ?? {};
    this.view.update({
      on,
      learned,
      why,
      reading,
      verdict,
      threshold,
      size,
      columns: grid[2],
      checkpoint,
      ready,
      training: phase === "training",
      points: history.points,
      marks: history.marks,
      alarms: alarms.kept,
      count: alarms.count,
      falseCount: alarms.falseCount,
      adaptation: adaptation.state,
    });
    this.score.update(laws?.score ?? null);
  }
}
