/** The training desk: saves that survive a reload, runs as files, and collapse on purpose. */
import assert from "node:assert/strict";
import { assertDrawn, assertSentence, moreClips, notice, rejection, state, until } from "./support/ask.js";
import { shot, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const QUERY = "?device=cpu&preset=nano";
const TRAIN = { query: QUERY, room: "train" };

const train = (page, steps) => page.evaluate((steps) => window.vjepa.train(steps), steps);
const saved = (page, step) => until(page, (now, step) => now.saved.state === "saved" && now.saved.step === step, step);

/** Leaves it in the page: it is large. */
const exportRun = (page) => page.evaluate(async () => (window.run = await window.vjepa.exportRun()).length);

/** Opens the page again, as after a crash of the tab. */
async function reopen(page) {
  await page.reload();
  await page.evaluate(() => window.vjepa.ready);
  return state(page);
}

test("a run survives a reload: the same step, the same next loss", TRAIN, async (page) => {
  await train(page, 25);
  await saved(page, 25);
  await exportRun(page);
  const [next] = (await train(page, 1)).losses;
  await page.evaluate(() => window.vjepa.importRun(window.run.slice())); // undoes that step
  await train(page, 1);
  assert.equal((await state(page)).loss.at(-1), next, "the import goes on otherwise than the run did");

  await saved(page, 26);
  const [after] = (await train(page, 1)).losses;
  await page.evaluate(() => window.vjepa.pause());
  await saved(page, 27);
  const now = await reopen(page);
  assert.equal(now.step, 27);
  assert.equal(now.loss.length, 27);
  assert.match(await notice(page), /Resumed “Run 1” at step 27/);
  assert.ok(Math.abs(now.loss.at(-1) / after - 1) < 1e-4, "curves are kept with five digits");
});

test("a resumed run takes the step it would have taken", TRAIN, async (page) => {
  await train(page, 12);
  await saved(page, 12);
  const resumed = await reopen(page);
  assert.equal(resumed.step, 12);
  const [first] = (await train(page, 1)).losses;
  // The save of step 12 is the older of the two now; the newer one is damaged, so that it is used once more.
  await saved(page, 13);
  await page.evaluate(damageNewest);
  const again = await reopen(page);
  assert.equal(again.step, 12);
  assert.match(await notice(page), /newer save was damaged/);
  assert.equal((await train(page, 1)).losses[0], first);
});

/** Runs in the page: changes a byte in the middle of the newest save. */
async function damageNewest() {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("runs");
  const files = [];
  for await (const [name, handle] of folder.entries())
    if (name.endsWith(".data")) files.push([handle, await handle.getFile()]);
  const [[handle, file]] = files.sort(([, a], [, b]) => b.lastModified - a.lastModified);
  const writable = await handle.createWritable({ keepExistingData: true });
  await writable.write({ type: "write", position: file.size >> 1, data: new Uint8Array([1, 2, 3, 4, 5]) });
  await writable.close();
}

test(
  "an exported run, imported into a page with another model, is that run",
  { query: `${QUERY}&seed=5`, room: "train" },
  async (page) => {
    await train(page, 10);
    await page.locator(".runs .name").first().fill("mine");
    await page.keyboard.press("Enter");
    const length = await exportRun(page);
    const before = await page.evaluate(() => window.vjepa.recipe());
    await page.evaluate(() => window.vjepa.configure({ seed: 6 }));
    const told = await page.evaluate(() => window.vjepa.importRun(window.run.slice()));
    assert.equal(told.step, 10);
    assert.deepEqual(told.recipe, before);
    const now = await state(page);
    assert.deepEqual(
      now.runs.map(({ name, step }) => [name, step]),
      [["mine", 10]],
    );
    const broken = await rejection(page, () => window.vjepa.importRun(window.run.slice(0, window.run.length / 2)));
    assert.ok(broken, "half a run was taken");
    assertSentence(broken.message);
    assert.equal(await exportRun(page), length);
    assert.equal((await state(page)).step, 10);
  },
);

test("without stop-gradient it collapses; the notice leads back", TRAIN, async (page) => {
  await train(page, 20);
  await page.getByRole("switch", { name: "Stop-gradient" }).click();
  await page.waitForFunction(() => document.querySelector(".part[data-off]"));
  for (let i = 0; i < 40 && !(await state(page)).alarm; i++) await train(page, 50);
  const { alarm } = await state(page);
  assert.ok(alarm, "it never collapsed");
  assert.ok(alarm.healthy >= 20, JSON.stringify(alarm));
  await page.locator(".alarm").scrollIntoViewIfNeeded();
  await shot(page, "collapsed");
  await page.getByRole("button", { name: /^Rewind to step/ }).click();
  const now = await until(page, (now, step) => now.step === step && !now.alarm, alarm.healthy);
  assert.equal(now.loss.length, alarm.healthy);
  const { ablation } = await page.evaluate(() => window.vjepa.recipe());
  assert.deepEqual(ablation, { ema: true, stopGradient: true, predictor: true });
  await train(page, 5);
});

test("terms of the recipe are set on the desk, and it trains by them", TRAIN, async (page) => {
  await train(page, 3);
  await page.locator(".terms summary").click();
  const recipe = () => page.evaluate(() => window.vjepa.recipe());
  const type = async (name, text) => {
    const field = page.getByRole("spinbutton", { name, exact: true });
    await field.fill(text);
    await field.press("Enter");
  };
  await page.getByRole("combobox", { name: "Optimiser", exact: true }).selectOption("muon");
  await page.getByRole("combobox", { name: "Regulariser", exact: true }).selectOption("sigreg");
  await type("Weight of the regulariser", "0.25");
  await type("Second beta", "0.99");
  await type("EMA of the predictor", "0.9");
  await type("Scenes with a pillar, %", "50");
  await page.getByRole("combobox", { name: "Learning rate schedule", exact: true }).selectOption("trapezoid");
  await page.waitForFunction(async () => (await window.vjepa.recipe()).schedule.decay === "trapezoid");
  const set = await recipe();
  assert.deepEqual(set.optimiser, { muon: true, beta2: 0.99 });
  assert.deepEqual(set.regulariser, { kind: "sigreg", weight: 0.25 });
  assert.deepEqual([set.predictorMomentum, set.scenes.occluder, set.schedule.horizon], [0.9, 0.5, 3000]);
  assert.equal(
    await page.getByRole("spinbutton", { name: "Weight of hidden patches" }).count(),
    0,
    "this model is not frame-causal",
  );
  const { losses } = await train(page, 10);
  assert.ok(losses.length === 10 && losses.every(Number.isFinite), JSON.stringify(losses));

  await type("Weight of the regulariser", "1000");
  const { error } = await until(page, (now) => now.error);
  assert.match(error.message, /weight of the regulariser must be between 0 and 100, not 1000/);
  assert.equal((await recipe()).regulariser.weight, 0.25);
});

test("a regulariser keeps features alive without moving average and stop-gradient", TRAIN, async (page) => {
  await train(page, 20);
  const told = page.locator(".breaking .alive");
  assert.match(await told.textContent(), /EMA target, Stop-gradient, Predictor/);
  for (const name of ["EMA target", "Stop-gradient"]) await page.getByRole("switch", { name }).click();
  await told.getByText("Nothing prevents collapse now").waitFor();
  await page.getByRole("switch", { name: "Regulariser" }).click();
  await told.getByText("Regulariser").waitFor();
  const recipe = await page.evaluate(() => window.vjepa.recipe());
  assert.deepEqual(
    [recipe.ablation, recipe.regulariser.kind],
    [{ ema: false, stopGradient: false, predictor: true }, "vicreg"],
  );
  for (let i = 0; i < 4; i++) await train(page, 50);
  assert.equal((await state(page)).alarm, null, "it collapsed");
});

test("the time line shows the model as it was, and training is not touched", TRAIN, async (page) => {
  await train(page, 60);
  const slider = page.getByLabel("Kept model", { exact: true });
  await slider.fill("1"); // 0, 10, 20, 50, now
  await until(page, (now) => now.shown === 10);
  await moreClips(page, 1);
  assert.match(await page.locator(".timeline .note").textContent(), /the model of step 10; training is at step 60/);
  await page.getByRole("button", { name: "Now", exact: true }).click();
  await until(page, (now) => now.shown === null);
  await slider.fill("2");
  await until(page, (now) => now.shown === 20);
  await page.getByRole("button", { name: "Rewind to here" }).click();
  const now = await until(page, (now) => now.step === 20);
  assert.deepEqual(now.moments.at(-1), 20);
});

test("a second tab does not save over the first, and says so", TRAIN, async (page) => {
  await train(page, 5);
  await saved(page, 5);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.evaluate(() => window.vjepa.ready);
  const now = await state(other);
  assert.equal(now.step, 0);
  assert.equal(now.saved.state, "elsewhere");
  assertSentence(now.saved.message);
  await other.close();
});

for (const width of [1280, 390]) {
  test(`the desk at ${width} px`, { ...TRAIN, width }, async (page) => {
    await train(page, 60);
    await page.evaluate(() => window.vjepa.configure({ seed: 2 }));
    await train(page, 40);
    const rate = page.getByRole("spinbutton", { name: "Learning rate" });
    await rate.fill("0.002");
    await rate.press("Enter");
    await train(page, 20);
    assert.equal((await page.evaluate(() => window.vjepa.recipe())).schedule.learningRate, 0.002);
    for (const id of ["loss", "spread", "rank"]) await assertDrawn(page, `#${id} canvas`, { colours: 3, spread: 0 });
    await page.locator("#loss canvas").hover({ position: { x: 150, y: 60 } });
    assert.match(await page.locator("#loss .readout").textContent(), /step \d+.*Run 1.*Run 2/);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `it scrolls sideways by ${overflow} px`);
    await shot(page, `desk ${width}`);
  });
}
