/** Weights that are finite and overflow: the page says so once, shows no number that is none, and goes on with another model. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadFiles } from "./support/media.js";
import { ROOT } from "./support/places.js";
import { shot, site } from "./support/site.js";

const test = site();
const SENTENCE = "The model's features are no longer usable numbers: load it again, or choose another model.";
const FOLDER = join(ROOT, "tests/fixtures/checkpoints/hf_vjepa2_tiny_cls");

/** Loads the tiny checkpoint as a drop does, one of its tensors so many times as large. */
async function load(page, factor) {
  const buffer = readFileSync(join(FOLDER, "model.safetensors"));
  const length = Number(buffer.readBigUInt64LE(0));
  const header = JSON.parse(buffer.subarray(8, 8 + length).toString());
  const [from, to] = header["vjepa2.encoder.layernorm.weight"].data_offsets.map((at) => 8 + length + at);
  for (let at = from; at < to; at += 4) buffer.writeFloatLE(buffer.readFloatLE(at) * factor, at);
  const config = { name: "config.json", buffer: readFileSync(join(FOLDER, "config.json")) };
  await loadFiles(page, [{ name: "model.safetensors", buffer }, config], { precision: "f32" });
}

/** What is asked of the model, by name, and with which code it is refused. */
const refusals = (page) =>
  page.evaluate(async () => {
    const { size, frames } = window.vjepa.state().model;
    const asked = {
      look: () => window.vjepa.look(),
      embed: () => window.vjepa.embed(new Uint8Array(frames * size * size * 4)),
      exam: () => window.vjepa.exam({ pairs: 1, probes: { train: 0, validation: 0, test: 0 } }),
    };
    const codes = {};
    for (const [name, ask] of Object.entries(asked))
      codes[name] = await ask().then(
        () => "answered",
        (error) => error.code,
      );
    return codes;
  });

/** Texts, labels and values with a number that is none, wherever on the page. */
const wrong = (page) =>
  page.evaluate(() => {
    const found = [];
    const note = (text, where) => /\bNaN\b|\bInfinity\b/.test(text ?? "") && found.push(`${where}: ${text}`);
    for (const element of document.querySelectorAll("body *")) {
      if (["SCRIPT", "STYLE"].includes(element.tagName)) continue;
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) note(node.data, element.tagName);
      // An option's value is for scripts: one that means "without a limit" may be infinite.
      for (const { name, value } of element.attributes)
        if (element.tagName !== "OPTION") note(value, `${element.tagName} ${name}`);
    }
    return found;
  });

for (const device of ["cpu", "webgpu"]) {
  test(
    `a model that overflows on ${device} is said once and drawn as nothing`,
    { query: `?device=${device}&preset=nano` },
    async (page) => {
      await load(page, 1e30);
      await page.locator("#notice").getByText(SENTENCE).waitFor();
      assert.deepEqual(await refusals(page), { look: "not-finite", embed: "not-finite", exam: "not-finite" });
      assert.deepEqual(await wrong(page), []);
      const said = await page.evaluate((sentence) => document.body.innerText.split(sentence).length - 1, SENTENCE);
      assert.equal(said, 1, "it is said once");
      const health = page.locator("#health");
      assert.equal(await health.locator(".verdict b").innerText(), "–");
      assert.deepEqual(await health.locator(".big").allInnerTexts(), ["–", "–"]);
      assert.equal(await health.locator("meter").evaluate((meter) => meter.value), 0);
      assert.equal(await page.locator("#guesses").isVisible(), false);
      assert.notEqual(await page.evaluate(() => window.vjepa.state().phase), "error");
      await shot(page, `overflow ${device}`);

      await load(page, 1);
      await page.waitForFunction(() => window.vjepa.state().phase === "running");
      await page.locator("#health .verdict[data-verdict]").waitFor();
      assert.equal(await page.evaluate(() => window.vjepa.state().error), null);
      assert.equal(await page.locator("#notice").innerText(), "");
      assert.deepEqual(await wrong(page), []);
    },
  );
}
