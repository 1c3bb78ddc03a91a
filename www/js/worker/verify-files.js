// @ts-check
/**
 * Whether the files that were read are the published ones.
 *
 * @typedef {import("../catalogue/catalogue.js").Released} Released
 * @typedef {import("../engine/protocol.js").CheckpointSource} CheckpointSource
 * @typedef {import("../weights/reader.js").Reader} Reader
 * @typedef {import("../base/messages.js").Message} Message
 */
import { message } from "../base/messages.js";
import { CATALOGUE } from "../catalogue/catalogue.js";
import { FailureError } from "../base/errors.js";

/**
 * Throws "hash-mismatch" for a file that is not what its publisher announces, and forgets what was kept of it.
 * @param {Reader[]} readers @param {string[]} found   SHA-256 of each, where they were read as a whole; else empty
 * @param {CheckpointSource} source @param {Released | undefined} known
 * @returns {Promise<Message | null>} what there is to say if all are the published ones
 */
export async function checkHashes(readers, found, source, known) {
  if (!found.length) return null;
  if (source.from === "files") return sentenceOfFiles(found);
  const expected = readers.map(({ sha256 }) => sha256 ?? (readers.length === 1 ? catalogued(source, known) : null));
  for (const [i, hash] of expected.entries()) {
    if (hash === null || hash === found[i]) continue;
    await readers[i].discard?.();
    throw mismatch(readers[i].name, hash, found[i]);
  }
  if (expected.includes(null)) return null;
  return readers.length > 1
    ? message("verified.parts", "Its SHA-256 is the one that was published, in all parts.")
    : message("verified.published", "Its SHA-256 is the one that was published.");
}

/** A file that somebody has may be anything: it is verified if it is a released one. @param {string[]} found */
function sentenceOfFiles(found) {
  const released = found.length === 1 ? CATALOGUE.find(({ sha256 }) => sha256 === found[0]) : undefined;
  if (!released) return null;
  const { title } = released;
  return message("verified.release", "Its SHA-256 is that of {title}, as it was published.", { title });
}

/** Other revisions have other hashes. @param {CheckpointSource} source @param {Released | undefined} known */
function catalogued(source, known) {
  return source.from === "hub" && source.revision ? null : known?.sha256 || null;
}

/** @param {string} name @param {string} expected @param {string} found */
function mismatch(name, expected, found) {
  const short = (/** @type {string} */ hash) => `${hash.slice(0, 12)}…`;
  return new FailureError(
    "hash-mismatch",
    "{name} is not the file that was published, whose SHA-256 begins {expected} and not {found}: load it again, or from elsewhere.",
    { name, expected: short(expected), found: short(found) },
  );
}
