// @ts-check
/**
 * One kept file that is open: its data, its index, and the right to write both, which one tab at a time has.
 *
 * @typedef {import("../storage/opfs.js").Directory} Directory
 * @typedef {import("../storage/opfs.js").SyncHandle} SyncHandle
 * @typedef {import("../storage/sealed-record.js").Index} Index
 */
import { FailureError } from "../base/errors.js";
import { endOf, pieces, withExtent } from "../storage/extents.js";
import { isFull, removeFile, writeAll } from "../storage/opfs.js";
import { dataName, recordNames, writeRecord } from "../storage/sealed-record.js";

/** The index is written after this many bytes or ms, whichever comes first: what a crash may cost. */
const COMMIT_BYTES = 32 << 20;
const COMMIT_MS = 5000;

export class Entry {
  #uncommitted = 0;
  #committedAt;
  #end;

  /**
   * @param {Directory} directory
   * @param {{record: Index, serial: number}} index
   * @param {{handle: SyncHandle | null, blob: Blob | null}} data   a handle to read and write, or a Blob to read
   * @param {{now: () => number, onProblem: (problem: FailureError) => void}} realm
   */
  constructor(directory, { record, serial }, { handle, blob }, realm) {
    this.directory = directory;
    this.record = record;
    this.serial = serial;
    this.handle = handle;
    this.blob = blob;
    this.realm = realm;
    this.#end = endOf(record.extents);
    this.#committedAt = realm.now();
  }

  get size() {
    return this.record.size;
  }

  /** All of it is here, and was not given up. */
  get kept() {
    return this.record.complete && Boolean(this.handle ?? this.blob);
  }

  /** @param {number} offset @param {number} count */
  pieces(offset, count) {
    return pieces(this.record.extents, offset, count);
  }

  /** Fills `target` from what is kept at `at`; false if that can no longer be read. @param {number} at @param {Uint8Array} target */
  async read(at, target) {
    try {
      if (this.handle) return this.handle.read(target, { at }) === target.length;
      if (!this.blob) return false;
      target.set(new Uint8Array(await this.blob.slice(at, at + target.length).arrayBuffer()));
      return true;
    } catch {
      return false;
    }
  }

  /** Keeps bytes of the file that are not kept yet. @param {number} offset @param {Uint8Array} bytes */
  async append(offset, bytes) {
    if (!this.handle || bytes.length === 0) return;
    await this.#orGiveUp(async (handle) => {
      if (this.record.complete) await this.#reopen();
      writeAll(handle, bytes, this.#end);
      this.record.extents = withExtent(this.record.extents, [offset, bytes.length, this.#end]);
      this.#end += bytes.length;
      this.record.savedAt = this.realm.now();
      this.#uncommitted += bytes.length;
      const due = this.#uncommitted >= COMMIT_BYTES || this.realm.now() - this.#committedAt >= COMMIT_MS;
      if (due) await this.commit();
    });
  }

  /** Notes that it is used now, and that it is there at all. */
  async touch() {
    this.record.lastUsed = this.realm.now();
    await this.#orGiveUp(() => this.commit());
  }

  /** Everything the engine asked for has come. @param {string} [sha256]  of it, as the engine found it */
  async finish(sha256) {
    const { complete, sha256: before, name } = this.record;
    if (complete && sha256 && before && sha256 !== before) {
      await this.discard();
      throw new FailureError(
        "kept-damaged",
        "What was kept of {name} is no longer what was fetched, and was removed: load it again.",
        { name },
      );
    }
    this.record.complete = true;
    this.record.sha256 = sha256 ?? before;
    await this.#orGiveUp(() => this.commit());
  }

  /** Data first, then the index that speaks of it. */
  async commit() {
    if (!this.handle) return;
    this.handle.flush();
    this.serial += 1;
    await writeRecord(this.directory, this.record, this.serial);
    this.#uncommitted = 0;
    this.#committedAt = this.realm.now();
  }

  async close() {
    if (this.#uncommitted > 0) await this.#orGiveUp(() => this.commit());
    this.handle?.close();
    this.#letGo();
  }

  /** Removes all of it; from now on nothing is kept. */
  async discard() {
    this.handle?.close();
    this.#letGo();
    this.record.extents = [];
    this.record.complete = false;
    for (const name of [...recordNames(this.record.key), dataName(this.record.key)])
      await removeFile(this.directory, name);
  }

  /** More of a complete file is about to be kept; were it to stop half-way, it must not count as complete. */
  async #reopen() {
    this.record.complete = false;
    await this.commit();
  }

  /** Keeping is a service: where the disk is full or fails, loading goes on without it. @param {(handle: SyncHandle) => Promise<void>} work */
  async #orGiveUp(work) {
    if (!this.handle) return;
    try {
      await work(this.handle);
    } catch (error) {
      const { name } = this.record;
      const full = isFull(error);
      await this.discard().catch(() => {});
      this.realm.onProblem(full ? storageFull(name) : storageFailed(name));
    }
  }

  #letGo() {
    this.handle = null;
    this.blob = null;
    this.#uncommitted = 0;
  }
}

/** @param {string} name */
const storageFull = (name) =>
  new FailureError(
    "storage-full",
    "There is no room to keep {name} in this browser, so it will be fetched again next time: remove other kept models or free disk space.",
    { name },
  );

/** @param {string} name */
const storageFailed = (name) =>
  new FailureError(
    "storage-failed",
    "{name} could not be kept in this browser, so it will be fetched again next time.",
    { name },
  );
