/** By keyboard alone. */
import assert from "node:assert/strict";
import { state, until } from "./support/ask.js";
import { enter, site } from "./support/site.js";

const test = site();

const ROOMS = ["watch", "inside", "train", "play", "act", "teach", "models"];

test(
  "every control of every room is reached by keyboard, and shows that it is",
  { query: "?device=cpu&preset=nano" },
  async (page) => {
    for (const room of ROOMS) {
      await enter(page, room);
      assert.deepEqual(await missed(page), [], room);
    }
  },
);

/** Controls in sight that Tab does not reach. */
async function missed(page) {
  await page.evaluate(() => (document.activeElement?.blur(), scrollTo(0, 0)));
  const wanted = await page.evaluate(() => {
    const controls = document.querySelectorAll("a[href], button, select, input, summary, [tabindex]");
    for (const control of controls) delete control.dataset.stop;
    const usable = [...controls].filter(
      (control) => control.tabIndex >= 0 && !control.disabled && control.checkVisibility(),
    );
    // The film strip is one stop, at whichever tubelet is playing.
    const together = (control) => control.closest(".strip")?.querySelectorAll("button") ?? [control];
    return usable.map((control, i) => {
      for (const one of together(control)) one.dataset.stop = String(i);
      return String(i);
    });
  });
  const reached = new Set();
  for (let i = 0; i < wanted.length * 2 && reached.size < wanted.length; i++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const { activeElement: element } = document;
      const style = getComputedStyle(element);
      const shown = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
      return { stop: element.dataset.stop, shown, name: element.outerHTML.slice(0, 120) };
    });
    if (focus.stop === undefined) continue;
    assert.ok(focus.shown, `no sign of focus on ${focus.name}`);
    reached.add(focus.stop);
  }
  const stops = await page.evaluate(
    (stops) => stops.map((stop) => document.querySelector(`[data-stop="${stop}"]`)?.outerHTML.slice(0, 120)),
    wanted.filter((stop) => !reached.has(stop)),
  );
  return stops.filter(Boolean);
}

test("training and picking a patch by keyboard alone", { query: "?device=cpu&preset=nano" }, async (page) => {
  await tabTo(page, "#controls .go");
  await page.keyboard.press("Enter");
  await until(page, (now) => now.phase === "training" && now.step >= 2);
  await page.keyboard.press("Enter");
  await until(page, (now) => now.phase !== "training");
  assert.ok((await state(page)).step >= 2);

  await tabTo(page, "#features .maps");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.locator("#features .legend[data-heat]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#features .legend:not([data-heat])").waitFor();
});

async function tabTo(page, selector) {
  for (let i = 0; i < 80; i++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never reached ${selector}`);
}
