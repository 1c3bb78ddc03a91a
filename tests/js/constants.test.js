// @ts-check
/**
 * What is the engine's has no copy on the page: kinds of violations and of masks, the alarm's threshold and release, the
 * share from which a label is sure, bytes a weight takes. Their words are the page's own, and complete.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { en } from "../../www/js/language/en.js";
import { codeOf } from "../../scripts/imports.js";
import { MODULES, textOf } from "./support/modules.js";

/** Names of a Rust enum, as its `id` or serde gives them. @param {string} file @param {RegExp} of  its body */
function namesIn(file, of) {
  const body = readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8").match(of)?.[1] ?? "";
  return [...body.matchAll(/Self::(\w+)/g)].map(([, name = ""]) =>
    name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase(),
  );
}

const VIOLATIONS = namesIn("world/pair.rs", /ALL: \[Self; \d+\] = \[([^\]]*)\]/);
const MASKS = namesIn("mask.rs", /ALL: \[Self; \d+\] = \[([^\]]*)\]/);

/** Keys of words after a prefix. @param {string} prefix */
const wordsAfter = (prefix) =>
  Object.keys(en)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
    .sort();

test("every kind of violation and of mask has its words, and no other has", () => {
  assert.ok(VIOLATIONS.length >= 9 && MASKS.length >= 3, "they are read from the Rust sources");
  assert.deepEqual(wordsAfter("law."), [...VIOLATIONS].sort());
  assert.deepEqual(wordsAfter("exam.kind."), [...VIOLATIONS].sort());
  assert.deepEqual(wordsAfter("mask."), MASKS.flatMap((name) => [name, `${name}.note`]).sort());
});

/** Quoted names one after the other, as in a list or in a type. */
const LIST = /(?:["'`][\w-]+["'`]\s*[,|]\s*)+["'`][\w-]+["'`]/g;

/** More than so many of these names stand in one list. @param {string} text @param {string[]} names @param {number} most */
const lists = (text, names, most) =>
  [...text.matchAll(LIST)].some(([list]) => names.filter((name) => list.includes(`"${name}"`)).length > most);

/** What of the engine's a module says again. @param {string} path @param {string} text */
function copiesIn(path, text) {
  const code = codeOf(text);
  return [
    lists(text, VIOLATIONS, 2) && "kinds of violations", // a probe asks for "colour" and "shape", too
    lists(text, MASKS, 1) && "kinds of masks",
    /\b(threshold|release|sure)\b\s*[:=]\s*\d/i.test(code) && "a number of the alarm or of trust",
    /\b(f32|f16|int8)\b\s*:\s*(\d|inputs|\w+\s*[+*])/.test(code) && "bytes a weight takes",
  ]
    .filter(Boolean)
    .map((what) => `${path}: ${what}`);
}

/** Words are the page's own; the benchmark stands apart. @param {string} path */
const isHeld = (path) => !/^(language|bench)\//.test(path);

test("the page has no copy of what the engine says", () => {
  assert.deepEqual(
    MODULES.filter(isHeld).flatMap((path) => copiesIn(path, textOf(path))),
    [],
  );
});

test("a copy that comes back is found", () => {
  for (const [text, what] of [
    ['const KINDS = ["vanish", "teleport", "colour", "reverse"];', "kinds of violations"],
    ['/** @typedef {"vanish"|"vanish-hidden"|"teleport"|"size"} Violation */', "kinds of violations"],
    ['const MASKS = ["short", "long", "future"];', "kinds of masks"],
    ['const table = { mask: oneOf("short", "long", "future") };', "kinds of masks"],
    ['/** @typedef {"short"|"long"|"future"} MaskKind */', "kinds of masks"],
    ["export const THRESHOLD = 6;", "a number of the alarm or of trust"],
    ["  #threshold = 6;", "a number of the alarm or of trust"],
    ["  #data = { points: [], marks: [], threshold: 6 };", "a number of the alarm or of trust"],
    ["const RELEASE = 0.6;", "a number of the alarm or of trust"],
    ["export const SURE = 0.8;", "a number of the alarm or of trust"],
    ["const row = { f32: 4 * inputs, f16: 2 * inputs, int8: inputs + 4 }[precision];", "bytes a weight takes"],
  ])
    assert.deepEqual(copiesIn("x.js", text ?? ""), [`x.js: ${what}`], text);
});
