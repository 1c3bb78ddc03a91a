// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { Engine } from "../../www/js/engine/client.js";
import { settle } from "./support/engine.js";
import { inEnglish } from "../../www/js/base/messages.js";

/** @typedef {import("../../www/js/engine/protocol.js").OpenSettings} OpenSettings */

/** @type {OpenSettings} */
const SETTINGS = { device: "auto", family: "vjepa2", preset: "tiny", seed: 1 };
const LOST = { code: "device-lost", message: "The GPU device was lost." };
const frame = () => {
  const bitmap = { width: 64, height: 64, closed: false, close: () => (bitmap.closed = true) };
  return /** @type {ImageBitmap & {closed: boolean}} */ (/** @type {unknown} */ (bitmap));
};

/** An Engine whose hosts are arrays of what they were asked; `answer` replies to the request in flight. */
function setUp() {
  /** @type {{asked: any[], receive: (message: any) => void, closed: boolean, device: string}[]} */
  const hosts = [];
  /** @type {any[]} */
  const notices = [];
  const engine = new Engine(
    (notice) => notices.push(notice),
    async (device, receive) => {
      const host = { asked: /** @type {any[]} */ ([]), receive, closed: false, device };
      hosts.push(host);
      return { post: (message) => host.asked.push(message), close: () => (host.closed = true), suits: () => true };
    },
  );
  const host = () => /** @type {typeof hosts[0]} */ (hosts.at(-1));
  const last = () => host().asked.at(-1);
  /** @param {any} value */
  const answer = async (value) => (host().receive({ id: last().id, ok: true, value }), settle());
  /** @param {any} error */
  const refuse = async (error) => (host().receive({ id: last().id, ok: false, error }), settle());
  const opened = async () => {
    const opening = engine.open(SETTINGS);
    await settle();
    await answer({ step: 0, why: "" });
    return opening;
  };
  return { engine, hosts, host, notices, last, answer, refuse, opened };
}

test("one request is in flight, and the rest keep their order", async () => {
  const { engine, host, answer, opened } = setUp();
  await opened();
  const values = Promise.all([engine.look("short", 1), engine.similarity(3), engine.train(2)]);
  assert.deepEqual(
    host().asked.map(({ type }) => type),
    ["open", "look"],
  );
  await answer("a");
  await answer("b");
  await answer("c");
  assert.deepEqual(
    host().asked.map(({ type }) => type),
    ["open", "look", "similarity", "train"],
  );
  assert.deepEqual(await values, ["a", "b", "c"]);
});

test("a newer frame replaces the one that waits, and closes it", async () => {
  const { engine, host, answer, opened } = setUp();
  await opened();
  const bitmaps = [frame(), frame(), frame()];
  const results = bitmaps.map((bitmap) => engine.frame(bitmap));
  await answer({ held: 1 });
  await answer({ held: 2 });
  assert.deepEqual(await Promise.all(results), [{ held: 1 }, null, { held: 2 }]);
  assert.deepEqual(
    bitmaps.map(({ closed }) => closed),
    [false, true, false],
  );
  assert.equal(host().asked.filter(({ type }) => type === "frame").length, 2);
});

test("as many frames wait as make a clip, and what has to go leaves its instants to the next one", async () => {
  const { engine, host, answer, opened } = setUp();
  await opened();
  const look = engine.look("short", 0);
  const bitmaps = Array.from({ length: 6 }, frame);
  const results = bitmaps.map((bitmap) => engine.frame(bitmap, 1, 4));
  await answer("look");
  await look;
  for (let held = 1; held <= 4; held++) await answer({ held });
  assert.deepEqual(
    (await Promise.all(results)).map((result) => result?.held ?? null),
    [null, null, 1, 2, 3, 4],
  );
  assert.deepEqual(
    bitmaps.map(({ closed }) => closed),
    [true, true, false, false, false, false],
  );
  assert.deepEqual(
    host().asked.flatMap(({ type, times }) => (type === "frame" ? [times] : [])),
    [3, 1, 1, 1],
  );
});

test("of large frames fewer wait, and the pace is kept", async () => {
  const { engine, host, answer, opened } = setUp();
  await opened();
  engine.look("short", 0);
  for (let i = 0; i < 8; i++) engine.frame(Object.assign(frame(), { width: 7680, height: 4320 }), 1, 16);
  for (const value of ["look", {}, {}]) await answer(value);
  assert.deepEqual(
    host().asked.flatMap(({ type, times }) => (type === "frame" ? [times] : [])),
    [7, 1],
  );
});

test("cancel rejects what waits and leaves what is in flight", async () => {
  const { engine, answer, opened } = setUp();
  await opened();
  const [flying, waiting] = [engine.look("short", 1), engine.train(1)];
  const cancelled = assert.rejects(waiting, { code: "cancelled" });
  engine.cancel();
  await cancelled;
  await answer("look");
  assert.equal(await flying, "look");
});

test("a failed request rejects with its code, and the next one is sent", async () => {
  const { engine, answer, refuse, opened } = setUp();
  await opened();
  const [bad, good] = [engine.similarity(99), engine.similarity(1)];
  const rejected = assert.rejects(bad, { code: "bad-token" });
  await refuse({ code: "bad-token", message: "no" });
  await rejected;
  await answer("good");
  assert.equal(await good, "good");
});

test("a lost engine is rebuilt from the newest snapshot, world included, before anything that waits", async () => {
  const { engine, hosts, host, notices, answer, opened, last } = setUp();
  await opened();
  engine.world(5);
  await answer(null);
  host().receive({ notice: "snapshot", snapshot: new Uint8Array([1]), step: 10 });
  host().receive({ notice: "snapshot", snapshot: new Uint8Array([2]), step: 20 });
  const [flying, waiting] = [engine.train(5), engine.look("short", 1)];
  const rejected = assert.rejects(flying, { code: "device-lost" });
  const lost = host();
  lost.receive({ notice: "lost", error: LOST });
  await settle();
  assert.equal(lost.closed, true);
  assert.equal(hosts.length, 2);
  assert.deepEqual([last().type, last().snapshot, last().settings], ["open", new Uint8Array([2]), SETTINGS]);
  await answer({ step: 20, why: "" });
  assert.deepEqual([last().type, last().seed], ["world", 5]);
  await answer(null);
  await engine.settled();
  assert.equal(last().type, "look");
  await answer("look");
  assert.equal(await waiting, "look");
  await rejected;
  assert.deepEqual(
    notices.filter(({ notice }) => notice !== "snapshot").map(({ notice }) => notice),
    ["lost", "engine"],
  );
});

test("an engine that is rebuilt trains by the last recipe that was accepted, in the world that was chosen", async () => {
  const { engine, host, answer, refuse, opened, last } = setUp();
  await opened();
  const setting = engine.setRecipe(/** @type {any} */ ({ batch: 4 }));
  await answer(null);
  await setting;
  const refused = assert.rejects(engine.setRecipe(/** @type {any} */ ({ batch: 65 })), { code: "bad-recipe" });
  await refuse({ code: "bad-recipe", message: "no" });
  await refused;
  engine.world(5, "simple");
  await answer(null);
  host().receive({ notice: "lost", error: LOST });
  await settle();
  await answer({ step: 0, why: "" });
  assert.deepEqual([last().type, last().recipe], ["set-recipe", { batch: 4 }]);
  await answer(null);
  assert.deepEqual([last().type, last().seed, last().world], ["world", 5, "simple"]);
  await answer(null);
  await engine.settled();
});

test("a recipe's world takes the place of the one that was chosen", async () => {
  const { engine, host, answer, opened, last } = setUp();
  await opened();
  engine.world(5, "simple");
  await answer(null);
  const held = engine.setRates({ learningRate: 0.1 });
  await answer({ batch: 2 });
  assert.deepEqual(await held, { batch: 2 });
  host().receive({ notice: "lost", error: LOST });
  await settle();
  await answer({ step: 0, why: "" });
  await answer(null);
  assert.deepEqual([last().type, last().seed, last().world], ["world", 5, undefined]);
  await answer(null);
  await engine.settled();
});

test("a run from a file is what a crash goes on from", async () => {
  const { engine, host, answer, opened, last } = setUp();
  await opened();
  const importing = engine.importRun(new Uint8Array([3]));
  await answer({ step: 9, source: { kind: "world", seed: 8 }, recipe: {}, notes: "n" });
  assert.equal((await importing).notes, "n");
  host().receive({ notice: "lost", error: LOST });
  await settle();
  assert.deepEqual([last().type, last().snapshot], ["open", new Uint8Array([3])]);
  await answer({ step: 9, why: "" });
  assert.deepEqual([last().type, last().seed], ["world", 8]);
  await answer(null);
  await engine.settled();
});

test("what a crash goes on from is never what was rewound, nor the model before", async () => {
  const { engine, host, answer, opened } = setUp();
  await opened();
  host().receive({ notice: "snapshot", snapshot: new Uint8Array([9]), step: 9 });
  const rewinding = engine.rewind(4);
  await answer({ step: 4 });
  await answer(new Uint8Array([4]));
  assert.deepEqual([await rewinding, engine.kept], [{ step: 4 }, new Uint8Array([4])]);
  const opening = engine.open(SETTINGS);
  await settle();
  await answer({ step: 0, why: "" });
  assert.equal((await opening).step, 0);
  assert.equal(engine.kept, undefined);
});

test("the engine is fetched while weights are on their way; a crash before any snapshot goes on from them", async () => {
  const { engine, host, answer, last } = setUp();
  /** @type {(bytes: Uint8Array) => void} */
  let arrive = () => {};
  const opening = engine.open(SETTINGS, { start: new Promise((resolve) => (arrive = resolve)) });
  await settle();
  assert.deepEqual([last().type, last().device], ["prepare", "auto"]);
  await answer(null);
  assert.equal(last().type, "prepare", "nothing is opened without them");
  arrive(new Uint8Array([5]));
  await settle();
  assert.deepEqual([last().type, last().start, last().snapshot], ["open", new Uint8Array([5]), undefined]);
  await answer({ step: 0, why: "" });
  await opening;
  host().receive({ notice: "lost", error: LOST });
  await settle();
  await answer(null);
  assert.deepEqual([last().type, last().start], ["open", new Uint8Array([5])]);
  await answer({ step: 0, why: "" });
  await engine.settled();
  host().receive({ notice: "snapshot", snapshot: new Uint8Array([6]), step: 3 });
  host().receive({ notice: "lost", error: LOST });
  await settle();
  assert.deepEqual([last().type, last().start, last().snapshot], ["open", undefined, new Uint8Array([6])]);
  await answer({ step: 3, why: "" });
  await engine.settled();
});

test("the world is shown while weights are on their way, and not once they are there", async () => {
  const { engine, answer, last, notices } = setUp();
  /** @type {(bytes: Uint8Array) => void} */
  let arrive = () => {};
  const opening = engine.open(SETTINGS, { start: new Promise((resolve) => (arrive = resolve)), world: 7 });
  await settle();
  await answer(null); // the engine
  assert.deepEqual([last().type, last().world, last().settings], ["preview", 7, SETTINGS]);
  const clip = { frames: new Uint8Array(4), size: 1 };
  await answer(clip);
  assert.deepEqual(
    notices.filter(({ notice }) => notice === "preview"),
    [{ notice: "preview", clip }],
  );
  arrive(new Uint8Array([5]));
  await settle();
  assert.deepEqual([last().type, last().start], ["open", new Uint8Array([5])]);
  await answer({ step: 0, why: "" });
  await opening;
  const again = engine.open(SETTINGS, { start: Promise.resolve(new Uint8Array([6])), world: 7 });
  await settle();
  await answer(null);
  assert.deepEqual([last().type, last().start], ["open", new Uint8Array([6])]);
  await answer({ step: 0, why: "" });
  await again;
});

test("a preview that can't be had keeps nothing from being opened", async () => {
  const { engine, answer, refuse, last } = setUp();
  /** @type {(bytes: Uint8Array) => void} */
  let arrive = () => {};
  const opening = engine.open(SETTINGS, { start: new Promise((resolve) => (arrive = resolve)), world: 7 });
  await settle();
  await answer(null);
  await refuse({ code: "bad-config", message: "No such preset." });
  arrive(new Uint8Array([5]));
  await settle();
  assert.equal(last().type, "open");
  await answer({ step: 0, why: "" });
  await opening;
});

test("weights that never arrive are why nothing was opened, and others can be", async () => {
  const { engine, answer, last } = setUp();
  const opening = engine.open(SETTINGS, {
    start: Promise.reject(Object.assign(new Error("gone"), { code: "not-found" })),
  });
  await assert.rejects(opening, { code: "not-found" });
  const other = engine.open(SETTINGS);
  await settle();
  await answer(null); // the engine
  assert.deepEqual([last().type, last().start], ["open", undefined]);
  await answer({ step: 0, why: "" });
  assert.equal((await other).step, 0);
});

test("a crash told as a failed reply counts like one told as a notice", async () => {
  const { engine, hosts, answer, refuse, opened } = setUp();
  await opened();
  const rejected = assert.rejects(engine.train(1), { code: "engine-crashed" });
  await refuse({ code: "engine-crashed", message: "trap" });
  await rejected;
  await answer({ step: 0, why: "" });
  await engine.settled();
  assert.equal(hosts.length, 2);
});

test("after two crashes the CPU takes over and says why; after four there is no engine", async () => {
  const { engine, hosts, host, notices, answer, opened, last } = setUp();
  await opened();
  const devices = [];
  for (let crash = 0; crash < 3; crash++) {
    host().receive({ notice: "lost", error: LOST });
    await settle();
    devices.push(last().settings.device);
    await answer({ step: 0, why: "as asked" });
  }
  assert.deepEqual(devices, ["auto", "cpu", "cpu"]);
  assert.match(inEnglish(notices.at(-1).opened.why), /CPU.*WebGPU failed/);
  host().receive({ notice: "lost", error: LOST });
  await assert.rejects(engine.settled(), { code: "engine-crashed", message: /4 times in a row/ });
  assert.equal(hosts.length, 4);
});

test("when WebGPU does not come back at all, the CPU is opened instead", async () => {
  const { engine, host, answer, refuse, last } = setUp();
  const opening = engine.open({ ...SETTINGS, device: "webgpu" });
  await settle();
  await answer({ step: 0, why: "" });
  await opening;
  host().receive({ notice: "lost", error: LOST });
  await settle();
  await refuse({ code: "no-webgpu", message: "none" });
  assert.equal(last().settings.device, "cpu");
  await answer({ step: 0, why: "" });
  await engine.settled();
});

test("a model that cannot be opened leaves the old one, and its snapshot, in place", async () => {
  const { engine, hosts, host, refuse, opened } = setUp();
  await opened();
  host().receive({ notice: "snapshot", snapshot: new Uint8Array([7]), step: 1 });
  const opening = engine.open({ ...SETTINGS, preset: "huge" });
  const rejected = assert.rejects(opening, { code: "bad-config" });
  await settle();
  await refuse({ code: "bad-config", message: "too large" });
  await rejected;
  assert.deepEqual(engine.kept, new Uint8Array([7]));
  assert.equal(hosts.length, 1);
});

test("where the host has to be another, what is in flight is cancelled and the rest goes to the new one", async () => {
  /** @type {any[]} */
  const hosts = [];
  const engine = new Engine(
    () => {},
    async (device, receive) => {
      const host = { device, asked: /** @type {any[]} */ ([]), receive, closed: false };
      hosts.push(host);
      return {
        post: (message) => host.asked.push(message),
        close: () => (host.closed = true),
        suits: (next) => next === device,
      };
    },
  );
  const reply = async (/** @type {any} */ value) => {
    const host = hosts.at(-1);
    host.receive({ id: host.asked.at(-1).id, ok: true, value });
    await settle();
  };
  const first = engine.open(SETTINGS);
  await settle();
  await reply({ step: 0, why: "" });
  await first;
  const cancelled = assert.rejects(engine.look("short", 1), { code: "cancelled" });
  const second = engine.open({ ...SETTINGS, device: "webgpu" });
  await cancelled;
  await settle();
  await reply({ step: 0, why: "" });
  await second;
  assert.deepEqual(
    hosts.map(({ device, closed }) => [device, closed]),
    [
      ["auto", true],
      ["webgpu", false],
    ],
  );
});
