// @ts-check
/**
 * A little training that is taken back: weights, optimiser, recipe and curves are then as they were.
 *
 * @typedef {Pick<import("../app/app.js").App, "action" | "desk" | "history" | "opened" | "pause" | "runner" | "train"
 *   | "training">} AppPart   what it may ask of the app
 * @typedef {import("../engine/protocol.js").Ablation} Ablation
 * @typedef {{done: Promise<any>, undo: () => Promise<any>}} UndoableAction   `undo` may be asked for before it is done
 */
import { changed } from "../rooms/train/recipe-change.js";
import { FailureError } from "../base/errors.js";

/** @param {AppPart} app @param {number} steps @param {(keyof Ablation)[]} without  parts that are switched off meanwhile @returns {UndoableAction} */
export function trial(app, steps, without) {
  /** @type {{step: number, recipe: import("../engine/protocol.js").Recipe, run: object} | undefined} */
  let from;
  let unwanted = false;

  const run = async () => {
    if (app.runner.training) await app.pause();
    const { recipe } = app.training;
    if (!recipe) throw new FailureError("frozen.nothing", "Nothing that learns is open: start a new model first.");
    const step = app.opened?.step ?? 0;
    const off = Object.fromEntries(without.map((part) => [part, false]));
    await app.action(async () => {
      await app.training.keepHere();
      if (!app.training.moments.some((moment) => moment.step === step)) {
        throw new FailureError(
          "too-large.keep",
          "This model is too large to be kept, so steps could not be taken back: try a smaller one.",
        );
      }
      from = { step, recipe, run: app.history };
      // A regulariser would keep alive what is to be seen without those parts.
      await app.training.setRecipe(
        { ...changed(recipe, { regulariser: { kind: "none" } }), ablation: { ...recipe.ablation, ...off } },
        false,
      );
    });
    if (!unwanted) await app.train(steps);
  };
  const done = run();

  return {
    done,
    async undo() {
      unwanted = true;
      if (app.runner.training) await app.pause();
      await done.catch(() => {});
      // Whoever opened another model in between left all of this behind.
      if (!from || app.history !== from.run) return;
      const { step, recipe } = from;
      try {
        await app.desk.rewind(step);
      } finally {
        await app.action(() => app.training.setRecipe(recipe, false));
      }
    },
  };
}
