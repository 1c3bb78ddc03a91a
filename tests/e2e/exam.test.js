/** The exam, from its button to the report. */
import assert from "node:assert/strict";
import { state, until } from "./support/ask.js";
import { shot, site } from "./support/site.js";

const test = site();
const TRAIN = { query: "?device=cpu&preset=nano&source=world", room: "train" };
const FEW = { world: "simple", pairs: 2, probes: { train: 40, validation: 10, test: 20 } };

test("a model is examined while it runs, and the report is shown", TRAIN, async (page, t) => {
  await page.evaluate(() => window.vjepa.train(5));
  const report = await page.evaluate((few) => window.vjepa.exam(few), FEW);
  assert.equal(report.done, report.portions);
  assert.equal(report.peak.n, 2 * report.kinds.length);
  assert.ok(report.kinds.length >= 4 && report.probes.length === 4, JSON.stringify(report));
  assert.ok(report.features.effectiveRank >= 1 && report.features.width === 64, JSON.stringify(report.features));
  t.diagnostic(JSON.stringify(report.peak));

  const exam = page.locator("#exam");
  await exam.getByText(/^After 5 steps it ranked the impossible clip higher in \d+ % of \d+ pairs/).waitFor();
  assert.equal(
    await exam.locator(".bars").first().locator("li").count(),
    1 + report.kinds.length + report.skipped.length,
  );
  assert.equal(await exam.locator(".bars").last().locator(".model").count(), report.probes.length);
  const { exams } = await state(page);
  assert.deepEqual(
    exams.map(({ step, average }) => [step, average]),
    [[5, report.peak.value]],
  );
  await exam.scrollIntoViewIfNeeded();
  await shot(page, "exam");
});

test("an exam is still there after a reload", TRAIN, async (page) => {
  await page.evaluate(() => window.vjepa.train(5));
  await until(page, (now) => now.saved.state === "saved" && now.saved.step === 5);
  const began = await page.evaluate(() => Date.now() + 1);
  const report = await page.evaluate((few) => window.vjepa.exam(few), FEW);
  await until(page, (now, began) => now.saved.state === "saved" && now.saved.savedAt >= began, began);
  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  const { exams, runs } = await until(page, (now) => now.step === 5);
  assert.deepEqual(exams, [{ run: runs.at(-1).id, step: 5, average: report.peak.value, report }]);
  await page
    .locator("#exam")
    .getByText(/^After 5 steps it ranked/)
    .waitFor();
  await page.locator(".pulse").getByText("at step 5", { exact: true }).waitFor();
});

test("an exam can be cancelled, and other weights forget it", TRAIN, async (page) => {
  await page.locator("#exam").getByRole("button", { name: "Examine" }).click();
  await until(page, (now) => (now.exam?.report?.done ?? 0) >= 2);
  await page.locator("#exam").getByRole("button", { name: "Cancel" }).click();
  await until(page, (now) => now.exam === null);
  assert.deepEqual((await state(page)).exams, []);
  assert.equal((await state(page)).error, null);
});
