/** Rules of WCAG that a machine can check (axe-core), in both languages, light and dark, with what opens opened. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { moreClips } from "./support/ask.js";
import { enter, site } from "./support/site.js";

const test = site({ camera: "none", noWebGpu: true });
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const ROOMS = ["watch", "inside", "train", "play", "act", "teach", "models"];
const QUERY = "?device=cpu&preset=nano&source=world";

/** Fails on what keeps somebody from using the page. */
async function check(page, t, what) {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const grave = ({ impact }) => impact === "serious" || impact === "critical";
  const words = ({ id, impact, help, nodes }) =>
    `${impact}: ${help} (${id})\n${nodes
      .slice(0, 5)
      .map(({ html, failureSummary }) => `    ${html.slice(0, 160)}\n    ${failureSummary.split("\n")[1] ?? ""}`)
      .join("\n")}`;
  for (const violation of violations.filter((one) => !grave(one))) t.diagnostic(`${what}: ${words(violation)}`);
  assert.deepEqual(violations.filter(grave).map(words), [], what);
}

for (const lang of ["en", "zh"]) {
  for (const scheme of ["light", "dark"]) {
    test(`the page in ${lang}, ${scheme}`, { query: `${QUERY}&lang=${lang}`, scheme }, async (page, t) => {
      await page.evaluate(() => window.vjepa.train(3));
      await moreClips(page);
      for (const room of ROOMS) {
        await enter(page, room);
        await check(page, t, `the room ${room}`);
      }
      await page.locator("#take-tour").click();
      for (let step = 1; step <= 7; step++) {
        await check(page, t, `step ${step} of the tour`);
        await page.locator("#tour .go").click();
      }
    });
  }
}

test("narrow, and the dialogs", { query: QUERY, width: 390 }, async (page, t) => {
  await moreClips(page);
  for (const room of ROOMS) {
    await enter(page, room);
    if (room === "train") await page.locator("details.terms summary").click();
    await check(page, t, `the room ${room} at 390 px`);
  }
  await enter(page, "play");
  await page.getByRole("button", { name: "Gallery of pairs…" }).click();
  await check(page, t, "the gallery");
  await page.keyboard.press("Escape");
  await enter(page, "models");
  await page.getByRole("button", { name: "Official checkpoints…" }).click();
  await check(page, t, "the catalogue");
});

test("the example page of the element", { query: "element.html", unready: true }, async (page, t) => {
  await page.locator("vjepa-surprise [part=status]").getByText(/\w/).first().waitFor();
  await check(page, t, "the element");
});
