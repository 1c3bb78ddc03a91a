/** Tabs and browsers killed in the middle of training: the page that is opened again goes on with the same bits. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium as driver } from "playwright-core";
import { state } from "../../tests/e2e/support/ask.js";
import { FLAGS } from "../../tests/e2e/support/browser.js";
import { chromium } from "../../tests/e2e/support/places.js";
import { random as seeded } from "../../www/js/bench/weights.js";
import { enter, watchedPage } from "./watched.js";

const ADDRESS = "?device=cpu&preset=nano&source=world&seed=3&start=scratch&workers=1#train";
/** How a tab goes. */
export const ENDS = /** @type {const} */ (["tab crashed", "renderer killed", "browser killed"]);
/** A run may take so many before it is killed. */
const MOST_STEPS = 150;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Process ids of a browser by its folder, and of its renderers. @param {string} folder */
function processes(folder) {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0/g, " ");
        const parent = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1];
        return [{ pid: Number(pid), parent: Number(parent), command }];
      } catch {
        return []; // it has ended
      }
    });
  const main = all.find(({ command }) => command.includes(folder) && !command.includes("--type="));
  const under = new Set([main?.pid]);
  for (let grown = true; grown;) {
    const before = under.size;
    for (const { pid, parent } of all) if (under.has(parent)) under.add(pid);
    grown = under.size > before;
  }
  const renderers = all.filter(({ pid, command }) => under.has(pid) && command.includes("--type=renderer"));
  return { main: main?.pid, renderers: renderers.map(({ pid }) => pid) };
}

/** @param {string} folder  of its profile, on the disk as a reader's is */
const open = (folder) => driver.launchPersistentContext(folder, { executablePath: chromium(), args: FLAGS });

/** A hash of the weights after each step of a run that nothing disturbs. @param {string} url @param {number} steps @returns {Promise<string[]>} */
export async function undisturbed(url, steps) {
  const browser = await driver.launch({ executablePath: chromium(), args: FLAGS });
  const { page } = await watchedPage(await browser.newContext());
  await enter(page, url + ADDRESS);
  const hashes = await page.evaluate(async (steps) => {
    const hashes = [await window.hashOfModel()];
    while (hashes.length <= steps) {
      await window.vjepa.train(1);
      hashes.push(await window.hashOfModel());
    }
    return hashes;
  }, steps);
  await browser.close();
  return hashes;
}

/** Runs in the page: trains a few steps at a time, each of which ends with a save, and tells what is saved. */
async function trainOn(parts) {
  let last = "";
  window.vjepa.on("change", ({ saved: { state, step } }) => {
    if (last === (last = `${state} ${step}`)) return;
    window.tell(state, step);
  });
  for (let i = 0; ; i++) await window.vjepa.train(parts[i % parts.length]);
}

/**
 * Opens the page, and waits for the run that was saved, if there is one.
 * @param {import("playwright-core").BrowserContext} context @param {string} url @param {{saved: number, saving: boolean}} known
 */
async function reopened(context, url, known) {
  const { page, problems } = await watchedPage(context);
  await page.exposeFunction("tell", (what, step) => {
    known.saving = what === "saving";
    if (what === "saved") known.saved = Math.max(known.saved, step);
  });
  await enter(page, url + ADDRESS);
  const resumed = (saved) => {
    const now = window.vjepa.state();
    return now.saved.state !== "off" && (!saved || /Resumed/.test(now.notice));
  };
  await page.waitForFunction(resumed, known.saved, { polling: 20, timeout: 60_000 });
  return { page, problems };
}

/** @param {import("playwright-core").BrowserContext} context @param {import("playwright-core").Page} page @param {string} folder @param {ENDS[number]} end */
async function kill(context, page, folder, end) {
  const [who, event] = end === "browser killed" ? [context, "close"] : [page, "crash"];
  const gone = who.waitForEvent(event, { timeout: 30_000 });
  gone.catch(() => {});
  if (end === "tab crashed") (await context.newCDPSession(page)).send("Page.crash").catch(() => {});
  else {
    const { main, renderers } = processes(folder);
    const pids = end === "browser killed" ? [main] : renderers;
    assert.ok(pids.length && pids.every(Boolean), "there is nothing to kill");
    for (const pid of pids) process.kill(pid, "SIGKILL");
  }
  await gone;
}

/**
 * Each time the page that is opened again has the weights of an undisturbed run at its step, to the bit.
 * @param {{url: string, times: number, seed: number, steps?: number, say: (line: string) => void}} how   `steps`: of a run, before another one begins
 * @returns {Promise<{rows: any[], problems: string[]}>}
 */
export async function killTabs({ url, times, seed, steps = 300, say }) {
  const hashes = await undisturbed(url, steps);
  say(`a run of ${steps} steps that nothing disturbs is known`);
  const profiles = [];
  const begin = async () => {
    profiles.push(mkdtempSync(join(tmpdir(), "vjepa-profile-")));
    return { folder: profiles.at(-1), context: await open(profiles.at(-1)), known: { saved: 0, saving: false } };
  };
  const [rows, problems] = [[], []];
  let run = await begin();
  for (let time = 0; time <= times; time++) {
    const random = seeded(seed * 1000 + time);
    const end = ENDS[time % ENDS.length];
    try {
      let { page, problems: said } = await reopened(run.context, url, run.known);
      let { step } = await state(page);
      if (time) {
        assert.ok(step >= run.known.saved, `step ${run.known.saved} was saved, and it goes on from ${step}`);
        assert.equal(
          await page.evaluate(() => window.hashOfModel()),
          hashes[step],
          `the weights of step ${step} are others`,
        );
        assert.deepEqual(said, []);
        rows.at(-1).resumed = step;
        say(`${time}: ${told(rows.at(-1))}`);
      }
      if (time === times) break;
      if (step > steps - MOST_STEPS) {
        await run.context.close();
        run = await begin();
        ({ page } = await reopened(run.context, url, run.known));
        step = 0;
      }
      page.evaluate(trainOn, partsOf(random)).catch(() => {});
      await sleep(200 + 2000 * random());
      const asked = await Promise.race([state(page).then((now) => now.step), sleep(2000).then(() => step)]);
      rows.push({ end, saving: run.known.saving, from: step, step: asked, saved: run.known.saved });
      await kill(run.context, page, run.folder, end);
      await page.close().catch(() => {});
      if (end === "browser killed") run.context = await open(run.folder);
    } catch (error) {
      problems.push(`${time}: ${error.message}`);
      say(problems.at(-1));
      await run.context.close().catch(() => {});
      run = await begin();
    }
  }
  await run.context.close();
  for (const folder of profiles) rmSync(folder, { recursive: true, force: true });
  return { rows, problems };
}

/** Steps of one training after the other: most are short, so that many of them end with a save. @param {() => number} random */
const partsOf = (random) => Array.from({ length: 16 }, () => (random() < 0.25 ? 30 : 1 + Math.floor(4 * random())));

const told = ({ end, saving, from, step, saved, resumed }) =>
  `${end} at step ${step}${saving ? ", while it saved" : ""}, after it began at ${from} and saved ${saved}: it goes on from ${resumed}`;
