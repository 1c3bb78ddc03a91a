// @ts-check
/**
 * Reaches the slots, which live in a worker: only there may files be written in place, and hashing a save would hold up
 * the page.
 *
 * @typedef {import("./autosave-slots.js").About} About
 * @typedef {import("./autosave-slots.js").Saved} Saved
 *
 * @typedef {object} AutosaveClient            tests use `Slots` themselves
 * @property {() => Promise<Saved | null>} load
 * @property {(bytes: Uint8Array, about: About) => Promise<void>} save   takes the bytes
 * @property {() => Promise<void>} clear
 *
 * @typedef {{id: number, folder: string, call: "load"|"save"|"clear", args: any[]}} VaultRequest
 * @typedef {{id: number, value?: any, error?: import("../../engine/protocol.js").Failure}} VaultReply
 */
import { FailureError, fromFailure } from "../../base/errors.js";
import { moduleWorker } from "../../base/module-worker.js";

/**
 * Clients of one worker, for a folder each.
 * @returns {(folder: string) => AutosaveClient} of the browser's private file system
 */
export function openVaults() {
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  const waiting = new Map();
  /** Why there is no worker, once that is known: it answers nobody, then. @type {FailureError | null} */
  let refused = null;
  let ids = 0;
  const refuse = () => {
    refused = new FailureError(
      "no-vault",
      "The worker that keeps saves did not start, so nothing is saved here: export the run to keep it, and reload the page or update the browser.",
    );
    for (const { reject } of waiting.values()) reject(refused);
    waiting.clear();
  };
  const worker = started(refuse, ({ id, value, error }) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error) call?.reject(fromFailure(error));
    else call?.resolve(value);
  });
  /** @param {string} folder @param {VaultRequest["call"]} call @param {any[]} args @param {Transferable[]} [transfer] @returns {Promise<any>} */
  const ask = (folder, call, args, transfer = []) =>
    new Promise((resolve, reject) => {
      if (refused) return reject(refused);
      waiting.set(++ids, { resolve, reject });
      worker?.postMessage({ id: ids, folder, call, args }, transfer);
    });
  return (folder) => ({
    load: () => ask(folder, "load", []),
    save: (bytes, about) => ask(folder, "save", [bytes, about], [bytes.buffer]),
    clear: () => ask(folder, "clear", []),
  });
}

/** @param {() => void} refuse  it cannot be had @param {(reply: VaultReply) => void} receive */
function started(refuse, receive) {
  try {
    const worker = moduleWorker(new URL("./autosave-worker.js", import.meta.url));
    worker.onmessage = ({ data }) => receive(data);
    worker.onerror = refuse;
    return worker;
  } catch {
    refuse();
    return undefined;
  }
}
