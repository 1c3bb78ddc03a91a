/** A few of what `make faults` does a hundred times, and a disk, a clock and a camera that change under the page. */
import assert from "node:assert/strict";
import { after, before, test as nodeTest } from "node:test";
import { loseDevices } from "../../bench/faults/devices.js";
import { manyElements } from "../../bench/faults/elements.js";
import { killTabs } from "../../bench/faults/tabs.js";
import { assertSentence, engineWorker, moreClips, notice, state, until } from "./support/ask.js";
import { DIST } from "./support/places.js";
import { serve } from "./support/server.js";
import { site } from "./support/site.js";

const test = site({ camera: "none" });
const TRAIN = { query: "?device=cpu&preset=nano&source=world&workers=1", room: "train" };
const TIMEOUT = { timeout: 600_000 };

let server;
before(async () => (server = await serve(DIST)));
after(() => server.close());

nodeTest("the GPU is gone while the page looks, by itself and with its process", TIMEOUT, async (t) => {
  const say = (line) => t.diagnostic(line);
  const moments = ["looking"];
  const { rows, problems } = await loseDevices({ url: server.url, times: 2, seed: 1, moments, compare: false, say });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    rows.map(({ lost }) => lost),
    [0, 0],
  );
});

nodeTest("killed in the middle of training, a run goes on with the same bits", TIMEOUT, async (t) => {
  const say = (line) => t.diagnostic(line);
  const { rows, problems } = await killTabs({ url: server.url, times: 3, seed: 1, steps: 220, say });
  assert.deepEqual(problems, []);
  assert.equal(rows.length, 3);
});

nodeTest("four sensors on a page read, and leave nothing behind", TIMEOUT, async (t) => {
  const say = (line) => t.diagnostic(line);
  const { rows, problems } = await manyElements({ url: server.url, counts: [4], readings: 2, say });
  assert.deepEqual(problems, []);
  assert.equal(rows[0].left, 0);
});

/** Runs in the page: the agent pushes a block, and gets a goal. */
async function pushBlock() {
  const { act } = window.vjepa;
  const { room } = await act.enter({ blocks: 2, seed: 7 });
  const [x, y] = room.truth.blocks[0];
  const along = x < 0.5 ? 1 : -1;
  await act.meddle({ door: false, wall: 0.05, place: [x - 0.13 * along, y] });
  for (const push of [along, along, along, 0, 0, 0]) await act.push([push, 0]);
  return { first: [x, y], ...(await act.setGoal([0.2, 0.2])) };
}

test(
  "the engine is lost in the room Act: agent, door and blocks are where they were, and it goes on",
  {
    query: "?device=cpu&preset=nano&source=world&start=scratch",
    room: "act",
    allow: [/unreachable/],
  },
  async (page) => {
    const before = await page.evaluate(pushBlock);
    const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
    assert.ok(apart(before.first, before.room.truth.blocks[0]) > 0.03, "it pushed no block");
    const worker = await engineWorker(page);
    await worker.evaluate(() => void setTimeout(() => Promise.reject(new WebAssembly.RuntimeError("unreachable"))));
    await until(page, (now) => /rebuilt/.test(now.notice) && now.phase !== "loading");
    // As the new engine has it, and a little on: what had not come to rest moves.
    const after = await page.evaluate(() => window.vjepa.act.push([0, 0]));
    assert.equal(after.problem, null);
    const [was, is] = [before.room.truth, after.room.truth];
    assert.deepEqual([is.door, after.room.goal], [was.door, before.room.goal]);
    const bodies = ({ agent, blocks, wall }) => [agent.position, ...blocks, [wall.at, 0]];
    bodies(is).forEach((place, i) =>
      assert.ok(apart(place, bodies(was)[i]) < 2e-3, `${i}: ${place}, not ${bodies(was)[i]}`),
    );
    assert.ok(Number.isFinite(after.outcome.surprise));
    assertSentence(await notice(page));
  },
);

const train = (page, steps) => page.evaluate((steps) => window.vjepa.train(steps), steps);
const saved = (page, step) =>
  until(page, (now, step) => now.saved.state === "saved" && now.saved.step === step, step, 30_000);

test("what the page keeps is wiped while it trains: it goes on, and saves anew", TRAIN, async (page) => {
  await train(page, 5);
  await saved(page, 5);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Storage.clearDataForOrigin", { origin: new URL(page.url()).origin, storageTypes: "all" });
  const { losses } = await train(page, 5);
  assert.ok(losses.every(Number.isFinite));
  await saved(page, 10);
  assert.deepEqual([(await state(page)).error, await notice(page)], [null, ""]);
  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  await until(page, (now) => now.step === 10, undefined, 30_000);
});

test(
  "a full disk costs the save alone, and the run can be exported; with room it is saved again",
  TRAIN,
  async (page) => {
    await train(page, 5);
    await saved(page, 5);
    const devtools = await page.context().newCDPSession(page);
    const { origin } = new URL(page.url());
    await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1000 });
    const { losses } = await train(page, 5);
    assert.ok(losses.every(Number.isFinite));
    const full = await until(page, (now) => now.saved.state === "failed", undefined, 30_000);
    assert.deepEqual([full.step, full.error], [10, null]);
    assertSentence(full.saved.message);
    assert.ok((await page.evaluate(async () => (await window.vjepa.exportRun()).length)) > 1e5);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin });
    await train(page, 5);
    await saved(page, 15);
  },
);

/** The page's calendar, which a test sets. */
const calendar = (page) =>
  page.addInitScript(() => {
    window.jump = 0;
    const { now } = Date;
    Date.now = () => now() + window.jump;
  });

test(
  "the clock goes back an hour and forward a day: it trains, looks, watches and saves on",
  { ...TRAIN, prepare: calendar },
  async (page) => {
    await train(page, 5);
    await saved(page, 5);
    let step = 5;
    for (const jump of [-3_600_000, 86_400_000]) {
      await page.evaluate((jump) => (window.jump = jump), jump);
      const { clips, surprise } = await state(page);
      const { losses } = await train(page, 5);
      assert.ok(losses.every(Number.isFinite));
      await saved(page, (step += 5));
      await until(page, (now, before) => now.clips > before.clips + 1, { clips, surprise });
    }
    await page.evaluate(() => (window.jump = -3_600_000));
    await train(page, 5);
    await saved(page, step + 5);
    await page.reload();
    await page.evaluate(() => window.vjepa.ready);
    const now = await until(page, (now, step) => now.step === step, step + 5, 30_000);
    assert.match(now.notice, /Resumed/, "the newest save is the last one, whatever the clock said");
  },
);

/** A camera that is a canvas: `window.film(width, height, colour)` changes what it films. */
const camera = (page) =>
  page.addInitScript(() => {
    const canvas = document.createElement("canvas");
    let colour = "teal";
    let at = 0;
    window.film = (width, height, wanted) => {
      Object.assign(canvas, { width, height });
      colour = wanted;
    };
    window.film(320, 240, colour);
    setInterval(() => {
      const context = canvas.getContext("2d");
      context.fillStyle = colour;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.fillStyle = colour === "black" ? "black" : "orange";
      context.fillRect((at += 9) % canvas.width, canvas.height / 3, canvas.height / 4, canvas.height / 4);
    }, 50);
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream();
  });

test(
  "a camera that turns, changes its size, and is black for a while is looked at throughout",
  { query: "?device=cpu&preset=nano&source=camera", prepare: camera },
  async (page) => {
    await moreClips(page);
    for (const [width, height, colour] of [
      [240, 320, "teal"],
      [1280, 720, "teal"],
      [64, 48, "teal"],
      [320, 240, "black"],
      [320, 240, "teal"],
    ]) {
      await page.evaluate((shape) => window.film(...shape), [width, height, colour]);
      await page.waitForFunction(
        ([width, height]) => {
          const { videoWidth, videoHeight } = document.querySelector("#live");
          return videoWidth === width && videoHeight === height;
        },
        [width, height],
      );
      const now = await moreClips(page, 3);
      assert.deepEqual([now.source, now.error], ["camera", null]);
      assert.ok(Number.isFinite(now.health.std) && Number.isFinite(now.surprise.error ?? 0));
    }
    assert.equal(await notice(page), "");
  },
);
