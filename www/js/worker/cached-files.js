// @ts-check
/** What the page is told of the files kept in this browser. */

/** @typedef {import("../weights/store.js").Store} Store */

/** @param {Store | null} store @returns {Promise<import("../engine/protocol.js").Keeping>} */
export async function keepingOf(store) {
  if (!store) return { kept: [], usage: null };
  const files = await store.list();
  const kept = files.map((file) => ({ ...file, size: file.size ?? 0, sha256: file.sha256 ?? "" }));
  return { kept, usage: await store.usage() };
}
