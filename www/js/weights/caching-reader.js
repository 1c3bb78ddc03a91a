// @ts-check
/** A reader that keeps what it reads, and reads what is kept. */

/**
 * @param {import("./reader.js").Reader} reader  asked only for what is not kept
 * @param {import("./cache-entry.js").Entry} entry
 * @returns {import("./reader.js").Reader}
 */
export function keeping(reader, entry) {
  return {
    get name() {
      return entry.record.name;
    },
    get size() {
      return entry.size ?? reader.size;
    },
    get sha256() {
      return reader.sha256 ?? entry.record.announced;
    },
    async read(at, count) {
      const bytes = new Uint8Array(count);
      for (const { offset, length, at: keptAt } of entry.pieces(at, count)) {
        const target = bytes.subarray(offset - at, offset - at + length);
        if (keptAt !== null && (await entry.read(keptAt, target))) continue;
        target.set(await fetched(reader, entry, offset, length));
        if (keptAt === null) await entry.append(offset, target);
      }
      return bytes;
    },
    get kept() {
      return entry.kept;
    },
    discard: () => entry.discard(),
    finish: (sha256) => entry.finish(sha256),
    async close() {
      await reader.close();
      await entry.close();
    },
  };
}

/**
 * @param {import("./reader.js").Reader} reader @param {import("./cache-entry.js").Entry} entry
 * @param {number} offset @param {number} length
 */
async function fetched(reader, entry, offset, length) {
  try {
    return await reader.read(offset, length);
  } catch (error) {
    // Parts of two versions of a file are worth nothing.
    if (/** @type {any} */ (error)?.code === "changed") await entry.discard();
    throw error;
  }
}
