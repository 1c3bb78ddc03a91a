// @ts-check
/**
 * The browser's private file system in memory, with its rules: one sync handle a file, which keeps the file from being
 * removed; what was not flushed is lost in a crash; a quota.
 */

/** @typedef {{bytes: Uint8Array, flushed: Uint8Array, locked: boolean}} FakeFile */

/** @param {string} name @param {string} [message] */
const failure = (name, message = name) => new DOMException(message, name);

/** The browser's, with folders that can be cleared. */
export class FakeStorage {
  /** @type {Map<string, FakeDirectory>} */
  folders = new Map();
  /** The folder itself, which tests look into. @param {string} name */
  folder(name) {
    const folder = this.folders.get(name) ?? new FakeDirectory();
    this.folders.set(name, folder);
    return folder;
  }
  async getDirectory() {
    return { getDirectoryHandle: async (/** @type {string} */ name) => this.folder(name) };
  }
  /** All that the page keeps is gone, and what it held open with it. */
  clear() {
    for (const folder of this.folders.values()) {
      folder.files.clear();
      folder.gone = true;
    }
    this.folders.clear();
  }
}

export class FakeDirectory {
  /** @type {Map<string, FakeFile>} */
  files = new Map();
  quota = Infinity;
  /** Bytes a write stops short at the quota, as some browsers do, rather than throwing. */
  shortWrites = false;
  sync = true;
  /** Somebody cleared all that the page keeps. */
  gone = false;

  get used() {
    return [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** @param {string} name @param {{create?: boolean}} [options] */
  async getFileHandle(name, { create = false } = {}) {
    if (this.gone) throw failure("NotFoundError");
    if (!this.files.has(name)) {
      if (!create) throw failure("NotFoundError");
      this.files.set(name, { bytes: new Uint8Array(0), flushed: new Uint8Array(0), locked: false });
    }
    const file = /** @type {FakeFile} */ (this.files.get(name));
    const getFile = async () => new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (file.bytes)]);
    return this.sync ? { getFile, createSyncAccessHandle: async () => this.#handle(file) } : { getFile };
  }

  /** @param {string} name */
  async removeEntry(name) {
    const file = this.files.get(name);
    if (!file) throw failure("NotFoundError");
    if (file.locked) throw failure("NoModificationAllowedError");
    this.files.delete(name);
  }

  async *keys() {
    if (this.gone) throw failure("NotFoundError");
    yield* [...this.files.keys()];
  }

  /** The tab dies: locks go, and so does what was not flushed. */
  crash() {
    for (const file of this.files.values()) {
      file.bytes = file.flushed;
      file.locked = false;
    }
  }

  /** @param {FakeFile} file */
  #handle(file) {
    if (file.locked) throw failure("NoModificationAllowedError");
    file.locked = true;
    let open = true;
    const check = () => {
      if (!open || !file.locked) throw failure("InvalidStateError");
    };
    return {
      read: (/** @type {Uint8Array} */ into, { at = 0 } = {}) => {
        check();
        const part = file.bytes.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      write: (/** @type {Uint8Array} */ bytes, { at = 0 } = {}) => {
        check();
        const room = this.quota - this.used;
        const grown = Math.max(0, at + bytes.length - file.bytes.length);
        if (grown > room && !this.shortWrites) throw failure("QuotaExceededError");
        const part = bytes.subarray(0, bytes.length - Math.max(0, grown - room));
        const next = new Uint8Array(Math.max(file.bytes.length, at + part.length));
        next.set(file.bytes);
        next.set(part, at);
        file.bytes = next;
        return part.length;
      },
      truncate: (/** @type {number} */ size) => {
        check();
        const next = new Uint8Array(size);
        next.set(file.bytes.subarray(0, size));
        file.bytes = next;
      },
      getSize: () => (check(), file.bytes.length),
      flush: () => (check(), void (file.flushed = file.bytes.slice())),
      close: () => {
        if (open) file.locked = false;
        if (open) file.flushed = file.bytes.slice();
        open = false;
      },
    };
  }
}
