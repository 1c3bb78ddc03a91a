// @ts-check
/**
 * The sensor without its looks: an engine of its own that is given frames and answers with readings: one a tubelet, or,
 * where it is slower than the frames, one for all tubelets since the last.
 *
 * @typedef {import("../engine/client.js").Engine} Engine
 * @typedef {import("../engine/protocol.js").ModelInfo} ModelInfo
 * @typedef {import("../engine/protocol.js").Notice} Notice
 * @typedef {import("../engine/protocol.js").OpenSettings} OpenSettings
 * @typedef {import("../engine/protocol.js").Surprise} Surprise
 * @typedef {Omit<Surprise, "verdict"> & {rows: number, columns: number}} Reading   `errors` and `heat`: [rows * columns]
 *
 * @typedef {object} Listener
 * @property {(reading: Reading) => void} reading
 * @property {(error: any) => void} failed     it goes on, if it can
 */
import { FailureError, isCrash } from "../base/errors.js";
import { headerOf } from "../storage/snapshot-header.js";

/** What happens to any request while an engine is replaced, or the clip is not full yet. @param {any} error */
const passes = (error) => isCrash(error) || error?.code === "cancelled" || error?.code === "short-clip";

export class Watch {
  /** What is open. @type {ModelInfo | undefined} */
  model;
  #engine;
  #listener;
  /** Of the element's attribute; null: the engine's own. @type {number | null} */
  #threshold = null;
  /** The engine's own, once it is there. */
  #usual = NaN;
  /** Frames since the last question. */
  #fresh = 0;
  /** And since some were missing. */
  #following = Infinity;
  #asking = false;
  #closed = false;

  /** @param {(notify: (notice: Notice) => void) => Engine} makeEngine @param {Listener} listener */
  constructor(makeEngine, listener) {
    this.#engine = makeEngine((notice) => this.#noticed(notice));
    this.#listener = listener;
  }

  /** @param {Uint8Array} weights  of a model of this page, as it saves or ships them @param {OpenSettings["device"]} device @param {number | null} threshold  null: the engine's own */
  async open(weights, device, threshold) {
    const { family, name: preset } =
      (await headerOf(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (weights)])))?.config ?? {};
    if (!preset)
      throw new FailureError(
        "bad-model",
        "This is no model of vjepa-web: give a .safetensors file that the page saved, or that comes with it.",
      );
    const opened = await this.#engine.open({ device, family, preset, seed: 0 }, { start: Promise.resolve(weights) });
    await this.#engine.clear(); // frames are the source, from the first one on
    this.#usual = opened.constants.threshold;
    await this.setThreshold(threshold);
    this.model = opened.model;
  }

  get threshold() {
    return this.#threshold;
  }

  /** Ring from so many deviations on. @param {number | null} threshold  null: from the engine's own */
  async setThreshold(threshold) {
    await this.#engine.alarm({ threshold: threshold ?? this.#usual });
    this.#threshold = threshold;
  }

  /** @param {ImageBitmap} bitmap  of the model's size @param {number} [times]  sampling instants that it is the frame of */
  async frame(bitmap, times = 1) {
    const { model } = this;
    if (!model || this.#closed) return bitmap.close();
    try {
      const taken = await this.#engine.frame(bitmap, times, model.frames);
      if (!taken) return; // a newer one took its place
      this.#fresh += times;
      this.#following += times;
      if (Math.min(taken.held, this.#following) >= model.frames && this.#fresh >= model.tubelet && !this.#asking)
        await this.#ask(model);
    } catch (error) {
      // Weights that overflow give a number for no frame: it is said once.
      if (/** @type {any} */ (error)?.code === "not-finite") this.model = undefined;
      if (!passes(error) && !this.#closed) this.#listener.failed(error);
    }
  }

  /** What comes next does not follow the frames before: nothing is asked until these are gone. */
  gap() {
    this.#following = 0;
  }

  /** Ends the engine and its worker. */
  close() {
    this.#closed = true;
    this.#engine.close();
  }

  /** @param {ModelInfo} model */
  async #ask({ grid: [, rows, columns] }) {
    this.#asking = true;
    this.#fresh = 0;
    try {
      const { verdict: _, ...surprise } = await this.#engine.surprise(0); // there is no label to judge
      if (!this.#closed) this.#listener.reading({ ...surprise, rows, columns });
    } finally {
      this.#asking = false;
    }
  }

  /** @param {Notice} notice */
  #noticed(notice) {
    if (this.#closed) return;
    // What was usual went with the engine before, and so did its threshold.
    if (notice.notice === "engine") this.setThreshold(this.#threshold).catch(() => {});
    if (notice.notice === "lost") this.#engine.settled().catch((error) => this.#listener.failed(error));
  }
}
