// @ts-check
/**
 * Keeps what was read of files at addresses in the browser's private file system, so that the second time needs no
 * network. Of each file there are the data as they came and an index of what lies where (sealed-record.js).
 *
 * @typedef {import("../storage/opfs.js").Directory} Directory
 * @typedef {import("../storage/sealed-record.js").Index} Index
 *
 * @typedef {object} Kept           what the page lists
 * @property {string} key
 * @property {string} name
 * @property {string} url
 * @property {number} bytes         kept
 * @property {number | null} size   of the whole file
 * @property {boolean} complete     everything the engine asked for is here
 * @property {string | null} sha256
 * @property {number} savedAt
 *
 * @typedef {object} StoreRealm     tests bring their own
 * @property {StorageManager | undefined} storage
 * @property {() => number} now
 * @property {(problem: FailureError) => void} onProblem   why nothing more is kept of a file; loading goes on
 */
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";
import { Entry } from "./cache-entry.js";
import { bytesIn } from "../storage/extents.js";
import { fileIn, lock, openFolder, removeFile, writeText } from "../storage/opfs.js";
import { dataName, readRecord, recordNames, seal, unseal } from "../storage/sealed-record.js";

const FOLDER = "weights";
const DATA = ".data";
const SOURCE = ".source";

/**
 * Null where the browser has no private file system, as in private windows of some. Keeping works in workers only;
 * listing and removing everywhere.
 * @param {Partial<StoreRealm>} [realm] @returns {Promise<Store | null>}
 */
export async function openStore({
  storage = globalThis.navigator?.storage,
  now = Date.now,
  onProblem = () => {},
} = {}) {
  try {
    return new Store(await openFolder(storage, FOLDER), { storage, now, onProblem });
  } catch {
    return null;
  }
}

export class Store {
  /** @param {Directory} directory @param {StoreRealm} realm */
  constructor(directory, realm) {
    this.directory = directory;
    this.realm = realm;
  }

  /** What is kept of the file at an address. @param {string} url @returns {Promise<Index | null>} */
  async find(url) {
    const kept = await readRecord(this.directory, await keyOf(url)).catch(() => null); // unreadable is as good as not there
    return kept?.record ?? null;
  }

  /**
   * Opens what is kept of a file, or begins to keep it; null where that cannot be, or another tab is at it. What was
   * kept of another version of the file is thrown away.
   * @param {{url: string, name: string, size: number | null, etag: string | null, announced?: string | null}} file
   * @returns {Promise<Entry | null>}
   */
  async open({ url, name, size, etag, announced = null }) {
    const key = await keyOf(url);
    try {
      const handle = await lock(this.directory, dataName(key));
      const kept = await readRecord(this.directory, key);
      const same = kept && kept.record.size === size && kept.record.etag === etag ? kept : null;
      if (!handle) return same?.record.complete ? this.#openToRead(same) : null;
      if (!same) await this.#clear(key, handle);
      const now = this.realm.now();
      const record = same?.record ?? {
        key,
        name,
        url,
        size,
        etag,
        extents: [],
        complete: false,
        sha256: null,
        announced,
        savedAt: now,
        lastUsed: now,
      };
      const entry = new Entry(
        this.directory,
        { record, serial: same?.serial ?? 0 },
        { handle, blob: null },
        this.realm,
      );
      await entry.touch();
      return entry;
    } catch {
      return null;
    }
  }

  /** Whatever cannot be trusted any more is removed on the way. @returns {Promise<Kept[]>} newest first */
  async list() {
    const names = await this.#names();
    const keys = names.filter((name) => name.endsWith(DATA)).map((name) => name.slice(0, -DATA.length));
    const found = await Promise.all(keys.map((key) => readRecord(this.directory, key)));
    for (const key of keys.filter((_, i) => !found[i])) await removeFile(this.directory, dataName(key)); // not if locked
    return found
      .flatMap((kept) => kept?.record ?? [])
      .map(({ extents, key, name, url, size, complete, sha256, savedAt }) => ({
        key,
        name,
        url,
        bytes: bytesIn(extents),
        size,
        complete,
        sha256,
        savedAt,
      }))
      .sort((a, b) => b.savedAt - a.savedAt);
  }

  /** Removes a kept file, and what was remembered of where it came from. @param {string} key */
  async remove(key) {
    const record = (await readRecord(this.directory, key))?.record;
    if (!(await removeFile(this.directory, dataName(key)))) {
      throw new FailureError(
        "in-use.file",
        "{name} is being read: wait until it is loaded, or close the other tab that loads it.",
        { name: record?.name ?? message("this-file", "This file") },
      );
    }
    for (const name of recordNames(key)) await removeFile(this.directory, name);
    for (const name of (await this.#names()).filter((name) => name.endsWith(SOURCE))) {
      const source = await this.#sealed(name);
      if (!Array.isArray(source?.urls) || source.urls.includes(record?.url)) await removeFile(this.directory, name);
    }
  }

  /** What the browser says of the space this page uses and may use, in bytes. */
  async usage() {
    const { storage } = this.realm;
    const { usage = 0, quota = 0 } = (await storage?.estimate?.().catch(() => null)) ?? {};
    return { used: usage, quota, persisted: (await storage?.persisted?.().catch(() => false)) ?? false };
  }

  /** Asks the browser not to clear what is kept when disk space runs low. */
  async persist() {
    return (await this.realm.storage?.persist?.().catch(() => false)) ?? false;
  }

  /**
   * Remembers what a source was found to be made of, beside the files it names.
   * @param {string} source @param {{urls: string[]} & Record<string, any>} found
   */
  async remember(source, found) {
    // Without it the next visit asks the host again.
    await writeText(this.directory, `${await keyOf(source)}${SOURCE}`, seal(found, 0)).catch(() => {});
  }

  /** What was remembered, if all its files are kept. @param {string} source @returns {Promise<any>} */
  async recall(source) {
    const found = await this.#sealed(`${await keyOf(source)}${SOURCE}`).catch(() => null);
    if (!Array.isArray(found?.urls)) return null;
    const kept = await Promise.all(found.urls.map((/** @type {string} */ url) => this.find(url)));
    return kept.every((record) => record?.complete) ? found : null;
  }

  /** @param {{record: Index, serial: number}} kept */
  async #openToRead(kept) {
    const blob = await fileIn(this.directory, dataName(kept.record.key));
    return new Entry(this.directory, kept, { handle: null, blob }, this.realm);
  }

  /** @param {string} key @param {import("../storage/opfs.js").SyncHandle} handle */
  async #clear(key, handle) {
    for (const name of recordNames(key)) await removeFile(this.directory, name);
    handle.truncate(0);
    handle.flush();
  }

  /** @param {string} name */
  async #sealed(name) {
    const file = await fileIn(this.directory, name);
    return file && (unseal(await file.text())?.value ?? null);
  }

  async #names() {
    const names = [];
    for await (const name of this.directory.keys()) names.push(name);
    return names;
  }
}

/** A file name for any text. @param {string} text */
export async function keyOf(text) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
