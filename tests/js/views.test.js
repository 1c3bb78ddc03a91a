// @ts-check
/** What views work out before they draw. */
import assert from "node:assert/strict";
import test from "node:test";
import { isSnapshot } from "../../www/js/storage/snapshot-header.js";
import { sorted } from "../../www/js/ui/drop-files.js";
import { count, scientific } from "../../www/js/ui/format.js";
import { Pace, timeLeft } from "../../www/js/ui/transfer-rate.js";
import { summaryOf } from "../../www/js/rooms/models/reference-check-view.js";

/** @param {string[]} names */
const files = (...names) =>
  names.map(
    (name) =>
      new File([], name, { type: /\.(mp4|png)$/.test(name) ? `${name.endsWith("png") ? "image" : "video"}/x` : "" }),
  );
/** @param {string[]} names */
const sort = (...names) => {
  const found = sorted(files(...names));
  return "weights" in found ? found.weights.map(({ name }) => name) : found.source?.name;
};

test("dropped files: weights with their configuration, or a source", () => {
  assert.deepEqual(sort("config.json", "model.safetensors", "README.md"), ["model.safetensors", "config.json"]);
  for (const name of ["vitl.pt", "vitl16.pth.tar", "a.PTH", "b.safetensors"]) assert.deepEqual(sort(name), [name]);
  assert.equal(sort("notes.txt", "film.mp4"), "film.mp4");
  assert.equal(sort("picture.png"), "picture.png");
  assert.equal(sort("film.mkv"), "film.mkv", "a type the browser does not know is for the player to judge");
});

test("the pace of a download follows the last seconds", () => {
  const pace = new Pace();
  pace.add(0, 0);
  pace.add(1e6, 1000);
  assert.equal(pace.rate(), undefined, "too early to tell");
  for (let s = 2; s <= 60; s++) pace.add(s <= 30 ? s * 1e6 : 30e6 + (s - 30) * 5e6, s * 1000);
  assert.equal(pace.rate(), 5e6);
  assert.equal(pace.left(180e6 + 50e6), 10);
  pace.add(10, 61_000);
  assert.equal(pace.rate(), undefined, "another file begins anew");
});

test("time left in words", () => {
  assert.deepEqual([3, 42, 70, 130, 7200].map(timeLeft), [
    "5 seconds left",
    "45 seconds left",
    "1 minute left",
    "2 minutes left",
    "2 hours left",
  ]);
});

test("the proof in one sentence", () => {
  const row = {
    fixture: "a",
    what: "encoder",
    precision: "f32",
    worst: 2e-6,
    mean: 1e-7,
    cosine: 0.9999999,
    tolerance: 2e-5,
    passed: true,
  };
  const f16 = { ...row, precision: "f16", worst: 1.4e-3 };
  const rows = [row, { ...row, worst: 1e-6 }, { ...f16, cosine: 0.99998 }, { ...f16, cosine: 0.9999 }];
  assert.deepEqual(summaryOf(rows, "Apple M2"), {
    passed: true,
    text: "On Apple M2 the numbers are those of the reference: worst difference 2e-6 in f32 (worst token's cosine 1.000000), 1.4e-3 in f16 (worst token's cosine 0.999900).",
  });
  const failed = summaryOf([row, { ...row, worst: 0.3, passed: false }], "");
  assert.deepEqual(failed, {
    passed: false,
    text: "Here 1 of 2 checks failed: encoder of a differs by 3e-1, and 2e-5 is allowed.",
  });
  assert.deepEqual([0, 2.04e-6, 1.44e-3].map(scientific), ["0", "2e-6", "1.4e-3"]);
});

test("counts read as people say them", () => {
  assert.deepEqual([640, 86_000, 1.02e6, 999.4e6, 1.0346e9].map(count), ["640", "86 k", "1.02 M", "999 M", "1.03 B"]);
});

/** @param {any} header @param {number} [length] */
function safetensors(header, length) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(length ?? text.length), true);
  return new File([size, text], "x.safetensors");
}

test("a snapshot is told from a checkpoint by its metadata", async () => {
  assert.equal(await isSnapshot(safetensors({ __metadata__: { "vjepa-web": "{}" } })), true);
  assert.equal(await isSnapshot(safetensors({ __metadata__: { format: "pt" } })), false);
  assert.equal(await isSnapshot(safetensors({ weight: {} })), false);
  assert.equal(await isSnapshot(safetensors({}, 1e15)), false);
  assert.equal(await isSnapshot(new File(["PK\u0003\u0004 not safetensors"], "x.pt")), false);
  assert.equal(await isSnapshot(new File([], "x.pt")), false);
});
