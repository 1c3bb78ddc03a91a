// @ts-check
/** The composition root: the only module that knows both the app and its views. */
import { makeApi } from "./api.js";
import { App } from "./app.js";
import { Engine } from "./engine.js";
import { Sources, listCameras } from "./source.js";
import { readSettings, writeSettings } from "./state.js";
import { ClipView } from "./views/clip.js";
import { ControlsView } from "./views/controls.js";
import { FeaturesView } from "./views/features.js";
import { HealthView } from "./views/health.js";
import { LossView } from "./views/loss.js";
import { ScatterView } from "./views/scatter.js";
import { StatusView } from "./views/status.js";

/** @typedef {import("./protocol.js").Look} Look */

/** @param {string} id @returns {HTMLElement} */
function section(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

const views = {
  controls: new ControlsView(section("controls")),
  status: new StatusView(section("status")),
  clip: new ClipView(section("clip")),
  features: new FeaturesView(section("features")),
  scatter: new ScatterView(section("scatter")),
  loss: new LossView(section("loss")),
  health: new HealthView(section("health")),
};

const app = new App(
  (notify) => new Engine(notify),
  (sink) => new Sources(/** @type {HTMLVideoElement} */ (section("live")), sink),
  {
    hidden: () => document.hidden,
    remember: (settings) => history.replaceState(null, "", writeSettings(settings)),
  },
);

/** @type {{deviceId: string, label: string}[]} */
let cameras = [];

async function refreshCameras() {
  cameras = await listCameras();
  app.changed();
}

/** What a reader did, and what it makes the app do. An action that fails has shown why already. @param {string} name @param {(detail: any) => Promise<any>} action */
function onControl(name, action) {
  section("controls").addEventListener(name, (event) => {
    action(/** @type {CustomEvent} */ (event).detail).catch((error) => {
      if (app.error?.message !== error.message) app.fail(error);
    });
  });
}

onControl("source", async ({ name, deviceId, file }) => {
  await app.setSource(name, { deviceId, file });
  await refreshCameras();
});
onControl("configure", (detail) => app.configure(detail));
onControl("mask", (mask) => app.configure({ mask }));
onControl("train", ({ steps }) => app.train(steps));
onControl("pause", () => app.pause());
onControl("look", () => app.look());
onControl("save", async () => download(await app.save()));
onControl("restore", async ({ file }) => app.restore(new Uint8Array(await file.arrayBuffer())));

section("features").addEventListener("pick", async (event) => {
  // A newer model or a rebuilt engine has no features yet: the next look asks again.
  const similarity = await app.engine.similarity(/** @type {CustomEvent} */ (event).detail).catch(() => null);
  views.features.showSimilarity(similarity);
});

/** @param {Uint8Array} snapshot */
function download(snapshot) {
  const url = URL.createObjectURL(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (snapshot)]));
  const link = document.createElement("a");
  link.href = url;
  link.download = `vjepa-${app.settings.preset}-step${app.opened?.step ?? 0}.safetensors`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

app.addEventListener("change", () => {
  const { phase, opened, error, settings, source, presets } = app;
  document.documentElement.dataset.phase = phase;
  const notice = section("notice");
  const message = error?.message ?? app.notice;
  if (notice.textContent !== message) notice.textContent = message;
  notice.dataset.kind = error ? "error" : "info";
  views.controls.update({ presets, settings: openSettings(settings), cameras, phase, source, mask: settings.mask });
  views.status.update({
    phase,
    device: opened?.device ?? null,
    why: opened?.why ?? "",
    model: opened?.model ?? null,
    step: opened?.step ?? 0,
    timings: app.timings,
    gpuBytes: app.gpuBytes,
    progress: app.progress,
    error: phase === "error" ? error : null,
  });
});

/** @param {import("./state.js").Settings} settings @returns {import("./protocol.js").OpenSettings} */
function openSettings({ device, family, preset, seed }) {
  return { device, family, preset, seed };
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
}

const painter = new Painter();

app.addEventListener("look", (event) => {
  const look = /** @type {CustomEvent<Look>} */ (event).detail;
  const model = app.opened?.model;
  if (!model) return;
  const { grid, frames: count, size, tubelet, width } = model;
  const { frames, context, target, pca, predictedPca, std, effectiveRank } = look;
  painter.ask("clip", () => views.clip.update({ frames, size, count, grid, tubelet, context, target }));
  painter.ask("features", () => views.features.update({ grid, pca, predictedPca, target }));
  painter.ask("scatter", () => views.scatter.update(look.scatter));
  painter.ask("health", () => views.health.update({ std, effectiveRank, width, history: app.history.health }));
});

app.addEventListener("train", () => painter.ask("loss", () => views.loss.update(app.history.losses, app.history.firstStep + 1)));

app.addEventListener("opened", () => {
  painter.ask("loss", () => views.loss.update(app.history.losses, app.history.firstStep + 1));
  for (const view of [views.clip, views.features, views.scatter, views.health]) view.clear();
});

const { settings, problems } = readSettings(location.search);
const ready = new Promise((resolve, reject) => {
  app.addEventListener("look", () => resolve(undefined), { once: true });
  app.addEventListener("change", () => app.phase === "error" && reject(app.error));
});
ready.catch(() => {}); // shown on the page; whoever awaits it is told too
window.vjepa = makeApi(app, /** @type {Promise<void>} */ (ready));
navigator.mediaDevices?.addEventListener("devicechange", refreshCameras);
refreshCameras();
app.start(settings, problems).catch(() => {}); // the same error as of ready
