// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { pieces, withExtent } from "../../www/js/storage/extents.js";
import { openUrl } from "../../www/js/weights/reader.js";
import { seal, unseal } from "../../www/js/storage/sealed-record.js";
import { Store, keyOf, openStore } from "../../www/js/weights/store.js";
import { FakeDirectory } from "./support/opfs.js";
import { bytesAt, serveWeights } from "./support/weights-server.js";

/** @typedef {import("../../www/js/storage/extents.js").Extent} Extent */

const KB = 1 << 10;
const SIZE = 4096 * KB;

/** A disk, a host with one file, and visits to both. */
function visits() {
  const directory = new FakeDirectory();
  /** @type {any[]} */
  const problems = [];
  const clock = { now: 1000 };
  const newStore = () =>
    new Store(directory, { storage: undefined, now: () => clock.now, onProblem: (problem) => problems.push(problem) });
  return { directory, problems, clock, newStore };
}

/** @param {string} name @param {(it: ReturnType<typeof visits> & {host: Awaited<ReturnType<typeof serveWeights>>, url: string, visit: (options?: any) => Promise<import("../../www/js/weights/reader.js").Reader>}) => Promise<void>} body */
function stored(name, body) {
  test(name, { timeout: 20_000 }, async () => {
    const host = await serveWeights({ "model.safetensors": { size: SIZE } });
    const url = `${host.base}model.safetensors`;
    const all = visits();
    const visit = (options = {}) => openUrl(url, { delays: [1], stallMs: 2000, store: all.newStore(), ...options });
    try {
      await body({ ...all, host, url, visit });
    } finally {
      await host.close();
    }
  });
}

/** @param {import("../../www/js/weights/reader.js").Reader} reader @param {number} at @param {number} count @param {number} [seed] */
async function assertReads(reader, at, count, seed) {
  assert.ok(
    Buffer.from(await reader.read(at, count)).equals(Buffer.from(bytesAt(at, count, seed))),
    `wrong bytes at ${at}`,
  );
}

test("extents merge where both the file and the data go on", () => {
  /** @type {Extent[]} */
  let extents = [];
  for (const extent of /** @type {Extent[]} */ ([
    [900, 100, 0],
    [0, 10, 100],
    [10, 10, 110],
    [20, 5, 500],
  ]))
    extents = withExtent(extents, extent);
  assert.deepEqual(extents, [
    [0, 20, 100],
    [20, 5, 500],
    [900, 100, 0],
  ]);
  assert.deepEqual(pieces(extents, 15, 890), [
    { offset: 15, length: 5, at: 115 },
    { offset: 20, length: 5, at: 500 },
    { offset: 25, length: 875, at: null },
    { offset: 900, length: 5, at: 0 },
  ]);
  assert.deepEqual(pieces([], 5, 2), [{ offset: 5, length: 2, at: null }]);
  assert.deepEqual(pieces(extents, 5, 0), []);
});

test("a sealed text that was changed or cut is not believed", () => {
  const sealed = seal({ a: [1, 2], b: "é\n" }, 7);
  assert.deepEqual(unseal(sealed), { value: { a: [1, 2], b: "é\n" }, serial: 7 });
  for (const bad of ["", sealed.slice(0, -1), sealed.replace("2", "3"), sealed.replace("kept 1 7", "kept 1 8")])
    assert.equal(unseal(bad), null);
});

stored("the second visit needs no network", async ({ host, visit, newStore }) => {
  const first = await visit();
  await assertReads(first, SIZE - 100, 100);
  await assertReads(first, 0, 1000);
  await assertReads(first, 1000, 300 * KB);
  await first.finish("abc");
  await first.close();
  await host.close();
  const asked = host.asked.length;
  const second = await visit();
  assert.equal(second.size, SIZE);
  await assertReads(second, SIZE - 50, 50);
  await assertReads(second, 500, 200 * KB);
  await second.finish("abc");
  await second.close();
  assert.equal(host.asked.length, asked);
  const [kept] = await newStore().list();
  assert.deepEqual(
    [kept.name, kept.bytes, kept.size, kept.complete, kept.sha256, kept.savedAt],
    ["model.safetensors", 1100 + 300 * KB, SIZE, true, "abc", 1000],
  );
});

stored("offline, what was never asked for before says that the network is missing", async ({ host, visit }) => {
  const first = await visit();
  await assertReads(first, 0, 1000);
  await first.finish();
  await first.close();
  await host.close();
  const second = await visit();
  await assertReads(second, 0, 1000);
  await assert.rejects(second.read(500, 1000), { code: "unreachable" });
  await second.close();
});

stored(
  "more of a complete file is fetched and kept; until it has all come, it is not complete",
  async ({ visit, url, newStore }) => {
    const first = await visit();
    await assertReads(first, 0, 1000);
    await first.finish("a");
    await first.close();
    const second = await visit();
    await assertReads(second, 500, 1000);
    assert.equal((await newStore().find(url))?.complete, false);
    await second.finish("b");
    await second.close();
    assert.equal((await newStore().find(url))?.complete, true);
  },
);

stored("after an interruption only what is missing is read", async ({ host, directory, clock, visit }) => {
  const first = await visit();
  await assertReads(first, 0, 2000 * KB);
  clock.now += 60_000;
  await assertReads(first, 2000 * KB, 100 * KB); // after a while the index is written
  await assertReads(first, 2100 * KB, 500 * KB); // lost: written, but nothing speaks of it
  directory.crash();
  host.asked.length = 0;
  const second = await visit();
  for (let at = 0; at < SIZE; at += 512 * KB) await assertReads(second, at, 512 * KB);
  assert.deepEqual(
    host.asked.map(({ range }) => range),
    ["bytes=0-", `bytes=${2100 * KB}-`],
  );
  await second.close();
});

stored(
  "a torn index falls back to the one before, a torn pair or data file to nothing",
  async ({ url, directory, visit, newStore }) => {
    const key = await keyOf(url);
    const fill = async () => {
      const reader = await visit();
      await assertReads(reader, 0, 100 * KB);
      await reader.finish();
      await reader.close();
    };
    /** @param {string} name @param {number} keep */
    const tear = (name, keep) => {
      const file = directory.files.get(`${key}.${name}`);
      if (file) file.bytes = file.flushed = file.bytes.slice(0, file.bytes.length * keep);
    };
    const newest = () => ["0", "1"].sort((a, b) => serial(b) - serial(a))[0];
    const serial = (/** @type {string} */ name) =>
      unseal(new TextDecoder().decode(directory.files.get(`${key}.${name}`)?.bytes))?.serial ?? -1;
    await fill();
    tear(newest(), 0.5);
    assert.notEqual(await newStore().find(url), null);
    await fill();
    tear("0", 0.9);
    tear("1", 0);
    assert.equal(await newStore().find(url), null);
    await fill();
    tear("data", 0.5);
    assert.equal(await newStore().find(url), null);
    assert.deepEqual(await newStore().list(), []);
    assert.equal(directory.files.has(`${key}.data`), false, "what cannot be trusted is removed");
    await fill();
    assert.equal((await newStore().list())[0].bytes, 100 * KB);
  },
);

stored("a file that changed at its host is begun anew", async ({ host, visit, newStore }) => {
  const first = await visit();
  await assertReads(first, 0, 1000 * KB);
  await first.close();
  host.files["model.safetensors"].seed = 9;
  const second = await visit();
  await assertReads(second, 0, 10 * KB, 9);
  await second.close();
  assert.equal((await newStore().list())[0].bytes, 10 * KB);
});

stored("a file that changes while it is read is not kept", async ({ host, visit, newStore }) => {
  const reader = await visit();
  await assertReads(reader, 0, KB);
  host.files["model.safetensors"].seed = 3;
  await assert.rejects(reader.read(3000 * KB, KB), { code: "changed" });
  await reader.close();
  assert.deepEqual(await newStore().list(), []);
});

for (const shortWrites of [false, true]) {
  stored(
    `a full disk (${shortWrites ? "short writes" : "errors"}): keeping stops and says so once, loading goes on`,
    async ({ directory, problems, visit, newStore }) => {
      Object.assign(directory, { quota: 600 * KB, shortWrites });
      const reader = await visit();
      for (let at = 0; at < SIZE; at += 256 * KB) await assertReads(reader, at, 256 * KB);
      await assertReads(reader, 0, 256 * KB);
      await reader.finish("abc");
      await reader.close();
      assert.deepEqual(
        problems.map(({ code }) => code),
        ["storage-full"],
      );
      assert.match(problems[0].message, /no room to keep model\.safetensors.*\.$/);
      assert.deepEqual(await newStore().list(), []);
      assert.equal(directory.used, 0);
    },
  );
}

stored("a second tab reads over the network, or what is complete in place", async ({ directory, visit, newStore }) => {
  const first = await visit();
  await assertReads(first, 0, 100 * KB);
  const second = await visit();
  await assertReads(second, 0, 100 * KB);
  await assertReads(second, 200 * KB, 10);
  await second.close();
  await first.finish("abc");
  const [{ bytes, key }] = await newStore().list();
  assert.equal(bytes, 100 * KB, "the second tab kept something");
  const third = await visit({ fetch: () => assert.fail("asked the host") });
  await assertReads(third, 50, 50 * KB);
  await third.close();
  await assert.rejects(newStore().remove(key), { code: "in-use" });
  await first.close();
  await newStore().remove(key);
  assert.equal(directory.files.size, 0);
});

stored("kept bytes that turn out to be others are removed", async ({ visit, newStore }) => {
  const first = await visit();
  await assertReads(first, 0, KB);
  await first.finish("abc");
  await first.close();
  const second = await visit();
  await second.read(0, KB);
  await assert.rejects(second.finish("other"), { code: "kept-damaged" });
  await second.close();
  assert.deepEqual(await newStore().list(), []);
});

stored("what cannot be read from the disk comes over the network", async ({ url, directory, visit }) => {
  const first = await visit();
  await assertReads(first, 0, 100 * KB);
  await first.finish();
  const second = await visit(); // the first one has the lock: this one reads a Blob
  await first.close();
  const file = directory.files.get(`${await keyOf(url)}.data`);
  if (file) file.bytes = file.bytes.slice(0, 0);
  await assertReads(second, 0, 100 * KB);
  await second.close();
});

stored("where workers cannot write files, nothing is kept", async ({ directory, visit, newStore }) => {
  directory.sync = false;
  const reader = await visit();
  await assertReads(reader, 0, 1000);
  await reader.finish();
  await reader.close();
  assert.deepEqual(await newStore().list(), []);
});

stored("a source is remembered while all its files are kept", async ({ url, visit, newStore }) => {
  await newStore().remember("owner/name@main", { urls: [url], config: "{}" });
  assert.equal(await newStore().recall("owner/name@main"), null);
  const reader = await visit();
  await assertReads(reader, 0, 1000);
  await reader.finish();
  await reader.close();
  assert.equal((await newStore().recall("owner/name@main")).config, "{}");
  assert.equal(await newStore().recall("owner/other@main"), null);
  const [{ key }] = await newStore().list();
  await newStore().remove(key);
  assert.equal(await newStore().recall("owner/name@main"), null);
});

test("no store where the browser has no private file system; usage where it tells", async () => {
  assert.equal(await openStore({ storage: undefined }), null);
  assert.equal(
    await openStore({
      storage: /** @type {any} */ ({ getDirectory: () => Promise.reject(new DOMException("no", "SecurityError")) }),
    }),
    null,
  );
  const directory = new FakeDirectory();
  const storage = /** @type {any} */ ({
    getDirectory: async () => ({ getDirectoryHandle: async () => directory }),
    estimate: async () => ({ usage: 5, quota: 100 }),
    persisted: async () => false,
    persist: async () => true,
  });
  const store = await openStore({ storage });
  assert.deepEqual(await store?.usage(), { used: 5, quota: 100, persisted: false });
  assert.equal(await store?.persist(), true);
});
