// @ts-check
/** Sentences that cross by key and values (base/messages.js), in the reader's language. */
import { inEnglish, filled } from "../base/messages.js";
import { joint, sentenceIn } from "./words.js";

/** @typedef {import("../base/messages.js").Text} Text */

/** One or several. What the language has no sentence for stays English: better that than nothing. @param {Text | null | undefined | (Text | null | undefined)[]} said @returns {string} */
export function translate(said) {
  if (Array.isArray(said)) return said.map(translate).filter(Boolean).join(joint());
  if (!said || typeof said === "string") return said ?? "";
  const text = sentenceIn(said.key);
  return text === undefined ? inEnglish(said) : filled(text, said.values, translate);
}
