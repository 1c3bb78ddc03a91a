// @ts-check
/** The other side of autosave-client.js: the slots in the browser's private file system, one call at a time. */
import { FailureError, toFailure } from "../../base/errors.js";
import { Slots } from "./autosave-slots.js";

/** Each vault is a worker, named after its folder. */
const FOLDER = self.name;

const port = /** @type {import("../../worker/host.js").Port} */ (/** @type {unknown} */ (globalThis));
/** @type {Promise<Slots> | undefined} */
let slots;
let tail = Promise.resolve();

port.onmessage = ({ data }) => {
  tail = tail.then(() => answer(data));
};

/** @param {import("./autosave-client.js").VaultRequest} request */
async function answer({ id, call, args: [bytes, about] }) {
  try {
    const open = await (slots ??= openSlots());
    const value =
      call === "load" ? await open.load() : call === "save" ? await open.save(bytes, about) : await open.clear();
    port.postMessage({ id, value }, value ? [value.bytes.buffer] : []);
  } catch (error) {
    port.postMessage({ id, error: toFailure(error) }, []);
  }
}

async function openSlots() {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    return new Slots(/** @type {import("../../storage/opfs.js").Directory} */ (/** @type {unknown} */ (folder)));
  } catch {
    slots = undefined; // perhaps the next time
    throw new FailureError(
      "no-storage",
      "This browser keeps nothing for this page, as in some private windows and sandboxed frames: export the run to keep it.",
    );
  }
}
