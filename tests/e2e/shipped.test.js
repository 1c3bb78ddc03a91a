/** The model that comes with the page: what a visitor sees first. */
import assert from "node:assert/strict";
import { assertSentence, moreClips, notice, state } from "./support/ask.js";
import { enter, shot, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const FILE = "**/assets/learner.safetensors";

test("an empty address opens a model that was trained before, and it learns on", { query: "" }, async (page) => {
  const now = await moreClips(page);
  assert.deepEqual([now.model.preset, now.step, now.error, now.runs.length], ["learner", 0, null, 1]);
  assert.equal(now.runs[0].name, "Shipped model");
  assert.ok(now.runs[0].before > 1000, `trained on ${now.runs[0].before} steps`);
  assert.equal(await notice(page), "");
  await enter(page, "train");
  assert.match(await page.locator(".pulse").textContent(), /trained before on [\d,]+/);
  const { world } = await page.evaluate(() => window.vjepa.recipe());
  assert.equal(world.name, "standard");
  const { step, losses } = await page.evaluate(() => window.vjepa.train(2));
  assert.equal(step, 2);
  assert.ok(
    losses.every((loss) => Number.isFinite(loss) && loss > 0),
    `${losses}`,
  );
  await shot(page, "shipped");
});

test(
  "the address stays true: from what comes with the page, or from scratch",
  { query: "?device=cpu" },
  async (page) => {
    // The state is new before the address is.
    const addressed = (preset, start) =>
      page.waitForFunction(
        (want) => {
          const parameters = new URLSearchParams(location.search);
          return parameters.get("preset") === want.preset && parameters.get("start") === want.start;
        },
        { preset, start },
      );
    await addressed("learner", "shipped");
    await page.reload();
    await page.evaluate(() => window.vjepa.ready);
    assert.equal((await state(page)).runs[0].name, "Shipped model");
    await enter(page, "models");
    await page.locator("#model").getByLabel("Weights", { exact: true }).selectOption("");
    await page.locator("#model").getByLabel("Size", { exact: true }).selectOption("nano");
    await page.getByRole("button", { name: "Start a new model" }).click();
    await page.waitForFunction(() => window.vjepa.state().model.preset === "nano");
    await addressed("nano", "scratch");
    await page.locator("#model").getByLabel("Weights", { exact: true }).selectOption("learner.safetensors");
    await page.getByRole("button", { name: "Start a new model" }).click();
    await page.waitForFunction(() => window.vjepa.state().model.preset === "learner");
    await addressed("learner", "shipped");
    assert.ok((await state(page)).runs.at(-1).before > 1000);
  },
);

/** Serves the file otherwise. @param {(route: any) => Promise<void>} answer */
const served = (answer) => (page) => page.context().route(FILE, answer);

const damaged = async (route) => {
  const response = await route.fetch();
  const body = Buffer.from(await response.body());
  body[body.length - 100] ^= 1;
  await route.fulfill({ response, body });
};

for (const [what, answer] of [
  ["missing", (route) => route.fulfill({ status: 404, body: "" })],
  ["damaged", damaged],
]) {
  test(
    `a ${what} file does not keep the page from opening`,
    { query: "?device=cpu", prepare: served(answer), allow: [/404/] },
    async (page) => {
      const now = await moreClips(page);
      assert.deepEqual([now.model.preset, now.runs[0].before, now.error], ["learner", 0, null]);
      assert.match(await notice(page), /^It starts from random weights/);
      assertSentence(await notice(page));
      assert.equal(new URL(page.url()).searchParams.get("start"), "scratch");
    },
  );
}
