// @ts-check
/**
 * Watches the clip go by: what comes against what was predicted, alarms, adaptation to a place, and whether a fast label
 * should wait. Part of the app.
 *
 * Calibration, alarm and what a label is worth are the engine's. Another engine calibrates anew and is told the threshold
 * again; alarms and their counts are kept here.
 *
 * @typedef {Pick<import("../../app/app.js").App, "changed" | "classes" | "dispatchEvent" | "engine" | "lastLook" |
 *   "opened" | "page" | "runner" | "viewing">} AppPart   what it may ask of the app
 * @typedef {import("../../engine/protocol.js").Surprise} Surprise
 * @typedef {import("./trust-view.js").TrustData} Verdict
 * @typedef {import("./trust-view.js").Label} Label
 */
import { inEnglish } from "../../base/messages.js";
import { Alarms } from "./alarms.js";
import { SurpriseHistory } from "./surprise-history.js";
import { FailureError, toFailure } from "../../base/errors.js";
import { Adaptation } from "./adaptation.js";
import { passes } from "../../app/viewing.js";

export class Watching {
  /** The newest window. @type {Surprise | null} */
  reading = null;
  /** @type {Verdict | null} */
  verdict = null;
  history = new SurpriseHistory();
  alarms = new Alarms();
  /** Why there is nothing to be seen. @type {import("../../base/messages.js").Message | null} */
  why = null;
  /** The model has learned something to be surprised by. */
  learned = false;
  /** Laws that were broken, and what came of them. @type {import("../../engine/protocol.js").LawReport | null} */
  laws = null;
  /** Every violation, and what the scene lacks for it. @type {import("../../engine/protocol.js").Surprise["lacking"]} */
  lacking = [];
  /** What came of the last law that was broken. @type {import("../../engine/protocol.js").LawReport["outcome"]} */
  outcome = null;
  /** Why no law could be broken when it was last tried. @type {import("../../base/errors.js").Failure | null} */
  refused = null;
  adaptation;
  #app;
  #now;
  /** The visitor's threshold; without one it is the engine's own. @type {number | null} */
  #threshold = null;
  /** What the visitor wants; before that it depends on the model. @type {boolean | null} */
  #wanted = null;
  #refused = false;
  /** Frames pushed when it last asked. */
  #asked = 0;
  /** Since when an alarm rings, and in how many windows. @type {{at: number, windows: number} | null} */
  #rings = null;

  /** @param {AppPart} app @param {() => number} [now]  milliseconds */
  constructor(app, now = () => performance.now()) {
    this.#app = app;
    this.#now = now;
    this.adaptation = new Adaptation((steps, rate) => app.engine.adapt(steps, rate), now);
  }

  /** From here on an alarm rings, in deviations; 0 until a model is open. */
  get threshold() {
    return this.#threshold ?? this.#app.opened?.constants.threshold ?? 0;
  }

  /** It watches, or would if it could. */
  get on() {
    return !this.#refused && (this.#wanted ?? this.learned);
  }

  /** These are other weights. @param {boolean} learned  they were trained */
  begin(learned) {
    this.learned = learned;
    this.#refused = false;
    this.why = null;
    this.alarms = new Alarms();
    this.history = new SurpriseHistory();
    this.adaptation.clear();
    this.laws = null;
    this.#interrupt();
  }

  /** Watch, or don't. @param {boolean} on */
  choose(on) {
    this.#wanted = on;
    this.#refused = false;
    this.why = null;
    if (!on) this.stopAdapting();
    this.#interrupt();
    this.#app.changed();
  }

  /** Another engine goes on with the same weights. */
  engineIs() {
    this.unlearn("engine");
    this.#interrupt();
  }

  /** In deviations. The engine hears of it with the next window. @param {number} threshold */
  setThreshold(threshold) {
    if (!(threshold > 0))
      throw new FailureError("bad-threshold", "An alarm needs a threshold above 0, not {threshold}: move it.", {
        threshold,
      });
    this.#threshold = threshold;
    this.#app.changed();
  }

  /** Another scene: nothing was broken in it. */
  sceneIs() {
    this.outcome = this.refused = null;
    if (this.laws) this.laws = { ...this.laws, pending: null };
  }

  /** Breaks a law of physics in the world, at the next moment at which that can be seen. @param {import("../../engine/protocol.js").Violation} violation */
  async breakLaw(violation) {
    this.outcome = this.refused = null;
    try {
      await this.#app.engine.breakLaw(violation);
      if (this.laws) this.laws = { ...this.laws, pending: violation };
    } catch (error) {
      if (/** @type {any} */ (error).code !== "no-law") throw error;
      this.refused = toFailure(error);
    }
    this.#app.changed();
  }

  /** Calls an alarm false, or takes that back. @param {number} id @param {boolean} isFalse */
  async refute(id, isFalse) {
    const number = this.alarms.refute(id, isFalse);
    this.#app.changed();
    if (number === null) return;
    try {
      await this.#app.engine.alarm({ refute: number, isFalse });
    } catch (error) {
      if (!passes(error) && /** @type {any} */ (error).code !== "no-alarm") throw error;
    }
  }

  /** For so long only the predictor adapts, to what this source shows. @param {number} ms */
  async adapt(ms) {
    const app = this.#app;
    if (!app.opened || app.opened.model.checkpoint)
      throw new FailureError(
        "frozen.adaptation",
        "A loaded checkpoint gets used to nothing: open a model of your own for that.",
      );
    if (app.runner.training)
      throw new FailureError("training", "Training goes on, which would end it: pause training first.");
    if (!this.on) this.choose(true);
    this.adaptation.begin(ms);
    this.history.mark("adaptation", this.#now());
    app.runner.resume();
  }

  /** What it has adapted to stays. */
  stopAdapting() {
    if (!this.adaptation.running) return;
    this.adaptation.stop();
    this.history.mark("adaptation-end", this.#now());
    this.#app.changed();
  }

  /** The predictor as it was before. */
  async undoAdaptation() {
    this.stopAdapting();
    await this.#app.engine.undoAdaptation();
    if (this.adaptation.steps) this.history.mark("undone", this.#now());
    this.adaptation.end("undone");
    this.#app.changed();
  }

  /** The engine let go of what it had adapted to. @param {import("./adaptation.js").End} why */
  unlearn(why) {
    const { adaptation } = this;
    if (!adaptation.running && !adaptation.steps) return;
    this.history.mark(adaptation.running ? "adaptation-end" : "undone", this.#now());
    adaptation.end(why);
    this.#app.changed();
  }

  /** Training ends adaptation. */
  trained() {
    this.unlearn("training");
  }

  /** So does another moment of the model. */
  momentIs() {
    this.unlearn("moment");
    this.#interrupt();
  }

  /** As scripts see it. */
  get summary() {
    const { on, why, threshold, alarms, verdict, adaptation, reading, history } = this;
    const { error = null, mean = null, max = null, peak = null, missing = null, ringing = false } = reading ?? {};
    const { running, steps } = adaptation;
    return {
      on,
      why: inEnglish(why),
      threshold,
      error,
      mean,
      max,
      peak,
      missing,
      ringing,
      readings: history.points.length,
      laws: this.laws && { ...this.laws },
      alarms: alarms.count,
      falseAlarms: alarms.falseCount,
      answer: verdict?.answer ?? null,
      habits: { running, steps },
    };
  }

  /** There is a window that it has not seen, or something to adapt to. */
  canWatch() {
    const { viewing, lastLook, page } = this.#app;
    return (
      this.on && Boolean(lastLook) && !page.hidden() && viewing.hasClip() && (this.adaptation.running || this.#isNew())
    );
  }

  /** The next window, and then a few steps of adapting to it. */
  async watch() {
    try {
      if (this.#isNew()) await this.#read();
      if (this.adaptation.running) await this.#adapt();
    } catch (error) {
      const { code } = /** @type {any} */ (error);
      if (passes(error) || code === "short-clip") throw error;
      this.#refuse(error);
      // It is said once, for the whole page: looks meet it as well.
      if (code === "not-finite") {
        this.why = null;
        throw error;
      }
    }
    this.#app.dispatchEvent(new Event("surprise"));
  }

  #isNew() {
    const { viewing, opened } = this.#app;
    return viewing.source === "world" || viewing.moved - this.#asked >= (opened?.model.tubelet ?? 1);
  }

  async #read() {
    const app = this.#app;
    const { engine, viewing } = app;
    const tubelet = app.opened?.model.tubelet ?? 1;
    this.#asked = viewing.moved;
    const label = labelOf(app);
    const reading = await engine.surprise(tubelet, label?.share);
    if (viewing.source === "world") viewing.moved += tubelet;
    const now = this.#now();
    this.reading = reading;
    this.history.add(reading, now);
    this.#count(reading, now);
    if (this.alarms.hear(reading, now)) {
      this.history.mark("alarm", now);
      this.#rings = { at: now, windows: -1 };
    }
    if (this.#rings) this.#rings.windows += 1;
    if (!reading.ringing) this.#rings = null;
    // A threshold that was moved, or an engine that has not heard of it.
    if (Math.abs(reading.threshold - this.threshold) > 1e-3) await engine.alarm({ threshold: this.threshold });
    this.verdict = this.#verdictOf(label, reading, now, tubelet);
  }

  /** What came of laws that were broken. @param {Surprise} reading @param {number} now */
  #count({ laws, lacking }, now) {
    this.laws = laws;
    this.lacking = lacking;
    if (laws.happened) this.history.mark("law", now, laws.happened);
    if (laws.outcome) this.outcome = laws.outcome;
  }

  /**
   * What the engine made of the label, and since when an alarm rings.
   * @param {Label | null} label @param {Surprise} reading @param {number} now @param {number} tubelet @returns {Verdict}
   */
  #verdictOf(label, { verdict, places, part, ringing }, now, tubelet) {
    const since = this.#rings && { ms: now - this.#rings.at, frames: this.#rings.windows * tubelet };
    const reason = ringing ? { patches: places.length, where: part, since } : null;
    return { answer: verdict, label, reason, places: [...places] };
  }

  async #adapt() {
    try {
      if (await this.adaptation.portion()) this.history.mark("adaptation-end", this.#now());
    } catch (error) {
      if (passes(error)) throw error;
      this.adaptation.fail(toFailure(error));
      this.history.mark("adaptation-end", this.#now());
    }
  }

  /** This model can't be asked. @param {any} error */
  #refuse(error) {
    this.stopAdapting();
    this.#refused = true;
    this.why = toFailure(error);
    this.#interrupt();
    this.#app.changed();
  }

  /** What comes next does not follow what was. */
  #interrupt() {
    this.reading = null;
    this.verdict = null;
    this.outcome = this.refused = null;
    this.lacking = [];
    this.#rings = null;
    this.#asked = this.#app.viewing.moved;
    this.alarms.interrupt();
  }
}

/** The fast answer: of the classifier that is open, or else of the classes that were taught. @param {AppPart} app @returns {Label | null} */
function labelOf({ opened, lastLook, classes }) {
  if (!opened?.model.classes) return classes.answer?.ridge[0] ?? null;
  const best = lastLook?.guesses?.[0];
  return best ? { name: best.label, share: best.share } : null;
}
