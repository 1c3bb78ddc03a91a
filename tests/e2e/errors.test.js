/** An error of the engine crosses by code, key and values: in the reader's language on the page, in English for scripts. */
import assert from "node:assert/strict";
import { site } from "./support/site.js";

const browserTest = site();

browserTest(
  "an error follows the language that is spoken, and stays one error for scripts",
  { query: "?preset=nano&device=cpu&lang=zh" },
  async (page) => {
    const notice = () => page.evaluate(() => document.getElementById("notice").textContent);
    const error = await page.evaluate(() =>
      window.vjepa
        .configure({ preset: "huge" })
        .catch(({ code, key, values, message }) => ({ code, key, values, message })),
    );
    assert.deepEqual([error.code, error.key, error.values.name], ["bad-config", "config.unknown-preset", "huge"]);
    assert.match(error.message, /^There is no preset "huge": choose one of nano, tiny, /);
    assert.match(await notice(), /^没有预设“huge”：请从 nano, tiny, .* 中选择。$/);
    assert.deepEqual(await page.evaluate(() => window.vjepa.state().error), error);
    await page.click('#language button[value="en"]');
    await page.waitForFunction(() => document.documentElement.lang === "en");
    assert.equal(await notice(), error.message);
  },
);
