// @ts-check
/**
 * Sentences that were thrown or told in English with their values in them (errors of the engine, of files and hosts, notices),
 * in the reader's language. Whoever throws one need not know the page; whoever shows one says `inWords(sentence)`.
 *
 * A sentence is found by its English, as with gettext, and what stands in its holes is taken over. What is not in the table
 * stays English: better that than nothing.
 */
import { language } from "./words.js";
import { zhSentences } from "./zh-sentences.js";

/**
 * @typedef {object} Rule
 * @property {RegExp} strict     the sentence alone; no value has another sentence in it
 * @property {RegExp} start      the same at the start of several
 * @property {RegExp} loose      the sentence alone, whatever the values
 * @property {string} chinese
 */
const HOLE = /\{(\w+)\}/;
const WITHIN = "(?:(?!\\.\\s).)+?";
/** Answers that are remembered: views ask the same at every change. */
const REMEMBERED = 500;

/** The most particular first: those that begin with words of their own, then those with the most of them. @returns {Rule[]} */
const made = () =>
  [...zhSentences]
    .sort(([a], [b]) => Number(a.startsWith("{")) - Number(b.startsWith("{")) || ownText(b) - ownText(a))
    .map(([english, chinese]) => {
      /** @param {string} hole @param {string} after */
      const pattern = (hole, after) => {
        const pieces = english
          .split(HOLE)
          .map((piece, i) => (i % 2 ? `(?<${piece}>${hole})` : piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
        return new RegExp(`^${pieces.join("")}${after}`, "s");
      };
      return {
        strict: pattern(WITHIN, "$"),
        start: pattern(WITHIN, "\\s+(?=\\S)"),
        loose: pattern(".+?", "$"),
        chinese,
      };
    });

/** @type {Map<string, string>} */
const known = new Map();
/** Made when they are first asked for: most readers never need them. @type {Rule[] | undefined} */
let rules;

/** @param {string} sentence  one or several @returns {string} */
export function inWords(sentence) {
  if (language() === "en" || !sentence) return sentence;
  const before = known.get(sentence);
  if (before !== undefined) return before;
  if (known.size >= REMEMBERED) known.clear();
  const words = translated(sentence.trim());
  known.set(sentence, words);
  return words;
}

/** @param {string} text @returns {string} */
function translated(text) {
  const whole = alone(text, "strict");
  if (whole !== null) return whole;
  for (const { start, chinese } of (rules ??= made())) {
    const found = start.exec(text);
    if (found) return filled(chinese, found) + translated(text.slice(found[0].length));
  }
  return alone(text, "loose") ?? text;
}

/** @param {string} text @param {"strict" | "loose"} how @returns {string | null} */
function alone(text, how) {
  for (const rule of (rules ??= made())) {
    const found = rule[how].exec(text);
    if (found) return filled(rule.chinese, found);
  }
  return null;
}

/** @param {string} chinese @param {RegExpExecArray} found */
function filled(chinese, found) {
  return chinese.replace(new RegExp(HOLE, "g"), (hole, name) => {
    const value = found.groups?.[name];
    return value === undefined ? hole : (inner(value, chinese.endsWith(hole)) ?? value);
  });
}

/** A sentence within another one has no point of its own, unless it ends it. @param {string} value @param {boolean} ends @returns {string | null} */
function inner(value, ends) {
  const said = alone(value, "strict") ?? alone(`${value}.`, "strict");
  return said && !ends ? said.replace(/。$/, "") : said;
}

/** @param {string} english */
function ownText(english) {
  return english.replace(new RegExp(HOLE, "g"), "").length;
}
