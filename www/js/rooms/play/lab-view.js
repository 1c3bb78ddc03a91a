// @ts-check
import { translate } from "../../language/translate.js";
import { language, t } from "../../language/words.js";
import { Chart } from "../../ui/chart.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { decimal, finite } from "../../ui/format.js";
import { whatHappens } from "../../ui/laws.js";
import { drawHeat, framesOf, heatAt } from "./clip-heat-view.js";
import { pixelsFor } from "../../ui/pixels.js";
import { Player } from "../../ui/player.js";
import { Surface } from "../../ui/canvas.js";
import { TrickView } from "./trick-view.js";
import { sentenceOf } from "./truth-view.js";

/**
 * @typedef {import("./lab.js").Round} Round
 * @typedef {import("./lab.js").Score} Score
 * @typedef {import("./lab.js").Side} Side
 * @typedef {import("../../engine/protocol.js").SurpriseCurve} SurpriseCurve
 * @typedef {{round: Round | null, score: Score, busy: boolean, problem: import("../../base/messages.js").Message | null, ready: boolean, trick: import("./trick-view.js").TrickData}} LabData
 */

/** @type {[Side, Side]} */
const SIDES = [0, 1];
const NAMES = /** @type {const} */ (["left", "right"]);

/** Matched clips, one of which can't be, and a magic trick. Dispatches on its root: "guess" {side}, "next", "record", "stop". */
export class LabView {
  /** @type {LabData | null} */
  #data = null;
  /** Somebody asked for a pair and goes on with it by keyboard, perhaps. */
  #asked = false;
  /** @type {Round | null | undefined} */
  #hung;
  /** @type {Round["answer"]} */
  #charted = null;
  /** What is in the chart is said in this language. */
  #spoken = language();
  /** @type {(import("../../ui/pixels.js").Pixels | null)[]} */
  #pixels = [null, null];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.tally = el("p", { class: "tally" });
    this.canvases = SIDES.map(() => el("canvas", { role: "img" }));
    this.surfaces = this.canvases.map(
      (canvas, side) => new Surface(canvas, (ctx, width) => this.#draw(ctx, width, side)),
    );
    this.captions = SIDES.map(() => el("figcaption", {}));
    this.guesses = SIDES.map((side) =>
      el("button", {
        type: "button",
        ...keyed({ text: "lab.pick", "aria-label": `lab.pick.${NAMES[side]}` }),
        onclick: () => this.#guess(side),
      }),
    );
    this.figures = SIDES.map((side) =>
      el(
        "figure",
        {},
        /** @type {HTMLElement} */ (this.captions[side]),
        /** @type {HTMLElement} */ (this.canvases[side]),
        /** @type {HTMLElement} */ (this.guesses[side]),
      ),
    );
    this.duel = el(
      "div",
      { class: "twins", tabindex: -1, role: "group", ...keyed({ "aria-label": "lab.keys" }) },
      ...this.figures,
    );
    this.reel = new Player(
      { play: "pairs.play", pause: "pairs.pause", slider: "lab.slider" },
      () => this.#redraw(),
      () => Boolean(this.surfaces[0]?.visible),
    );
    this.told = el("p", { class: "told", role: "status" });
    this.next = el("button", { type: "button", class: "next", onclick: () => this.#next() });
    this.curve = el("div", { class: "curve" });
    this.chart = new Chart(
      this.curve,
      {
        id: "lab-curve",
        label: "chart.lab",
        empty: "chart.lab.empty",
        from: 0,
        at: (frame) => t("chart.frame", { frame }),
      },
      (frame) => (frame === null ? this.#redraw() : this.reel.stopAt(frame - 1)),
    );
    this.game = el(
      "div",
      { class: "game" },
      this.duel,
      this.reel.element,
      el("div", { class: "outcome" }, this.told, this.next),
      this.curve,
    );
    this.trick = new TrickView(root);
    root.append(this.tally, this.game, this.trick.element);
    root.addEventListener("keydown", (event) => this.#key(event));
    this.clear();
  }

  /** @param {LabData} data */
  update(data) {
    this.#data = data;
    const { round, score, busy, problem, ready, trick } = data;
    if (round !== this.#hung) this.#hang(round);
    const open = Boolean(round && round.guess === null) && !busy;
    for (const guess of this.guesses) guess.disabled = !open;
    for (const side of SIDES) this.#caption(side, round);
    this.next.hidden = Boolean(round && !round.answer);
    this.next.disabled = busy || !ready;
    setText(this.next, t(round ? "lab.next" : "lab.first"));
    setText(this.told, translate(problem) || toldOf(round));
    setText(this.tally, tallyOf(score));
    if (round?.answer !== this.#charted || this.#spoken !== language()) this.#chart(round);
    this.trick.update(trick);
  }

  clear() {
    this.update({
      round: null,
      score: { rounds: 0, visitor: 0, model: 0 },
      busy: false,
      problem: null,
      ready: false,
      trick: { stage: "idle", share: 0, recording: null, problem: null, source: null, ready: false },
    });
  }

  /** @param {Side} side */
  #guess(side) {
    if (this.guesses[side]?.disabled) return;
    this.duel.focus({ preventScroll: true }); // a button that is disabled would lose the keyboard
    emit(this.root, "guess", { side });
  }

  #next() {
    if (this.next.disabled || this.next.hidden) return;
    this.duel.focus({ preventScroll: true }); // before the first pair it is not to be seen yet
    this.#asked = true;
    emit(this.root, "next");
  }

  /** Arrow keys choose, Enter goes on, wherever they mean nothing else. @param {KeyboardEvent} event */
  #key(event) {
    const at = /** @type {HTMLElement} */ (event.target);
    if (
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      at.matches("input, canvas") ||
      this.trick.element.contains(at)
    )
      return;
    const side = { ArrowLeft: SIDES[0], ArrowRight: SIDES[1] }[event.key];
    if (side !== undefined) this.#guess(side);
    else if (event.key === "Enter" && !at.matches("button")) this.#next();
    else return;
    event.preventDefault();
  }

  /** @param {Round | null} round */
  #hang(round) {
    this.#hung = round;
    this.game.toggleAttribute("data-empty", !round);
    if (round) {
      const { size, frames } = round.wish;
      for (const side of SIDES) {
        const pixels = pixelsFor(this.#pixels[side] ?? null, size, size, frames);
        pixels.put(round.clips[side]);
        this.#pixels[side] = pixels;
      }
    }
    this.reel.load(round?.wish.frames ?? 0);
    if (!round) return;
    this.reel.begin();
    if (this.#asked) this.duel.focus({ preventScroll: true });
    this.#asked = false;
  }

  /** @param {Side} side @param {Round | null} round */
  #caption(side, round) {
    const name = t(`lab.${NAMES[side]}`);
    const caption = round?.answer ? t(side === round.impossible ? "lab.cannot" : "lab.can", { side: name }) : name;
    setText(/** @type {HTMLElement} */ (this.captions[side]), caption);
    this.figures[side]?.toggleAttribute("data-impossible", Boolean(round?.answer) && side === round?.impossible);
    this.figures[side]?.toggleAttribute("data-guessed", round?.guess === side);
  }

  /** @param {Round | null} round */
  #chart(round) {
    this.#charted = round?.answer ?? null;
    this.#spoken = language();
    const curves = !round?.answer
      ? []
      : SIDES.map((side) => {
          const { first, peak } = /** @type {SurpriseCurve} */ (round.answer?.curves[side]);
          const impossible = side === round.impossible;
          const marks = impossible ? [{ step: round.moment + 1, what: t("lab.happens") }] : [];
          return {
            name: t(impossible ? "lab.curve.cannot" : "lab.curve.can", { side: nameOf(side) }),
            colour: impossible ? 0 : 1,
            steps: framesOf(first, peak.length, round.tubelet),
            values: [...peak],
            marks,
            current: impossible,
          };
        });
    this.curve.hidden = !curves.length;
    this.chart.update(curves, [1, round?.wish.frames ?? 2]);
    if (curves.length && document.activeElement === this.duel) this.next.focus();
    this.#redraw();
  }

  #redraw() {
    const { frame } = this.reel ?? { frame: 0 };
    const round = this.#hung;
    for (const side of SIDES) {
      const truths = round?.truths[side][frame];
      this.canvases[side]?.setAttribute(
        "aria-label",
        t("lab.shown", {
          side: t(`lab.${NAMES[side]}`),
          scene: truths ? sentenceOf(truths) : t("pairs.nothing"),
        }),
      );
      this.surfaces[side]?.request();
    }
    if (round && this.#charted) this.chart.point(frame - (frame % round.tubelet) + 1);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} width @param {number} side */
  #draw(ctx, width, side) {
    const round = this.#hung;
    if (!round) return;
    this.#pixels[side]?.draw(ctx, this.reel.frame, width, width);
    const curve = round.answer?.curves[side];
    const heat = curve && heatAt(curve, curve.peak.length, round.tubelet, this.reel.frame);
    if (heat) drawHeat(ctx, heat, round.columns, width, mostOf(round));
  }
}

/** The largest error in either clip, so that both are tinted alike. @param {Round} round */
function mostOf({ answer }) {
  return Math.max(
    ...(answer?.curves ?? []).map(({ heat }) => heat.reduce((most, value) => Math.max(most, finite(value)), 0)),
  );
}

/** Within a sentence. @param {Side} side */
const nameOf = (side) => t(`lab.side.${NAMES[side]}`);

/** @param {Score} score @returns {string} */
export function tallyOf({ rounds, visitor, model }) {
  if (!rounds) return t("lab.tally.none");
  return t(rounds === 1 ? "lab.tally.one" : "lab.tally", { rounds, visitor, model });
}

/** What there is to say of a round. @param {Round | null} round @returns {string} */
export function toldOf(round) {
  if (!round) return "";
  if (round.guess === null) return t("lab.ask", { number: round.number });
  if (!round.answer) return t("lab.looking", { side: nameOf(round.guess) });
  const what = whatHappens(round.wish.violation);
  const truth = t("lab.truth", { side: nameOf(round.impossible), what, frame: round.moment + 1 });
  const you = round.guess === round.impossible;
  const model = round.answer.side === round.impossible;
  const right = t(
    you && model ? "lab.right.both" : you ? "lab.right.you" : model ? "lab.right.model" : "lab.right.neither",
  );
  const [left = 0, other = 0] = round.answer.curves.map(({ peak }) => Math.max(...peak));
  const how =
    round.answer.side === null
      ? t("lab.alike")
      : t("lab.more", {
          side: nameOf(round.answer.side),
          most: decimal(Math.max(left, other), 2),
          least: decimal(Math.min(left, other), 2),
        });
  return t("lab.told", { truth, right, how });
}
