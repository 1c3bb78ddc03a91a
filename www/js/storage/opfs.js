// @ts-check
/**
 * The part of the browser's private file system (OPFS) that is used here; tests bring their own.
 *
 * @typedef {object} SyncHandle     of FileSystemSyncAccessHandle: in workers, and one a file at a time in all tabs
 * @property {(bytes: Uint8Array, options: {at: number}) => number} read
 * @property {(bytes: Uint8Array, options: {at: number}) => number} write
 * @property {(size: number) => void} truncate
 * @property {() => number} getSize
 * @property {() => void} flush
 * @property {() => void} close
 *
 * @typedef {object} FileHandle
 * @property {() => Promise<Blob>} getFile
 * @property {() => Promise<SyncHandle>} [createSyncAccessHandle]   rejects with NoModificationAllowedError while another is open
 *
 * @typedef {object} Directory
 * @property {(name: string, options?: {create?: boolean}) => Promise<FileHandle>} getFileHandle
 * @property {(name: string) => Promise<void>} removeEntry
 * @property {() => AsyncIterable<string>} keys
 */

/** @param {any} error @param {string[]} names */
const isNamed = (error, ...names) => names.includes(error?.name);

/** @param {unknown} error */
export const isMissing = (error) => isNamed(error, "NotFoundError");
/** @param {unknown} error */
export const isLocked = (error) => isNamed(error, "NoModificationAllowedError", "InvalidStateError");
/** @param {unknown} error */
export const isFull = (error) => isNamed(error, "QuotaExceededError");

/**
 * A folder, made if need be; and made anew for what is written after somebody cleared all that the page keeps.
 * @param {StorageManager | undefined} storage @param {string} name @returns {Promise<Directory>}
 */
export async function openFolder(storage, name) {
  const open = async () => {
    const root = await /** @type {StorageManager} */ (storage).getDirectory();
    return /** @type {Directory} */ (/** @type {unknown} */ (await root.getDirectoryHandle(name, { create: true })));
  };
  let folder = await open();
  /** @param {unknown} error */
  const anew = async (error) => {
    if (!isMissing(error)) throw error;
    return (folder = await open());
  };
  return {
    async getFileHandle(file, options) {
      try {
        return await folder.getFileHandle(file, options);
      } catch (error) {
        if (!options?.create) throw error;
        return (await anew(error)).getFileHandle(file, options);
      }
    },
    removeEntry: (file) => folder.removeEntry(file),
    async *keys() {
      try {
        yield* folder.keys();
      } catch (error) {
        yield* (await anew(error)).keys();
      }
    },
  };
}

/** A file as a Blob; null where there is none. @param {Directory} directory @param {string} name */
export async function fileIn(directory, name) {
  try {
    return await (await directory.getFileHandle(name)).getFile();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** True if there is none afterwards. @param {Directory} directory @param {string} name */
export async function removeFile(directory, name) {
  try {
    await directory.removeEntry(name);
    return true;
  } catch (error) {
    return isMissing(error);
  }
}

/**
 * Access for reading and writing; null where the browser has none here, or another tab has it.
 * @param {Directory} directory @param {string} name @returns {Promise<SyncHandle | null>}
 */
export async function lock(directory, name) {
  const file = await directory.getFileHandle(name, { create: true });
  if (!file.createSyncAccessHandle) return null;
  try {
    return await file.createSyncAccessHandle();
  } catch (error) {
    if (isLocked(error)) return null;
    throw error;
  }
}

/** Replaces what a file holds. A partial write says so by a QuotaExceededError. @param {Directory} directory @param {string} name @param {string} text */
export async function writeText(directory, name, text) {
  const handle = await lock(directory, name);
  if (!handle) return;
  try {
    const bytes = new TextEncoder().encode(text);
    handle.truncate(0);
    writeAll(handle, bytes, 0);
    handle.flush();
  } finally {
    handle.close();
  }
}

/** @param {SyncHandle} handle @param {Uint8Array} bytes @param {number} at */
export function writeAll(handle, bytes, at) {
  if (handle.write(bytes, { at }) !== bytes.length)
    throw new DOMException("Only a part was written.", "QuotaExceededError");
}
