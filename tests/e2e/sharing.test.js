/** Training and exams shared by engines in several workers: the numbers of one, even where some die, in memory that stays as it is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { moreClips, state, until } from "./support/ask.js";
import { ROOT } from "./support/places.js";
import { enter, site } from "./support/site.js";

const test = site();
const STEPS = 30;
/** A clip each for three. */
const BATCH = 3;
const query = (workers) => `?device=cpu&preset=nano&source=world&seed=3&workers=${workers}`;
const FEW = { world: "simple", pairs: 2, probes: { train: 40, validation: 10, test: 20 } };

/** Losses of a run from its first step; with helpers it takes some steps until they are there. */
async function losses(page, steps = STEPS) {
  await page.evaluate(async (batch) => window.vjepa.setRecipe({ ...(await window.vjepa.recipe()), batch }), BATCH);
  return page.evaluate(async (steps) => (await window.vjepa.train(steps)).losses, steps);
}

/** Trains until so many had a part in a step: it takes a while until all are there. */
async function untilShared(page, engines) {
  while ((await state(page)).engines !== engines) await page.evaluate(() => window.vjepa.train(5));
}

/** Serves the page as it is written, with an expression of one of its modules replaced. */
async function replace(page, file, from, to) {
  const index = readFileSync(join(ROOT, "www/index.html"), "utf8").replace(/<link data-trunk[^>]*>/g, "");
  await page.context().route(
    ({ pathname }) => pathname.endsWith("/vjepa/"),
    (route) => route.fulfill({ contentType: "text/html", body: index }),
  );
  const text = readFileSync(join(ROOT, "www/js", file), "utf8");
  assert.ok(text.includes(from), `${file} has changed: ${from}`);
  const body = text.replace(from, to);
  await page.context().route(`**/js/${file}`, (route) => route.fulfill({ contentType: "text/javascript", body }));
}

/** What one engine and two come to, for the tests after it. @type {Record<number, number[]>} */
const known = {};

/** How often the page alone fetches the engine, to keep it and to run it. @type {number | undefined} */
let fetched;
function countEngines(page) {
  page.engines = 0;
  page.on("request", (request) => (page.engines += /engine\/cpu\/.*\.wasm$/.test(request.url()) ? 1 : 0));
}

for (const workers of [1, 2, 3]) {
  const options = { query: query(workers), prepare: countEngines };
  test(`${workers} of them train, and the page goes on looking`, options, async (page) => {
    known[workers] = await losses(page);
    await page.evaluate(async () => {
      const kept = async () => (await (await caches.open("page")).keys()).some(({ url }) => /cpu\/.*\.wasm$/.test(url));
      while (!(await kept())) await new Promise((done) => setTimeout(done, 100));
    });
    fetched ??= page.engines;
    assert.equal(page.engines, fetched, "the others get it compiled");
    assert.equal(known[workers].length, STEPS);
    assert.equal((await state(page)).step, STEPS);
    known[workers].forEach((loss, i) => {
      const apart = Math.abs(loss - known[1][i]);
      assert.ok(apart < (i < 3 ? 1e-5 : 1e-2) * known[1][i], `step ${i + 1}: ${loss}, one engine has ${known[1][i]}`);
    });
    await untilShared(page, workers);
    await enter(page, "train");
    await page.locator(".pulse").getByText(`cores in use: ${workers}`).waitFor();
    await enter(page, "inside");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const { clips } = await until(page, (now) => now.phase === "training");
    await until(page, (now, clips) => now.clips > clips && now.phase === "training", clips);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await until(page, (now) => now.phase !== "training");
  });
}

const DIES =
  'if ((globalThis.jobs = (globalThis.jobs ?? 0) + 1) === 4) return (setTimeout(() => { throw new Error("out of memory"); }), new Promise(() => {}));';
const JOB = 'return { numbers: await this.guard("cpu", () => module.help(';

test(
  "helpers that die in the middle of a step cost no number of it, and then one engine goes on alone",
  {
    query: query(2),
    prepare: (page) => replace(page, "worker/host.js", JOB, `${DIES}\n${JOB}`),
    allow: [/out of memory/],
  },
  async (page) => {
    assert.deepEqual(await losses(page), known[2]);
    // Each that dies is followed by another, which takes some steps to be there: until none has had a part for long.
    for (let alone = 0; alone < 100; alone = (await state(page)).engines === 1 ? alone + 5 : 0)
      await page.evaluate(() => window.vjepa.train(5));
    // Three have died by now, and no fourth one is started.
    const { step, error } = await state(page);
    assert.equal(error, null);
    await page.evaluate((steps) => window.vjepa.train(steps), 5);
    const now = await moreClips(page, 1);
    assert.deepEqual([now.step, now.engines, now.error], [step + 5, 1, null]);
  },
);

test(
  "where a worker can start none the engine trains alone",
  {
    query: query(2),
    prepare: (page) => replace(page, "worker/environment.js", 'typeof Worker === "function"', "false"),
  },
  async (page) => {
    assert.deepEqual(await losses(page, 5), known[1].slice(0, 5));
    assert.equal((await state(page)).engines, 1);
  },
);

test("as many as a machine has cores, and another number from the next step on", { query: query(0) }, async (page) => {
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  await losses(page);
  await untilShared(page, Math.min(cores, BATCH));
  for (const workers of [1, 2]) {
    await page.evaluate((workers) => window.vjepa.configure({ workers }), workers);
    await untilShared(page, workers);
    assert.ok((await state(page)).moments.includes(0), "kept models stay");
    assert.match(page.url(), new RegExp(`workers=${workers}\\b`));
  }
});

test(
  "an exam is the same among two as alone, and goes on while the model trains",
  { query: query(2) },
  async (page) => {
    await losses(page, 10);
    const [shared, alone] = await page.evaluate(async (few) => {
      const shared = await window.vjepa.exam(few);
      await window.vjepa.configure({ workers: 1 });
      return [shared, await window.vjepa.exam(few)];
    }, FEW);
    assert.deepEqual(shared, alone);
    await page.evaluate(() => window.vjepa.configure({ workers: 2 }));
    const [report] = await Promise.all([
      page.evaluate((few) => window.vjepa.exam(few), FEW),
      page.evaluate(() => window.vjepa.train(5)),
    ]);
    assert.equal(report.done, report.portions);
  },
);

test(
  "a run that is saved, undone and gone on with comes out where it would have",
  { query: query(2) },
  async (page) => {
    await losses(page, 20);
    const [straight, rewound, restored] = await page.evaluate(async () => {
      const { vjepa } = window;
      const saved = await vjepa.exportRun();
      const straight = (await vjepa.train(6)).losses;
      await vjepa.rewind(20);
      const rewound = (await vjepa.train(6)).losses;
      await vjepa.importRun(saved);
      return [straight, rewound, (await vjepa.train(6)).losses];
    });
    assert.deepEqual(rewound, straight);
    assert.deepEqual(restored, straight);
  },
);

/** Both engines in one page, where the memory of each can be seen. Runs in the page. */
async function bytesOverSteps() {
  const { loadEngine } = await import("./js/worker/load-wasm.js");
  const [main, helper] = [await loadEngine("cpu", () => {}), await loadEngine("cpu", () => {})];
  await Promise.all([main.openDevice(), helper.openDevice()]);
  const engine = main.Engine.create(JSON.stringify({ family: "vjepa2", preset: "nano", seed: 1 }));
  engine.setWorld("rich", 1);
  const messages = [];
  const helpers = {
    workers: 2,
    idle: () => true,
    row: (length) => new Float32Array(length),
    ask: async (_, { kind, task, clips, weights }) => {
      const answer = await helper.help(kind, task, clips, weights);
      messages.push([clips.byteLength, weights.byteLength, answer.byteLength]);
      return answer;
    },
  };
  const memory = async () =>
    [await main.default(), await helper.default()].map((wasm) => wasm.memory.buffer.byteLength);
  const seen = [];
  for (const chunks of [40, 40]) {
    let report;
    for (let chunk = 0; chunk < chunks; chunk++) report = JSON.parse(await engine.train(10, helpers));
    seen.push({ engines: report.engines, memory: await memory() });
  }
  return { seen, kinds: [...new Set(messages.map(String))], messages: messages.length };
}

const BENCH = { query: "bench.html", unready: true, allow: [/peers\/versions\.json/] };

test("bytes of eight hundred shared steps are those of four hundred", BENCH, async (page, t) => {
  const { seen, kinds, messages } = await page.evaluate(bytesOverSteps);
  t.diagnostic(`${JSON.stringify(seen)}; clips, weights and answer of a message: ${kinds}`);
  assert.deepEqual(
    seen.map(({ engines }) => engines),
    [2, 2],
  );
  assert.equal(messages, 800);
  assert.equal(kinds.length, 1, "all messages are as large");
  assert.deepEqual(seen[1].memory, seen[0].memory, "memory of engine and helper");
});

/** Those that run: the host's first, and its helpers. */
const engineWorkers = (page) => page.workers().filter((worker) => worker.url().includes("engine-worker"));

test(
  "an engine that is lost takes its helpers along, the rebuilt one has its own, and none is left behind",
  { query: query(3), allow: [/unreachable/] },
  async (page) => {
    await losses(page);
    await untilShared(page, 3);
    const [host, ...helpers] = engineWorkers(page);
    assert.equal(helpers.length, 2);
    await host.evaluate(() => void setTimeout(() => Promise.reject(new WebAssembly.RuntimeError("unreachable"))));
    await until(page, (now) => /rebuilt/.test(now.notice) && now.phase !== "loading");
    await untilShared(page, 3);
    assert.equal(engineWorkers(page).length, 3);
    assert.ok(!engineWorkers(page).some((worker) => [host, ...helpers].includes(worker)));
    await page.goto("about:blank");
    while (page.workers().length) await page.waitForTimeout(50);
  },
);
