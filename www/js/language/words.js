// @ts-check
/**
 * What the page says, in the reader's language: a table each (languages.js), with the keys of the English one.
 *
 * A text with holes such as `{step}` gets values for them. An element says a key for good by `data-t`, and one of its
 * attributes by `data-t-title` and the like: such texts follow the language by themselves. In them a hole is filled by
 * the child with that name in `data-part`, so that a link or an emphasis can stand anywhere in a sentence.
 *
 * @typedef {keyof typeof LANGUAGES} Language
 * @typedef {keyof typeof en} Key
 * @typedef {Record<string, string | number>} Values
 */
import { filled } from "../base/messages.js";
import english, { en } from "./en.js";
import { LANGUAGES } from "./languages.js";

/** Names of all languages, in alphabetical order. */
export const NAMES = /** @type {Language[]} */ (Object.keys(LANGUAGES).sort());
const HOLE = /\{(\w+)\}/;

/** @type {Language} */
let current = "en";
/** Chosen last; its table may still be on its way. @type {Language} */
let wanted = "en";
/** Of `current`. @type {import("./languages.js").Table} */
let table = english;
/** @type {Set<() => void>} */
const listeners = new Set();

export const language = () => current;

/** A language as it is offered. @param {Language} name */
export const nameOf = (name) => ({ tag: LANGUAGES[name].tag, name: LANGUAGES[name].name });

/** By which dates and times are written. */
export const locale = () => LANGUAGES[current].dates ?? LANGUAGES[current].tag;

/** What stands between two sentences. */
export const joint = () => LANGUAGES[current].joint;

/** A sentence of base/messages.js, with its holes, if the language has it. @param {string} key @returns {string | undefined} */
export const sentenceIn = (key) => table.messages[key];

/** The first of the reader's languages that there is a table of. @param {readonly string[]} wanted  as `navigator.languages` @returns {Language} */
export function preferred(wanted) {
  for (const tag of wanted) {
    const [first] = tag.toLowerCase().split("-");
    const known = NAMES.find((name) => name === first);
    if (known) return known;
  }
  return "en";
}

/** @param {Key} key @param {Values} [values]  one for each hole */
export function t(key, values = {}) {
  return filled(textOf(key), values);
}

/** With its holes. @param {Key} key @returns {string} */
const textOf = (key) => table.words[key] ?? en[key];

/**
 * Everything is said in this language as soon as its table is there, unless another was chosen meanwhile. Fails where the
 * table can't be fetched: then the language stays.
 * @param {Language} next
 */
export async function setLanguage(next) {
  if (next === wanted) return;
  const before = wanted;
  wanted = next;
  try {
    const fetched = (await LANGUAGES[next].table()).default;
    if (wanted !== next) return;
    [current, table] = [next, fetched];
  } catch (error) {
    if (wanted === next) wanted = before;
    throw error;
  }
  document.documentElement.lang = LANGUAGES[next].tag;
  document.title = t("page.title");
  translateAll(document);
  for (const listener of listeners) listener();
}

/** Called when the language has changed, for what is drawn rather than written. @param {() => void} listener */
export function onLanguage(listener) {
  listeners.add(listener);
}

/** Says everything below that has a key. @param {ParentNode} root */
export function translateAll(root) {
  for (const element of root.querySelectorAll("[data-t]"))
    fill(element, /** @type {Key} */ (element.getAttribute("data-t")));
  for (const name of ["aria-label", "title"]) {
    for (const element of root.querySelectorAll(`[data-t-${name}]`))
      element.setAttribute(name, t(/** @type {Key} */ (element.getAttribute(`data-t-${name}`))));
  }
}

/** @param {Element} element @param {Key} key */
function fill(element, key) {
  const pieces = textOf(key).split(HOLE);
  if (pieces.length === 1) {
    element.textContent = pieces[0] ?? "";
    return;
  }
  const parts = new Map([...element.children].map((child) => [child.getAttribute("data-part"), child]));
  // Every second piece is the name of a hole.
  element.replaceChildren(...pieces.map((piece, i) => (i % 2 ? (parts.get(piece) ?? `{${piece}}`) : piece)));
}
