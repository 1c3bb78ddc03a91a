/** The benchmark page, whose peers need not be there: what it measures is right, and can be saved and sent in. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { whyRefused } from "../../www/js/bench/sent-in.js";
import { shot, site } from "./support/site.js";

const test = site();
/** Where peers are not there, the console says so. */
const OPTIONS = { query: "bench.html", unready: true, allow: [/peers\//] };
const QUICK = { pairs: 3, caseMs: 1, presets: ["nano"] };

const ready = (page) => page.waitForFunction(() => document.documentElement.dataset.phase === "ready");
const run = (page, options) => page.evaluate((options) => window.vjepaBench.run(options), options);

test("both engines take the reference's training steps", OPTIONS, async (page, t) => {
  await ready(page);
  const { training, notes } = await run(page, { ...QUICK, only: ["training"] });
  assert.deepEqual(notes, []);
  const ours = training.map(({ device, ours }) => [device, ours.failed, ours.difference]);
  t.diagnostic(JSON.stringify(ours));
  assert.deepEqual(new Set(training.map(({ device }) => device)), new Set(["cpu", "webgpu"]));
  for (const [device, failed, apart] of ours) assert.ok(!failed && apart < 1e-4, `${device}: ${failed}, ${apart}`);
});

test("a model with actions trains and plans on both engines", OPTIONS, async (page, t) => {
  await ready(page);
  const { alone } = await run(page, { ...QUICK, only: ["actor"] });
  assert.equal(alone.length, 4);
  for (const { what, device, failed, flops, runs, counts } of alone) {
    t.diagnostic(`${what}, ${device}: ${(flops / 1e9).toFixed(2)} GFLOP, ${counts?.dispatches} dispatches`);
    assert.equal(failed, undefined);
    assert.ok(flops > 1e9 && runs >= 3, `${what} on ${device}`);
    assert.equal(counts !== undefined, device === "webgpu");
  }
});

test("results are saved as a file that can be sent in", { ...OPTIONS, width: 390 }, async (page) => {
  await ready(page);
  await page.fill("#name", "a small machine");
  await run(page, { ...QUICK, only: ["cpu"], cpuTokens: [32] });
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.match(download.suggestedFilename(), /^a-small-machine-\d{4}-\d\d-\d\d\.json$/);
  const file = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.equal(whyRefused(file), null);
  assert.equal(file.name, "a small machine");
  assert.ok(file.cases.length === 1 && file.cases[0].ours > 0, JSON.stringify(file.cases));
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(over, 0, "the page is wider than its window");
  await shot(page, "bench");
});
