// @ts-check
import { translate } from "../../language/translate.js";
import { language, t } from "../../language/words.js";
import { Chart } from "../../ui/chart.js";
import { disable, el, emit, keyed, setText } from "../../ui/dom.js";
import { decimal, finite } from "../../ui/format.js";
import { drawHeat, framesOf, heatAt } from "./clip-heat-view.js";
import { pixelsFor } from "../../ui/pixels.js";
import { Player } from "../../ui/player.js";
import { Surface } from "../../ui/canvas.js";

/**
 * @typedef {import("./trick.js").Recording} Recording
 * @typedef {{stage: import("./trick.js").Stage, share: number, recording: Recording | null, problem: import("../../base/messages.js").Message | null, source: string | null, ready: boolean}} TrickData
 */

/** Some seconds of the source, and where in them the model was surprised; part of the lab. */
export class TrickView {
  /** @type {Recording | null} */
  #recording = null;
  /** @type {import("../../ui/pixels.js").Pixels | null} */
  #pixels = null;
  #stage = "idle";
  /** What is in the chart is said in this language. */
  #spoken = language();

  /** @param {HTMLElement} root  what "record" and "stop" are dispatched on */
  constructor(root) {
    this.canvas = el("canvas", { role: "img" });
    this.surface = new Surface(this.canvas, (ctx, side) => this.#draw(ctx, side));
    this.reel = new Player(
      { play: "trick.play", pause: "trick.pause", slider: "trick.slider" },
      () => this.#redraw(),
      () => this.surface.visible,
    );
    this.button = el("button", {
      type: "button",
      onclick: () => emit(root, this.#stage === "recording" ? "stop" : "record"),
    });
    this.progress = el("progress", { max: 1, ...keyed({ "aria-label": "trick.progress" }) });
    this.told = el("p", { class: "told", role: "status" });
    const curve = el("div", { class: "curve" });
    this.chart = new Chart(
      curve,
      {
        id: "trick-curve",
        label: "chart.trick",
        empty: "chart.trick.empty",
        from: 0,
        at: (frame) => t("chart.frame", { frame }),
      },
      (frame) => (frame === null ? this.#redraw() : this.reel.stopAt(frame - 1)),
    );
    this.shown = el("div", { class: "recording" }, el("div", {}, this.canvas, this.reel.element), curve);
    this.element = el(
      "div",
      { class: "trick" },
      el("h3", keyed({ text: "trick.heading" })),
      el("p", { class: "caption", ...keyed({ text: "trick.caption" }) }),
      el("div", { class: "ask" }, this.button, this.progress),
      this.told,
      this.shown,
    );
    this.update({ stage: "idle", share: 0, recording: null, problem: null, source: null, ready: false });
  }

  /** @param {TrickData} data */
  update({ stage, share, recording, problem, source, ready }) {
    this.#stage = stage;
    setText(
      this.button,
      t(
        stage === "recording"
          ? "trick.stop"
          : source === "world" || !source
            ? "trick.camera"
            : recording
              ? "trick.again"
              : "trick.record",
      ),
    );
    disable(this.button, !ready || stage === "judging");
    this.progress.hidden = stage === "idle";
    this.progress.value = share;
    setText(
      this.told,
      stage === "recording"
        ? t("trick.recording")
        : stage === "judging"
          ? t("trick.judging")
          : translate(problem) || sentenceOf(recording),
    );
    this.shown.hidden = !recording || stage !== "idle";
    if (recording !== this.#recording) this.#hang(recording);
    else if (this.#spoken !== language()) this.#chart(recording);
  }

  /** The most surprising moment is shown first. @param {Recording | null} recording */
  #hang(recording) {
    this.#recording = recording;
    this.reel.load(recording?.count ?? 0);
    this.#chart(recording);
    if (!recording) return;
    const { frames, count, size, first, curve, tubelet } = recording;
    this.#pixels = pixelsFor(this.#pixels, size, size, count);
    this.#pixels.put(frames);
    this.reel.stopAt((first + mostOf(curve)) * tubelet);
  }

  /** @param {Recording | null} recording */
  #chart(recording) {
    this.#spoken = language();
    if (!recording) return this.chart.update([], [1, 2]);
    const { count, first, curve, tubelet } = recording;
    this.chart.update(
      [
        {
          name: t("trick.surprise"),
          colour: 0,
          steps: framesOf(first, curve.length, tubelet),
          values: curve,
          marks: [],
          current: true,
        },
      ],
      [1, count],
    );
  }

  #redraw() {
    this.surface?.request();
    const recording = this.#recording;
    if (!recording) return this.canvas.setAttribute("aria-label", t("trick.none"));
    const frame = this.reel.frame;
    const window = Math.floor(frame / recording.tubelet) - recording.first;
    const surprise = recording.curve[window];
    this.canvas.setAttribute(
      "aria-label",
      t("trick.shown", {
        frame: frame + 1,
        what: surprise === undefined ? t("trick.unpredicted") : t("trick.value", { value: decimal(surprise, 2) }),
      }),
    );
    this.chart.point(frame - (frame % recording.tubelet) + 1);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} side */
  #draw(ctx, side) {
    const recording = this.#recording;
    if (!recording) return;
    const { frame } = this.reel;
    this.#pixels?.draw(ctx, frame, side, side);
    const heat = heatAt(recording, recording.curve.length, recording.tubelet, frame);
    if (heat)
      drawHeat(
        ctx,
        heat,
        recording.columns,
        side,
        recording.heat.reduce((most, value) => Math.max(most, finite(value)), 0),
      );
  }
}

/** Which of them is largest. @param {number[]} values */
const mostOf = (values) => values.reduce((most, value, i) => (value > finite(values[most]) ? i : most), 0);

/** @param {Recording | null} recording @returns {string} */
export function sentenceOf(recording) {
  if (!recording) return "";
  const { curve, first, tubelet, fps } = recording;
  const most = mostOf(curve);
  const seconds = ((first + most) * tubelet) / fps;
  const [from, to] = [(first * tubelet) / fps, ((first + curve.length) * tubelet) / fps];
  return t("trick.told", {
    seconds: decimal(seconds, 1),
    value: decimal(curve[most], 2),
    from: decimal(from, 1),
    to: decimal(to, 1),
  });
}
