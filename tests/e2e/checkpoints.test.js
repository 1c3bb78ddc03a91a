/** Every layout of official checkpoint, from a host and from disk, through the built page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before } from "node:test";
import { loadFiles } from "./support/media.js";
import { ROOT } from "./support/places.js";
import { serve } from "./support/server.js";
import { site } from "./support/site.js";

const FOLDER = join(ROOT, "tests/fixtures/checkpoints");
const test = site({ camera: "film" });
/** @type {{url: string, close: () => Promise<void>}} */
let weights;
before(async () => (weights = await serve(FOLDER, "/weights/", { "access-control-allow-origin": "*" })));
after(() => weights?.close());

/** What shapes of the tiny PyTorch files can't tell. */
const TINY = { num_attention_heads: 2, pred_num_attention_heads: 2, crop_size: 64, frames_per_clip: 4 };

/** Loads fixtures from disk, with a config.json beside them where shapes do not tell all. */
async function loadFixtures(page, names, config) {
  const files = names.map((name) => ({ name: basename(name), buffer: readFileSync(join(FOLDER, name)) }));
  if (config) files.push({ name: "config.json", buffer: Buffer.from(JSON.stringify(config)) });
  await loadFiles(page, files);
}

/** The next look at whatever is the source. */
const look = (page) =>
  page.evaluate(async () => {
    const { loss, guesses, target, grid } = await window.vjepa.look();
    return { loss, guesses, hidden: target.length, grid: grid && [...grid] };
  });

test(
  "a Hugging Face folder loads from an address, looks, and is kept",
  { query: "?device=cpu&preset=nano" },
  async (page) => {
    const url = `${weights.url}hf_vjepa2_tiny_cls/`;
    await page.evaluate(
      (url) => window.vjepa.load({ source: { from: "url", url }, precision: "auto", frames: 0 }),
      url,
    );
    const { model, report, error } = await page.evaluate(() => window.vjepa.state());
    assert.equal(error, null);
    assert.equal(model.checkpoint, true);
    assert.equal(model.classes, 7);
    assert.deepEqual([report.missing, report.unused], [[], []]);
    assert.match(report.sha256, /^[0-9a-f]{64}$/);
    const { loss, guesses } = await look(page);
    assert.ok(Number.isFinite(loss) && guesses.length === 5, JSON.stringify({ loss, guesses }));
    await page.getByText("LABEL_", { exact: false }).first().waitFor();
  },
);

for (const [name, family] of [
  ["vjepa1_tiny_meta_layout.pth.tar", "vjepa1"],
  ["vjepa2_tiny_meta_layout.pt", "vjepa2"],
  ["vjepa21_tiny_meta_layout.pt", "vjepa21"],
  ["vjepa21_tiny_distilled_meta_layout.pt", "vjepa21"],
]) {
  for (const device of ["cpu", "webgpu"]) {
    test(`${name} opens from disk on ${device}`, { query: `?device=${device}&preset=nano` }, async (page) => {
      await loadFixtures(page, [name], TINY);
      const { model, error } = await page.evaluate(() => window.vjepa.state());
      assert.deepEqual([model.family, error], [family, null]);
      const { loss, hidden } = await look(page);
      assert.ok(hidden > 0);
      assert.equal(Number.isFinite(loss), !name.includes("distilled"));
    });
  }
}

test(
  "what is no checkpoint is refused in a sentence, and the model before stays",
  { query: "?device=cpu&preset=nano" },
  async (page) => {
    const refused = await page.evaluate(async () => {
      const files = [new File(["<!doctype html><p>Not here</p>"], "model.safetensors")];
      return window.vjepa.load({ source: { from: "files", files }, precision: "auto", frames: 0 }).catch((error) => ({
        code: error.code,
        message: error.message,
      }));
    });
    assert.match(refused.message, /web page instead of weights/);
    const { model, phase } = await page.evaluate(() => window.vjepa.state());
    assert.equal(model.preset, "nano");
    assert.notEqual(phase, "error");
  },
);

test("a checkpoint goes out as a folder again", { query: "?device=cpu&preset=nano" }, async (page) => {
  await loadFixtures(page, ["hf_vjepa2_tiny/model.safetensors", "hf_vjepa2_tiny/config.json"]);
  const bytes = await page.evaluate(async () => (await window.vjepa.exportFolder("f16")).size);
  assert.ok(bytes > 300_000 && bytes < 450_000, `${bytes} bytes`);
});

for (const device of ["cpu", "webgpu"]) {
  test(
    `the reference's numbers are reproduced on ${device}`,
    { query: `?device=${device}&preset=nano`, room: "models" },
    async (page) => {
      await page.getByRole("button", { name: "Check against the reference" }).click();
      await page.locator("#proof table").waitFor({ timeout: 300_000 });
      const rows = await page.evaluate(() => window.vjepa.prove());
      const precisions = new Set(rows.map((row) => row.precision));
      assert.deepEqual([...precisions], device === "cpu" ? ["f32"] : ["f32", "f16", "int8"]);
      assert.ok(rows.length >= 7 * precisions.size, JSON.stringify(rows));
      for (const row of rows) assert.ok(row.passed, JSON.stringify(row));
    },
  );
}

test("a picture is one frame to V-JEPA 2.1", { query: "?device=cpu&preset=nano" }, async (page) => {
  await loadFixtures(page, ["vjepa21_tiny_meta_layout.pt"], TINY);
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(120, 90);
    const context = canvas.getContext("2d");
    for (let i = 0; i < 12; i++) {
      context.fillStyle = `hsl(${i * 30} 80% 50%)`;
      context.fillRect(i * 10, 0, 10, 90);
    }
    const blob = await canvas.convertToBlob();
    await window.vjepa.setSource("file", { file: new File([blob], "stripes.png", { type: "image/png" }) });
  });
  const { grid, hidden } = await look(page);
  assert.deepEqual(grid, [1, 4, 4]);
  assert.ok(hidden > 0);
});
