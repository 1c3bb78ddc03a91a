// @ts-check
/**
 * Two places for the save of a run, written in turn: while one is being written the other is whole. A save is its bytes
 * and, written last, a manifest that vouches for them. So a crash at any moment costs what was trained since, and
 * nothing torn, cut off or changed is ever believed.
 *
 * @typedef {import("../../storage/opfs.js").Directory} Directory
 *
 * @typedef {object} About            what a save says of itself
 * @property {number} step
 * @property {string} name            of the run
 * @property {number} savedAt         ms since 1970
 * @property {string} family
 * @property {string} preset
 * @property {number} seed
 * @property {"shipped"|"scratch"} [start]   weights it grew from
 *
 * @typedef {About & {bytes: number, sha256: string}} Manifest
 * @typedef {{bytes: Uint8Array, about: About, damaged: number}} Saved   `damaged`: newer saves that are not sound
 */
import { FailureError } from "../../base/errors.js";
import { fileIn, isFull, lock, removeFile, writeAll } from "../../storage/opfs.js";
import { seal, unseal } from "../../storage/sealed-record.js";

const SLOTS = ["0", "1"];
/** @param {string} slot */
const dataName = (slot) => `run.${slot}.data`;
/** @param {string} slot */
const manifestName = (slot) => `run.${slot}.manifest`;

export class Slots {
  /** The slot of the newest sound save, which the next one must not touch. @type {string | null | undefined} */
  #sound;
  #serial = 0;

  /** @param {Directory} directory */
  constructor(directory) {
    this.directory = directory;
  }

  /** The newest sound save. @returns {Promise<Saved | null>} */
  async load() {
    const found = await Promise.all(SLOTS.map((slot) => this.#sealed(slot)));
    const newestFirst = found
      .flatMap((manifest, i) => (manifest ? [{ ...manifest, slot: SLOTS[i] }] : []))
      .sort((a, b) => b.serial - a.serial);
    // A torn manifest counts as a damaged save, a missing one as none: that is how an unfinished save looks.
    let damaged = await this.#torn(found);
    this.#serial = newestFirst[0]?.serial ?? 0;
    this.#sound = null;
    for (const { slot, value } of newestFirst) {
      const bytes = await this.#vouched(slot, value);
      if (!bytes) damaged++;
      else return ((this.#sound = slot), { bytes, about: aboutOf(value), damaged });
    }
    return null;
  }

  /** Beside the newest sound save, which stays if this fails. @param {Uint8Array} bytes @param {About} about */
  async save(bytes, about) {
    if (this.#sound === undefined) await this.load();
    const slot = SLOTS.find((name) => name !== this.#sound) ?? "0";
    const serial = this.#serial + 1;
    /** @type {Manifest} */
    const manifest = { ...about, bytes: bytes.length, sha256: await sha256(bytes) };
    await removeFile(this.directory, manifestName(slot));
    try {
      await this.#write(dataName(slot), bytes);
      await this.#write(manifestName(slot), new TextEncoder().encode(seal(manifest, serial)));
    } catch (error) {
      if (!isFull(error)) throw error;
      for (const name of [manifestName(slot), dataName(slot)]) await removeFile(this.directory, name); // room for whoever else needs it
      throw new FailureError(
        "disk-full",
        "The disk, or what this browser may use of it, is full: the earlier save stays and training goes on; free some space, or export the run.",
      );
    }
    this.#sound = slot;
    this.#serial = serial;
  }

  /** Forgets every save. */
  async clear() {
    for (const slot of SLOTS)
      for (const name of [manifestName(slot), dataName(slot)]) await removeFile(this.directory, name);
    this.#sound = null;
  }

  /** @param {string} name @param {Uint8Array} bytes */
  async #write(name, bytes) {
    const handle = await lock(this.directory, name);
    if (!handle)
      throw new FailureError("in-use", "The save is in use by another tab: close that tab, or export the run.");
    try {
      handle.truncate(0);
      writeAll(handle, bytes, 0);
      handle.flush();
    } finally {
      handle.close();
    }
  }

  /** @param {string} slot @returns {Promise<{value: Manifest, serial: number} | null>} */
  async #sealed(slot) {
    const file = await fileIn(this.directory, manifestName(slot));
    return file && unseal(await file.text());
  }

  /** @param {(object | null)[]} found  manifests that are whole */
  async #torn(found) {
    const files = await Promise.all(SLOTS.map((slot) => fileIn(this.directory, manifestName(slot))));
    return files.filter((file, i) => file && !found[i]).length;
  }

  /** The bytes of a slot, if they are what the manifest says. @param {string} slot @param {Manifest} manifest */
  async #vouched(slot, manifest) {
    const file = await fileIn(this.directory, dataName(slot));
    if (file?.size !== manifest.bytes) return null;
    const bytes = new Uint8Array(await file.arrayBuffer());
    return (await sha256(bytes)) === manifest.sha256 ? bytes : null;
  }
}

/** @param {Manifest} manifest @returns {About} */
function aboutOf({ bytes, sha256, ...about }) {
  return about;
}

/** @param {Uint8Array} bytes */
async function sha256(bytes) {
  const hash = await crypto.subtle.digest("SHA-256", /** @type {Uint8Array<ArrayBuffer>} */ (bytes));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
