// @ts-check
/**
 * Who may know whom among the page's modules, as ARCHITECTURE.md says it. What counts is what a module takes at run
 * time: static and dynamic imports, and the files of workers. Types that JSDoc imports are exempt: they name shapes,
 * run nothing and load nothing.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import test from "node:test";
import { codeOf, importsOf } from "../../scripts/imports.js";
import { MODULES, textOf } from "./support/modules.js";

/** Folders of www/js from the ground up: each may know those before it. */
const ORDER = [
  "base",
  "language",
  "ui",
  "storage",
  "catalogue",
  "settings",
  "weights",
  "worker",
  "engine",
  "sources",
  "app",
  "rooms",
  "tour",
  "element",
  "bench",
  "later-rooms.js",
  "main.js",
];
/** The page's composition: `main.js`, and the rooms that it fetches later. */
const COMPOSES = ["main.js", "later-rooms.js"];

/**
 * Arrows that break a rule, each with its reason. The list may only shrink: one that is no longer needed fails the
 * test, and so does an eleventh.
 * @type {Record<string, string>}
 */
const EXCEPTIONS = {
  "app/app.js -> rooms/models/kept-files.js": "App lists the kept files at the start and after a checkpoint was loaded",
  "app/app.js -> rooms/play/imagination.js": "App holds what is imagined, which asks the engine through it",
  "app/app.js -> rooms/play/lab.js": "App holds the lab, which asks the engine through it",
  "app/app.js -> rooms/play/trick.js": "App holds the trick, which records from the source through it",
  "app/app.js -> rooms/teach/classes.js": "App holds the taught classes and looks for saved projects at the start",
  "app/app.js -> rooms/train/desk.js": "App holds the desk, which changes the run through it",
  "app/app.js -> rooms/train/exam.js": "App takes exams for page and window.vjepa, and ends one when the model changes",
  "app/app.js -> rooms/train/save-run.js": "App tells of steps, so that a run is saved, and brings a saved one back",
  "app/app.js -> rooms/train/training.js": "App hands reports of training on, and asks for the run's curves",
  "app/app.js -> rooms/watch/watching.js": "App's loop asks whether to watch, and tells of other weights and engines",
};
const MOST_EXCEPTIONS = 10;
const ROOMS = "rooms do not import each other";
const WIRES = "a room wires its own views; main.js wires rooms";
const OFF = "take it off the list of exceptions";

/** The folder of a module, or the module itself where it is in none. @param {string} path */
const placeOf = (path) => path.split("/")[0] ?? "";
/** @param {string} path */
const roomOf = (path) => (path.startsWith("rooms/") ? path.split("/")[1] : null);

/** @param {string} path */
const isRoom = (path) => /^rooms\/\w+\/[\w-]+-room\.js$/.test(path);
/** @param {string} path */
const isView = (path) => path.endsWith("-view.js");

/** What is wrong with one module taking another at run time; null: nothing. @param {string} from @param {string} to */
function breach(from, to) {
  const [here, there] = [placeOf(from), placeOf(to)];
  if (here === "ui" && !["ui", "base", "language"].includes(there)) return "ui knows neither engine nor state";
  if (ORDER.indexOf(there) > ORDER.indexOf(here)) return `${here} is below ${there}`;
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room && other && room !== other) return ROOMS;
  if (isRoom(from) && !other && !["ui", "language"].includes(there)) return "a room gets what it needs from main.js";
  const wires = isView(from) || isRoom(from) || [...COMPOSES, "element", "bench"].includes(here);
  return isRoom(to) && !COMPOSES.includes(from) ? WIRES : isView(to) && !wires ? WIRES : null;
}

/** What is wrong with how a room takes the app: whole, where it should name what it may ask of it. @param {string} text */
function takesAppWhole(text) {
  return /@param \{(App|import\("[./]*app\/app\.js"\)\.App)\}/.test(text) || !/Pick<App, *"/.test(text);
}

/** Whether code reaches a wasm module: by its name, or by an import whose address is computed. @param {string} text */
function namesWasm(text) {
  const code = codeOf(text);
  return /vjepa_web|\.wasm\b/.test(code) || /\bimport\(\s*(?!["'`]\.)/.test(code);
}

/**
 * What modules take at run time. sw.js and assets, which are beside the tree, are left out.
 * @param {Record<string, string>} tree  text by path
 */
function arrowsOf(tree) {
  return Object.entries(tree).flatMap(([from, text]) =>
    importsOf(text)
      .map((name) => posix.join(posix.dirname(from), name))
      .filter((to) => !to.startsWith("../"))
      .map((to) => ({ from, to, arrow: `${from} -> ${to}` })),
  );
}

/** Base names that are not unique, in sentences. @param {string[]} paths */
function twins(paths) {
  /** @type {Map<string, string>} */
  const seen = new Map();
  return paths.flatMap((path) => {
    const before = seen.get(posix.basename(path));
    seen.set(posix.basename(path), path);
    return before ? [`${before} and ${path} have one name`] : [];
  });
}

/**
 * All that is wrong with a tree of modules.
 * @param {Record<string, string>} tree  text by path @param {Record<string, string>} [exceptions]  reasons by arrow
 */
function faultsOf(tree, exceptions = {}) {
  const paths = Object.keys(tree);
  const arrows = arrowsOf(tree);
  const broken = new Map(arrows.map(({ from, to, arrow }) => [arrow, breach(from, to)]));
  const reachesWasm = (/** @type {string} */ path) => !/^(worker|bench)\//.test(path) && namesWasm(tree[path] ?? "");
  return [
    ...paths.filter((path) => !ORDER.includes(placeOf(path))).map((path) => `${path} is in no folder of ORDER`),
    ...arrows.filter(({ to }) => !(to in tree)).map(({ arrow }) => `${arrow}: there is no such module`),
    ...[...broken].filter(([arrow, why]) => why && !(arrow in exceptions)).map(([arrow, why]) => `${arrow}: ${why}`),
    ...Object.keys(exceptions)
      .filter((arrow) => !broken.get(arrow))
      .map((arrow) => `${arrow} breaks no rule: ${OFF}`),
    ...paths
      .filter((path) => isRoom(path) && takesAppWhole(tree[path] ?? ""))
      .map((path) => `${path} takes the app whole: name what it may ask of it, as a Pick of App`),
    ...paths.filter(reachesWasm).map((path) => `${path} reaches a wasm module; worker/ alone does`),
    ...twins(paths),
  ];
}

const TREE = Object.fromEntries(MODULES.map((path) => [path, textOf(path)]));

test("the page's modules know only who is below them", () => {
  assert.deepEqual(faultsOf(TREE, EXCEPTIONS), []);
  assert.ok(Object.keys(EXCEPTIONS).length <= MOST_EXCEPTIONS, "the list of exceptions only shrinks");
  for (const [arrow, why] of Object.entries(EXCEPTIONS)) assert.ok(why.length > 20, `${arrow} has no reason`);
  const places = new Set(MODULES.map(placeOf));
  for (const place of ORDER) assert.ok(places.has(place), `${place} is gone: take it off ORDER`);
});

test("ARCHITECTURE.md tells the order and names every folder", () => {
  const text = readFileSync(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8");
  const told = text.match(/in this order, at run time: ([\s\S]*?)\.\n/)?.[1] ?? "";
  assert.deepEqual(
    [...told.matchAll(/`([\w.-]+)`/g)].map(([, name]) => name),
    ORDER,
  );
  const tree = text.match(/^www\/js\/ .*\n([\s\S]*?)^bench\//m)?.[1] ?? "";
  const named = (/** @type {RegExp} */ line) => [...tree.matchAll(line)].map(([, name]) => name).sort();
  assert.deepEqual(named(/^ {6}([\w.-]+)\/? /gm), [...ORDER].sort());
  assert.deepEqual(named(/^ {8}(\w+)\/ /gm), [...new Set(MODULES.map(roomOf).filter(Boolean))].sort());
});

test("one module alone asks whether a visitor wants less motion", () => {
  const asking = MODULES.filter((path) => codeOf(textOf(path)).includes("prefers-reduced-motion"));
  assert.deepEqual(asking, ["ui/motion.js"]);
});

test("imports are found as modules write them, and types are none", () => {
  const text = `
    /** @typedef {import("../app/app.js").App} App */
    // import "../never.js";
    import { a } from "../one.js";
    import {
      b,
    } from './two.js';
    import "./three.js";
    export * from "./four.js";
    const accepted = "video/*"; /* import "./not.js"; */ import("./five.js"); // from "./nor.js"
    const app = /** @type {import("../app/app.js").App} */ (await import("./six.js")), kinds = "image/*";
    const worker = new Worker(new URL("./seven-worker.js", import.meta.url), { type: "module" });
    const picture = new URL("../../assets/picture.webp", import.meta.url);`;
  const found = ["../one.js", "./two.js", "./three.js", "./four.js", "./five.js", "./six.js", "./seven-worker.js"];
  assert.deepEqual(importsOf(text).sort(), found.sort());
  assert.ok(arrowsOf(TREE).length > 400, "hardly anything is imported: are imports written in another form now?");
  // Every line that begins with an import at the margin is code, and its address is found.
  for (const [path, module] of Object.entries(TREE)) {
    const plain = [...module.matchAll(/^(?:import|export)\b[^;"]*?["'](\.{1,2}\/[^"']+)["'];/gm)];
    assert.deepEqual(plain.filter(([, name = ""]) => !importsOf(module).includes(name)).map(String), [], path);
  }
});

test("every folder of rooms has one room, which main.js makes", () => {
  const rooms = MODULES.filter(isRoom);
  assert.deepEqual(rooms.map(roomOf).sort(), [...new Set(MODULES.map(roomOf).filter(Boolean))].sort());
  const made = COMPOSES.flatMap((name) => importsOf(TREE[name] ?? "")).map((name) => posix.join(name));
  for (const room of rooms) assert.ok(made.includes(room), `main.js makes no ${room}`);
});

/** A small tree without a fault. */
const SOUND = {
  "base/errors.js": "",
  "language/words.js": "",
  "ui/dom.js": 'import "../language/words.js";',
  "worker/host.js": 'import "../base/errors.js"; import(address); const file = "vjepa_web.js";',
  "engine/client.js": '/** @type {import("../app/app.js").App} */\nnew URL("../worker/host.js", import.meta.url);',
  "app/app.js": 'import "../engine/client.js";',
  "rooms/watch/alarms.js": 'import "../../app/app.js";',
  "rooms/watch/watch-room.js":
    'import "./alarms-view.js"; import "./alarms.js"; /** @typedef {Pick<App, "watching">} W */',
  "rooms/watch/alarms-view.js": 'import "../../ui/dom.js";',
  "rooms/play/lab.js": 'import "../../engine/client.js";',
  "tour/b.js": "",
  "main.js": 'import "./rooms/watch/watch-room.js"; import "./app/app.js";',
};

test("a sound tree passes, and each kind of breach is named", () => {
  assert.deepEqual(faultsOf(SOUND), []);
  /** @type {[path: string, text: string, said: string][]} */
  const breaches = [
    ["base/other.js", 'import "../language/words.js";', "base/other.js -> language/words.js: base is below language"],
    ["engine/up.js", 'const app = await import("../app/app.js");', "engine/up.js -> app/app.js: engine is below app"],
    ["app/a.js", 'new URL("../tour/b.js", import.meta.url);', "app/a.js -> tour/b.js: app is below tour"],
    ["rooms/play/x.js", 'import "../watch/alarms.js";', `rooms/play/x.js -> rooms/watch/alarms.js: ${ROOMS}`],
    ["ui/pen.js", 'import "../app/app.js";', "ui/pen.js -> app/app.js: ui knows neither engine nor state"],
    ["ui/pen.js", 'import "../engine/client.js";', "ui/pen.js -> engine/client.js: ui knows neither engine nor state"],
    ["app/start.js", 'import "../main.js";', "app/start.js -> main.js: app is below main.js"],
    ["app/start.js", 'const file = "vjepa_web.js";', "app/start.js reaches a wasm module; worker/ alone does"],
    ["app/start.js", "await import(folder + name);", "app/start.js reaches a wasm module; worker/ alone does"],
    ["rooms/play/errors.js", "", "base/errors.js and rooms/play/errors.js have one name"],
    ["attic/old.js", "", "attic/old.js is in no folder of ORDER"],
    [
      "rooms/play/play-room.js",
      'import "../../app/app.js"; /** @typedef {Pick<App, "lab">} PlayApp */',
      "rooms/play/play-room.js -> app/app.js: a room gets what it needs from main.js",
    ],
    [
      "rooms/play/play-room.js",
      '/** @typedef {Pick<App, "lab">} PlayApp */ /** @param {App} app */',
      "rooms/play/play-room.js takes the app whole: name what it may ask of it, as a Pick of App",
    ],
    [
      "rooms/play/play-room.js",
      "/** @param {any} app */",
      "rooms/play/play-room.js takes the app whole: name what it may ask of it, as a Pick of App",
    ],
    ["rooms/watch/x.js", 'import "./alarms-view.js";', `rooms/watch/x.js -> rooms/watch/alarms-view.js: ${WIRES}`],
    ["tour/x.js", 'import "../rooms/watch/watch-room.js";', `tour/x.js -> rooms/watch/watch-room.js: ${WIRES}`],
    ["app/start.js", 'import "./gone.js";', "app/start.js -> app/gone.js: there is no such module"],
  ];
  for (const [path, text, said] of breaches) assert.deepEqual(faultsOf({ ...SOUND, [path]: text }), [said]);
});

test("an exception excuses its own arrow, and is refused where nothing needs it", () => {
  const tree = { ...SOUND, "app/up.js": 'import "../rooms/play/lab.js"; import "../rooms/watch/alarms.js";' };
  const [lab, alarms] = ["app/up.js -> rooms/play/lab.js", "app/up.js -> rooms/watch/alarms.js"];
  assert.deepEqual(faultsOf(tree, { [lab]: "" }), [`${alarms}: app is below rooms`]);
  assert.deepEqual(faultsOf(SOUND, { [lab]: "" }), [`${lab} breaks no rule: ${OFF}`]);
});

test("a made-up breach in the page's own modules is found", () => {
  const path = "ui/canvas.js";
  const breached = { ...TREE, [path]: `${TREE[path]}\nimport { Engine } from "../engine/client.js";` };
  assert.deepEqual(faultsOf(breached, EXCEPTIONS), [`${path} -> engine/client.js: ui knows neither engine nor state`]);
  for (const arrow of Object.keys(EXCEPTIONS)) {
    const { [arrow]: _, ...others } = EXCEPTIONS;
    assert.equal(faultsOf(TREE, others).length, 1, `${arrow} is excused by nothing else`);
  }
});
