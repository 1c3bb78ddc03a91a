// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { engineCount } from "../../www/js/worker/cores.js";
import { Helpers } from "../../www/js/worker/helpers.js";
import { settle } from "./support/engine.js";
import { setUp } from "./support/host.js";

/** @typedef {import("../../www/js/worker/helpers.js").Ends} Ends */

/** Workers that answer when they are told to. @param {{refused?: boolean, module?: any}} [options] */
function workshop({ refused = false, module = null } = {}) {
  /** @type {{ends: Ends, posts: any[], transfers: any[][], closed: boolean}[]} */
  const workers = [];
  /** @type {(() => void)[]} */
  const sleepers = [];
  const helpers = new Helpers({
    start: (ends) => {
      if (refused) throw new Error("refused by a policy");
      /** @type {(typeof workers)[number]} */
      const worker = { ends, posts: [], transfers: [], closed: false };
      workers.push(worker);
      return {
        post: (message, transfer = []) => (worker.posts.push(message), worker.transfers.push(transfer)),
        close: () => (worker.closed = true),
      };
    },
    compiled: async () => module,
    sleep: () => new Promise((resolve) => sleepers.push(resolve)),
  });
  /** A second without anything to do. */
  const second = async () => {
    for (const resolve of sleepers.splice(0)) resolve();
    await settle();
  };
  /** @param {number} worker @param {Float32Array} [numbers] */
  const answer = (worker, numbers) => {
    const { ends, posts } = /** @type {(typeof workers)[number]} */ (workers[worker]);
    const { id, job } = posts.at(-1);
    ends.received({ id, ok: true, value: numbers ? { numbers, weights: job.weights } : null });
  };
  /** A helper that listens. @param {number} number */
  const ready = async (number) => {
    helpers.idle(number);
    workers.at(-1)?.ends.received({ notice: "hello", webgpu: false });
    await settle();
    answer(workers.length - 1);
    await settle();
  };
  return { helpers, workers, answer, ready, second };
}

const job = () => ({ kind: '"step"', task: "{}", clips: new Uint8Array(8), weights: new Float32Array([1, 2]) });

test("a helper is started when it is first wanted, gets the compiled engine, and is idle once it listens", async () => {
  const { helpers, workers, answer } = workshop({ module: "compiled" });
  assert.equal(helpers.among(2)?.workers, 2);
  assert.equal(workers.length, 0, "none is started unasked");
  assert.deepEqual([helpers.idle(0), helpers.idle(0), workers.length], [false, false, 1]);
  workers[0]?.ends.received({ notice: "hello", webgpu: true });
  await settle();
  assert.deepEqual(
    workers[0]?.posts.map(({ type }) => type),
    ["compiled", "prepare"],
  );
  const port = workers[0]?.posts[0].port;
  assert.equal(
    await new Promise((resolve) => (port.onmessage = ({ data }) => (port.close(), resolve(data)))),
    "compiled",
  );
  assert.equal(helpers.idle(0), false);
  answer(0);
  assert.equal(helpers.idle(0), true);
  assert.equal(workers.length, 1);
});

test("a job goes out with its buffers and comes back; meanwhile the helper is busy", async () => {
  const { helpers, workers, answer, ready } = workshop();
  helpers.among(2);
  await ready(0);
  const asked = job();
  const done = helpers.ask(0, asked);
  assert.deepEqual(workers[0]?.posts.at(-1), { type: "help", job: asked, spare: undefined, id: 2 });
  assert.deepEqual(workers[0]?.transfers.at(-1), [asked.clips.buffer, asked.weights.buffer]);
  assert.equal(helpers.idle(0), false);
  answer(0, new Float32Array([3]));
  assert.deepEqual(await done, new Float32Array([3]));
  assert.equal(helpers.idle(0), true);
});

test("arrays go to and fro: those of a job that is done are filled again", async () => {
  const { helpers, workers, answer, ready } = workshop();
  helpers.among(2);
  await ready(0);
  const first = job();
  const numbers = new Float32Array([3]);
  const done = helpers.ask(0, first);
  assert.notEqual(helpers.row(2), first.weights, "it is away");
  answer(0, numbers);
  await done;
  assert.notEqual(helpers.row(3), first.weights, "it has another length");
  assert.equal(helpers.row(2), first.weights);
  assert.notEqual(helpers.row(2), first.weights, "it is taken");
  helpers.ask(0, job());
  assert.equal(workers[0]?.posts.at(-1).spare, numbers);
  assert.equal(workers[0]?.transfers.at(-1)?.length, 3);
});

test("answers belong to their jobs, in whatever order they come", async () => {
  const { helpers, answer, ready } = workshop();
  helpers.among(3);
  await ready(0);
  await ready(1);
  const answers = [helpers.ask(0, job()), helpers.ask(1, job())];
  answer(1, new Float32Array([1]));
  answer(0, new Float32Array([0]));
  assert.deepEqual(
    (await Promise.all(answers)).map((found) => found?.[0]),
    [0, 1],
  );
});

for (const [what, die] of /** @type {[string, (worker: any) => void][]} */ ([
  ["dies", ({ ends }) => ends.failed()],
  ["traps", ({ ends, posts }) => ends.received({ id: posts.at(-1).id, ok: false, error: { code: "engine-crashed" } })],
])) {
  test(`a helper that ${what} in the middle of a job costs that job; another one takes its place, up to three times`, async () => {
    const { helpers, workers, ready } = workshop();
    helpers.among(2);
    for (let failures = 1; failures <= 3; failures++) {
      await ready(0);
      assert.equal(helpers.idle(0), true);
      const lost = helpers.ask(0, job());
      die(workers.at(-1));
      assert.equal(await lost, null);
      assert.deepEqual([workers.length, workers.at(-1)?.closed], [failures, true]);
    }
    assert.deepEqual([helpers.idle(0), workers.length], [false, 3], "no more are started");
    assert.equal(helpers.among(2), undefined, "nor are steps divided any more");
  });
}

test("a helper that is late is not waited for; it is asked again when it has answered", async () => {
  const { helpers, answer, ready, second } = workshop();
  helpers.among(2);
  await ready(0);
  /** @type {any} */
  let found = "nothing yet";
  helpers.ask(0, job()).then((answer) => (found = answer));
  for (let seconds = 0; seconds < 29; seconds++) await second();
  assert.equal(found, "nothing yet");
  await second();
  assert.equal(found, null);
  assert.equal(helpers.idle(0), false);
  answer(0, new Float32Array([9]));
  assert.equal(helpers.idle(0), true);
  const next = helpers.ask(0, job());
  answer(0, new Float32Array([4]));
  assert.deepEqual(await next, new Float32Array([4]), "what came late was for another job");
});

test("where no worker can be started the engine is alone", async () => {
  const none = new Helpers({ start: null, compiled: async () => null, sleep: async () => {} });
  assert.equal(none.among(4), undefined);
  const { helpers } = workshop({ refused: true });
  for (let tries = 0; tries < 3; tries++) {
    assert.equal(helpers.among(4)?.idle(0), false);
    await settle();
  }
  assert.equal(helpers.among(4), undefined);
});

test("those that are let go of end, and a job in hand with them", async () => {
  const { helpers, workers, ready } = workshop();
  helpers.among(2);
  await ready(0);
  const lost = helpers.ask(0, job());
  helpers.stop();
  assert.equal(await lost, null);
  assert.equal(workers[0]?.closed, true);
  assert.equal(helpers.idle(0), false);
  assert.equal(workers.length, 2, "and another one is started when it is wanted");
});

test("as many engines as cores and memory allow, or as the settings say; one for a GPU and for a checkpoint", () => {
  const machine = { cores: 8, memoryBytes: 8e9 };
  const learner = { params: 1.5e6 };
  assert.equal(engineCount(0, machine, learner, "cpu"), 8);
  assert.equal(engineCount(0, { ...machine, cores: 1 }, learner, "cpu"), 1);
  assert.equal(engineCount(3, { ...machine, cores: 1 }, learner, "cpu"), 3);
  assert.equal(engineCount(0, { ...machine, memoryBytes: 1e9 }, learner, "cpu"), 2);
  assert.equal(engineCount(0, { ...machine, memoryBytes: null }, learner, "cpu"), 5);
  assert.equal(engineCount(0, machine, { params: 300e6 }, "cpu"), 1);
  assert.equal(engineCount(0, machine, learner, "webgpu"), 1);
  assert.equal(engineCount(4, machine, { ...learner, checkpoint: true }, "cpu"), 1);
});

const OPEN = { type: "open", settings: { device: "cpu", family: "vjepa2", preset: "tiny", seed: 1 } };

test("a host offers its engine as many workers as the settings say, for steps and exams", async () => {
  const { host, ask } = setUp({ adapter: null, cores: 2 });
  await ask(OPEN);
  const engine = /** @type {any} */ (host.session?.engine);
  await ask({ type: "train", steps: 1 });
  await ask({ type: "workers", workers: 3 });
  await ask({ type: "train", steps: 1 });
  await ask({ type: "exam", settings: {} });
  await ask({ type: "workers", workers: 1 });
  await ask({ type: "train", steps: 1 });
  assert.deepEqual(engine.offered, [2, 3, 3, 1]);
  await ask({ ...OPEN, settings: { ...OPEN.settings, workers: 5 } });
  await ask({ type: "train", steps: 1 });
  assert.deepEqual(/** @type {any} */ (host.session?.engine).offered, [5]);
});

test("an engine on the GPU is alone", async () => {
  const { host, ask } = setUp({ cores: 8 });
  await ask({ ...OPEN, settings: { ...OPEN.settings, device: "webgpu" } });
  await ask({ type: "train", steps: 1 });
  assert.deepEqual(/** @type {any} */ (host.session?.engine).offered, [1]);
});

test("a host without a model does the job of another one", async () => {
  const { ask } = setUp({ adapter: null });
  assert.equal((await ask({ type: "prepare", device: "cpu" })).ok, true);
  const { ok, value } = await ask({ type: "help", job: job() });
  const { weights } = job();
  assert.deepEqual(
    [ok, value],
    [true, { numbers: new Float32Array([3]), weights }],
    "the sum of the weights, and these",
  );
});

test("that the engine stays is told between two requests, never in the middle of a step", async () => {
  const { host, ask, order } = setUp({ adapter: null });
  await ask({ ...OPEN, settings: { ...OPEN.settings, device: "auto" } });
  const engine = /** @type {any} */ (host.session?.engine);
  /** @type {(value?: any) => void} */
  let finish = () => {};
  engine.hook = () => new Promise((resolve) => (finish = resolve));
  const step = ask({ type: "train", steps: 1 });
  await settle(100);
  assert.ok(!order.includes("engine"), "an engine can't be asked for its step in the middle of one");
  finish();
  await step;
  await settle(100);
  assert.ok(order.includes("engine"));
});
