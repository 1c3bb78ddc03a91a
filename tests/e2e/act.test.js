/** The room Act with the model that comes with the page: by mouse, by keyboard, meddled with, stopped, examined. */
import assert from "node:assert/strict";
import { assertDrawn, assertSentence, state } from "./support/ask.js";
import { enter, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const ACT = { query: "?device=cpu&preset=nano&source=world&seed=1", room: "act", unready: false };
const COURT = "#act .court canvas";
const OVER = ["arrived", "lost", "stopped", "problem"];
/** Rooms and goals that are tried: the agent is good, but an exam says how good. */
const TRIES = 6;

/** What the agent does, or is to be read of it. */
const said = (page) => page.locator("#act .decision").getAttribute("data-state");

/** @param {string[]} states */
const until = (page, states, timeout = 120_000) =>
  page.waitForFunction((states) => states.includes(document.querySelector("#act .decision")?.dataset.state), states, {
    timeout,
    polling: 50,
  });

/** The room is open, and asks for a goal. */
const opened = (page) => until(page, ["idle"]);

/** Where the agent is, by its colour; in sides of the picture. */
const agent = (page) =>
  page.locator(COURT).evaluate((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let [x, y, count] = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] < 200 || data[i + 1] < 110 || data[i + 1] > 160 || data[i + 2] > 70) continue;
      [x, y, count] = [x + ((i / 4) % width), y + Math.floor(i / 4 / width), count + 1];
    }
    return [x / count / width, y / count / height];
  });

/** A place clicked, in sides of the picture. */
async function click(page, [x, y]) {
  const { width, height } = await page.locator(COURT).boundingBox();
  await page.locator(COURT).click({ position: { x: x * width, y: y * height } });
}

/** Across the middle, which is behind the door. */
const opposite = ([x, y]) => [x, y].map((at) => Math.min(0.88, Math.max(0.12, 1 - at)));

const mode = (page, name) => page.locator(`#act .choice [data-value="${name}"]`).click();
const press = (page, name) => page.locator("#act").getByRole("button", { name, exact: true }).click();

test("a click sends the agent to a place, and it arrives; the numbers say so", ACT, async (page, t) => {
  await opened(page);
  await assertDrawn(page, COURT, { colours: 20, spread: 15 });
  let arrived = false;
  for (let i = 0; i < TRIES && !arrived; i++) {
    await press(page, "Another room");
    await page.waitForTimeout(500); // it is drawn
    await click(page, opposite(await agent(page)));
    await until(page, ["reflex", "plan", "thinking", "fruitless", "surprise"]);
    await until(page, OVER);
    arrived = (await said(page)) === "arrived";
    t.diagnostic(`room ${i + 1}: ${await page.locator("#act .decision").textContent()}`);
  }
  assert.ok(arrived, "it arrived in none of the rooms");
  const row = page.locator("#act-numbers tbody tr");
  assert.match(await row.textContent(), /^Reflex with check\d/);
  t.diagnostic(await row.textContent());
  await page.getByRole("button", { name: "Forget the numbers" }).click();
  await page.locator("#act-numbers").waitFor({ state: "hidden" });
});

test("a plan is imagined: paths, the landscape, and its future as pictures", ACT, async (page) => {
  await opened(page);
  await mode(page, "plan");
  await press(page, "Energy landscape");
  await click(page, opposite(await agent(page)));
  await until(page, ["thinking"]);
  await page.locator("#act .future canvas").first().waitFor();
  await page.locator("#act .decision button", { hasText: "Stop" }).click();
  await page.locator("#act .planner summary").click();
  const horizon = Number(await page.getByLabel("Horizon, actions").inputValue());
  assert.equal(await page.locator("#act .future canvas").count(), horizon, "a frame for each action");
  await assertDrawn(page, "#act .future canvas", { colours: 8, spread: 5 });
});

test(
  "the door is shut in the middle of a run: it says wait, for what happened is not what it imagined",
  ACT,
  async (page, t) => {
    await opened(page);
    let waited = false;
    for (let i = 0; i < TRIES && !waited; i++) {
      await press(page, "Another room");
      await page.waitForTimeout(500);
      await click(page, opposite(await agent(page)));
      await until(page, ["reflex", "plan", "thinking", "fruitless"]);
      await press(page, "Shut the door");
      waited = await until(page, ["surprise"], 10_000).then(
        () => true,
        () => false,
      );
      t.diagnostic(`room ${i + 1}: ${await said(page)}`);
    }
    assert.ok(waited, "it never waited");
    await page.locator("#act .surprised canvas").first().waitFor();
    assert.equal(await page.locator("#act .surprised canvas").count(), 2, "what it imagined, and what it saw");
  },
);

test("arrow keys drive it, and each push is an action with its surprise", ACT, async (page) => {
  await opened(page);
  const output = page.locator("#act .decision output");
  assert.equal(await output.textContent(), "no action yet");
  await press(page, "Drive");
  const before = await agent(page);
  const [key, axis, way] = before[0] < 0.5 ? ["ArrowRight", 0, 1] : ["ArrowLeft", 0, -1];
  for (let i = 0; i < 2; i++) {
    await page.keyboard.press(key);
    await page.waitForTimeout(1500);
  }
  const after = await agent(page);
  assert.ok((after[axis] - before[axis]) * way > 0.01, `from ${before} to ${after}`);
  assert.match(await output.textContent(), /^\d+\.\d\d, threshold 1$/);
  assert.equal(await said(page), "driving");
});

test("a thought is stopped by keyboard alone, and the engine answers", ACT, async (page) => {
  await opened(page);
  await mode(page, "plan");
  await page.locator(COURT).focus();
  for (const key of ["Shift+ArrowLeft", "Shift+ArrowUp", "ArrowUp", "Enter"]) await page.keyboard.press(key);
  await until(page, ["thinking"]);
  await page.keyboard.press("Escape");
  await until(page, ["stopped"]);
  await page.evaluate(() => window.vjepa.look());
  await page.locator("#act .decision button", { hasText: "Continue" }).click();
  await until(page, ["thinking", "plan"]);
});

test("another room is opened: it stops, and no more is asked", ACT, async (page) => {
  await opened(page);
  await mode(page, "plan");
  await click(page, opposite(await agent(page)));
  await until(page, ["thinking", "plan"]);
  await enter(page, "watch");
  await page.waitForTimeout(3000);
  await enter(page, "act");
  assert.ok(["stopped", "arrived"].includes(await said(page)), await said(page));
});

test("settings that can't be are refused in a sentence, and the old ones stay", ACT, async (page) => {
  await opened(page);
  await page.locator("#act .planner summary").click();
  const horizon = page.getByLabel("Horizon, actions");
  const before = await horizon.inputValue();
  await horizon.fill("99");
  await horizon.press("Tab");
  const problem = page.locator("#act .planner [role=alert]");
  await problem.filter({ hasText: /horizon/ }).waitFor();
  assertSentence(await problem.textContent());
  assert.equal(await horizon.inputValue(), before);
});

test("an exam fills its table, and can be stopped", ACT, async (page) => {
  await opened(page);
  await page.locator("#act-exam").getByRole("button", { name: "Examine" }).click();
  await page.locator("#act-exam tbody tr").first().waitFor();
  assert.match(await page.locator("#act-exam tbody tr").first().textContent(), /^Random play\d/);
  await page.getByRole("button", { name: "Stop the exam" }).click();
  await page.locator("#act-exam progress").waitFor({ state: "hidden" });
  assert.ok(await page.locator("#act-exam tbody tr").count(), "what came of it stays");
});

test("in Chinese", { ...ACT, query: `${ACT.query}&lang=zh` }, async (page) => {
  await opened(page);
  assert.equal(await page.locator("#act .decision b").textContent(), "让它去哪里？");
  const texts = await page.locator("#room-act").innerText();
  assert.deepEqual(texts.replace(/CEM|MPPI|Wilson|PNG|CSV|JSON|Esc/g, "").match(/[a-z]{3,}/gi), null);
});

/** Nothing is kept for want of a network then. */
const savesData = (page) =>
  page.addInitScript(() => Object.defineProperty(navigator, "connection", { value: { saveData: true } }));

test(
  "its model and its modules are fetched when it is first opened, and not before, by who saves data",
  { ...ACT, room: "watch", prepare: savesData },
  async (page) => {
    const asked = () =>
      page.evaluate(() =>
        performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname.replace(/^.*\//, "")),
      );
    assert.equal((await asked()).includes("actor.safetensors"), false);
    await enter(page, "act");
    await opened(page);
    assert.equal((await asked()).filter((name) => name === "actor.safetensors").length, 1);
    assert.equal((await state(page)).error, null);
  },
);
