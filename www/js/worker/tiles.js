// @ts-check
/**
 * Which variants of the kernels are the fastest on this adapter: measured where it is met for the first time, and kept by
 * its name.
 *
 * @typedef {import("../engine/protocol.js").EngineModule} EngineModule
 * @typedef {import("../storage/opfs.js").Directory} Directory
 *
 * @typedef {object} KeptTiles
 * @property {(adapter: string) => Promise<string | null>} read
 * @property {(adapter: string, found: string) => Promise<void>} write
 */
import { fileIn, writeText } from "../storage/opfs.js";

const FOLDER = "vjepa-tiles";

/**
 * Before the first engine is made. A software adapter has its own variants, which are not measured.
 * @param {EngineModule} module @param {{adapter: string, software: boolean}} device @param {number | null} subgroup  threads
 *   that every subgroup has at least: a browser tells only JS @param {KeptTiles} kept
 */
export async function chooseTiles(module, { adapter, software }, subgroup, kept) {
  if (software || !module.useTiles || !module.measureTiles) return;
  if (subgroup) module.useSubgroups?.(subgroup);
  const known = await kept.read(adapter).catch(() => null); // unreadable is as good as not there
  if (known && module.useTiles(known)) return;
  const found = await module.measureTiles();
  await kept.write(adapter, found).catch(() => {}); // measured again next time
}

/** In the browser's private file system, a file an adapter. @param {StorageManager} [storage] @returns {KeptTiles} */
export function keptTiles(storage = globalThis.navigator?.storage) {
  const folder = async () => {
    const root = await storage.getDirectory();
    const found = await root.getDirectoryHandle(FOLDER, { create: true });
    return /** @type {Directory} */ (/** @type {unknown} */ (found));
  };
  return {
    read: async (adapter) => (await (await fileIn(await folder(), encodeURIComponent(adapter)))?.text()) ?? null,
    write: async (adapter, found) => writeText(await folder(), encodeURIComponent(adapter), found),
  };
}
