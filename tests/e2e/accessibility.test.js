/**
 * Rules of WCAG 2.2 A and AA that a machine can check (axe-core), in every room and state. Contrast depends on the
 * scheme and sentences on the language, so one is paired with the other rather than each with each.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { moreClips, until } from "./support/ask.js";
import { listen, prepare } from "./support/reading.js";
import { enter, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ROOMS = ["watch", "inside", "train", "play", "act", "teach", "models"];
const QUERY = "?device=cpu&preset=nano&source=world&seed=1";
const LEARNER = "?device=cpu&source=world&seed=1";
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Fails on whatever breaks a rule of WCAG; what is merely good practice is told. */
async function check(page, t, what) {
  // As a script element the page's policy would refuse it.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag", values } }),
    [...TAGS, "best-practice"],
  );
  const rule = ({ tags }) => tags.some((tag) => TAGS.includes(tag));
  const words = ({ id, impact, help, nodes }) =>
    `${impact}: ${help} (${id})\n${nodes
      .slice(0, 5)
      .map(({ html, failureSummary }) => `    ${html.slice(0, 160)}\n    ${failureSummary.split("\n")[1] ?? ""}`)
      .join("\n")}`;
  for (const violation of violations.filter((one) => !rule(one))) t.diagnostic(`${what}: ${words(violation)}`);
  assert.deepEqual(violations.filter(rule).map(words), [], what);
}

const PAIRS = /** @type {const} */ ([
  ["en", "light"],
  ["zh", "dark"],
]);

for (const [lang, scheme] of PAIRS) {
  test(`rooms and tour in ${lang}, ${scheme}`, { query: `${QUERY}&lang=${lang}`, scheme }, async (page, t) => {
    await page.evaluate(() => window.vjepa.train(3));
    await moreClips(page);
    for (const room of ROOMS) {
      await enter(page, room);
      if (room === "train") await page.locator("details.terms summary").first().click();
      await check(page, t, `the room ${room}`);
    }
    await page.locator("#take-tour").click();
    for (let step = 1; step <= 7; step++) {
      await page.locator("#tour .note").getByText(String(step)).first().waitFor();
      await check(page, t, `step ${step} of the tour`);
      await page.locator("#tour .go").click();
    }
  });
}

test("narrow, and the dialogs, dark", { query: QUERY, width: 360, scheme: "dark" }, async (page, t) => {
  await moreClips(page);
  for (const room of ROOMS) {
    await enter(page, room);
    await check(page, t, `the room ${room} at 360 px`);
  }
  await enter(page, "play");
  await page.getByRole("button", { name: "Gallery of pairs…" }).click();
  await page.locator("#gallery .twins:not([data-empty])").waitFor();
  await check(page, t, "the gallery");
  await page.keyboard.press("Escape");
  await enter(page, "models");
  await page.getByRole("button", { name: "Official checkpoints…" }).click();
  await page.getByLabel(/address/i).fill("nothing of the kind");
  await page.getByRole("button", { name: "Choose", exact: true }).click();
  await check(page, t, "the catalogue, with an address that is none");
});

/** The first page is nothing; the test opens its own. */
const NOTHING = { query: "assets/shipped.json", unready: true, allow: [/favicon\.ico/] };

test("before there is an engine", NOTHING, async (page, t) => {
  await page.route("**/engine/{cpu,webgpu}/**", () => {}); // engines never arrive
  await page.goto(new URL(`../${QUERY}#models`, page.url()).href, { waitUntil: "commit" });
  await page.locator("#status .phase").waitFor();
  await check(page, t, "loading");
});

test(
  "an alarm, and the moment after; classes",
  { query: `${LEARNER}&lang=zh`, scheme: "dark", room: "watch" },
  async (page, t) => {
    await until(page, ({ surprise }) => surprise.missing === 0);
    await page.locator("#alarm-threshold").fill("1");
    await until(page, ({ surprise }) => surprise.ringing);
    await page.locator(".frame > .play").click(); // all stands still, so that it rings on
    await check(page, t, "an alarm rings");
    await page.locator(".alarms .look").first().click();
    await check(page, t, "an alarm is looked at again");
    await page.locator("#stage .transport button").last().click();
    await page.locator(".frame > .play").click();

    await enter(page, "teach");
    for (const name of ["红", "blue"]) {
      await page.locator("#new-class").fill(name);
      await page.keyboard.press("Enter");
      await page.locator(`.class .name[data-name="${name}"]`).waitFor();
      for (let clips = 1; clips <= 2; clips++) {
        await moreClips(page); // what is an example already is not recorded again
        await page
          .locator(".class .hold")
          .last()
          .evaluate((button) => button.click());
        await page.waitForFunction(
          (clips) => [...document.querySelectorAll(".class")].at(-1).querySelectorAll(".examples li").length >= clips,
          clips,
        );
      }
    }
    await page.locator(".confusion").waitFor();
    await check(page, t, "two classes");
  },
);

test(
  "training, an exam, an error, and a run that was saved",
  { query: QUERY, room: "train", prepare },
  async (page, t) => {
    await page.evaluate(() => window.vjepa.configure({ preset: "huge" }).catch(() => {}));
    await page.locator("#notice[data-kind=error]:not(:empty)").waitFor();
    await check(page, t, "an error");
    await page.evaluate(() => void window.vjepa.train(Infinity));
    await until(page, (now) => now.step >= 3);
    await check(page, t, "it trains");
    await page.evaluate(() => window.vjepa.pause());
    await listen(page);
    await page.evaluate(() => window.vjepa.exam({ pairs: 1, probes: { train: 8, validation: 4, test: 4 } }));
    await page.locator("#exam .results li").first().waitFor();
    const results = await page.evaluate(() => window.announced.filter(({ region }) => region.startsWith("p.verdict")));
    assert.ok(results.length <= 1, `the result is said ${results.length} times`);
    await check(page, t, "an exam was taken");
    await page.evaluate(() => window.vjepa.train(2));
    await page
      .locator(".pulse > div:last-child .note")
      .getByText(/^at \d/)
      .waitFor();
    await page.goto(page.url().replace("preset=nano", "preset=tiny").replace("&seed=1", "&seed=2"));
    await page.locator("#resume:not([hidden])").waitFor();
    await check(page, t, "a run may be resumed");
  },
);

test(
  "the agent acts; a checkpoint comes; a camera is refused",
  { query: `${QUERY}&lang=zh`, room: "act" },
  async (page, t) => {
    const state = (...wanted) =>
      page.waitForFunction(
        (wanted) => wanted.includes(document.querySelector("#act .decision")?.dataset.state),
        wanted,
      );
    await state("idle");
    await page.locator('#act .choice [data-value="plan"]').click();
    await page.locator("#act .commands [aria-pressed]").filter({ hasText: "能量" }).click();
    await page.locator("#act .planner summary").click();
    await page.locator("#act .court canvas").click({ position: { x: 60, y: 60 } });
    await state("arrived", "lost", "plan", "fruitless", "surprise");
    await check(page, t, "it follows a plan");
    await page.locator("#act .commands [aria-pressed]").last().click();
    await check(page, t, "a visitor drives");

    await page.route("**/never/**", () => {});
    await page.evaluate(
      () =>
        void window.vjepa
          .load({ source: { from: "url", url: `${location.origin}/never/model.safetensors` } })
          .catch(() => {}),
    );
    await page.locator("#loading:not([hidden])").waitFor();
    await check(page, t, "a checkpoint comes");
    await page.locator("#loading button").click();
    await page.locator('#controls [data-value="camera"]').click();
    await page.locator("#notice[data-kind=error]:not(:empty)").waitFor();
    await check(page, t, "there is no camera");
  },
);

for (const scheme of ["light", "dark"])
  test(
    `the example page of the element, ${scheme}`,
    { query: "element.html", unready: true, scheme },
    async (page, t) => {
      await page.locator("vjepa-surprise [part=status]").getByText(/\w/).first().waitFor();
      await check(page, t, "the element");
    },
  );

test(
  "the benchmark",
  { query: "bench.html", unready: true, allow: [/peers\/versions\.json/], scheme: "dark" },
  async (page, t) => {
    await page.locator("#run:enabled").waitFor();
    await check(page, t, "the benchmark");
  },
);
