/** GPU devices that are lost at any moment: the page recovers by itself, and nothing but steps since the last snapshot is lost. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertSentence, embedMadeUpClip, relativeDifference, state, until } from "../../tests/e2e/support/ask.js";
import { launch } from "../../tests/e2e/support/browser.js";
import { ROOT } from "../../tests/e2e/support/places.js";
import { random as seeded } from "../../www/js/bench/weights.js";
import { destroyDevice, enter, watchedPage } from "./watched.js";

/** Steps up to which a run that was disturbed is compared with one that was not. */
const STEPS = 20;
/** Of an answer of the same engine, or of the CPU's where WebGPU was given up. */
const SAME = 1e-3;
const SAID = [/lost|destroyed/i, /GPU/, /engine could not be freed/];
const TINY = join(ROOT, "tests/fixtures/checkpoints/hf_vjepa2_tiny_cls");
const FEW = { world: "simple", pairs: 2, probes: { train: 20, validation: 10, test: 10 } };
/** What a device is lost by. */
export const KINDS = /** @type {const} */ (["destroyed", "GPU process crashed"]);
export const MOMENTS = /** @type {const} */ ([
  "looking",
  "training",
  "checkpoint",
  "exam",
  "planning",
  "embedding",
  "start",
]);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ADDRESS = "?device=webgpu&preset=nano&source=world&seed=3&start=scratch";
const ROOMS = { planning: "act", training: "train", exam: "train" };

/** Runs in the page: loads the tiny checkpoint from files. */
async function loadTiny(files) {
  const opened = files.map(
    ({ name, base64 }) => new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name),
  );
  await window.vjepa.load({ source: { from: "files", files: opened }, precision: "f32", frames: 0 });
}

const tinyFiles = () =>
  ["model.safetensors", "config.json"].map((name) => ({
    name,
    base64: readFileSync(join(TINY, name)).toString("base64"),
  }));

/** What is done while the device is lost, and what has to be true afterwards, by moment. Runs here, in pages. */
const WORK = {
  /** The page starts as it would have. */
  start: { begin: async () => null, end: async () => {} },
  looking: {
    begin: async (page) =>
      page.evaluate(() => window.vjepa.train(3)).then(() => page.evaluate(() => window.hashOfModel())),
    async end(page, { begun, onCpu }) {
      if (!onCpu) assert.equal(await page.evaluate(() => window.hashOfModel()), begun, "weights are others");
      assert.equal((await state(page)).step, 3);
    },
  },
  training: {
    begin: async (page) => page.evaluate(() => void window.vjepa.train(Infinity)),
    async end(page, { reference, onCpu }) {
      await page.evaluate(() => window.vjepa.pause());
      const { step, loss } = await state(page);
      assert.ok(loss.every(Number.isFinite), "a loss is no number");
      if (step > STEPS || onCpu) return;
      if (step < STEPS) await page.evaluate((steps) => window.vjepa.train(steps), STEPS - step);
      const after = await page.evaluate(async () => ({
        hash: await window.hashOfModel(),
        loss: window.vjepa.state().loss,
      }));
      assert.deepEqual(after.loss, reference.loss, "losses are others");
      assert.equal(after.hash, reference.hash, "weights are others");
    },
  },
  checkpoint: {
    async begin(page) {
      const files = tinyFiles();
      await page.evaluate(loadTiny, files);
      const features = await page.evaluate(embedMadeUpClip);
      await page.evaluate(
        `window.loading = (${loadTiny})(${JSON.stringify(files)}).then(() => "loaded", ({ code }) => code); 0`,
      );
      return features;
    },
    async end(page, { begun }) {
      const came = await page.evaluate(() => window.loading);
      assert.equal(came, "loaded");
      assert.ok((await state(page)).model.checkpoint, "the checkpoint is not open");
      const apart = relativeDifference(begun, await page.evaluate(embedMadeUpClip));
      assert.ok(apart < SAME, `features differ by ${apart}`);
    },
  },
  exam: {
    begin: (page) => page.evaluate((few) => void (window.report = window.vjepa.exam(few)), FEW),
    async end(page, { onCpu }) {
      const report = await page.evaluate(() => window.report);
      assert.equal(report.done, report.portions);
      if (!onCpu) assert.deepEqual(report, await page.evaluate((few) => window.vjepa.exam(few), FEW));
    },
  },
  planning: {
    async begin(page) {
      await page.evaluate(async () => {
        const { act } = window.vjepa;
        await act.enter({ blocks: 2, seed: 7 });
        await act.setMode("plan");
        await act.setPlanner({ candidates: 32, rounds: 3 });
        await act.setGoal([0.85, 0.85]);
        window.steps = (async () => (await act.step(), act.step()))().then(
          (now) => now.problem,
          ({ message }) => message,
        );
      });
    },
    async end(page) {
      assert.equal(await page.evaluate(() => window.steps), null, "a step failed");
      const after = await page.evaluate(() => window.vjepa.act.step());
      assert.equal(after.problem, null);
      assert.deepEqual(after.room.goal, [0.85, 0.85]);
      assert.equal(after.actions, 3, "an action was lost");
      assert.ok(Number.isFinite(after.room.distance) && Number.isFinite(after.outcome.surprise));
      assert.equal(after.room.truth.blocks.length, 2);
    },
  },
  embedding: {
    async begin(page) {
      const features = await page.evaluate(embedMadeUpClip);
      await page.evaluate(
        `window.embedding = (${embedMadeUpClip})().then((features) => features, ({ code }) => code); 0`,
      );
      return features;
    },
    /** Whoever asks gets the right numbers, or is told. */
    async end(page, { begun }) {
      const first = await page.evaluate(() => window.embedding);
      assert.ok(
        ["device-lost", "engine-crashed"].includes(first) || relativeDifference(begun, first) < SAME,
        String(first),
      );
      assert.ok(relativeDifference(begun, await page.evaluate(embedMadeUpClip)) < SAME);
    },
  },
};

/** A page on which devices are lost one after the other. @param {import("playwright-core").Browser} browser */
async function opened(browser) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  return { ...(await watchedPage(context, SAID)), browser, close: () => context.close().catch(() => {}) };
}

/** @typedef {Awaited<ReturnType<typeof opened>>} Visit */

/** Losses and weights of the run that nothing disturbs. @param {Visit} visit @param {string} url */
async function undisturbed({ page }, url) {
  await enter(page, `${url}${ADDRESS}#train`);
  await page.evaluate((steps) => window.vjepa.train(steps), STEPS);
  return page.evaluate(async () => ({ hash: await window.hashOfModel(), loss: window.vjepa.state().loss }));
}

/** A new model in the room of the moment, or the page as it starts. @param {Visit} visit */
async function prepared({ page, next }, { url, kind, moment, random }) {
  const room = ROOMS[moment] ?? "inside";
  if (moment === "start") {
    next.loseMs = kind === KINDS[0] ? 2500 * random() : null;
    return page.goto(`${url}${ADDRESS}#${room}`, { waitUntil: "commit" });
  }
  const there = page.url().startsWith(url) && (await page.evaluate(() => window.vjepa?.state().device === "webgpu"));
  if (!there) return enter(page, `${url}${ADDRESS}#${room}`);
  await page.locator(`#tab-${room}`).click();
  await page.evaluate(async () => {
    await window.vjepa.configure({ family: "vjepa2", preset: "nano", seed: 3, start: "scratch" });
    Object.assign(window.seen, { told: [], snapshots: [] });
  });
}

/**
 * One device lost at one moment; rejects with what is wrong afterwards.
 * @param {Visit} visit
 * @param {{url: string, kind: string, moment: string, random: () => number, reference: {hash: string, loss: number[]} | null}} how
 * @returns {Promise<{lost: number, ms: number, device: string, struck: boolean}>}
 */
async function loseOne(visit, how) {
  const { kind, moment, random, reference } = how;
  const { page, browser, problems } = visit;
  const atStart = moment === "start";
  const work = WORK[moment];
  problems.length = 0;
  await prepared(visit, how);
  const begun = await work.begin(page);
  await sleep((atStart ? 4000 : 1500) * random());
  const before = atStart ? { step: 0 } : await state(page);
  const known = await page.evaluate(() => ({
    engines: window.seen?.engines ?? 0,
    snapshot: window.seen?.snapshots.at(-1) ?? 0,
  }));
  const began = performance.now();
  if (kind === KINDS[1]) await (await browser.newBrowserCDPSession()).send("Browser.crashGpuProcess").catch(() => {});
  else if (!atStart) await destroyDevice(page);
  const { struck, now } = await recovered(page, atStart, known.engines);
  const ms = performance.now() - began;
  const onCpu = now.device === "cpu";
  if (onCpu) assert.match(now.why, /failed|no WebGPU|adapter/i, "it moved to the CPU and does not say why");
  await work.end(page, { begun, reference, onCpu });
  const { clips } = await state(page);
  if (moment !== "planning") await until(page, (now, clips) => now.clips > clips && !now.error, clips, 180_000);
  const { told, snapshots } = await page.evaluate(() => window.seen);
  told.forEach(assertSentence);
  const rebuilt = told.findLast((text) => /goes on from training step/.test(text)) ?? "";
  const after = Number(/training step ([\d,]+)/.exec(rebuilt)?.[1].replace(",", "") ?? before.step);
  if (moment === "training")
    assert.ok(
      after >= known.snapshot || snapshots.includes(after),
      `${after} is before the snapshot of ${known.snapshot}`,
    );
  assert.deepEqual(problems, [], "the page reported errors");
  return { lost: Math.max(0, before.step - after), ms, device: now.device, struck };
}

/** Another engine is there and looks again; at the start perhaps the first one, if it was ready before. */
async function recovered(page, atStart, engines) {
  await page.waitForFunction(
    ([engines, atStart]) => {
      const now = window.vjepa?.state();
      if (!now || now.error || !["running", "ready", "training"].includes(now.phase)) return false;
      return window.seen.engines > engines || (atStart && now.clips > 3);
    },
    [engines, atStart],
    { timeout: 240_000, polling: 50 },
  );
  return { struck: (await page.evaluate(() => window.seen.engines)) > 1, now: await state(page) };
}

/**
 * @param {{url: string, times: number, seed: number, moments?: readonly string[], compare?: boolean, say: (line: string) => void}} how
 *   `compare`: runs that were disturbed with one that was not
 * @returns {Promise<{rows: any[], problems: string[]}>}
 */
export async function loseDevices({ url, times, seed, moments = MOMENTS, compare = true, say }) {
  // A browser gives up a GPU process that crashes often or is slow, which here is meant or the machine's, and refuses WebGPU to
  // a site during which it crashed twice in two minutes.
  const flags = [
    "--disable-gpu-process-crash-limit",
    "--disable-gpu-watchdog",
    "--disable-domain-blocking-for-3d-apis",
  ];
  const begin = async () => opened(await launch({ camera: "none" }, "", flags));
  let visit = await begin();
  const reference = compare ? await undisturbed(visit, url) : null;
  if (reference) say(`a run of ${STEPS} steps that nothing disturbs is known`);
  const [rows, problems] = [[], []];
  for (let time = 0; time < times; time++) {
    const random = seeded(seed * 1000 + time);
    const [kind, moment] = [KINDS[time % 2], moments[Math.floor(time / 2) % moments.length]];
    const what = `${time + 1}: ${kind} while ${moment}`;
    try {
      const came = await loseOne(visit, { url, kind, moment, random, reference });
      rows.push({ kind, moment, ...came });
      say(`${what}: back after ${(came.ms / 1000).toFixed(1)} s on ${came.device}, ${came.lost} steps lost`);
    } catch (error) {
      const asked = visit.page.evaluate(() => [window.seen?.told, window.vjepa?.state().error]);
      const told = await Promise.race([asked, sleep(5000)]).catch(() => null);
      problems.push(`${what}: ${error.message}\nThe page said: ${JSON.stringify(told)} ${visit.problems.join("\n")}`);
      say(problems.at(-1));
      await visit.browser.close().catch(() => {});
      visit = await begin();
    }
  }
  await visit.browser.close();
  return { rows, problems };
}
