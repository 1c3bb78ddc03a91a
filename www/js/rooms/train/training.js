// @ts-check
/**
 * The training desk without its looks: runs and their curves, the recipe and its live changes, kept models, and what
 * to do about collapse. Part of the app.
 *
 * @typedef {Pick<import("../../app/app.js").App, "changed" | "dispatchEvent" | "engine" | "opened" | "say" |
 *   "viewing">} AppPart   what it may ask of the app
 * @typedef {import("../../engine/protocol.js").Ablation} Ablation
 * @typedef {import("../../engine/protocol.js").Rates} Rates
 * @typedef {import("../../engine/protocol.js").Recipe} Recipe
 * @typedef {import("../../engine/protocol.js").TrainReport} TrainReport
 *
 * @typedef {{learningRate?: number, momentum?: number} & import("./recipe-change.js").Terms} Change
 *   From the next step on; what is left out stays. Learning rate and momentum of the EMA are held, whatever the schedule said.
 *
 * @typedef {keyof Ablation | "regulariser"} Part   of what keeps features apart
 *
 * @typedef {{notes?: string} & Partial<import("./runs.js").Origin>} Past   of weights: the notes of a run file, or where they are from
 *
 * @typedef {{step: number, reason: import("../../base/messages.js").Message | null, healthy: number | null}} Alarm
 *   It collapsed; `healthy`: the last kept moment at which it had not.
 */
import { changed, marksOf, REGULARISERS } from "./recipe-change.js";
import { FailureError, toFailure } from "../../base/errors.js";
import { isMoment, nextMoment } from "./kept-steps.js";
import { Runs } from "./runs.js";
import { passes } from "../../app/viewing.js";

/** @type {Ablation} */
const WHOLE = { ema: true, stopGradient: true, predictor: true };
/** @type {Record<keyof Ablation, string>} */
const PARTS = { ema: "EMA", stopGradient: "stop-gradient", predictor: "predictor" };

export class Training {
  runs = new Runs();
  /** Null while nothing is open that learns. @type {Recipe | null} */
  recipe = null;
  /** As of the last step, or held since. @type {Required<Rates> | null} */
  rates = null;
  /** Kept models, oldest first. @type {{step: number}[]} */
  moments = [];
  /** The step of the moment that every look is of; null: the newest. @type {number | null} */
  shown = null;
  /** @type {Alarm | null} */
  alarm = null;
  /** Engines that had a part in the last step, each on a core; null before one. @type {number | null} */
  engines = null;
  /** Clips that training draws from, where frames are the source. @type {import("../../engine/protocol.js").Bank | null} */
  bank = null;
  /** Steps of moments at which it had not collapsed. @type {Set<number>} */
  #well = new Set();
  #collapsed = false;
  /** Which one the switch turns on. @type {"vicreg"|"sigreg"} */
  #regulariser = "vicreg";
  #app;

  /** @param {AppPart} app */
  constructor(app) {
    this.#app = app;
  }

  /** These are other weights. @param {number} step @param {Past} [past] */
  begin(step, { notes, ...origin } = {}) {
    if (notes === undefined) this.runs.begin(step, origin);
    else this.runs.adopt(notes, step);
    this.#well.clear();
    this.#collapsed = false;
    this.alarm = null;
  }

  /** What the engine that is open now knows of the run. */
  async refresh() {
    const { engine, opened } = this.#app;
    const learns = Boolean(opened && !opened.model.checkpoint);
    this.rates = null;
    this.engines = null;
    this.shown = null;
    this.recipe = learns ? await engine.recipe().catch(() => null) : null;
    this.moments = learns ? await engine.keptModels().catch(() => []) : [];
    this.bank = null;
    this.#app.changed();
  }

  /** How many of the wanted steps may be taken before the next moment is due. @param {number} steps */
  stepsUntilMoment(steps) {
    const step = this.#app.opened?.step ?? 0;
    return Math.min(steps, nextMoment(step) - step);
  }

  /** Keeps the model as it is, if this is a step at which that is done. */
  async keepIfDue() {
    const step = this.#app.opened?.step ?? 0;
    if (this.recipe && isMoment(step)) await this.#keepIfItFits(step);
  }

  /** Keeps the model as it is, whichever step this is. */
  keepHere() {
    return this.#keepIfItFits(this.#app.opened?.step ?? 0);
  }

  /** @param {TrainReport} report */
  async trained({ step, losses, health, learningRate, momentum, engines }) {
    this.engines = engines;
    this.runs.current.trained({ step, losses, health });
    this.rates = { learningRate, momentum };
    this.#collapsed = health.verdict === "collapsed";
    if (!this.#collapsed) this.alarm = null;
    else this.alarm ??= { step, reason: health.reason, healthy: this.#lastHealthy() };
    const { engine, viewing } = this.#app;
    this.bank = viewing.source === "world" ? null : await engine.bank().catch(() => null);
  }

  /** @param {Change} change */
  async tune({ learningRate, momentum, ...terms }) {
    const { engine } = this.#app;
    const recipe = this.#known();
    const rates = { ...(learningRate !== undefined && { learningRate }), ...(momentum !== undefined && { momentum }) };
    if (Object.keys(rates).length) {
      this.recipe = await engine.setRates(rates);
      if (this.rates) Object.assign(this.rates, rates);
    }
    if (Object.keys(terms).length) await this.setRecipe(changed(this.recipe ?? recipe, terms), false);
    if (learningRate !== undefined) this.#mark(`learning rate ${learningRate}`);
    if (momentum !== undefined) this.#mark(`EMA momentum ${momentum}`);
    marksOf(terms).forEach((what) => this.#mark(what));
  }

  /** Takes away a part of what keeps it from collapsing, or puts it back. @param {Part} part @param {boolean} on */
  async switchPart(part, on) {
    const recipe = this.#known();
    await this.keepHere();
    if (part === "regulariser") return this.#regularise(on);
    await this.setRecipe({ ...recipe, ablation: { ...recipe.ablation, [part]: on } }, false);
    this.#mark(`${PARTS[part]} ${on ? "on" : "off"}`);
  }

  /** With the kind that was there last. @param {boolean} on */
  async #regularise(on) {
    const recipe = this.#known();
    const { kind } = recipe.regulariser;
    if (kind !== "none") this.#regulariser = kind;
    await this.setRecipe(changed(recipe, { regulariser: { kind: on ? this.#regulariser : "none" } }), false);
    this.#mark(`${REGULARISERS[this.#regulariser]} ${on ? "on" : "off"}`);
  }

  /** Another world to look at and learn from. @param {string | import("../../engine/protocol.js").WorldSpec} world @param {number} seed */
  async setWorld(world, seed) {
    this.#known();
    const { engine } = this.#app;
    await engine.world(seed, world);
    this.recipe = await engine.recipe();
    this.#mark(`world ${this.recipe.world.name}`);
  }

  /** @param {Recipe} recipe @param {boolean} [marked] */
  async setRecipe(recipe, marked = true) {
    this.#known();
    await this.#app.engine.setRecipe(recipe);
    this.recipe = await this.#app.engine.recipe(); // with what that one left out
    if (marked) this.#mark("another recipe");
    this.#app.changed();
  }

  /** Every look is of the model as it was at that moment; null: as it is now. @param {number | null} step */
  async show(step) {
    await this.#app.engine.showKeptModel(step);
    this.shown = step;
    this.#app.changed();
  }

  /** Goes on from a kept moment; what came after it is gone. @param {number} step @param {boolean} [whole]  with every part back in place */
  async rewind(step, whole = false) {
    const { engine } = this.#app;
    const recipe = this.#known();
    await engine.rewind(step);
    if (whole) await this.setRecipe({ ...recipe, ablation: WHOLE }, false);
    this.recipe = await engine.recipe();
    this.moments = await engine.keptModels();
    this.shown = null;
    this.alarm = null;
    this.#collapsed = false;
    this.rates = null;
  }

  /** Other names, or other runs to be seen. @param {(runs: Runs) => void} change */
  arrange(change) {
    change(this.runs);
    this.#app.dispatchEvent(new Event("runs"));
    this.#app.changed();
  }

  /** A model too large for the time line trains without one. @param {number} step */
  async #keepIfItFits(step) {
    try {
      await this.#keep(step);
    } catch (error) {
      if (passes(error)) throw error;
      this.#app.say(toFailure(error));
    }
  }

  /** @param {number} step */
  async #keep(step) {
    if (this.moments.some((moment) => moment.step === step)) return;
    this.moments = await this.#app.engine.keepModel();
    if (!this.#collapsed) this.#well.add(step);
    this.#app.changed();
  }

  #lastHealthy() {
    return this.moments.filter(({ step }) => this.#well.has(step)).at(-1)?.step ?? null;
  }

  /** @param {string} what */
  #mark(what) {
    this.runs.current.mark(this.#app.opened?.step ?? 0, what);
    this.#app.dispatchEvent(new Event("runs"));
    this.#app.changed();
  }

  #known() {
    if (!this.recipe) throw new FailureError("frozen.nothing", "Nothing that learns is open: start a new model first.");
    return this.recipe;
  }
}
