// @ts-check
/**
 * Reaches the slots, which live in a worker: only there may files be written in place, and hashing a save would hold up
 * the page.
 *
 * @typedef {import("./slots.js").About} About
 * @typedef {import("./slots.js").Saved} Saved
 *
 * @typedef {object} Vault            tests use `Slots` themselves
 * @property {() => Promise<Saved | null>} load
 * @property {(bytes: Uint8Array, about: About) => Promise<void>} save   takes the bytes
 * @property {() => Promise<void>} clear
 *
 * @typedef {{id: number, call: "load"|"save"|"clear", args: any[]}} VaultRequest
 * @typedef {{id: number, value?: any, error?: import("./protocol.js").Failure}} VaultReply
 */
import { fromFailure } from "./errors.js";

/** @param {string} folder  of the browser's private file system @returns {Vault} */
export function openVault(folder) {
  const worker = new Worker(new URL("./vault-worker.js", import.meta.url), { type: "module", name: folder });
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  const waiting = new Map();
  let ids = 0;
  worker.onmessage = ({ data }) => {
    const { id, value, error } = /** @type {VaultReply} */ (data);
    const call = waiting.get(id);
    waiting.delete(id);
    if (error) call?.reject(fromFailure(error));
    else call?.resolve(value);
  };
  worker.onerror = () => {
    for (const { reject } of waiting.values()) reject(new Error("The worker that keeps saves did not start: update the browser or reload the page."));
    waiting.clear();
  };
  /** @param {VaultRequest["call"]} call @param {any[]} args @param {Transferable[]} [transfer] @returns {Promise<any>} */
  const ask = (call, args, transfer = []) =>
    new Promise((resolve, reject) => {
      waiting.set(++ids, { resolve, reject });
      worker.postMessage({ id: ids, call, args }, transfer);
    });
  return {
    load: () => ask("load", []),
    save: (bytes, about) => ask("save", [bytes, about], [bytes.buffer]),
    clear: () => ask("clear", []),
  };
}
