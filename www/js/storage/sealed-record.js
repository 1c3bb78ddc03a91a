// @ts-check
/**
 * The index of a kept file. It is written to two files in turn, each with a serial number and a checksum: while one is
 * being written the other one is whole, so a crash costs what was kept since, and nothing torn is ever believed.
 *
 * @typedef {object} Index
 * @property {string} key
 * @property {string} name
 * @property {string} url
 * @property {number | null} size
 * @property {string | null} etag       or its hash, or the date of its last change
 * @property {import("./extents.js").Extent[]} extents
 * @property {boolean} complete         everything the engine asked for is here
 * @property {string | null} sha256     of all that was read, as the engine found it
 * @property {string | null} announced  SHA-256 of the whole file, as its host tells
 * @property {number} savedAt           ms since 1970
 * @property {number} lastUsed
 */
import { areExtents, endOf } from "./extents.js";
import { fileIn, writeText } from "./opfs.js";

const SLOTS = ["0", "1"];

/** @param {string} key */
export const dataName = (key) => `${key}.data`;
/** @param {string} key */
export const recordNames = (key) => SLOTS.map((slot) => `${key}.${slot}`);

/** @param {string} text  FNV-1a over its UTF-16 units */
export function checksum(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** A first line that vouches for the rest. @param {any} value @param {number} serial */
export function seal(value, serial) {
  const text = JSON.stringify(value);
  return `kept 1 ${serial} ${checksum(`${serial} ${text}`)}\n${text}`;
}

/** What was sealed, an object; null if any of it is missing or changed. @param {string} sealed @returns {{value: any, serial: number} | null} */
export function unseal(sealed) {
  const [, serial, sum, text] = /^kept 1 (\d{1,15}) ([0-9a-f]{8})\n(.*)$/s.exec(sealed) ?? [];
  if (text === undefined || checksum(`${serial} ${text}`) !== sum) return null;
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? { value, serial: Number(serial) } : null;
  } catch {
    return null; // by a wrong sum that fits, or by somebody's hand
  }
}

/**
 * The newest whole index of a kept file; null where there is none to trust.
 * @param {import("./opfs.js").Directory} directory @param {string} key
 * @returns {Promise<{record: Index, serial: number} | null>}
 */
export async function readRecord(directory, key) {
  const files = await Promise.all(recordNames(key).map((name) => fileIn(directory, name)));
  const found = await Promise.all(files.map(async (file) => file && unseal(await file.text())));
  const newest = found.filter((slot) => slot !== null).sort((a, b) => b.serial - a.serial)[0];
  const data = await fileIn(directory, dataName(key));
  if (!newest || !data) return null;
  const record = /** @type {Index} */ (newest.value);
  const sound = record.key === key && areExtents(record.extents) && data.size >= endOf(record.extents);
  return sound ? { record, serial: newest.serial } : null;
}

/** @param {import("./opfs.js").Directory} directory @param {Index} record @param {number} serial */
export const writeRecord = (directory, record, serial) =>
  writeText(directory, recordNames(record.key)[serial % SLOTS.length], seal(record, serial));
