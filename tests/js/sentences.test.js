// @ts-check
/** Sentences that were told in English, in the reader's language: found whole, one after the other, with their values. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";

const { document } = /** @type {any} */ (
  Object.assign(globalThis, { document: { documentElement: {}, querySelectorAll: () => [] } })
);
void document;
const { setLanguage } = await import("../../www/js/language/words.js");
const { inWords } = await import("../../www/js/language/sentences.js");
const { zhSentences } = await import("../../www/js/language/zh-sentences.js");

const ROOT = new URL("../../", import.meta.url);
/** @param {string} folder @param {string} end @param {RegExp} [but] @returns {string[]} contents */
const sources = (folder, end, but = /^$/) =>
  readdirSync(fileURLToPath(new URL(folder, ROOT)), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end) && !name.startsWith("language/") && !but.test(name))
    .map((name) => readFileSync(new URL(`${folder}/${name}`, ROOT), "utf8"));

/** Holes, however they are written, without names. @param {string} text */
const bare = (text) => text.replace(/\{[^{}]*\}/g, "{}");

/** All texts of the engine, errors above all. */
const rust = sources("src", ".rs")
  .flatMap((code) => [...code.matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)])
  .map(([, text = ""]) => text.replace(/\\\n\s*/g, "").replaceAll('\\"', '"'));
/** All texts in the page's modules. */
const page = sources("www/js", ".js").flatMap((code) => {
  const joined = code.replace(/" \+\s*"/g, "");
  const plain = [...joined.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map(([, text = ""]) => text); // those within templates, too
  const all = [...joined.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    ([, plain, filled]) => plain ?? (filled ?? "").replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "{}"),
  );
  return [...plain, ...all];
});

test("in English a sentence stays what it is", () => {
  setLanguage("en");
  for (const sentence of ["The exam was cancelled.", "", "Whatever."]) assert.equal(inWords(sentence), sentence);
});

test("in Chinese it is found by its English, and keeps its values", () => {
  setLanguage("zh");
  const told = {
    "The exam was cancelled.": "测验已取消。",
    "Only 3 of 16 frames are here yet: play the source a little longer.":
      "需要 16 帧，目前只有 3 帧：请让画面再播放一会儿。",
    'There is a class "my cup" already: choose another name.': "已经有类别“my cup”：请另取一个名字。",
    // One after the other.
    "The GPU device was lost (hung). The engine was rebuilt and goes on from training step 12.":
      "GPU 设备丢失了（hung）。引擎已重建，从训练第 12 步继续。",
    "The CPU engine computes in f32. int8 was chosen.": "CPU 引擎以 f32 计算。选择了 int8。",
    // A value that is a sentence of the table, and one that has sentences in it that are not.
    "a.bin could not be fetched: check the connection; if it works, example.org may not let pages read its files, so download it with your browser and drop it here.":
      "a.bin 未能获取：请检查网络连接；若连接正常，可能是 example.org 不让网页读取其文件，那么请用浏览器下载，再拖到这里。",
    "The engine crashed (Out of bounds. At 3.).": "引擎崩溃了（Out of bounds. At 3.）。",
    "Resumed “Run 1” at step 1,200, saved on 3 Nov, 10:00. A newer save was damaged and is not used.":
      "已恢复“Run 1”，第 1,200 步，保存于 3 Nov, 10:00。更新的一份存档已损坏，没有使用。",
    "It starts from random weights, because those that come with the page could not be opened (The page lacks a.bin: reload it, or start from scratch).":
      "从随机权重开始，因为页面自带的权重无法打开（页面缺少 a.bin：请重新加载，或从头开始）。",
    "It starts from random weights, because those that come with the page could not be opened (a.bin could not be fetched: check the connection; if it works, b.org may not let pages read its files, so download it with your browser and drop it here).":
      "从随机权重开始，因为页面自带的权重无法打开（a.bin 未能获取：请检查网络连接；若连接正常，可能是 b.org 不让网页读取其文件，那么请用浏览器下载，再拖到这里）。",
    "The CPU runs it: WebGPU was tried and failed (The GPU device was lost (x).).":
      "由 CPU 运行：试过 WebGPU，但失败了（GPU 设备丢失了（x））。",
    // A term of the recipe.
    "The weight of the regulariser must be between 0 and 100, not -1: change it.":
      "正则项的权重 须在 0 与 100 之间，而不是 -1：请修改。",
    "The share of training scenes with a pillar must be between 0 and 1, not 2: change it.":
      "有柱子的训练场景所占比例 须在 0 与 1 之间，而不是 2：请修改。",
    // Not in the table.
    "Nobody foresaw this.": "Nobody foresaw this.",
  };
  for (const [english, chinese] of Object.entries(told)) assert.equal(inWords(english), chinese);
  setLanguage("en");
  assert.equal(inWords("The exam was cancelled."), "The exam was cancelled.");
});

test("both sides have the same values, and the Chinese one is Chinese", () => {
  const names = (/** @type {string} */ text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const [english, chinese] of zhSentences) {
    assert.deepEqual(names(chinese), names(english), english);
    assert.match(chinese, /\p{Script=Han}/u, english);
    assert.equal(/[.!?]$/.test(english), /[。！？]$/.test(chinese), english);
  }
  assert.equal(new Set(zhSentences.map(([english]) => bare(english))).size, zhSentences.length, "each once");
});

test("every sentence of the table is still told somewhere", () => {
  // Where settings of an address are refused, the end of a sentence is put in the place of its point.
  const told = new Set([...rust, ...page].flatMap((text) => [bare(text), bare(text).replace(/\.$/, "; {}.")]));
  const patterns = [...told]
    .filter((text) => text.replaceAll("{}", "").length >= 8)
    .map(
      (text) =>
        new RegExp(
          `^${text
            .split("{}")
            .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
            .join(".*")}$`,
          "s",
        ),
    );
  // A hole may stand for what is written out there.
  const written = (/** @type {string} */ english) =>
    new RegExp(
      `^${english
        .split("{}")
        .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".+")}$`,
    );
  const gone = zhSentences
    .map(([english]) => bare(english))
    .filter(
      (english) =>
        !told.has(english) &&
        ![...told].some((text) => written(english).test(text)) &&
        ![...told].some((text) => text.includes(english)) &&
        !patterns.some((pattern) => pattern.test(english)),
    );
  assert.deepEqual(gone, []);
});

test("every error that is thrown has its sentence", () => {
  setLanguage("zh");
  const thrown = sources("www/js", ".js")
    .flatMap((code) => [...code.matchAll(/new FailureError\(\s*"[^"]+",\s*("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/g)])
    .map(([, text = ""]) => text.slice(1, -1).replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "{}"));
  const errors = sources("src", ".rs")
    .flatMap((code) => [...code.matchAll(/#\[error\(\s*"((?:[^"\\]|\\[\s\S])*)"/g)])
    .map(([, text = ""]) => text.replace(/\\\n\s*/g, "").replaceAll('\\"', '"'));
  assert.ok(thrown.length > 40 && errors.length > 60, `${thrown.length} and ${errors.length}`);
  // The element speaks English; one error only passes on what it is told.
  const own =
    /^There is nothing to watch|^The model \{\} could not be fetched|^“\{\}” in \{\} is no address|^\{\} The procedural world|^\{message\}$/;
  const missing = [...thrown, ...errors].filter(
    (text) => !own.test(text) && !/\p{Script=Han}/u.test(inWords(text.replace(/\{[^{}]*\}/g, "x1"))),
  );
  assert.deepEqual(missing, []);
  setLanguage("en");
});

/** Whole sentences in the page's modules and the engine that are told without being thrown, and that no one reads in the page. */
const UNREAD = new Set([
  "Frames are given as bytes: a Uint8Array of RGBA, [frames, size, size, 4].",
  "A run is given as bytes: a Uint8Array, as exportRun makes it.",
  "A project is given as bytes: a Uint8Array, as saveProject makes it.", // bad calls of window.vjepa
  "It lets pages read its files.",
  "This host is not known to let pages read its files. Download the file as usual, then drop it here.",
  "The page has no #{}.",
  "Only a part was written.", // programming and storage errors, caught where they arise
]);

test("every sentence that may be told has its Chinese, thrown or not", () => {
  setLanguage("zh");
  const code = (/** @type {string} */ text) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*/g, "$1");
  const texts = ["www/js", "src"]
    .flatMap((folder) => sources(folder, folder === "src" ? ".rs" : ".js", /^(bench|ui|element|bin)\b|-view\.js$/))
    .flatMap((text) => [
      ...(code(text)
        .split("#[cfg(test)]")[0]
        ?.replace(/" \+\s*"/g, "")
        .matchAll(/"((?:[^"\\]|\\[\s\S])*)"|`((?:[^`\\]|\\.)*)`/g) ?? []),
    ])
    .map(([, plain, filled]) =>
      (plain ?? filled ?? "")
        .replace(/\\\n\s*/g, "")
        .replaceAll('\\"', '"')
        .replace(/\$?\{(?:[^{}]|\{[^{}]*\})*\}/g, "{}"),
    )
    .filter((text) => /^[A-Z“{].{12,}[.!?]$/s.test(text) && /[a-z]+ [a-z]+ [a-z]+/.test(text) && !UNREAD.has(text));
  // Two have a value that is a sentence or a part of one; these are in the table as they end.
  const missing = texts.filter(
    (text) =>
      !/^\{\} The procedural|^Its SHA-256 is the one/.test(text) &&
      !/\p{Script=Han}/u.test(inWords(text.replaceAll("{}", "x1"))),
  );
  assert.ok(texts.length > 150, String(texts.length));
  assert.deepEqual([...new Set(missing)], []);
  setLanguage("en");
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
  setLanguage("zh");
  const left = CATALOGUE.flatMap((model) => [
    model.what,
    model.licence.note,
    ...machines.flatMap((machine) => [
      choosePrecision(model, machine).why,
      ...["f32", "f16", "int8"].map((precision) => fits(model, /** @type {any} */ (precision), 0, machine).sentence),
    ]),
  ]).filter((sentence) => !/\p{Script=Han}/u.test(inWords(sentence)) || /[a-z]{3,} [a-z]{3,}/.test(inWords(sentence)));
  assert.deepEqual([...new Set(left)], []);
  setLanguage("en");
});
