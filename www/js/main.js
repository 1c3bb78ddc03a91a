// @ts-check
/** The composition root: the only module that knows both the app and the rooms. */
import { makeApi } from "./app/api.js";
import { App } from "./app/app.js";
import { LaterRoom } from "./app/later-room.js";
import { keepPage } from "./app/offline.js";
import { fetchElsewhere } from "./base/elsewhere.js";
import { FailureError } from "./base/errors.js";
import { fetchFile } from "./base/preloaded.js";
import { makeShipped } from "./catalogue/shipped-models.js";
import { Engine } from "./engine/client.js";
import { translate } from "./language/translate.js";
import { language, onLanguage, preferred, setLanguage, t } from "./language/words.js";
import { LanguageView } from "./rooms/stage/language-view.js";
import { StageRoom } from "./rooms/stage/stage-room.js";
import { openVaults } from "./rooms/train/autosave-client.js";
import { WatchRoom } from "./rooms/watch/watch-room.js";
import { readSettings, writeSettings } from "./settings/settings.js";
import { listCameras } from "./sources/camera.js";
import { Sources } from "./sources/sources.js";
import { isProject, isSnapshot } from "./storage/snapshot-header.js";
import { handle } from "./ui/dom.js";
import { onDrop, sorted } from "./ui/drop-files.js";
import { keepFocus } from "./ui/keep-focus.js";
import { Painter } from "./ui/painter.js";
import { Tabs } from "./ui/tabs.js";
import { memoryBytes } from "./worker/environment.js";

/** @typedef {import("./engine/protocol.js").Look} Look */

/** @param {string} id @returns {HTMLElement} */
function section(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

/** @template {string} T @param {T[]} ids @returns {Record<T, HTMLElement>} */
const sections = (...ids) =>
  /** @type {Record<T, HTMLElement>} */ (Object.fromEntries(ids.map((id) => [id, section(id)])));
const dialog = (/** @type {string} */ id) => /** @type {HTMLDialogElement} */ (section(id));

const { settings, problems } = readSettings(location.search);
/** The language that was asked for last, so that one which can't be fetched is asked for once. @type {string | null} */
let asked = null;
speak(settings.lang); // views that are made before its table is there begin in English

const vault = openVaults();
const app = new App(
  (notify) => new Engine(notify),
  (sink) => new Sources(/** @type {HTMLVideoElement} */ (section("live")), sink, fetchElsewhere),
  {
    hidden: () => document.hidden,
    remember,
    persist: async () => (await navigator.storage?.persist?.().catch(() => false)) ?? false,
    shipped: makeShipped(fetchFile),
    vault: vault("runs"),
    classes: vault("classes"),
    locks: navigator.locks,
    needsLooks: () => stage.needsLooks || room(opened()).needsLooks,
  },
);

/** What a reader does. An action that fails has shown why already, or does now. @param {() => unknown} work */
function act(work) {
  (async () => work())().catch((error) => {
    if (![app.error, ...app.notices].some((shown) => shown?.message === error.message)) app.fail(error);
  });
}

/** Models that come with the page. @type {import("./catalogue/shipped-models.js").ShippedModel[]} */
let shipped = [];

const painter = new Painter();
const stage = new StageRoom(
  { ...sections("screen", "verdict", "laws", "controls"), live: section("live-corner") },
  app,
  act,
  { cameras: refreshCameras, overlay: () => app.resume(), live: () => made.watch?.live() },
);
/** Rooms are made when they are first needed, and all but the one that opens first are fetched then. */
const makers = {
  watch: () => new WatchRoom(sections("surprise", "score"), app, act, (replay) => stage.screen.replay(replay)),
  inside: later(({ InsideRoom }) => {
    const roots = sections("clip", "masks", "features", "scatter", "health", "guesses", "energies");
    return new InsideRoom(roots, app, act);
  }),
  train: later(({ TrainRoom }) => new TrainRoom(sections("desk", "exam", "resume"), app, act)),
  play: later(({ PlayRoom }) => {
    const roots = { ...sections("lab", "imagine", "pairs"), gallery: dialog("gallery") };
    return new PlayRoom(roots, app, act, refreshCameras);
  }),
  act: later(({ ActRoom }) => new ActRoom(sections("act", "act-numbers", "act-exam"), app, act, (url) => fetch(url))),
  teach: later(({ TeachRoom }) => new TeachRoom(section("classes"), app, act)),
  models: later(({ ModelsRoom, catalogue }) => {
    const roots = { ...sections("status", "model", "loading", "report", "proof"), models: dialog("models") };
    const about = { catalogue, memoryBytes: memoryBytes(), shipped: () => shipped, open: openFiles };
    return new ModelsRoom(roots, app, act, about);
  }),
};

/**
 * @template {{update: () => void, needsLooks?: boolean, leave?: () => void}} Room
 * @param {(rooms: typeof import("./later-rooms.js")) => Room} make
 */
function later(make) {
  const load = async () => {
    const [rooms] = await Promise.all([import("./later-rooms.js"), laterStyles()]);
    return make(rooms);
  };
  return () => new LaterRoom(load, { act, arrived: refresh });
}

/** What only these rooms look like: a built page has that in a sheet of its own. One that can't be had costs looks alone. */
function laterStyles() {
  const link = document.querySelector("link[data-later][rel=alternate]");
  if (!(link instanceof HTMLLinkElement)) return;
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    link.rel = "stylesheet";
  });
}

/** @typedef {{[K in keyof typeof makers]: ReturnType<typeof makers[K]>}} Rooms */
/** @typedef {keyof Rooms} RoomName */

/** Those that were needed so far. @type {Partial<Rooms>} */
const made = {};

/** @template {RoomName} K @param {K} name @returns {Rooms[K]} */
function room(name) {
  return (made[name] ??= /** @type {() => any} */ (makers[name])());
}

const panels = Object.fromEntries(Object.keys(makers).map((name) => [name, section(`room-${name}`)]));
const tabs = new Tabs(section("rooms"), panels, enter);
const opened = () => /** @type {RoomName} */ (tabs.opened);
entitle();
keepFocus();

/** A window, or a tab of the browser, is told from others by the room that is open. */
function entitle() {
  document.title = `${t(`room.${opened()}`)} · ${t("page.title")}`;
}

/** A room that is opened shows how things stand; the others show and ask for nothing. */
function enter() {
  entitle();
  for (const [name, one] of Object.entries(made)) if (name !== opened() && "leave" in one) one.leave();
  room(opened()).update();
  if (app.lastLook) showLook(app.lastLook);
  drawCharts();
}

/** The address says what is set, where it may be changed: not in a frame without one of its own. @param {import("./settings/settings.js").Settings} settings */
function remember(settings) {
  try {
    history.replaceState(null, "", writeSettings(settings) + location.hash);
  } catch (error) {
    console.info("The settings are not in the address:", error);
  }
}

async function refreshCameras() {
  stage.cameras = await listCameras();
  app.changed();
}

/** Weights, a run or classes, whichever these files are. @param {File[]} files @returns {Promise<unknown>} */
async function openFiles(files) {
  const [file] = files;
  if (!file) return;
  if (await isProject(file)) return (await room("teach").room()).load(file);
  if (files.length > 1 || !(await isSnapshot(file))) return (await room("models").room()).dialog.offer(files);
  const bytes = new Uint8Array(await file.arrayBuffer());
  await (file.name.endsWith(".run.safetensors") ? app.desk.importRun(bytes) : app.restore(bytes));
}

onDrop(document, document.documentElement, (files) => {
  const found = sorted(files);
  if ("weights" in found) act(() => openFiles(found.weights));
  else if (found.source) act(() => stage.show({ name: "file", file: found.source }).then(refreshCameras));
});

const languages = new LanguageView(section("language"), language());
handle(section("language"), act, { speak: (lang) => ((asked = null), app.speak(lang)) });

/** Fetched when a reader takes it. */
const guide = new LaterRoom(
  async () => {
    const { Tour, TourView, trial } = await import("./later-rooms.js");
    const view = new TourView(section("tour"));
    const tour = new Tour({
      mask: () => app.settings.mask,
      setMask: (mask) => app.configure({ mask }),
      learns: () => Boolean(app.training.recipe),
      trial: (steps, without) => trial(app, steps, without),
      room: opened,
      open: (name) => tabs.open(name),
    });
    const update = () => view.update(tour.state);
    tour.addEventListener("change", update);
    return { tour, update };
  },
  { act, arrived: () => {} },
);
handle(section("take-tour"), act, { click: async () => (await guide.room()).tour.start() });
handle(section("tour"), act, {
  move: ({ by }) => guide.loaded?.tour.move(by),
  act: () => guide.loaded?.tour.act(),
  end: () => guide.loaded?.tour.end(),
});

app.addEventListener("choose", (event) =>
  act(async () => (await room("models").room()).dialog.open(/** @type {CustomEvent<string>} */ (event).detail)),
);

app.addEventListener("change", () => {
  const { phase, opened: model, error, training } = app;
  const { documentElement } = document;
  documentElement.dataset.phase = phase;
  const checkpoint = Boolean(model?.model.checkpoint);
  documentElement.dataset.model = checkpoint ? (model?.model.classes ? "classifier" : "checkpoint") : "own";
  documentElement.style.setProperty("--past", `"as of step ${training.shown ?? 0}"`);
  const notice = section("notice");
  const message = translate(app.says);
  if (notice.textContent !== message) notice.textContent = message;
  notice.dataset.kind = error ? "error" : "info";
  stage.update();
  drawStage();
  room(opened()).update();
  // What these two show is in sight whatever room is open.
  if (made.models || app.loading) room("models").now()?.progress();
  if (made.train || app.saves.offer) room("train").now()?.offer();
  guide.loaded?.update();
  speak(app.settings.lang);
});

/** @param {import("./settings/settings.js").Settings["lang"]} lang */
function spoken(lang) {
  return lang === "auto" ? preferred(navigator.languages) : lang;
}

/** From now on, as soon as it is there. @param {import("./settings/settings.js").Settings["lang"]} lang */
function speak(lang) {
  const next = spoken(lang);
  if (next === asked) return;
  asked = next;
  act(() =>
    setLanguage(next).catch((error) => {
      throw new FailureError(
        "language-missing",
        "This language could not be fetched ({why}): check the connection, then choose it again.",
        { why: error.message },
      );
    }),
  );
}

// What has a key follows by itself; what views word anew is asked of them again.
onLanguage(() => {
  languages.update(language());
  stage.screen.speak();
  refresh();
});

/** Everything that is open is shown anew. */
function refresh() {
  app.changed();
  enter();
}

const drawStage = () => painter.ask("surprise", () => stage.surprise());

app.addEventListener("surprise", () => {
  drawStage();
  if (opened() === "watch") painter.ask("watch", () => room("watch").update());
});
app.addEventListener("preview", (event) =>
  stage.preview(/** @type {CustomEvent<import("./engine/protocol.js").Preview>} */ (event).detail),
);
app.addEventListener("look", (event) => showLook(/** @type {CustomEvent<Look>} */ (event).detail));

/** @param {Look} look */
function showLook(look) {
  painter.ask("stage", () => stage.see(look));
  const open = room(opened());
  const there = "loaded" in open ? open.loaded : open;
  if (there && "see" in there) there.see(look, painter);
}

function drawCharts() {
  if (opened() === "train") painter.ask("charts", () => made.train?.loaded?.draw());
}

app.addEventListener("train", () => {
  made.train?.loaded?.trained();
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
  painter.drop("stage");
  stage.see(null);
  made.inside?.loaded?.clear(painter);
  made.play?.loaded?.clear(painter);
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
// What went wrong is shown on the page; who awaits it is told too.
ready.then(keepPage, () => false).then((kept) => (section("offline").hidden = !kept));
window.vjepa = makeApi(app, /** @type {Promise<void>} */ (ready), {
  get agent() {
    return made.act?.loaded;
  },
  open: () => (tabs.open("act"), room("act").room()),
});
// A tab that is hidden may never be seen again.
document.addEventListener("visibilitychange", () => document.hidden && leave());
addEventListener("pagehide", () => leave());
app.page.shipped.list().then((models) => ((shipped = models), app.changed()));
navigator.mediaDevices?.addEventListener("devicechange", refreshCameras);
refreshCameras();
app.start(settings, problems).catch(() => {}); // the same error as of ready
dispatchEvent(new Event("alive")); // watchdog.js has nothing more to say
