// @ts-check
/** Which modules a JavaScript module takes at run time, read from its text. The types that JSDoc imports are none of them. */

/** How modules name a worker's file. */
export const WORKER = /\bnew URL\(\s*["'](\.{1,2}\/[^"'\n]+\.js)["'],\s*import\.meta\.url\s*\)/g;

/** How modules name each other: statically, when needed, or as a worker's file. */
const NAMES = [/\bfrom\s*["'](\.{1,2}\/[^"'\n]+)["']/g, /\bimport\s*\(?\s*["'`](\.{1,2}\/[^"'`\n]+)["'`]/g, WORKER];

/** A slash and star within a text, as in "video/*", begin none. */
const COMMENT = /(?<![\w"'`])\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;

/** The code without its comments. @param {string} text */
export const codeOf = (text) => text.replace(COMMENT, "");

/** @param {string} text @returns {string[]} */
export const commentsOf = (text) => text.match(COMMENT) ?? [];

/** Relative addresses of what a module imports, each once. @param {string} text @returns {string[]} */
export function importsOf(text) {
  const code = codeOf(text);
  return [...new Set(NAMES.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name = ""]) => name)))];
}
