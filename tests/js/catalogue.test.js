// @ts-check
/** The counts in tests/fixtures/param_counts.json were taken from the reference implementations. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  CATALOGUE,
  called,
  choosePrecision,
  fits,
  framesOf,
  memoryNeeded,
  paramsOf,
  recognised,
  released,
  sourceNamed,
  tokensOf,
  weightBytes,
} from "../../www/js/catalogue/catalogue.js";
import { CONSTANTS } from "./support/engine.js";
import { inEnglish } from "../../www/js/base/messages.js";

const { bytes } = CONSTANTS;
const COUNTS = JSON.parse(readFileSync(new URL("../fixtures/param_counts.json", import.meta.url), "utf8"));
const GB = 1e9;

/** @param {string} id */
function get(id) {
  const model = released(id);
  assert.ok(model, id);
  return model;
}

/** Values of a layer, and of a transformer block, with biases. */
const layer = (/** @type {number} */ outputs, /** @type {number} */ inputs) => outputs * (inputs + 1);
const block = (/** @type {number} */ width, /** @type {number} */ mlp) =>
  layer(3 * width, width) + layer(width, width) + layer(mlp, width) + layer(width, mlp) + 4 * width;

/** By spec §10.2: the reference's counts have no action-conditioned model. */
const ACTING = (() => {
  const { encoder } = COUNTS["v2 vitg 256"];
  const extrinsics = layer(1024, 6);
  const ends = layer(1024, 1408) + 2 * layer(1024, 7) + extrinsics + 2 * 1024 + layer(1408, 1024);
  const predictor = ends + 24 * block(1024, 4096);
  // A frozen encoder twice, the predictor, and two moments of what of it learned.
  const bytes = 4 * (2 * encoder + 3 * predictor - 2 * extrinsics);
  return { encoder, predictor, "est_full_ckpt_bytes_enc+target+pred+adam": bytes };
})();

/** @param {import("../../www/js/catalogue/catalogue.js").Released} model  its name among the counts */
function countsOf({ family, encoder, size, group }) {
  if (group === "V-JEPA 2-AC") return ACTING;
  const letter = { 768: "b", 1024: "l", 1280: "h", 1408: "g", 1664: "G" }[encoder.width];
  const name =
    group === "V-JEPA 1" ? `v1 vit${letter}16 ${size}` : `${family === "vjepa21" ? "v2.1" : "v2"} vit${letter} ${size}`;
  return COUNTS[name] ?? assert.fail(`no counts for ${name}`);
}

test("every release is there, once", () => {
  const groups = ["V-JEPA 1", "V-JEPA 2", "V-JEPA 2-AC", "V-JEPA 2.1", "Classifiers"];
  assert.deepEqual(
    groups.map((name) => CATALOGUE.filter(({ group }) => group === name).length),
    [3, 8, 1, 4, 4],
  );
  for (const key of /** @type {const} */ (["id", "title"]))
    assert.equal(new Set(CATALOGUE.map((model) => model[key])).size, CATALOGUE.length, key);
  assert.equal(new Set(CATALOGUE.map(({ file }) => file.url)).size, CATALOGUE.length);
});

for (const model of CATALOGUE) {
  test(`${model.id} is complete and agrees with the reference's counts`, () => {
    const counts = countsOf(model);
    assert.equal(model.params.encoder, counts.encoder);
    assert.equal(model.params.predictor, counts.predictor);
    assert.equal(
      paramsOf(model),
      model.params.encoder + model.params.predictor + model.params.head,
      "counted from the shapes",
    );
    assert.equal(weightBytes(model, "f32", bytes), 4 * paramsOf(model));

    assert.match(inEnglish(model.what), /^[A-Z].*\.$/);
    assert.match(model.sha256, /^([0-9a-f]{64})?$/);
    assert.ok(model.licence.name && model.licence.note && URL.canParse(model.licence.url));
    assert.equal(model.licence.nonCommercial, model.group === "V-JEPA 1");
    assert.ok(URL.canParse(model.page) && new URL(model.file.url).hostname === model.host.name);
    assert.equal(model.host.open, model.source.from === "hub");
    assert.equal(model.classes > 0, model.group === "Classifiers");
    assert.equal(model.classes > 0, model.params.head > 0);
    assert.ok(model.frames % 2 === 0 && model.size % 16 === 0);
  });

  test(`${model.id}: what is read of its file`, () => {
    const needed = 4 * paramsOf(model);
    // A safetensors header names each tensor once; a checkpoint of Meta holds the encoder twice, and two moments.
    const whole = model.host.open ? needed : countsOf(model)["est_full_ckpt_bytes_enc+target+pred+adam"];
    assert.ok(
      model.file.bytes >= whole && model.file.bytes - whole < 1e6,
      `${model.file.bytes} is not ${whole} and a header`,
    );
    assert.equal(model.file.needed, model.host.open ? model.file.bytes : needed);
  });
}

test("classifiers have their published parameters", () => {
  const published = {
    "vjepa2-vitl-fpc16-256-ssv2": 375_485_998,
    "vjepa2-vitl-fpc32-256-diving48": 375_356_848,
    "vjepa2-vitg-fpc64-384-ssv2": 1_128_049_454,
    "vjepa2-vitg-fpc32-384-diving48": 1_127_871_920,
  };
  for (const [id, params] of Object.entries(published)) assert.equal(paramsOf(get(id)), params);
});

const PRECISIONS = /** @type {const} */ (["f32", "f16", "int8"]);

test("f16 halves matrices, int8 quarters them and adds a scale a row; the rest stays f32", () => {
  for (const model of CATALOGUE) {
    const [f32 = 0, f16 = 0, int8 = 0] = PRECISIONS.map((precision) => weightBytes(model, precision, bytes));
    assert.ok(f16 > f32 / 2 && f16 < 0.51 * f32, `${model.id}: ${f16 / f32}`);
    assert.ok(int8 > f32 / 4 && int8 < 0.265 * f32, `${model.id}: ${int8 / f32}`);
    const wider = { ...bytes, int8: { value: 2, channel: 4 } };
    assert.ok(weightBytes(model, "int8", wider) > f16, "what a value takes is the engine's to say");
  }
});

test("a look's memory: weights, and activations that grow with the frames", () => {
  const model = get("vjepa2-vitl-fpc64-256");
  const [few, all] = [memoryNeeded(model, "f16", 16, bytes), memoryNeeded(model, "f16", 64, bytes)];
  assert.equal(tokensOf(model, 16), 2048);
  assert.equal(few.activations, 4 * 2048 * (8 * 1024 + 2 * 4096));
  assert.equal(all.activations, 4 * few.activations);
  assert.equal(few.total, few.weights + few.activations);
  assert.deepEqual(memoryNeeded(model, "f16", 0, bytes), few, "0 means 16 frames");
  assert.ok(all.largest >= 4 * 8192 * 4096);
  assert.equal(framesOf({ ...model, frames: 8 }, 0), 8);
});

test("what fits, in a sentence", () => {
  const [small, large] = [get("vjepa21-vitb-384"), get("vjepa21-vitG-384")];
  const gpu = /** @type {const} */ ({ kind: "webgpu", maxBufferBytes: 2 ** 31, memoryBytes: 8 * GB, bytes });
  const cpu = /** @type {const} */ ({ kind: "cpu", maxBufferBytes: 0, memoryBytes: 8 * GB, bytes });
  assert.deepEqual(
    [fits(small, "f16", 16, gpu).ok, fits(large, "f32", 16, gpu).ok, fits(large, "int8", 16, gpu).ok],
    [true, false, true],
  );
  assert.match(fits(small, "f16", 16, { ...gpu, maxBufferBytes: 2 ** 20 }).sentence.message, /largest buffer/);
  assert.match(fits(large, "f16", 16, gpu).sentence.message, /tight/);
  assert.match(fits(large, "f32", 16, cpu).sentence.message, /CPU engine can hold/);
  assert.equal(fits(small, "f16", 16, cpu).ok, false);
  assert.match(fits(small, "f16", 16, { ...gpu, memoryBytes: null }).sentence.message, /does not say/);
  for (const model of CATALOGUE) assert.match(fits(model, "f16", 0, gpu).sentence.message, /^[A-Z].*\.$/);
});

test("the automatic precision, and why", () => {
  const [small, large] = [get("vjepa2-vitl-fpc64-256"), get("vjepa21-vitG-384")];
  assert.equal(choosePrecision(large, { kind: "cpu", memoryBytes: null, bytes }).precision, "f32");
  assert.equal(choosePrecision(small, { kind: "webgpu", memoryBytes: null, bytes }).precision, "f16");
  assert.equal(choosePrecision(large, { kind: "webgpu", memoryBytes: null, bytes }).precision, "int8");
  assert.equal(choosePrecision(large, { kind: "webgpu", memoryBytes: 16 * GB, bytes }).precision, "f16");
  assert.match(
    choosePrecision(large, { kind: "webgpu", memoryBytes: 4 * GB, bytes }).why.message,
    /^int8, because f16 would take 3\.8 GB.*\.$/,
  );
});

test("what a text names", () => {
  assert.deepEqual(sourceNamed("vjepa2-vitl-fpc64-256"), { from: "hub", repo: "facebook/vjepa2-vitl-fpc64-256" });
  assert.deepEqual(sourceNamed("someone/their-model"), { from: "hub", repo: "someone/their-model" });
  assert.deepEqual(sourceNamed("a/b@refs"), { from: "hub", repo: "a/b", revision: "refs" });
  assert.deepEqual(sourceNamed("https://huggingface.co/a/b"), { from: "hub", repo: "a/b" });
  assert.deepEqual(sourceNamed("https://huggingface.co/a/b/tree/v1"), { from: "hub", repo: "a/b", revision: "v1" });
  const file = "https://huggingface.co/a/b/resolve/main/model.safetensors";
  assert.deepEqual(sourceNamed(file), { from: "url", url: file });
  for (const bad of ["", "vjepa3", "a/b/c", "ftp://example.com/x.pt", "javascript:alert(1)", "https://"])
    assert.equal(sourceNamed(bad), undefined, bad);
});

test("a release is recognised by repository, address or the name of its file", () => {
  for (const model of CATALOGUE) {
    assert.equal(recognised(model.source)?.id, model.id);
    assert.equal(called(model.id)?.id, model.id);
  }
  assert.equal(called("facebook/vjepa2-vitl-fpc64-256")?.licence.name, "MIT");
  assert.equal(called("vitl16.pth.tar")?.licence.nonCommercial, true);
  assert.equal(called("model.safetensors"), undefined);
  assert.equal(recognised({ from: "files", files: [new File([], "vitl16.pth.tar")] })?.id, "vjepa-vitl16-224");
  assert.equal(recognised({ from: "files", files: [new File([], "model.safetensors")] }), undefined);
});
