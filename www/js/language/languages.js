// @ts-check
/**
 * Every language of the page: a file with a table, and a line here. All else follows: what `lang` in the address may be, the
 * buttons, what suits a reader's browser. What a table lacks is said in English.
 *
 * @typedef {object} Table
 * @property {string} tag       for `lang`, so that screen readers and fonts know
 * @property {string} name      of the language, in itself
 * @property {string} [dates]   tag by which dates and times are written, if not `tag`
 * @property {string} joint     between two sentences
 * @property {Partial<Record<keyof typeof import("./en.js").en, string>>} words   of the page, by their key
 * @property {Record<string, string>} messages   errors, notices and the like (base/messages.js), by theirs
 */
export { default as en } from "./en.js";
export { default as zh } from "./zh.js";
