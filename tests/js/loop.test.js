// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { Loop, chunk } from "../../www/js/app/loop.js";

/** A Loop whose work takes a fake clock on. @param {any} [overrides] */
function setUp(overrides = {}) {
  let now = 0;
  let step = 0;
  /** @type {string[]} */
  const log = [];
  const work = {
    canLook: () => true,
    canTrain: () => true,
    watches: () => false,
    canWatch: () => false,
    watch: async () => void (log.push(`watch@${now}`), (now += 40)),
    look: async () => void (log.push(`look@${now}`), (now += 100)),
    train: async (/** @type {number} */ n) => void (log.push(`train ${n}`), (now += n * 100), (step += n)),
    step: () => step,
    stepMs: () => (step ? 100 : undefined),
    recover: async () => false,
    changed: () => {},
    ...overrides,
  };
  const stop = new AbortController();
  const runner = new Loop(work, () => now);
  return {
    runner,
    log,
    work,
    stop,
    rewind: (/** @type {number} */ to) => (step = to),
    run: () => runner.run(stop.signal),
  };
}

test("training goes on to its goal in chunks, with a look in between, and ends exactly there", async () => {
  const { runner, log, stop, run } = setUp();
  const done = runner.train(72);
  const running = run();
  await done;
  stop.abort();
  await running;
  const steps = log.filter((line) => line.startsWith("train")).map((line) => Number(line.slice(6)));
  assert.equal(
    steps.reduce((a, b) => a + b),
    72,
  );
  assert.deepEqual(steps.slice(0, 3), [1, 5, 5]);
  const looks = log.filter((line) => line.startsWith("look")).map((line) => Number(line.slice(5)));
  for (let i = 1; i < looks.length; i++) assert.ok(looks[i] - looks[i - 1] >= 3000, `${looks}`);
  assert.ok(looks.length >= 3, `${looks}`);
});

test("pause ends training after the chunk in hand and resolves whoever waits", async () => {
  const { runner, log, stop, run, work } = setUp();
  const train = work.train;
  work.train = async (/** @type {number} */ n) => {
    await train(n);
    if (log.length > 5) runner.pause();
  };
  const done = runner.train(Infinity);
  const running = run();
  await done;
  assert.equal(runner.training, false);
  stop.abort();
  await running;
});

test("after a crash training goes on from the restored step to the same goal", async () => {
  const { runner, stop, run, work, rewind } = setUp({ recover: async () => (rewind(2), true) });
  const train = work.train;
  let crashed = false;
  work.train = async (/** @type {number} */ n) => {
    if (work.step() >= 6 && !crashed)
      throw ((crashed = true), Object.assign(new Error("lost"), { code: "device-lost" }));
    await train(n);
  };
  const done = runner.train(10);
  const running = run();
  await done;
  assert.deepEqual([crashed, work.step()], [true, 10]);
  stop.abort();
  await running;
});

test("an error that nothing recovers from stops what failed, and only that", async () => {
  const { runner, stop, run } = setUp({
    train: async () => {
      throw new Error("diverged");
    },
  });
  const done = runner.train(3);
  const running = run();
  await done;
  assert.deepEqual([runner.training, runner.looking], [false, true]);
  stop.abort();
  await running;
});

test("windows, looks and training each get their turn", async () => {
  const { runner, log, stop, run } = setUp({ watches: () => true, canWatch: () => true });
  const done = runner.train(60);
  const running = run();
  await done;
  stop.abort();
  await running;
  const kinds = log.map((line) => line.split(/[@ ]/)[0]).join(" ");
  assert.doesNotMatch(kinds, /watch watch|train train/, "what is cheap comes between two chunks, and only once");
  assert.ok((kinds.match(/look/g)?.length ?? 0) >= 2, kinds);
});

test("an engine that is too slow for both looks and watches in turns; after a pause it does neither", async () => {
  /** @type {string[]} */
  const log = [];
  const stop = new AbortController();
  let [time, left] = [0, 6];
  // Each takes so long that the other is due by then.
  const slow = (/** @type {string} */ name) => async () =>
    void (log.push(name), (time += 1500), --left || runner.pause());
  const yes = () => true;
  const runner = new Loop(
    {
      canLook: yes,
      canTrain: yes,
      watches: yes,
      canWatch: yes,
      look: slow("look"),
      watch: slow("watch"),
      train: async () => {},
      step: () => 0,
      stepMs: () => 1,
      recover: async () => false,
      changed() {},
    },
    () => time,
  );
  const running = runner.run(stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 150));
  stop.abort();
  await running;
  assert.deepEqual(log, ["watch", "look", "watch", "look", "watch", "look"]);
});

test("a window that fails is no reason to stop watching", async () => {
  let failed = 0;
  const { runner, log, stop, run, work } = setUp({
    canWatch: () => true,
    watches: () => true,
    recover: async () => true,
  });
  const { watch } = work;
  work.watch = async () => {
    if (!failed++) throw Object.assign(new Error("lost"), { code: "device-lost" });
    await watch();
  };
  const done = runner.train(10);
  const running = run();
  await done;
  stop.abort();
  await running;
  assert.ok(
    log.some((line) => line.startsWith("watch")),
    log.join(),
  );
  assert.equal(runner.looking, true);
});

test("a chunk takes about half a second, one step at least", () => {
  assert.deepEqual(
    [chunk(100, undefined), chunk(100, 10), chunk(100, 2000), chunk(3, 10), chunk(Infinity, 0.1)],
    [1, 50, 1, 3, 64],
  );
});
