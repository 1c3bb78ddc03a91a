// @ts-check
/** What the element's attributes say. One that can't be leaves the default in place, and says so. */
import { FailureError } from "../base/errors.js";

const DEVICES = /** @type {const} */ (["auto", "cpu", "webgpu"]);

/** @typedef {typeof DEVICES[number]} Device */
/** @template T @typedef {{value: T, problem: string | null}} Said   `problem`: why it is the default */

/** In deviations; null: the engine's own. @param {string | null} text @returns {Said<number | null>} */
export function thresholdOf(text) {
  if (text === null) return { value: null, problem: null };
  const value = Math.fround(text.trim() ? Number(text) : NaN); // as the engine holds it
  if (Number.isFinite(value) && value > 0) return { value: Number(text), problem: null };
  return { value: null, problem: `The threshold “${text}” is no number above 0, so the usual one is used.` };
}

/** @param {string | null} text @returns {Said<Device>} */
export function deviceOf(text) {
  const value = text === null ? "auto" : DEVICES.find((device) => device === text.trim().toLowerCase());
  return value
    ? { value, problem: null }
    : { value: "auto", problem: `The device “${text}” is none of ${DEVICES.join(", ")}, so auto is used.` };
}

/** What is watched: "camera", an address, or with null a video inside. @param {string | null} text @param {string} base */
export function sourceOf(text, base) {
  const src = text?.trim();
  if (!src) return null;
  return src.toLowerCase() === "camera" ? "camera" : addressOf("src", src, base);
}

/** @param {string} attribute @param {string} text @param {string} base @returns {string} */
export function addressOf(attribute, text, base) {
  if (!URL.canParse(text, base))
    throw new FailureError(
      "bad-address",
      `“${text}” in ${attribute} is no address: give one that begins with https://, or one relative to the page.`,
    );
  return new URL(text, base).href;
}
