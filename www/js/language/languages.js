// @ts-check
/**
 * Every language of the page: how it is called, and where its table is. All else follows: what `lang` in the address may be,
 * the buttons, what suits a reader's browser. A table is fetched when its language is first chosen; what it lacks is said in
 * English, whose table is always there.
 *
 * @typedef {object} Spoken
 * @property {string} tag       for `lang`, so that screen readers and fonts know
 * @property {string} name      of the language, in itself
 * @property {string} [dates]   tag by which dates and times are written, if not `tag`
 * @property {string} joint     between two sentences
 * @property {() => Promise<{default: Table}>} table
 *
 * @typedef {object} Table
 * @property {Partial<Record<keyof typeof import("./en.js").en, string>>} words   of the page, by their key
 * @property {Record<string, string>} messages   errors, notices and the like (base/messages.js), by theirs
 */
import english from "./en.js";

/** @type {(it: Spoken) => Spoken} */
const spoken = (it) => it;

/** By the name that `lang` in the address has for it. */
export const LANGUAGES = {
  en: spoken({ tag: "en", name: "English", dates: "en-GB", joint: " ", table: async () => ({ default: english }) }),
  zh: spoken({ tag: "zh-CN", name: "简体中文", joint: "", table: () => import("./zh.js") }),
};
