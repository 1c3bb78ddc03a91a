// @ts-check
/** Errors, notices and the like by key and values: each has its sentence in every language, found whole with its values. */
import assert from "node:assert/strict";
import test from "node:test";
import { CATALOGUE } from "../../www/js/catalogue/catalogue.js";
import { FailureError, fromFailure, toFailure } from "../../www/js/base/errors.js";
import { inEnglish, message } from "../../www/js/base/messages.js";
import { choosePrecision, fits } from "../../www/js/catalogue/cost.js";
import { translate } from "../../www/js/language/translate.js";
import { setLanguage } from "../../www/js/language/words.js";
import { zhMessages } from "../../www/js/language/zh-messages.js";
import { ofEngine, ofPage, ofTerms, unreadable } from "./support/messages.js";

Object.assign(globalThis, { document: { documentElement: {}, querySelectorAll: () => [] } });

/** The element speaks English, and the benchmark. */
const ELSEWHERE = /^(element|bench)\//;
const told = [...ofPage(), ...ofEngine(), ...ofTerms()];
/** @param {string} text */
const holes = (text) => [...new Set([...text.matchAll(/\{(\w+)[^}]*\}/g)].map(([, name]) => name))].sort();

test("every message is made of a literal key and its English, one a key", () => {
  assert.ok(ofPage().length > 200 && ofEngine().length > 130 && ofTerms().length > 50, "they are no longer found");
  assert.deepEqual(unreadable(), []);
  /** @type {Map<string, string>} */
  const texts = new Map();
  for (const { key, text, where } of told) {
    assert.equal(texts.get(key) ?? text, text, `${key} in ${where}`);
    texts.set(key, text);
    assert.match(key, /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)?$/, where);
  }
});

test("every error of the engine has a value for each of its holes", () => {
  const lacking = ofEngine().filter(({ text, values }) => holes(text).some((hole) => !values.includes(hole ?? "")));
  assert.deepEqual(lacking, []);
});

test("every message has its Chinese, with the same values and the same end", () => {
  const missing = told.filter(({ key, where }) => !zhMessages[key] && !ELSEWHERE.test(where)).map(({ key }) => key);
  assert.deepEqual(missing, []);
  for (const { key, text } of told) {
    const chinese = zhMessages[key];
    if (!chinese) continue;
    assert.deepEqual(holes(chinese), holes(text), key);
    assert.ok(/\p{Script=Han}/u.test(chinese) || key === "device.figures", `${key}: ${chinese}`);
    assert.equal(/[.!?]$/.test(text), /[。！？]$/.test(chinese), key);
  }
});

test("every sentence of the table is still told somewhere", () => {
  const known = new Set(told.map(({ key }) => key));
  assert.deepEqual(
    Object.keys(zhMessages).filter((key) => !known.has(key)),
    [],
  );
});

test("what crosses is said in the reader's language, values and messages within it as well", async () => {
  const cancelled = new FailureError("cancelled.exam", "The exam was cancelled.");
  assert.deepEqual([cancelled.code, cancelled.message], ["cancelled", "The exam was cancelled."]);
  const lost = toFailure(new FailureError("device-lost", "The GPU device was lost ({why}).", { why: "hung" }));
  const tried = message("device.failed", "The CPU runs it: WebGPU was tried and failed ({why}).", { why: lost });
  const rebuilt = message("notice.rebuilt", "The engine was rebuilt and goes on from training step {step}.", {
    step: 12,
  });
  // As an error of the engine arrives, with a word of its own in it.
  const range = Object.assign(new Error("The batch must be between 1 and 64, not 0: change it."), {
    code: "bad-recipe",
    key: "recipe.range",
    values: { what: { key: "term.batch", values: {}, message: "batch" }, least: 1, most: 64, value: 0 },
  });
  const nobody = {
    key: "nobody-foresaw",
    values: { why: lost },
    message: "Nobody foresaw this (The GPU device was lost (hung)).",
  };
  /** @type {[any, string, string][]} */
  const cases = [
    [toFailure(cancelled), "The exam was cancelled.", "测验已取消。"],
    [
      [lost, rebuilt],
      "The GPU device was lost (hung). The engine was rebuilt and goes on from training step 12.",
      "GPU 设备丢失了（hung）。引擎已重建，从训练第 12 步继续。",
    ],
    // A sentence within another one has no point of its own.
    [
      tried,
      "The CPU runs it: WebGPU was tried and failed (The GPU device was lost (hung)).",
      "由 CPU 运行：试过 WebGPU，但失败了（GPU 设备丢失了（hung））。",
    ],
    [toFailure(range), range.message, "批大小 须在 1 与 64 之间，而不是 0：请修改。"],
    [
      toFailure(new WebAssembly.RuntimeError("Out of bounds. At 3.")),
      "The engine crashed (Out of bounds. At 3.).",
      "引擎崩溃了（Out of bounds. At 3.）。",
    ],
    // What has no sentence stays English, and so does a text of others: an old file's, a browser's.
    [nobody, nobody.message, nobody.message],
    ["Kept in an old file.", "Kept in an old file.", "Kept in an old file."],
    [toFailure(Object.assign(new Error("Gone."), { code: "not-found" })), "Gone.", "Gone."],
    [[null, undefined, ""], "", ""],
    [null, "", ""],
  ];
  for (const [said, english, chinese] of cases) {
    assert.equal(inEnglish(said), english);
    await setLanguage("en");
    assert.equal(translate(said), english);
    await setLanguage("zh");
    assert.equal(translate(said), chinese);
  }
  await setLanguage("en");
});

test("an error stays what it is on its way through a port", () => {
  const failure = toFailure(new FailureError("bad-setting.unknown", "“{name}” is not a setting.", { name: "x" }));
  assert.deepEqual(failure, {
    code: "bad-setting",
    key: "bad-setting.unknown",
    values: { name: "x" },
    message: "“x” is not a setting.",
  });
  assert.deepEqual(toFailure(fromFailure(structuredClone(failure))), failure);
});

test("all that the list of checkpoints tells is told in Chinese", async () => {
  const { CATALOGUE, fits, choosePrecision } = await import("../../www/js/catalogue/catalogue.js").then(
    async (catalogue) => ({ ...catalogue, ...(await import("../../www/js/catalogue/cost.js")) }),
  );
  const { CONSTANTS } = await import("./support/engine.js");
  const { bytes } = CONSTANTS;
  const machines = /** @type {const} */ ([
    { kind: "cpu", maxBufferBytes: 0, memoryBytes: 8e9, bytes },
    { kind: "webgpu", maxBufferBytes: 1, memoryBytes: 8e9, bytes },
    { kind: "webgpu", maxBufferBytes: 0, memoryBytes: null, bytes },
    { kind: "webgpu", maxBufferBytes: 0, memoryBytes: 1e9, bytes },
    { kind: "webgpu", maxBufferBytes: 0, memoryBytes: 3e9, bytes },
    { kind: "webgpu", maxBufferBytes: 0, memoryBytes: 64e9, bytes },
  ]);
  await setLanguage("zh");
  const left = CATALOGUE.flatMap((model) => [
    model.what,
    model.licence.note,
    ...machines.flatMap((machine) => [
      choosePrecision(model, machine).why,
      ...["f32", "f16", "int8"].map((precision) => fits(model, /** @type {any} */ (precision), 0, machine).sentence),
    ]),
  ])
    .map(translate)
    .filter((sentence) => !/\p{Script=Han}/u.test(sentence) || /[a-z]{3,} [a-z]{3,}/.test(sentence));
  assert.deepEqual([...new Set(left)], []);
  await setLanguage("en");
});
