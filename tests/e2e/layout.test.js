/** Wide, narrow, dark, by keyboard alone. */
import assert from "node:assert/strict";
import { assertDrawn, moreClips, state, until } from "./support/ask.js";
import { shot, site } from "./support/site.js";

const test = site();

for (const [width, scheme] of [
  [1440, "light"],
  [1440, "dark"],
  [1024, "light"],
  [390, "light"],
  [390, "dark"],
]) {
  test(`${width} px wide, ${scheme}`, { query: "?device=cpu&source=sample", width, scheme }, async (page) => {
    await page.evaluate(() => window.vjepa.train(3));
    await moreClips(page, 3);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll("body *")]
        .filter((element) => element.checkVisibility() && !element.closest(".sr-only, .skip"))
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => `${element.tagName} ${element.className}`),
    );
    const { scrollWidth } = await page.evaluate(() => document.documentElement);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `it scrolls sideways by ${overflow} px (${scrollWidth}): ${wide}`);
    await assertDrawn(page, "#clip .stage canvas", { colours: 100, spread: 15 });
    await assertDrawn(page, "#features canvas", { colours: 20, spread: 15 });
    await page.evaluate(() => scrollTo(0, 0));
    await shot(page, `page ${width} ${scheme}`);
  });
}

test(
  "every control is reached by keyboard, and shows that it is",
  { query: "?device=cpu&preset=nano" },
  async (page) => {
    await page.locator("details.model summary").click();
    await page.evaluate(() => (document.activeElement?.blur(), scrollTo(0, 0)));
    const wanted = await page.evaluate(() => {
      const controls = document.querySelectorAll("a[href], button, select, input, summary, [tabindex]");
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
        const shown =
          (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
        return { stop: element.dataset.stop, shown, name: element.outerHTML.slice(0, 120) };
      });
      if (focus.stop === undefined) continue;
      assert.ok(focus.shown, `no sign of focus on ${focus.name}`);
      reached.add(focus.stop);
    }
    const missed = await page.evaluate(
      (stops) => stops.map((stop) => document.querySelector(`[data-stop="${stop}"]`)?.outerHTML.slice(0, 120)),
      wanted.filter((stop) => !reached.has(stop)),
    );
    assert.deepEqual(missed.filter(Boolean), []);
  },
);

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
