// @ts-check
/**
 * Files of weights as the engine reads them: some bytes at a time, mostly in ascending order, never the whole.
 *
 * @typedef {object} Reader         one read at a time
 * @property {string} name
 * @property {number | null} size   null where the host does not tell
 * @property {string | null} sha256   of the whole file, in hex, where its host tells
 * @property {(at: number, count: number) => Promise<Uint8Array>} read   exactly `count` bytes, or a FailureError
 * @property {boolean} [kept]       all that was read is kept in this browser
 * @property {() => Promise<void>} [discard]   forgets what is kept of it
 * @property {(sha256?: string) => Promise<void>} finish   all that is needed was read: what was kept of it is complete
 * @property {() => Promise<void> | void} close
 */
import { FailureError } from "../base/errors.js";
import { tooShort } from "./weight-errors.js";
import { keeping } from "./caching-reader.js";
import { UrlReader } from "./url-reader.js";

/** @param {Blob} blob @param {string} name @returns {Reader} */
export function openBlob(blob, name) {
  return {
    name,
    size: blob.size,
    sha256: null,
    async read(at, count) {
      if (at + count > blob.size) throw tooShort(name);
      try {
        return new Uint8Array(await blob.slice(at, at + count).arrayBuffer());
      } catch {
        throw new FailureError(
          "file-unreadable",
          "{name} can no longer be read, perhaps because it was moved or changed: choose it again.",
          { name },
        );
      }
    },
    async finish() {},
    close() {},
  };
}

/**
 * A file at an address, and what is kept of it from earlier visits. Where all of it is kept, nothing is asked of the host.
 * @param {string} url @param {import("./url-reader.js").UrlOptions & {store?: import("./store.js").Store | null}} [options]
 * @returns {Promise<Reader>}
 */
export async function openUrl(url, options = {}) {
  const { store } = options;
  const kept = await store?.find(url);
  if (store && kept?.complete) {
    const { size, etag, announced } = kept;
    const entry = await store.open(kept);
    const known = { size, ...(announced === etag ? {} : asValidator(etag)) };
    if (entry) return keeping(new UrlReader(url, { ...options, known }), entry);
  }
  const reader = await new UrlReader(url, options).open();
  try {
    await reader.hold();
  } catch (error) {
    reader.close();
    throw error;
  }
  const { size, etag, modified } = reader.facts;
  const version = options.announced ?? etag ?? modified;
  const entry = await store?.open({ url, name: reader.name, size, etag: version, announced: reader.sha256 });
  return entry ? keeping(reader, entry) : reader;
}

/** A kept `etag` is a date where the host sends no ETag. @param {string | null} etag */
function asValidator(etag) {
  return etag === null || /^(W\/)?"/.test(etag) ? { etag } : { modified: etag };
}
