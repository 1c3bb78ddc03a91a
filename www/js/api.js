// @ts-check
/** `window.vjepa`; what it promises is written in vjepa.d.ts. */

import { sourceNamed } from "./catalogue.js";
import { FailureError } from "./errors.js";
import { checked } from "./state.js";

/** @typedef {import("./app.js").App} App */

/** @param {App} app @returns {import("./vjepa.d.ts").PageState} a copy */
export function pageState(app) {
  const { opened, lastLook } = app;
  return {
    phase: app.phase,
    error: app.error && { ...app.error },
    notice: app.notice,
    device: opened?.device.kind ?? null,
    adapter: opened?.device.adapter ?? null,
    why: opened?.why ?? null,
    model: opened ? describeModel(opened.model) : null,
    source: app.source,
    clips: app.clips,
    step: opened?.step ?? 0,
    loss: app.history.losses.slice(),
    health: app.history.latest,
    masks: opened && lastLook
      ? { grid: /** @type {[number, number, number]} */ ([...lastLook.grid]), context: [...lastLook.context], target: [...lastLook.target] }
      : null,
    timings: { ...app.timings },
    gpuBytes: app.gpuBytes,
    loading: app.loading && loadingOf(app.loading),
    report: app.report && { ...app.report },
    kept: app.kept.map((file) => ({ ...file })),
    exam: app.examiner.current && { ...app.examiner.current },
    exams: app.exams.map((taken) => ({ ...taken })),
  };
}

/** @param {import("./protocol.js").ModelInfo} model */
function describeModel({ family, preset, params, tokens, width, depth, size, frames, checkpoint, name, precision, classes }) {
  const own = { family, preset, params, tokens, width, depth, size, frames };
  return checkpoint ? { ...own, checkpoint, name, precision, classes } : own;
}

/** @param {import("./protocol.js").Loading} loading */
function loadingOf({ what, loaded, total, tensors, ofTensors }) {
  return { what, loaded, total, tensors, ofTensors };
}

/** @param {import("./vjepa.d.ts").LoadOptions} options @returns {import("./protocol.js").CheckpointSettings} */
function checkpointOf({ model = "", source = sourceNamed(model), ...rest }) {
  if (!source) throw new FailureError("bad-setting", `“${model}” names no checkpoint: give one of the catalogue, a repository as owner/name, or an address.`);
  const { precision = "auto", frames = 0 } = checked(rest);
  return { source, precision, frames };
}

/** @param {unknown} frames  bytes in whatever wrapping */
function bytesOf(frames) {
  if (frames instanceof ArrayBuffer) return new Uint8Array(frames);
  if (ArrayBuffer.isView(frames)) return new Uint8Array(frames.buffer, frames.byteOffset, frames.byteLength);
  throw new FailureError("bad-frame", "Frames are given as bytes: a Uint8Array of RGBA, [frames, size, size, 4].");
}

/** @param {App} app @param {Promise<void>} ready @returns {import("./vjepa.d.ts").Vjepa} */
export function makeApi(app, ready) {
  return {
    ready,
    state: () => pageState(app),
    setSource: (name, options) => app.setSource(name, options),
    configure: (options) => app.configure(options),
    look: () => app.look(),
    train: (steps) => app.train(steps),
    pause: () => app.pause(),
    embed: async (frames) => app.engine.embed(bytesOf(frames)),
    save: () => app.save(),
    restore: (bytes) => app.restore(bytes),
    load: async (options) => app.load(checkpointOf(options)),
    cancelLoad: () => app.cancelLoad(),
    kept: () => app.engine.files(),
    forget: (key) => app.forget(key),
    prove: () => app.prove(),
    exam: (options) => app.exam(options),
    cancelExam: () => app.cancelExam(),
    exportFolder: (dtype) => app.exportFolder(dtype),
    on(event, listener) {
      /** @param {Event} happened */
      const forward = (happened) => listener(event === "change" ? pageState(app) : /** @type {any} */ (happened).detail);
      app.addEventListener(event, forward);
      return () => app.removeEventListener(event, forward);
    },
    debug: { loseDevice: async () => void (await app.engine.loseDevice()) },
  };
}
