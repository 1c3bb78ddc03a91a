// @ts-check
/**
 * `<vjepa-surprise>`: surprise for any page. It watches a camera or a video and says how far what
 * came next was from what the model expected, measured against what is usual at each place.
 *
 *     <script type="module" src="…/vjepa-surprise.js"></script>
 *     <vjepa-surprise src="camera" threshold="6"></vjepa-surprise>
 *
 * @typedef {import("./watch.js").Reading} Reading
 * @typedef {import("../base/errors.js").Failure} Failure
 */
import { Engine } from "../engine/client.js";
import { FailureError, failed, toFailure } from "../base/errors.js";
import { FrameFeed } from "../sources/feed.js";
import { makeShipped } from "../catalogue/shipped-models.js";
import { Sources } from "../sources/sources.js";
import { addressOf, deviceOf, sourceOf, thresholdOf } from "./attributes.js";
import { drawCurve, drawHeat } from "./draw.js";
import { furnish } from "./shadow.js";
import { Watch } from "./watch.js";

/** Points of the curve: half a minute of a model that reads four times a second. */
const CURVE = 120;
/** Attributes with a default in place of what can't be. */
const READ = { threshold: thresholdOf, device: deviceOf };
const nothing = () =>
  new FailureError(
    "no-source",
    "There is nothing to watch: set src to “camera” or the address of a video, or put a <video> inside.",
  );

/**
 * Watches a camera or a video with a small V-JEPA, and says how surprised it is.
 *
 * An attribute that can't be is an `error`, and the default is used. A video inside may come later, or be replaced.
 * @attr {string} src - "camera" or the address of a video; without it a video inside the element is watched
 * @attr {string} model - address of weights as vjepa-web saves them; those that come along unless given
 * @attr {number} threshold - deviations from what is usual from which the alarm rings, above 0
 * @attr {"auto" | "cpu" | "webgpu"} device - what the model runs on
 * @attr {boolean} paused - waits for start() instead of beginning by itself
 * @fires {CustomEvent<Reading>} surprise - a reading: one a tubelet, or as fast as it can
 * @fires {CustomEvent<Reading>} alarm - the same, once an event
 * @fires {CustomEvent<Failure>} error - what is wrong, with a code and a sentence
 * @slot - a video to watch, where there is no src
 * @csspart stage - picture and heat map
 * @csspart heat - the heat map; its color is that of heat
 * @csspart curve - surprise over the last half minute; its color is that of the line
 * @csspart status - what it is doing, in words
 */
export class VjepaSurprise extends HTMLElement {
  static observedAttributes = ["src", "model", "threshold", "device"];

  /** The newest one. @type {Reading | null} */
  reading = null;
  /** @type {Watch | undefined} */
  #watch;
  /** Lets go of what frames come from. */
  #release = () => {};
  /** The video inside that is watched. @type {HTMLVideoElement | undefined} */
  #watched;
  /** It would run, had it a video. */
  #lacksVideo = false;
  /** What is wrong with attributes, by their names. @type {Map<string, string>} */
  #problems = new Map();
  /** @type {number[]} */
  #peaks = [];
  #live;
  #slot;
  #heat;
  #curve;
  #status;

  constructor() {
    super();
    const { slot, live, heat, curve, status } = furnish(this);
    this.#slot = slot;
    this.#live = live;
    this.#heat = heat;
    this.#curve = curve;
    this.#status = status;
    this.#slot.addEventListener("slotchange", () => this.#videoChanged());
  }

  /** Deviations from which the alarm rings; null: from the engine's own on. @returns {number | null} */
  get threshold() {
    return thresholdOf(this.getAttribute("threshold")).value;
  }

  set threshold(deviations) {
    if (deviations === null) this.removeAttribute("threshold");
    else this.setAttribute("threshold", String(deviations));
  }

  /** It has an engine, or is getting one. */
  get running() {
    return this.#watch !== undefined;
  }

  connectedCallback() {
    if (!this.hasAttribute("paused")) this.start();
  }

  disconnectedCallback() {
    this.stop();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    const watch = this.#watch;
    if (before === now || !watch) return;
    if (name !== "threshold") return void (this.stop(), this.start());
    this.#checkAttributes();
    if (watch.model) watch.setThreshold(this.threshold).catch((error) => this.#fail(error, watch));
  }

  /** Opens an engine and begins to watch; resolves when frames flow, or when it could not be, which `error` says. */
  async start() {
    if (this.#watch) return;
    const watch = new Watch((notify) => new Engine(notify), {
      reading: (reading) => this.#read(reading),
      failed: (error) => this.#fail(error, watch),
    });
    this.#watch = watch;
    this.#lacksVideo = false;
    this.#checkAttributes();
    this.#say("Getting the model…");
    try {
      const weights = await this.#weights();
      if (this.#watch !== watch) return;
      await watch.open(weights, deviceOf(this.getAttribute("device")).value, this.threshold);
      if (this.#watch !== watch) return;
      // The attribute may have changed meanwhile.
      if (watch.threshold !== this.threshold) await watch.setThreshold(this.threshold);
      await this.#flow(watch);
    } catch (error) {
      if (this.#watch !== watch) return;
      this.stop();
      this.#lacksVideo = toFailure(error).code === "no-source";
      this.#fail(error);
    }
  }

  /** Ends the engine with its worker, and lets go of camera and video. */
  stop() {
    this.#watch?.close();
    this.#watch = undefined;
    this.#release();
    this.#release = () => {};
    this.#watched = undefined;
    this.#lacksVideo = false;
    this.#problems.clear();
    this.#peaks = [];
    this.reading = null;
    for (const canvas of [this.#heat, this.#curve]) canvas.width = canvas.height = 0;
    this.#say("");
  }

  /** @returns {Promise<Uint8Array>} */
  async #weights() {
    const model = this.getAttribute("model");
    if (!model) return (await makeShipped((url) => fetch(url)).weights({ family: "vjepa2", preset: "learner" })).bytes;
    const answer = await fetch(addressOf("model", model, document.baseURI)).catch(() => null);
    if (!answer?.ok)
      throw new FailureError(
        "not-found.model",
        "The model {model} could not be fetched: check its address, and that its host lets this page read it.",
        { model },
      );
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** Frames go to the model from now on. @param {Watch} watch */
  async #flow(watch) {
    const model = () => /** @type {import("../sources/feed.js").Taker} */ (watch.model);
    const frame = (/** @type {ImageBitmap} */ bitmap, /** @type {number} */ times = 1) =>
      void watch.frame(bitmap, times);
    const gap = () => watch.gap();
    const waits = (/** @type {import("../base/messages.js").Message | null} */ what) =>
      void (this.#watch === watch && this.#say(what?.message ?? "Waiting for frames…"));
    waits(null);
    const src = sourceOf(this.getAttribute("src"), document.baseURI);
    if (src === null) {
      const video = this.#video();
      if (!video) throw nothing();
      const feed = new FrameFeed(video, frame, model, gap);
      this.#watched = video;
      this.#release = () => feed.stop();
      return feed.start();
    }
    const sources = new Sources(this.#live, {
      model,
      frame,
      still: frame,
      gap,
      waits,
      ended: (failure) => (this.stop(), this.#fail(failure)),
    });
    this.#release = () => sources.stop();
    if (src === "camera") await sources.use("camera", {});
    else await sources.use("file", { url: src });
    if (this.#watch !== watch) return; // stopped while it was being opened
    await sources.flow();
  }

  /** The one inside, if there is one. */
  #video() {
    return this.#slot.assignedElements().find((element) => element instanceof HTMLVideoElement);
  }

  /** Another video inside is another source: what is usual begins anew. */
  #videoChanged() {
    const video = this.#video();
    const replaced = this.#watched && video !== this.#watched;
    if (replaced) this.stop();
    if (video && (replaced || this.#lacksVideo)) this.start();
    else if (replaced) {
      this.#lacksVideo = true;
      this.#fail(nothing());
    }
  }

  /** Says what can't be of the attributes, each once. */
  #checkAttributes() {
    for (const [name, read] of Object.entries(READ)) {
      const { problem } = read(this.getAttribute(name));
      if (!problem) this.#problems.delete(name);
      else if (problem.message !== this.#problems.get(name)) {
        this.#problems.set(name, problem.message);
        this.#tell(failed(problem));
      }
    }
  }

  /** @param {Reading} reading */
  #read(reading) {
    this.reading = reading;
    this.#peaks = [...this.#peaks, reading.peak].slice(-CURVE);
    drawHeat(this.#heat, reading);
    drawCurve(this.#curve, this.#peaks, CURVE, reading.threshold);
    const { missing, peak, threshold, ringing } = reading;
    const said = `Surprise ${peak.toFixed(1)}, alarm from ${threshold}`;
    this.#heat.setAttribute(
      "aria-label",
      missing
        ? "Where it was surprised: not known yet"
        : `Where it was surprised, ${reading.rows} by ${reading.columns} places`,
    );
    this.#curve.setAttribute("aria-label", `How surprised it was lately. ${said}`);
    this.#status.setAttribute("aria-live", missing ? "off" : "polite"); // screen readers need no countdown
    this.#say(
      missing
        ? `Getting used to what is usual: ${missing} readings to go`
        : ringing
          ? "Something it did not predict"
          : "As usual",
    );
    this.dispatchEvent(new CustomEvent("surprise", { detail: reading }));
    if (reading.began !== null) this.dispatchEvent(new CustomEvent("alarm", { detail: reading }));
  }

  /** Shows an error and tells whoever listens. @param {any} error @param {Watch} [watch]  that it came from */
  #fail(error, watch = this.#watch) {
    if (watch !== this.#watch) return;
    const failure = toFailure(error);
    this.#say(failure.message);
    this.#tell(failure);
  }

  /** @param {Failure} failure */
  #tell(failure) {
    this.dispatchEvent(new CustomEvent("error", { detail: failure }));
  }

  /** What is wrong with attributes stays beside it. @param {string} now */
  #say(now) {
    const text = [...this.#problems.values(), now].join(" ").trim();
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }
}

if (!customElements.get("vjepa-surprise")) customElements.define("vjepa-surprise", VjepaSurprise);
