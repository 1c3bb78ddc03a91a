// @ts-check
/** Saves that survive whatever happens to the tab, the disk and the files. */
import assert from "node:assert/strict";
import test from "node:test";
import { Autosave } from "../../www/js/rooms/train/autosave.js";
import { Slots } from "../../www/js/rooms/train/autosave-slots.js";
import { settle } from "./support/engine.js";
import { FakeDirectory } from "./support/opfs.js";

/** @param {number} step */
const about = (step) => ({ step, name: "Run 1", savedAt: step, family: "vjepa2", preset: "nano", seed: 0 });
/** @param {number} step */
const bytesOf = (step) => new Uint8Array(1000).fill(step);
/** @param {FakeDirectory} directory */
const slotsIn = (directory) => new Slots(/** @type {any} */ (directory));

/** A directory with saves of these steps. @param {...number} steps */
async function withSaves(...steps) {
  const directory = new FakeDirectory();
  const slots = slotsIn(directory);
  for (const step of steps) await slots.save(bytesOf(step), about(step));
  return { directory, slots };
}

/** What a new tab finds. @param {FakeDirectory} directory */
async function found(directory) {
  const saved = await slotsIn(directory).load();
  if (saved) assert.deepEqual(saved.bytes, bytesOf(saved.about.step));
  return saved && { step: saved.about.step, damaged: saved.damaged };
}

/** The directory, but the tab dies at its n-th operation: before it, or in the middle of a write. @param {FakeDirectory} directory @param {number} n @param {boolean} torn */
function dying(directory, n, torn) {
  let left = n;
  let dead = false;
  /** @param {any} target @returns {any} */
  const wrap = (target) =>
    new Proxy(target, {
      get: (_, name) => {
        const value = target[name];
        if (typeof value !== "function") return value;
        return (/** @type {any[]} */ ...args) => {
          if (dead || left-- <= 0) {
            if (!dead && torn && name === "write")
              (target.write(args[0].subarray(0, args[0].length / 2), args[1]), target.flush());
            dead = true;
            throw new Error("killed");
          }
          const result = value.apply(target, args);
          return result instanceof Promise
            ? result.then((made) => (made && typeof made === "object" && !(made instanceof Blob) ? wrap(made) : made))
            : result;
        };
      },
    });
  return wrap(directory);
}

test("a save is found again, and the newest wins", async () => {
  assert.equal(await found(new FakeDirectory()), null);
  const { directory, slots } = await withSaves(1, 2, 3);
  assert.deepEqual(await found(directory), { step: 3, damaged: 0 });
  assert.equal(directory.files.size, 4, "two saves and no more");
  await slots.clear();
  assert.deepEqual([await found(directory), directory.files.size], [null, 0]);
});

for (const torn of [false, true]) {
  test(`a tab that dies at any moment of a save${torn ? ", in the middle of a write," : ""} leaves a sound one`, async () => {
    let finished = false;
    const left = new Set();
    for (let n = 0; !finished; n++) {
      const { directory } = await withSaves(1, 2);
      finished = await new Slots(dying(directory, n, torn)).save(bytesOf(3), about(3)).then(
        () => true,
        () => false,
      );
      directory.crash();
      const saved = await found(directory);
      assert.ok(saved && saved.step >= 2, `killed at operation ${n}: ${JSON.stringify(saved)}`);
      left.add(saved.step);
      const slots = slotsIn(directory);
      await slots.save(bytesOf(4), about(4));
      assert.deepEqual((await found(directory))?.step, 4, "and the next save works");
      assert.ok(n < 100);
    }
    assert.deepEqual([...left], [2, 3], "each moment was met");
  });
}

test("a change in any file is noticed, and the save before it used", async () => {
  const { directory: sound } = await withSaves(1, 2);
  for (const name of sound.files.keys()) {
    for (const damage of /** @type {((bytes: Uint8Array) => Uint8Array)[]} */ ([
      (bytes) => bytes.subarray(0, -1),
      () => new Uint8Array(0),
      (bytes) => bytes.map((b, i) => (i === 30 ? b ^ 1 : b)),
    ])) {
      const { directory } = await withSaves(1, 2);
      const file = directory.files.get(name);
      if (!file) assert.fail(name);
      file.bytes = damage(file.bytes);
      const newest = name.startsWith("run.1"); // the first went to slot 0
      assert.deepEqual(
        await found(directory),
        newest ? { step: 1, damaged: 1 } : { step: 2, damaged: name.endsWith("manifest") ? 1 : 0 },
        name,
      );
      await slotsIn(directory).save(bytesOf(3), about(3));
      assert.equal((await found(directory))?.step, 3);
    }
  }
});

test("the damaged save is the one that is written over, not the sound one", async () => {
  const { directory } = await withSaves(1, 2);
  /** @type {any} */ (directory.files.get("run.1.data")).bytes = new Uint8Array(5);
  directory.quota = directory.used + 100;
  const slots = slotsIn(directory);
  await assert.rejects(slots.save(bytesOf(3), about(3)), { code: "disk-full" });
  assert.deepEqual(await found(directory), { step: 1, damaged: 0 });
});

for (const shortWrites of [false, true]) {
  test(`a full disk${shortWrites ? " that takes a part" : ""} is said in a sentence, and the earlier save stays`, async () => {
    const { directory } = await withSaves(1);
    directory.shortWrites = shortWrites;
    const full = directory.used;
    for (const room of [0, 500, 1000, 1100]) {
      directory.quota = full + room;
      await assert.rejects(
        slotsIn(directory).save(bytesOf(2), about(2)),
        (/** @type {any} */ error) => error.code === "disk-full" && /free some space/.test(error.message),
      );
      assert.deepEqual(await found(directory), { step: 1, damaged: 0 });
      assert.equal(directory.used, full, "what was begun is gone");
    }
    directory.quota = Infinity;
    await slotsIn(directory).save(bytesOf(2), about(2));
    assert.equal((await found(directory))?.step, 2);
  });
}

/** Locks of one browser. */
class FakeLocks {
  /** @type {((lock: any) => any)[]} */
  queue = [];
  held = false;
  /** @param {string} _ @param {any} options @param {any} [callback] */
  async request(_, options, callback = options) {
    if (this.held && options.ifAvailable) return callback(null);
    if (this.held) return void this.queue.push(callback);
    this.held = true;
    callback({});
  }
  /** The tab that holds it is closed. */
  release() {
    this.queue.shift()?.({});
  }
}

/** @param {{directory?: FakeDirectory, locks?: any, cost?: number}} [options] */
function tab({ directory = new FakeDirectory(), locks, cost = 0 } = {}) {
  const clock = { now: 0, step: 0 };
  const autosave = new Autosave({
    vault: slotsIn(directory),
    locks,
    changed: () => {},
    now: () => clock.now,
    make: async () => ((clock.now += cost), { bytes: bytesOf(clock.step), about: about(clock.step) }),
  });
  return { autosave, clock, directory };
}

/** @param {Autosave} autosave */
async function idle(autosave) {
  do await settle();
  while (autosave.state.state === "saving");
}

test("training is saved every so often, when it stops, and never for nothing", async () => {
  const { autosave, clock, directory } = tab();
  assert.equal(await autosave.start(), null);
  await autosave.flush();
  assert.equal(directory.files.size, 0, "nothing was trained");
  clock.step = 5;
  autosave.trained(9_000);
  await settle();
  assert.equal(autosave.state.state, "waiting");
  autosave.trained(1_000);
  await idle(autosave);
  assert.deepEqual([autosave.state.state, autosave.state.step, (await found(directory))?.step], ["saved", 5, 5]);
  clock.step = 6;
  autosave.trained(10);
  await autosave.flush();
  assert.equal((await found(directory))?.step, 6);
});

test("saving takes no more than its share of the time", async () => {
  const { autosave, clock } = tab({ cost: 2_000 });
  await autosave.start();
  clock.step = 1;
  autosave.trained(10_000);
  await idle(autosave);
  clock.step = 2;
  autosave.trained(39_000);
  await idle(autosave);
  assert.equal(autosave.state.step, 1);
  autosave.trained(1_000);
  await idle(autosave);
  assert.equal(autosave.state.step, 2);
});

test("a save that fails says why, is tried again, and a later one is fine", async () => {
  const { autosave, clock, directory } = tab();
  await autosave.start();
  clock.step = 1;
  directory.quota = 10;
  autosave.trained(10_000);
  await autosave.flush();
  assert.deepEqual([autosave.state.state, autosave.state.step], ["failed", 0]);
  assert.match(autosave.state.message?.message ?? "", /full/);
  directory.quota = Infinity;
  await autosave.flush();
  assert.deepEqual([autosave.state.state, autosave.state.step, autosave.state.message], ["saved", 1, null]);
});

test("the second tab does not write until the first is closed, and says so", async () => {
  const [directory, locks] = [new FakeDirectory(), new FakeLocks()];
  const [first, second] = [tab({ directory, locks }), tab({ directory, locks })];
  await first.autosave.start();
  assert.equal(await second.autosave.start(), null);
  assert.match(second.autosave.state.message?.message ?? "", /Another tab/);
  second.clock.step = 9;
  second.autosave.trained(20_000);
  await second.autosave.flush();
  assert.equal(await found(directory), null);
  locks.release();
  await idle(second.autosave);
  assert.equal((await found(directory))?.step, 9, "what was trained meanwhile waits for nobody to ask");
});

test("what was saved comes back, and can be forgotten", async () => {
  const { directory } = await withSaves(7);
  const { autosave } = tab({ directory });
  assert.equal((await autosave.start())?.about.step, 7);
  assert.deepEqual([autosave.state.state, autosave.state.step], ["saved", 7]);
  await autosave.clear();
  assert.equal(await found(directory), null);
});
