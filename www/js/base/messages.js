// @ts-check
/**
 * Sentences as they cross between modules, threads and engine: a key of their own and their values, so that a language is
 * a table by key (language/translate.js); and their English, which stands where they arise and nowhere else.
 *
 * @typedef {object} Message
 * @property {string} key       stable; a table of sentences has it under this name
 * @property {Values} values    what fills its holes
 * @property {string} message   in English, filled
 *
 * @typedef {Record<string, string | number | Message>} Values
 * @typedef {Message | string} Text   a text of others (an old file's, a name) stays as it is
 */

/** @param {string} key @param {string} text  English, with holes such as `{name}` @param {Values} [values] @returns {Message} */
export const message = (key, text, values = {}) => ({ key, values, message: filled(text, values) });

/**
 * A text with its holes filled. A sentence within another one has no point of its own, unless it ends it.
 * @param {string} text @param {Values} values @param {(message: Message) => string} [translate]  of a value that is a message
 */
export function filled(text, values, translate = ({ message }) => message) {
  return text.replace(/\{(\w+)\}/g, (hole, name, at) => {
    const value = values[name];
    if (value === undefined || value === null) return hole;
    if (typeof value !== "object") return String(value);
    const words = translate(value);
    return at + hole.length === text.length ? words : words.replace(/[.。]$/, "");
  });
}

/** One or several in English. @param {Text | null | undefined | (Text | null | undefined)[]} said @returns {string} */
export function inEnglish(said) {
  if (Array.isArray(said)) return said.map(inEnglish).filter(Boolean).join(" ");
  return typeof said === "string" ? said : (said?.message ?? "");
}
