// @ts-check
/** The composition root: the only module that knows both the app and its views. */
import { makeApi } from "./app/api.js";
import { App } from "./app/app.js";
import { listCameras } from "./sources/camera.js";
import * as catalogue from "./catalogue/catalogue.js";
import { Engine } from "./engine/client.js";
import { keepPage } from "./app/offline.js";
import { memoryBytes } from "./worker/environment.js";
import { foundSave } from "./rooms/train/save-run.js";
import { inWords } from "./language/sentences.js";
import { makeShipped } from "./catalogue/shipped-models.js";
import { isProject, isSnapshot } from "./storage/snapshot-header.js";
import { Sources } from "./sources/sources.js";
import { readSettings, writeSettings } from "./settings/settings.js";
import { Tour } from "./tour/tour.js";
import { trial } from "./tour/trial-training.js";
import { openVault } from "./rooms/train/autosave-client.js";
import { ClassesView } from "./rooms/teach/classes-view.js";
import { ClipView } from "./rooms/stage/clip-view.js";
import { ControlsView } from "./rooms/stage/controls-view.js";
import { DeskView } from "./rooms/train/desk-view.js";
import { ExamView } from "./rooms/train/exam-view.js";
import { FeaturesView } from "./rooms/inside/features-view.js";
import { GalleryView } from "./rooms/play/gallery-view.js";
import { GuessesView } from "./rooms/inside/classifier-view.js";
import { HealthView } from "./rooms/inside/health-view.js";
import { ImagineView } from "./rooms/play/imagination-view.js";
import { LabView } from "./rooms/play/lab-view.js";
import { LanguageView } from "./rooms/stage/language-view.js";
import { LoadingView } from "./rooms/models/loading-view.js";
import { ModelsView } from "./rooms/models/models-view.js";
import { ProofView } from "./rooms/models/reference-check-view.js";
import { ReportView } from "./rooms/models/report-view.js";
import { ResumeView } from "./rooms/train/resume-view.js";
import { ScatterView } from "./rooms/inside/scatter-view.js";
import { StatusView } from "./rooms/stage/status-view.js";
import { SurpriseView } from "./rooms/watch/surprise-view.js";
import { TourView } from "./tour/tour-view.js";
import { language, onLanguage, preferred, setLanguage } from "./language/words.js";

/** @typedef {import("./engine/protocol.js").Look} Look */

/** @param {string} id @returns {HTMLElement} */
function section(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

const { settings, problems } = readSettings(location.search);
setLanguage(spoken(settings.lang)); // before views are made, which say something at once

const views = {
  controls: new ControlsView(section("controls")),
  status: new StatusView(section("status")),
  clip: new ClipView(section("clip")),
  surprise: new SurpriseView(section("surprise")),
  features: new FeaturesView(section("features")),
  scatter: new ScatterView(section("scatter")),
  classes: new ClassesView(section("classes")),
  desk: new DeskView(section("desk")),
  resume: new ResumeView(section("resume")),
  health: new HealthView(section("health")),
  models: new ModelsView(/** @type {HTMLDialogElement} */ (section("models")), catalogue),
  gallery: new GalleryView(/** @type {HTMLDialogElement} */ (section("gallery"))),
  loading: new LoadingView(section("loading")),
  report: new ReportView(section("report")),
  guesses: new GuessesView(section("guesses")),
  exam: new ExamView(section("exam")),
  lab: new LabView(section("lab")),
  imagine: new ImagineView(section("imagine")),
  proof: new ProofView(section("proof")),
  language: new LanguageView(section("language"), language()),
  tour: new TourView(section("tour")),
};

const app = new App(
  (notify) => new Engine(notify),
  (sink) => new Sources(/** @type {HTMLVideoElement} */ (section("live")), sink),
  {
    hidden: () => document.hidden,
    remember,
    persist: async () => (await navigator.storage?.persist?.().catch(() => false)) ?? false,
    shipped: makeShipped((url) => fetch(url)),
    vault: openVault("runs"),
    classes: openVault("classes"),
    locks: navigator.locks,
  },
);

/** The address says what is set, where it may be changed: not in a frame without one of its own. @param {import("./settings/settings.js").Settings} settings */
function remember(settings) {
  try {
    history.replaceState(null, "", writeSettings(settings));
  } catch (error) {
    console.info("The settings are not in the address:", error);
  }
}

const machineBytes = memoryBytes();

/** Models that come with the page. @type {import("./catalogue/shipped-models.js").ShippedModel[]} */
let shipped = [];

/** @type {{deviceId: string, label: string}[]} */
let cameras = [];

async function refreshCameras() {
  cameras = await listCameras();
  app.changed();
}

/** What a reader did, and what it makes the app do. An action that fails has shown why already. @param {string} id @param {string} name @param {(detail: any) => Promise<any>} action */
function on(id, name, action) {
  section(id).addEventListener(name, (event) => {
    action(/** @type {CustomEvent} */ (event).detail).catch((error) => {
      if (![app.error, ...app.notices].some((said) => said?.message === error.message)) app.fail(error);
    });
  });
}

on("controls", "source", async ({ name, deviceId, file }) => {
  await app.setSource(name, { deviceId, file }).catch((error) => {
    if (error.code !== "cancelled") throw error; // another one was chosen meanwhile
  });
  await refreshCameras();
});
on("controls", "configure", (detail) => app.configure(detail));
on("controls", "mask", (mask) => app.configure({ mask }));
on("controls", "train", ({ steps }) => app.train(steps));
on("controls", "pause", () => app.pause());
on("controls", "look", () => app.look());
on("controls", "save", async () => {
  const snapshot = /** @type {Uint8Array<ArrayBuffer>} */ (await app.save());
  download(new Blob([snapshot]), `vjepa-${app.settings.preset}-step${app.opened?.step ?? 0}.safetensors`);
});
on("controls", "models", async () => views.models.open());
on("controls", "open-file", async ({ files }) => {
  const [file] = files;
  if (await isProject(file)) return loadClasses(file);
  if (files.length > 1 || !(await isSnapshot(file))) return views.models.offer(files);
  const bytes = new Uint8Array(await file.arrayBuffer());
  await (file.name.endsWith(".run.safetensors") ? app.desk.importRun(bytes) : app.restore(bytes));
});
on("controls", "export", async ({ dtype }) => {
  const { name, preset } = app.opened?.model ?? {};
  download(await app.files.exportFolder(dtype), `${(name || preset || "vjepa").split("/").at(-1)}-${dtype}.zip`);
});
on("controls", "world", (name) => app.desk.setWorld(name));
on("desk", "tune", (change) => app.desk.tune(change));
on("desk", "switch", ({ part, on }) => app.desk.switchPart(part, on));
on("desk", "rewind", ({ step, whole }) => app.desk.rewind(step, whole));
on("desk", "show", ({ step }) => scrub(step));
on("desk", "export-run", async () => {
  const run = /** @type {Uint8Array<ArrayBuffer>} */ (await app.desk.exportRun());
  const name = app.history.name.replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase();
  download(new Blob([run]), `vjepa-${name}-step${app.opened?.step ?? 0}.run.safetensors`);
});
on("desk", "import-run", async ({ file }) => app.desk.importRun(new Uint8Array(await file.arrayBuffer())));
on("desk", "rename", async ({ id, name }) => app.training.arrange((runs) => runs.rename(id, name)));
on("desk", "hide", async ({ id, hidden }) => app.training.arrange((runs) => runs.hide(id, hidden)));
on("desk", "remove", async ({ id }) => app.training.arrange((runs) => runs.remove(id)));
on("resume", "resume", () => app.saves.resume());
on("resume", "discard", () => app.saves.discard());
on("controls", "gallery", async () => views.gallery.open());
on("gallery", "pair", async (wish) => {
  // The dialog covers the page, so it says itself what went wrong.
  views.gallery.update({ wish, ...(await app.pair(wish)) });
});
on("surprise", "watch", async ({ on }) => app.watching.choose(on));
on("surprise", "threshold", async ({ threshold }) => app.watching.setThreshold(threshold));
on("surprise", "refute", ({ id, isFalse }) => app.watching.refute(id, isFalse));
on("surprise", "get-used", async ({ ms }) => app.watching.getUsed(ms));
on("surprise", "stop-habits", async () => app.watching.stopHabits());
on("surprise", "forget-habits", () => app.watching.forgetHabits());
on("models", "load", (settings) => app.load(settings));
on("models", "forget", ({ key }) => app.files.forget(key));
on("models", "persist", () => app.files.persist());
on("exam", "examine", ({ world }) => app.exam({ world }));
on("exam", "cancel", () => app.cancelExam());
on("lab", "next", () => app.lab.next());
on("lab", "guess", ({ side }) => app.lab.guess(side));
on("lab", "record", () => app.trick.record().finally(refreshCameras));
on("lab", "stop", async () => app.trick.cancel());
on("imagine", "imagine", ({ tokens }) => app.imaginer.imagine(tokens));
on("imagine", "roll", ({ past }) => app.imaginer.roll(past));
on("loading", "cancel", () => app.cancelLoad());
on("classes", "teach", (change) => app.classes.teach(change));
on("classes", "hold", ({ id }) => app.classes.hold(id));
on("classes", "release", async () => app.classes.release());
on("classes", "record", ({ id }) => app.classes.hold(id, true));
on("classes", "save-project", async () => saveClasses(await app.classes.save()));
on("classes", "load-project", ({ file }) => loadClasses(file));
on("classes", "begin-anew", () => app.classes.beginAnew());
on("classes", "bring-back", ({ index }) => app.classes.bringBack(index));
on("classes", "save-aside", async ({ index }) => saveClasses(app.classes.projects.aside[index].bytes));
on("classes", "forget-aside", async ({ index }) => app.classes.projects.forget(index));

/** @param {Blob} file */
const loadClasses = async (file) => app.classes.load(new Uint8Array(await file.arrayBuffer()));

/** @param {Uint8Array} bytes */
function saveClasses(bytes) {
  const { name, preset } = app.opened?.model ?? {};
  download(
    new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]),
    `vjepa-${(name || preset || "model").split("/").at(-1)}.classes.safetensors`,
  );
}
on("language", "speak", async (lang) => app.speak(lang));

const tour = new Tour({
  mask: () => app.settings.mask,
  setMask: (mask) => app.configure({ mask }),
  learns: () => Boolean(app.training.recipe),
  trial: (steps, without) => trial(app, steps, without),
});
tour.addEventListener("change", () => views.tour.update(tour.state));
on("take-tour", "click", () => tour.start());
on("tour", "move", ({ by }) => tour.move(by));
on("tour", "act", () => tour.act());
on("tour", "end", () => tour.end());

/** @type {number | null | undefined} */
let wanted;

/** Shows the moment that the reader stopped at; those passed by on the way are left out. @param {number | null} step */
async function scrub(step) {
  const waiting = wanted !== undefined;
  wanted = step;
  if (waiting) return;
  try {
    while (wanted !== app.training.shown) await app.desk.show(wanted ?? null);
  } finally {
    wanted = undefined;
  }
}

let proving = false;
on("proof", "prove", async () => {
  proving = true;
  app.changed();
  try {
    await app.files.prove();
  } finally {
    proving = false;
    app.changed();
  }
});

section("features").addEventListener("pick", async (event) => {
  // A newer model or a rebuilt engine has no features yet: the next look asks again.
  const similarity = await app.engine.similarity(/** @type {CustomEvent} */ (event).detail).catch(() => null);
  views.features.showSimilarity(similarity);
});

/** @param {Blob} blob @param {string} name */
function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

app.addEventListener("choose", (event) => views.models.open(/** @type {CustomEvent<string>} */ (event).detail));

app.addEventListener("change", () => {
  const { phase, opened, error, settings, source, presets } = app;
  const { dataset } = document.documentElement;
  dataset.phase = phase;
  const checkpoint = Boolean(opened?.model.checkpoint);
  dataset.model = checkpoint ? (opened?.model.classes ? "classifier" : "checkpoint") : "own";
  const notice = section("notice");
  const message = inWords(app.says);
  if (notice.textContent !== message) notice.textContent = message;
  notice.dataset.kind = error ? "error" : "info";
  views.controls.update({
    presets,
    settings,
    cameras,
    phase,
    source,
    mask: settings.mask,
    checkpoint,
    shipped,
    world: app.training.recipe?.world.name ?? null,
    bank: app.training.bank,
  });
  views.status.update({
    phase,
    device: opened?.device ?? null,
    why: opened?.why ?? [],
    model: opened?.model ?? null,
    step: opened?.step ?? 0,
    before: app.history.before,
    timings: app.timings,
    gpuBytes: app.gpuBytes,
    progress: app.progress,
    error: phase === "error" ? error : null,
  });
  drawSurprise();
  showDesk();
  showExam();
  showLab();
  showClasses();
  showCheckpoint();
  views.tour.update(tour.state);
  setLanguage(spoken(settings.lang));
});

/** @param {import("./settings/settings.js").Settings["lang"]} lang */
function spoken(lang) {
  return lang === "auto" ? preferred(navigator.languages) : lang;
}

// What has a key follows by itself; what views word anew is asked of them again.
onLanguage(() => {
  views.language.update(language());
  app.changed();
  if (app.lastLook) showLook(app.lastLook);
  drawCharts();
});

/** What comes against what was foretold. */
function showSurprise() {
  const { watching, opened, phase } = app;
  const { on, learned, why, reading, verdict, threshold, course, alarms, habits } = watching;
  const { size = 0, grid = [0, 0, 0], checkpoint = false } = opened?.model ?? {};
  views.surprise.update({
    on,
    learned,
    why,
    reading,
    verdict,
    threshold,
    size,
    columns: grid[2],
    checkpoint,
    ready: Boolean(opened) && phase !== "loading" && phase !== "error",
    training: phase === "training",
    points: course.points,
    marks: course.marks,
    alarms: alarms.kept,
    count: alarms.count,
    falseCount: alarms.falseCount,
    habits: habits.state,
  });
}

/** What there is to say of training. */
function showDesk() {
  const { opened, phase, training, timings, saves } = app;
  const { recipe, rates, moments, shown, alarm } = training;
  const step = opened?.step ?? 0;
  for (const id of ["features", "health"]) section(id).toggleAttribute("data-past", shown !== null);
  document.documentElement.style.setProperty("--past", `"as of step ${shown ?? 0}"`);
  views.desk.update({
    ready: Boolean(recipe),
    training: phase === "training",
    step,
    before: app.history.before,
    stepMs: timings.stepMs,
    recipe,
    rates,
    causal: opened?.model.causal ?? false,
    moments,
    shown,
    alarm,
    runs: chartedRuns(),
    saved: saves.state,
  });
  views.resume.update(saves.offer && foundSave(saves.offer));
}

/** The exam under way, or the last one of these weights. */
function showExam() {
  const { current } = app.examiner;
  const shown = current ?? app.examiner.last;
  // In all: what they had before the run counts as well.
  const steps = shown ? app.history.before + shown.step : null;
  views.exam.update({
    report: shown?.report ?? null,
    step: steps,
    running: Boolean(current),
    ready: app.phase !== "loading" && app.phase !== "error",
  });
}

/** Pairs and tricks, and what is imagined. */
function showLab() {
  const { lab, trick, imaginer, opened, phase, source } = app;
  const ready = phase !== "loading" && phase !== "error";
  const { stage, share, recording } = trick;
  views.lab.update({
    round: lab.round,
    score: lab.score,
    busy: lab.busy,
    problem: lab.problem,
    ready,
    trick: { stage, share, recording, problem: trick.problem, source, ready },
  });
  const { imagined, fading, busy, problem } = imaginer;
  views.imagine.update({ imagined, fading, busy, problem, ready, tubelets: opened?.model.grid[0] ?? 0 });
}

/** Classes of the reader's own, and what they say of the clip. */
function showClasses() {
  const { examples, answer, problem, report, thumbnails, recorder, projects } = app.classes;
  const { aside, unkept, unkeptWhy } = projects;
  const ready = app.phase !== "loading" && app.phase !== "error";
  views.classes.update({
    ready,
    examples,
    held: recorder.recording,
    answer,
    guesses: app.lastLook?.guesses ?? [],
    problem,
    report,
    thumbnails,
    aside: aside.map(({ names, clips, why }) => ({ names, clips, why })),
    unkept,
    unkeptWhy,
  });
}

/** What there is to say of the checkpoint that is open, being loaded, or could be. */
function showCheckpoint() {
  const { opened, phase, loading, report } = app;
  const { kept, usage, proof } = app.files;
  const device = opened ? { kind: opened.device.kind, maxBufferBytes: opened.device.maxBufferBytes } : null;
  views.loading.update(loading);
  views.models.update({ device, memoryBytes: machineBytes, kept, usage, busy: Boolean(loading) });
  views.report.update(report, (report && catalogue.called(report.name)?.licence) ?? null);
  views.proof.update({
    rows: proof,
    running: proving,
    adapter: opened?.device.adapter ?? "",
    ready: phase === "ready" || phase === "running",
  });
}

/** Draws what is new, a task a view, so that no task holds up the page. */
class Painter {
  /** @type {Map<string, () => void>} */
  #pending = new Map();
  #painting = false;

  /** @param {string} name @param {() => void} paint  replaces the one of this name that still waits */
  async ask(name, paint) {
    this.#pending.set(name, paint);
    if (this.#painting) return;
    this.#painting = true;
    for (const [next, work] of this.#pending) {
      this.#pending.delete(next);
      work();
      await new Promise((resolve) => setTimeout(resolve));
    }
    this.#painting = false;
  }

  /** What waits under this name is not painted. @param {string} name */
  drop(name) {
    this.#pending.delete(name);
  }
}

const painter = new Painter();
const drawSurprise = () => painter.ask("surprise", showSurprise);

app.addEventListener("surprise", drawSurprise);

app.addEventListener("look", (event) => showLook(/** @type {CustomEvent<Look>} */ (event).detail));

/** @param {Look} look */
function showLook(look) {
  const model = app.opened?.model;
  if (!model) return;
  const { size, width } = model;
  // A still picture has one frame, and a grid without time.
  const [grid, tubelet] = [/** @type {[number, number, number]} */ ([...look.grid]), look.tubelet];
  const count = grid[0] * tubelet;
  const { frames, context, target, pca, predictedPca, std, effectiveRank, verdict, reason, guesses } = look;
  painter.ask("clip", () => views.clip.update({ frames, size, count, grid, tubelet, context, target }));
  painter.ask("imagine", () => views.imagine.see({ frames, size, count, grid, tubelet }));
  painter.ask("features", () => views.features.update({ grid, pca, predictedPca, target }));
  painter.ask("scatter", () => views.scatter.update(look.scatter));
  painter.ask("guesses", () => views.guesses.update(guesses));
  painter.ask("health", () =>
    views.health.update({ std, effectiveRank, verdict, reason, width, history: app.history.health }),
  );
}

/** Runs as the charts want them. @returns {import("./rooms/train/charts-view.js").RunData[]} */
function chartedRuns() {
  return app.training.runs.all.map((run) => {
    const { id, name, colour, hidden, step, before, firstStep, losses, vitals, marks } = run;
    const exams = run.exams
      .flatMap(({ step, average }) => (average === null ? [] : [{ step, average }]))
      .sort((a, b) => a.step - b.step);
    return { id, name, colour, hidden, step, before, firstStep, losses, vitals, marks, exams };
  });
}

const drawCharts = () => painter.ask("charts", () => views.desk.draw(chartedRuns()));

app.addEventListener("train", () => {
  views.desk.trained(app.opened?.step ?? 0, performance.now());
  drawCharts();
});
app.addEventListener("runs", drawCharts);

app.addEventListener("opened", () => {
  drawCharts();
  clearLook();
});

app.addEventListener("blank", clearLook);

/** Nothing of a look is shown, nor what is still to be drawn of it. */
function clearLook() {
  for (const name of /** @type {const} */ (["clip", "features", "scatter", "health", "guesses", "imagine"])) {
    painter.drop(name);
    views[name].clear();
  }
}

/** Saves what is not saved yet. */
function leave() {
  app.classes.release();
  app.classes.projects.flush();
  return app.saves.flush();
}

const ready = new Promise((resolve, reject) => {
  app.addEventListener("look", () => resolve(undefined), { once: true });
  app.addEventListener("change", () => app.phase === "error" && reject(app.error));
});
ready.then(keepPage, () => {}); // what went wrong is shown on the page; whoever awaits it is told too
window.vjepa = makeApi(app, /** @type {Promise<void>} */ (ready));
// A tab that is hidden may never be seen again.
document.addEventListener("visibilitychange", () => document.hidden && leave());
addEventListener("pagehide", () => leave());
app.page.shipped.list().then((models) => ((shipped = models), app.changed()));
navigator.mediaDevices?.addEventListener("devicechange", refreshCameras);
refreshCameras();
app.start(settings, problems).catch(() => {}); // the same error as of ready
dispatchEvent(new Event("alive")); // watchdog.js has nothing more to say
