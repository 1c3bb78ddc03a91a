// @ts-check
/** The other side of autosave-client.js: the slots in the browser's private file system, one call at a time in each folder. */
import { FailureError, toFailure } from "../../base/errors.js";
import { openFolder } from "../../storage/opfs.js";
import { Slots } from "./autosave-slots.js";

const port = /** @type {import("../../worker/host.js").Port} */ (/** @type {unknown} */ (globalThis));

/** A folder's slots, and when its last call is answered. @type {Map<string, {slots?: Promise<Slots>, tail: Promise<void>}>} */
const folders = new Map();

port.onmessage = ({ data }) => {
  const folder = folders.get(data.folder) ?? { tail: Promise.resolve() };
  folders.set(data.folder, folder);
  folder.tail = folder.tail.then(() => answer(data));
};

/** @param {import("./autosave-client.js").VaultRequest} request */
async function answer({ id, folder, call, args: [bytes, about] }) {
  try {
    const open = await slotsOf(folder);
    const value =
      call === "load" ? await open.load() : call === "save" ? await open.save(bytes, about) : await open.clear();
    port.postMessage({ id, value }, value ? [value.bytes.buffer] : []);
  } catch (error) {
    port.postMessage({ id, error: toFailure(error) }, []);
  }
}

/** @param {string} name */
async function slotsOf(name) {
  const folder = /** @type {{slots?: Promise<Slots>}} */ (folders.get(name));
  try {
    return await (folder.slots ??= openSlots(name));
  } catch {
    folder.slots = undefined; // perhaps the next time
    if (!globalThis.isSecureContext)
      throw new FailureError(
        "no-storage.insecure",
        "Browsers keep files only for pages that come over https or from localhost, so nothing is saved here: export the run to keep it.",
      );
    throw new FailureError(
      "no-storage",
      "This browser keeps nothing for this page, as in some private windows and sandboxed frames: export the run to keep it.",
    );
  }
}

/** @param {string} name */
async function openSlots(name) {
  return new Slots(await openFolder(navigator.storage, name));
}
