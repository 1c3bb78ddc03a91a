// @ts-check
/**
 * Whether the files that were read are the published ones.
 *
 * @typedef {import("../catalogue/catalogue.js").Released} Released
 * @typedef {import("../engine/protocol.js").CheckpointSource} CheckpointSource
 * @typedef {import("../weights/reader.js").Reader} Reader
 */
import { CATALOGUE } from "../catalogue/catalogue.js";
import { FailureError } from "../base/errors.js";

/**
 * Throws "hash-mismatch" for a file that is not what its publisher announces, and forgets what was kept of it.
 * @param {Reader[]} readers @param {string[]} found   SHA-256 of each, where they were read as a whole; else empty
 * @param {CheckpointSource} source @param {Released | undefined} known
 * @returns {Promise<string>} one sentence if all are the published ones, else ""
 */
export async function checkHashes(readers, found, source, known) {
  if (!found.length) return "";
  if (source.from === "files") return sentenceOfFiles(found);
  const expected = readers.map(({ sha256 }) => sha256 ?? (readers.length === 1 ? catalogued(source, known) : null));
  for (const [i, hash] of expected.entries()) {
    if (hash === null || hash === found[i]) continue;
    await readers[i].discard?.();
    throw mismatch(readers[i].name, hash, found[i]);
  }
  return expected.includes(null)
    ? ""
    : `Its SHA-256 is the one that was published${readers.length > 1 ? ", in all parts" : ""}.`;
}

/** A file that somebody has may be anything: it is verified if it is a released one. @param {string[]} found */
function sentenceOfFiles(found) {
  const released = found.length === 1 ? CATALOGUE.find(({ sha256 }) => sha256 === found[0]) : undefined;
  return released ? `Its SHA-256 is that of ${released.title}, as it was published.` : "";
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
    `${name} is not the file that was published, whose SHA-256 begins ${short(expected)} and not ${short(found)}: load it again, or from elsewhere.`,
  );
}
