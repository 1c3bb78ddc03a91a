// @ts-check
/** Taught classes without their looks: recording, undo, what outlives an engine or a reload, and what is never lost. */
import assert from "node:assert/strict";
import test from "node:test";
import { settle, trap } from "./support/engine.js";
import { FakeDirectory } from "./support/opfs.js";
import { page } from "./support/page.js";
import { projectOf } from "../../www/js/rooms/teach/classes-view.js";

/** @param {any} [options] */
async function taught(options = {}) {
  const made = await page(options);
  await made.app.setSource("world");
  return { ...made, classes: made.app.classes, engine: () => /** @type {any} */ (made.host().host.session?.engine) };
}

/** A page with two classes that have clips, and another name. @param {any} [options] */
async function twoClasses(options) {
  const made = await taught(options);
  await made.api.teach({ do: "add-class", name: "cup" });
  const {
    classes: [cup],
  } = await made.api.teach({ do: "add-class", name: "ball" });
  const ball = (await made.api.classes()).classes[1];
  await made.api.addExample(cup.id);
  await made.api.addExample(ball.id);
  return { ...made, cup: cup.id, ball: ball.id };
}

/** @param {() => boolean} wanted */
async function until(wanted, ms = 8000) {
  for (const end = Date.now() + ms; !wanted(); await new Promise((resolve) => setTimeout(resolve, 20)))
    assert.ok(Date.now() < end, `never came: ${wanted}`);
}

/** @param {import("../../www/js/engine/protocol.js").Examples | null} examples @returns {[string, number][]} clips by name */
const counts = (examples) =>
  (examples?.classes ?? []).map(({ id, name }) => [
    name,
    (examples?.examples ?? []).filter((example) => example.class === id).length,
  ]);

test("a look is answered once two classes have clips, and the report follows", async () => {
  const { app, api, classes, cup } = await twoClasses();
  await app.look();
  await until(() => classes.answer !== null);
  assert.deepEqual(
    classes.answer?.ridge.map(({ name }) => name),
    ["cup", "ball"],
  );
  await until(() => classes.report !== null);
  assert.deepEqual(classes.report?.counts, [1, 1]);
  await until(() => classes.thumbnails.size === 2);
  await api.teach({ do: "remove-class", class: cup });
  assert.deepEqual(
    [classes.answer, classes.report, classes.problem],
    [null, null, null],
    "one class is nothing to tell apart",
  );
  await assert.rejects(api.classify(), { code: "untaught" });
  await api.teach({ do: "undo" });
  assert.deepEqual(counts(classes.examples), [
    ["cup", 1],
    ["ball", 1],
  ]);
  await api.teach({ do: "redo" });
  assert.deepEqual(counts(classes.examples), [["ball", 1]]);
});

test("what the engine refuses is said, and changes nothing", async () => {
  const { app, api, classes } = await twoClasses();
  await assert.rejects(api.teach({ do: "add-class", name: "cup" }), { code: "bad-name" });
  assert.match(api.state().error?.message ?? "", /already: choose another name/);
  await assert.rejects(api.loadProject(new TextEncoder().encode("GIF89a")), { code: "bad-project" });
  await assert.rejects(api.loadProject(/** @type {any} */ ("x")), /Uint8Array/);
  assert.deepEqual(counts(classes.examples), [
    ["cup", 1],
    ["ball", 1],
  ]);
  assert.deepEqual(counts(await app.engine.examples()), [
    ["cup", 1],
    ["ball", 1],
  ]);
  assert.deepEqual(classes.projects.aside, []);
});

test("while a button is held, a clip is added each time half of it is new", async () => {
  const { app, classes, cup } = await twoClasses();
  const clips = () => counts(classes.examples)[0][1];
  const hold = classes.hold(cup);
  await until(() => clips() === 2);
  await settle(200);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(clips(), 2, "the clip has not moved on");
  app.viewing.moved += 1; // of 4 frames
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(clips(), 2, "a quarter of it is new");
  app.viewing.moved += 1;
  await until(() => clips() === 3);
  assert.equal(classes.recorder.recording, cup);
  await app.look();
  assert.equal(classes.answer, null, "no answers meanwhile");
  classes.release();
  await hold;
  app.viewing.moved += 9;
  await settle();
  assert.equal(clips() <= 4, true);
  assert.equal(classes.recorder.recording, null);
});

test("a press adds one clip, but none twice", async () => {
  const { app, api, classes, ball } = await twoClasses();
  await classes.hold(ball, true);
  assert.deepEqual(counts(classes.examples)[1], ["ball", 2]);
  await classes.hold(ball, true);
  assert.deepEqual(counts(classes.examples)[1], ["ball", 2]);
  assert.match(api.state().notice, /this clip is an example already/);
  app.viewing.moved += 1;
  await classes.hold(ball, true);
  assert.deepEqual(counts(classes.examples)[1], ["ball", 3]);
});

test("a full memory ends the recording with a sentence", async () => {
  const { app, api, classes, engine, cup } = await twoClasses();
  engine().taught().most = 3;
  const hold = assert.rejects(classes.hold(cup), { code: "examples-full" });
  for (let i = 0; i < 5; i++) (await settle(), (app.viewing.moved += 4));
  await hold;
  assert.equal(classes.recorder.recording, null);
  assert.match(api.state().error?.message ?? "", /remove some/);
  assert.equal(classes.examples?.examples.length, 3);
});

test("a crash costs none of what was saved; the next engine gets it", async () => {
  const { app, classes, engine, hosts } = await twoClasses();
  await classes.projects.flush();
  engine().hook = () => {
    throw trap();
  };
  await assert.rejects(app.look(), { code: "engine-crashed" });
  await app.engine.settled();
  await until(() => hosts.length === 2 && engine()?.taught().now.classes.length === 2);
  await until(() => counts(classes.examples).length === 2);
  assert.deepEqual(counts(classes.examples), [
    ["cup", 1],
    ["ball", 1],
  ]);
  assert.deepEqual(classes.projects.aside, []);
});

test("a clip that was not saved before a crash is said to be lost", async () => {
  const { app, api, classes, engine, cup } = await twoClasses();
  await classes.projects.flush();
  await api.addExample(cup);
  engine().hook = () => {
    throw trap();
  };
  await assert.rejects(app.look(), { code: "engine-crashed" });
  await app.engine.settled();
  await until(() => /The last recorded clip was lost with the engine\.$/.test(api.state().notice));
  assert.deepEqual(counts(classes.examples), [
    ["cup", 1],
    ["ball", 1],
  ]);
});

test("another model: its own classes; those of the first wait and come back with it", async () => {
  const { app, api, classes } = await twoClasses();
  await api.configure({ preset: "small" });
  await until(() => classes.projects.aside.length === 1);
  assert.deepEqual(counts(classes.examples), []);
  assert.equal(projectOf(classes.projects.aside[0]), "“cup”, “ball” (2 clips)");
  assert.match(classes.projects.aside[0].why?.message ?? "", /seen by tiny, and this is small/);
  await api.teach({ do: "add-class", name: "hand" });
  await assert.rejects(classes.bringBack(0), { code: "other-model" });
  assert.deepEqual(counts(classes.examples), [["hand", 0]]);
  await api.configure({ preset: "tiny" });
  await until(() => counts(classes.examples).length === 2);
  assert.deepEqual(classes.projects.aside.map(projectOf), ["“hand” (0 clips)"]);
  assert.deepEqual(counts(await app.engine.examples()), [
    ["cup", 1],
    ["ball", 1],
  ]);
});

test("a project goes elsewhere; what it replaces is put aside", async () => {
  const first = await twoClasses();
  const bytes = await first.api.saveProject();
  const other = await taught();
  await other.api.teach({ do: "add-class", name: "mine" });
  const { drift, examples } = await other.api.loadProject(bytes);
  assert.equal(drift, 0.01);
  assert.deepEqual(counts(examples), [
    ["cup", 1],
    ["ball", 1],
  ]);
  assert.deepEqual(other.classes.projects.aside.map(projectOf), ["“mine” (0 clips)"]);
  await other.classes.bringBack(0);
  assert.deepEqual(counts(other.classes.examples), [["mine", 0]]);
  assert.deepEqual(other.classes.projects.aside.map(projectOf), ["“cup”, “ball” (2 clips)"]);
  other.classes.projects.forget(0);
  assert.deepEqual(other.classes.projects.aside, []);
});

test("beginning anew puts these aside, and they come back", async () => {
  const { api, classes } = await twoClasses();
  await classes.beginAnew();
  assert.deepEqual(counts(classes.examples), []);
  assert.deepEqual(counts(await api.classes()), []);
  assert.deepEqual(classes.projects.aside.map(projectOf), ["“cup”, “ball” (2 clips)"]);
  await classes.projects.flush();
  await api.teach({ do: "add-class", name: "hand" });
  await classes.bringBack(0);
  assert.deepEqual(counts(classes.examples), [
    ["cup", 1],
    ["ball", 1],
  ]);
  assert.deepEqual(classes.projects.aside.map(projectOf), ["“hand” (0 clips)"]);
});

test("nothing begins anew while the classes of now can't be saved", async () => {
  const { app, api, classes, cup } = await twoClasses();
  await classes.projects.flush();
  await api.addExample(cup);
  const { saveProject } = app.engine;
  app.engine.saveProject = () => Promise.reject(new Error("no memory"));
  await assert.rejects(classes.beginAnew(), /no memory/);
  assert.deepEqual(counts(await api.classes()), [
    ["cup", 2],
    ["ball", 1],
  ]);
  assert.deepEqual(classes.projects.aside, []);
  app.engine.saveProject = saveProject;
  await classes.beginAnew();
  assert.deepEqual(classes.projects.aside.map(projectOf), ["“cup”, “ball” (3 clips)"]);
});

test("classes are there after a reload, unless another tab saves or they were removed", async () => {
  const directory = new FakeDirectory();
  const first = await twoClasses({ taught: directory });
  await first.classes.projects.flush();
  const again = await taught({ taught: directory });
  await until(() => counts(again.classes.examples).length === 2);
  assert.deepEqual(counts(again.classes.examples), [
    ["cup", 1],
    ["ball", 1],
  ]);

  const elsewhere = {
    request: async (/** @type {any} */ _, /** @type {any} */ options, /** @type {any} */ then) =>
      typeof options === "object" ? then(null) : new Promise(() => {}),
  };
  const second = await taught({ taught: directory, locks: elsewhere });
  await second.api.teach({ do: "add-class", name: "theirs" });
  await second.classes.projects.flush();
  assert.deepEqual(counts(second.classes.examples), [["theirs", 0]]);

  for (const { id } of again.classes.examples?.classes ?? []) await again.api.teach({ do: "remove-class", class: id });
  await again.classes.projects.flush();
  assert.deepEqual(counts((await taught({ taught: directory })).classes.examples), []);
});

test("a disk that is full is said beside the classes, and they go on", async () => {
  const directory = new FakeDirectory();
  directory.quota = 10;
  const { classes } = await twoClasses({ taught: directory });
  await classes.projects.flush();
  assert.deepEqual([classes.projects.unkept, classes.projects.unkeptWhy], [true, null]);
  assert.deepEqual(counts(classes.examples), [
    ["cup", 1],
    ["ball", 1],
  ]);
});
