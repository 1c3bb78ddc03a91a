/** Laws of physics that a visitor breaks in the live world: counted by what the alarm does, one at a time, each with its reason. */
import assert from "node:assert/strict";
import { moreClips, state, until } from "./support/ask.js";
import { enter, shot, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
/** The model that comes with the page, in a scene with what most laws need. */
const WATCH = { query: "?device=cpu&source=world&seed=1", room: "watch" };

const button = (page, law) => page.locator(`#laws [data-law=${law}]`);
const told = (page) => page.locator("#laws .told");
const laws = async (page) => (await state(page)).surprise.laws;

/** Breaks a law as soon as that may be, in a scene that has a moment for it; `note` goes on from then. */
async function breakLaw(page, law) {
  for (let scene = 0; scene < 20; scene++) {
    await until(page, ({ surprise }) => surprise.missing === 0 && !surprise.ringing && !surprise.laws?.pending);
    if (await button(page, law).isEnabled()) {
      await page.evaluate(note);
      await button(page, law).click();
      const begun = await page.waitForFunction((law) => {
        if (window.vjepa.state().surprise.laws.pending === law) return "pending";
        return /begin a new/.test(document.querySelector("#laws .told").textContent) && "refused";
      }, law);
      if ((await begun.jsonValue()) === "pending") return;
    }
    await page.locator("#laws").getByRole("button", { name: "New scene" }).click();
    await page.waitForTimeout(500);
  }
  assert.fail(`no scene for ${law}`);
}

/** Runs in the page: notes what is said, and of every window how laws stand and whether an alarm began in it. */
function note() {
  clearInterval(window.noting);
  [window.windows, window.said] = [[], []];
  let { readings, alarms } = window.vjepa.state().surprise;
  window.noting = setInterval(() => {
    const text = document.querySelector("#laws .told").textContent;
    if (text !== window.said.at(-1) && text.includes(":")) window.said.push(text);
    const { surprise } = window.vjepa.state();
    if (surprise.readings === readings) return;
    window.windows.push({ ...surprise.laws, began: surprise.alarms > alarms });
    ({ readings, alarms } = surprise);
  }, 5);
}

/** Waits until a law that is pending is over, and checks that it was counted by what the alarm did. @returns {Promise<boolean>} noticed */
async function counted(page, law, before) {
  await until(page, ({ surprise }) => !surprise.laws.pending);
  const windows = await page.evaluate(() => (clearInterval(window.noting), window.windows));
  const happened = windows.findIndex((window) => window.happened === law);
  const settled = windows.findIndex((window) => window.outcome);
  assert.ok(happened >= 0 && settled >= happened, JSON.stringify(windows.map(({ score, ...rest }) => rest)));
  const rang = windows.slice(happened, settled + 1).some(({ began }) => began);
  assert.deepEqual(windows[settled].outcome, { violation: law, noticed: rang });
  assert.equal(windows.filter(({ outcome }) => outcome).length, 1, "it is counted once");
  const pending = windows.map((window) => window.pending === law);
  const last = pending.lastIndexOf(true);
  assert.ok(pending.slice(pending.indexOf(true), last).every(Boolean), "it is pending until what follows it is over");
  assert.ok(last >= settled, "and that is after it was counted");
  const { score } = await laws(page);
  assert.deepEqual([score.broken, score.noticed], [before.broken + 1, before.noticed + Number(rang)]);
  const [from, to] = [windows[happened], windows[last]].map((window) => window.score.windows);
  assert.equal(to, from, "windows about a law are not counted as quiet");
  return rang;
}

test("laws are broken, and counted as noticed or missed by what the alarm does", WATCH, async (page, t) => {
  const names = { teleport: "Teleport", vanish: "Vanish" };
  let scored = { broken: 0, noticed: 0 };
  await until(page, ({ surprise }) => surprise.missing === 0);
  assert.match(
    await page.locator("#score").innerText(),
    /You have broken no law yet\. [\d,]+ windows without, \d+ false/,
  );
  for (const [law, name] of Object.entries(names)) {
    await breakLaw(page, law);
    assert.equal(await button(page, law).getAttribute("data-pending"), "");
    for (const other of await page.locator("#laws [data-law]").all()) {
      assert.equal(await other.isDisabled(), true);
      assert.match(
        await other.getAttribute("title"),
        /^(Another law is being broken|This scene has no|Nothing|This world)/,
      );
    }
    const noticed = await counted(page, law, scored);
    t.diagnostic(`${law}: ${noticed ? "noticed" : "missed"}`);
    const said = await page.evaluate(() => window.said);
    assert.deepEqual(said.slice(-2), [
      `${name}: does the model notice?`,
      `${name}: ${noticed ? "noticed" : "missed"}.`,
    ]);
    scored = (await laws(page)).score;
    assert.deepEqual(
      scored.kinds.find(({ violation }) => violation === law),
      { violation: law, broken: 1, noticed: Number(noticed) },
    );
    const [line, tally] = [await page.locator("#score .tally").innerText(), scored.broken === 1 ? "law" : "laws"];
    assert.ok(line.startsWith(`You broke ${scored.broken} ${tally}, it noticed ${scored.noticed}. `), line);
    assert.ok(
      await page
        .locator("#score li")
        .getByText(`${Number(noticed)}/1`)
        .count(),
      "the kind is listed",
    );
  }
  await shot(page, "laws");
});

test("what can't be broken says why; a new scene begins; another source has no laws", WATCH, async (page) => {
  await until(page, ({ surprise }) => surprise.missing === 0);
  await page.evaluate(() => window.vjepa.recipe()).then(({ world }) => assert.equal(world.name, "standard"));
  await page.getByRole("combobox", { name: "World", exact: true }).selectOption("simple");
  await page.waitForFunction(
    () =>
      document.querySelector("#laws [data-law=shape]").title ===
      "Things have only one shape in this world: choose a richer one.",
  );
  /** Buttons that are greyed, and what they say. */
  const greyed = () =>
    page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll("#laws [data-law][aria-disabled=true]")].map((one) => [
          one.dataset.law,
          one.title,
        ]),
      ),
    );
  const lacks = await greyed();
  assert.equal(lacks["pass-through"], "This scene has no block to go through: begin a new one.");
  assert.equal(lacks["vanish-hidden"], "This scene has no pillar to vanish behind: begin a new one.");
  assert.equal(lacks["gravity-off"], "Nothing falls in this scene: begin a new one.");
  assert.ok(Object.values(lacks).every(Boolean), JSON.stringify(lacks));

  const hash = () =>
    page.evaluate(async () => (await window.vjepa.look()).frames.reduce((sum, value) => (sum * 31 + value) | 0, 0));
  const { surprise } = await state(page);
  const before = await hash();
  await page.locator("#laws").getByRole("button", { name: "New scene" }).click();
  await until(page, (now, readings) => now.surprise.readings > readings + 10, surprise.readings);
  assert.notEqual(await hash(), before);
  assert.equal((await state(page)).error, null);
  await page.getByRole("group", { name: "Source" }).getByRole("button", { name: "Film" }).click();
  await page.locator("#laws").waitFor({ state: "hidden" });
  await enter(page, "inside");
  await moreClips(page, 1);
});

test(
  "an untrained model that isn't watched has no laws to break",
  { query: "?device=cpu&preset=nano&source=world", room: "watch" },
  async (page) => {
    assert.equal(await page.locator("#laws").isVisible(), false);
    assert.match(await page.locator("#verdict").innerText(), /^Not trained yet/);
    await page.locator("#verdict").getByRole("button", { name: "Watch" }).click();
    await page.locator("#laws").waitFor();
  },
);
