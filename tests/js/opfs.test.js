// @ts-check
/** A reader clears all that the page keeps while it is open: what is written then is kept again. */
import assert from "node:assert/strict";
import test from "node:test";
import { Slots } from "../../www/js/rooms/train/autosave-slots.js";
import { openFolder } from "../../www/js/storage/opfs.js";
import { openStore } from "../../www/js/weights/store.js";
import { FakeStorage } from "./support/opfs.js";

const ABOUT = { step: 1, name: "Run 1", savedAt: 0, family: "vjepa2", preset: "nano", seed: 1 };
const FILE = { url: "https://a/m.safetensors", name: "m.safetensors", size: 4, etag: "x" };

/** @param {FakeStorage} storage */
const slots = async (storage) => new Slots(await openFolder(/** @type {any} */ (storage), "runs"));

test("the next save of a run is a save", async () => {
  const storage = new FakeStorage();
  const open = await slots(storage);
  await open.save(new Uint8Array([1]), ABOUT);
  await open.save(new Uint8Array([2]), { ...ABOUT, step: 2 });
  storage.clear();
  assert.equal(await (await slots(storage)).load(), null);
  await open.save(new Uint8Array([3]), { ...ABOUT, step: 3 });
  await open.save(new Uint8Array([4]), { ...ABOUT, step: 4 });
  const found = await (await slots(storage)).load();
  assert.deepEqual([found?.about.step, [...(found?.bytes ?? [])], found?.damaged], [4, [4], 0]);
});

test("files of weights are listed as none, and kept again", async () => {
  const storage = new FakeStorage();
  const store = await openStore({ storage: /** @type {any} */ (storage) });
  assert.ok(store);
  await (await store.open(FILE))?.close();
  assert.equal((await store.list()).length, 1);
  storage.clear();
  assert.deepEqual(await store.list(), []);
  assert.equal(await store.find(FILE.url), null);
  await (await store.open(FILE))?.close();
  assert.equal((await store.list()).length, 1);
  storage.clear();
  assert.ok(await store.open(FILE), "without a look at the list before");
});
