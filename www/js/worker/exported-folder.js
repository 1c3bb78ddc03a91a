// @ts-check
/** An exported folder as a Blob, which browsers keep on disk once it is large. */

/** What lies on the heap at most. */
const PART_BYTES = 64 << 20;

/** @param {(sink: (chunk: Uint8Array) => void) => Promise<void>} write   gives the bytes in their order @returns {Promise<Blob>} */
export async function blobOf(write, partBytes = PART_BYTES) {
  /** @type {Blob[]} */
  const parts = [];
  /** @type {BlobPart[]} */
  let chunks = [];
  let waiting = 0;
  const flush = () => {
    parts.push(new Blob(chunks));
    [chunks, waiting] = [[], 0];
  };
  await write((chunk) => {
    chunks.push(/** @type {Uint8Array<ArrayBuffer>} */ (chunk));
    waiting += chunk.length;
    if (waiting >= partBytes) flush();
  });
  flush();
  return new Blob(parts, { type: "application/zip" });
}
