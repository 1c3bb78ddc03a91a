import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseTiles, keptTiles } from "../../www/js/worker/tiles.js";
import { FakeDirectory } from "./support/opfs.js";

const HARDWARE = { adapter: "Fine GPU / 2", software: false };

/** A private file system. @returns {StorageManager} */
function fakeStorage() {
  const folder = new FakeDirectory();
  return /** @type {any} */ ({ getDirectory: async () => ({ getDirectoryHandle: async () => folder }) });
}

/** An engine that measures `found` and can use `usable`, and what was asked of it. @param {{usable?: string[]}} [options] */
function engine({ usable = [] } = {}) {
  /** @type {string[]} */
  const asked = [];
  const module = {
    measureTiles: async () => (asked.push("measure"), "found"),
    useSubgroups: (/** @type {number} */ size) => asked.push(`subgroups of ${size}`),
    useTiles: (/** @type {string} */ known) => (asked.push(`use ${known}`), usable.includes(known)),
  };
  return { module: /** @type {any} */ (module), asked };
}

test("tiles are measured where an adapter is met for the first time, then kept by its name", async () => {
  const kept = keptTiles(fakeStorage());
  const first = engine();
  await chooseTiles(first.module, HARDWARE, null, kept);
  assert.deepEqual(first.asked, ["measure"]);
  const second = engine({ usable: ["found"] });
  await chooseTiles(second.module, HARDWARE, null, kept);
  assert.deepEqual(second.asked, ["use found"]);
  const other = engine({ usable: ["found"] });
  await chooseTiles(other.module, { ...HARDWARE, adapter: "Another" }, null, kept);
  assert.deepEqual(other.asked, ["measure"]);
});

test("what can't run here is measured again", async () => {
  const kept = keptTiles(fakeStorage());
  await kept.write(HARDWARE.adapter, "of another browser");
  const { module, asked } = engine();
  await chooseTiles(module, HARDWARE, null, kept);
  assert.deepEqual(asked, ["use of another browser", "measure"]);
  assert.equal(await kept.read(HARDWARE.adapter), "found");
});

test("subgroups are told before anything is measured", async () => {
  const { module, asked } = engine();
  await chooseTiles(module, HARDWARE, 8, keptTiles(fakeStorage()));
  assert.deepEqual(asked, ["subgroups of 8", "measure"]);
});

test("a software adapter and an engine without them measure nothing", async () => {
  const { module, asked } = engine();
  await chooseTiles(module, { ...HARDWARE, software: true }, 32, keptTiles(fakeStorage()));
  await chooseTiles(/** @type {any} */ ({}), HARDWARE, 32, keptTiles(fakeStorage()));
  assert.deepEqual(asked, []);
});

test("without a private file system they are measured at every visit", async () => {
  const { module, asked } = engine();
  const none = keptTiles(/** @type {any} */ (undefined));
  await chooseTiles(module, HARDWARE, null, none);
  await chooseTiles(module, HARDWARE, null, none);
  assert.deepEqual(asked, ["measure", "measure"]);
});
