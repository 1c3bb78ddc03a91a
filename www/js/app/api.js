// @ts-check
/** `window.vjepa`; what it promises is written in vjepa.d.ts. */

import { makeActApi } from "./act-api.js";
import { inEnglish } from "../base/messages.js";
import { sourceNamed } from "../catalogue/catalogue.js";
import { FailureError } from "../base/errors.js";
import { checked } from "../settings/settings.js";
import { badAddress, parseAddress } from "../weights/address.js";

/** @typedef {import("./app.js").App} App */

/** @param {App} app @returns {import("./vjepa.d.ts").PageState} a copy */
export function pageState(app) {
  const { opened, lastLook } = app;
  return {
    phase: app.phase,
    error: app.error && { ...app.error, message: inEnglish([app.error, app.outcome]) },
    notice: inEnglish(app.shownNotices),
    device: opened?.device.kind ?? null,
    adapter: opened?.device.adapter ?? null,
    why: opened ? inEnglish(opened.why) : null,
    model: opened ? describeModel(opened.model) : null,
    source: app.source,
    clips: app.clips,
    step: opened?.step ?? 0,
    loss: app.history.losses.slice(),
    health: app.history.latest,
    masks:
      opened && lastLook
        ? {
            grid: /** @type {[number, number, number]} */ ([...lastLook.grid]),
            context: [...lastLook.context],
            target: [...lastLook.target],
          }
        : null,
    timings: { ...app.timings },
    engines: app.training.engines,
    gpuBytes: app.gpuBytes,
    loading: app.loading && loadingOf(app.loading),
    report: app.report && { ...app.report, verified: inEnglish(app.report.verified) },
    kept: app.files.kept.map((file) => ({ ...file })),
    runs: app.training.runs.all.map(({ id, name, hidden, step, before }) => ({ id, name, hidden, step, before })),
    moments: app.training.moments.map(({ step }) => step),
    shown: app.training.shown,
    alarm: app.training.alarm && { ...app.training.alarm, reason: inEnglish(app.training.alarm.reason) },
    bank: app.training.bank && { ...app.training.bank },
    saved: { ...app.saves.state, message: inEnglish(app.saves.state.message) },
    exam: app.examiner.current && { ...app.examiner.current },
    surprise: app.watching.summary,
    classesSaved: app.classes.projects.saved,
    exams: app.exams.map((taken) => ({ ...taken })),
  };
}

/** @param {import("../engine/protocol.js").ModelInfo} model */
function describeModel({
  family,
  preset,
  params,
  tokens,
  width,
  depth,
  size,
  frames,
  checkpoint,
  name,
  precision,
  classes,
}) {
  const own = { family, preset, params, tokens, width, depth, size, frames };
  return checkpoint ? { ...own, checkpoint, name, precision, classes } : own;
}

/** @param {import("../engine/protocol.js").Loading} loading */
function loadingOf({ what, loaded, total, tensors, ofTensors }) {
  return { what: inEnglish(what), loaded, total, tensors, ofTensors };
}

/** @param {import("./vjepa.d.ts").LoadOptions} options @returns {import("../engine/protocol.js").CheckpointSettings} */
function checkpointOf({ model = "", source = sourceNamed(model), ...rest }) {
  if (!source)
    throw new FailureError(
      "bad-setting.model",
      "“{model}” names no checkpoint: give one of the catalogue, a repository as owner/name, or an address.",
      { model },
    );
  const { precision = "auto", frames = 0 } = checked(rest);
  return { source: sourceOf(source), precision, frames };
}

/** What a script gives as a source, which may be anything. @param {any} given @returns {import("../engine/protocol.js").CheckpointSource} */
function sourceOf(given) {
  const { from, repo, revision, url, files } = given;
  if (from === "files" && files?.length && [...files].every((file) => file instanceof Blob))
    return { from, files: [...files] };
  if (from === "hub") return { from, repo: addressed(repo), ...(revision && { revision: String(revision) }) };
  if (from === "url" && !URL.canParse(url)) throw badAddress();
  if (from === "url") return { from, url: addressed(url) };
  throw new FailureError(
    "bad-source",
    "A source of a checkpoint is from the hub with its repo, from a url with that, or from files with at least one: give one of these.",
  );
}

/** Throws a sentence for what is no address. @param {unknown} text @returns {string} as it was */
function addressed(text) {
  parseAddress(String(text));
  return String(text);
}

const FRAMES_AS_BYTES = () =>
  new FailureError("bad-frame", "Frames are given as bytes: a Uint8Array of RGBA, [frames, size, size, 4].");
const RUN_AS_BYTES = () =>
  new FailureError("bad-frame.run", "A run is given as bytes: a Uint8Array, as exportRun makes it.");
const PROJECT_AS_BYTES = () =>
  new FailureError("bad-frame.project", "A project is given as bytes: a Uint8Array, as saveProject makes it.");

/** @param {unknown} given  bytes in whatever wrapping @param {() => FailureError} [failure]  if they are none */
function bytesOf(given, failure = FRAMES_AS_BYTES) {
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  throw failure();
}

/** @param {App} app @param {Promise<void>} ready @param {import("./act-api.js").ActDoor} door  of the room Act @returns {import("./vjepa.d.ts").Vjepa} */
export function makeApi(app, ready, door) {
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
    recipe: () => app.engine.recipe(),
    setRecipe: (recipe) => app.desk.setRecipe(recipe),
    step: () => app.train(1),
    moments: async () => (await app.engine.keptModels()).map(({ step }) => step),
    showMoment: (step) => app.desk.show(step),
    rewind: (step) => app.desk.rewind(step),
    exportRun: () => app.desk.exportRun(),
    importRun: async (bytes) => {
      const { step, recipe, source, notes } = await app.desk.importRun(bytesOf(bytes, RUN_AS_BYTES));
      return { step, recipe, source, notes };
    },
    load: async (options) => app.load(checkpointOf(options)),
    cancelLoad: () => app.cancelLoad(),
    kept: () => app.engine.files(),
    forget: (key) => app.files.forget(key),
    prove: () => app.files.prove(),
    exam: (options) => app.exam(options),
    cancelExam: () => app.cancelExam(),
    classes: () => app.engine.examples(),
    teach: (change) => app.classes.teach(change),
    addExample: (id) => app.classes.addExample(id),
    classify: () => app.classes.classify(),
    fewshotReport: () => app.classes.ask(),
    saveProject: () => app.classes.save(),
    loadProject: async (bytes) => app.classes.load(bytesOf(bytes, PROJECT_AS_BYTES).slice()),
    exportFolder: (dtype) => app.files.exportFolder(dtype),
    on(event, listener) {
      /** @param {Event} happened */
      const forward = (happened) =>
        listener(event === "change" ? pageState(app) : /** @type {any} */ (happened).detail);
      app.addEventListener(event, forward);
      return () => app.removeEventListener(event, forward);
    },
    act: makeActApi(door),
    debug: { loseDevice: async () => void (await app.engine.loseDevice()) },
  };
}
