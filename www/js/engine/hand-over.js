// @ts-check
/**
 * The engine that preload.js asked for before there was a worker. It is compiled here as it arrives, and handed to the host,
 * which then has nothing to fetch; where that fails, the host fetches it itself, and says why it can't.
 *
 * @typedef {import("./connect.js").Link["post"]} Post
 * @typedef {import("./protocol.js").DeviceKind} DeviceKind
 * @typedef {import("./protocol.js").Notice} Notice
 */
import { compilePreloaded, ENGINE_NAMES } from "../worker/load-wasm.js";

/** @param {(notice: Notice) => void} notify  of how far it is @returns {(post: Post) => void} hands it over, if there is one */
export function preloadedEngine(notify) {
  for (const kind of /** @type {DeviceKind[]} */ (["cpu", "webgpu"])) {
    const what = ENGINE_NAMES[kind];
    const compiled = compilePreloaded(kind, (loaded, total) => notify({ notice: "progress", loaded, total, what }));
    if (compiled) return (post) => handOver(kind, compiled, post);
  }
  return () => {};
}

/** @param {DeviceKind} kind @param {Promise<WebAssembly.Module | null>} compiled @param {Post} post */
function handOver(kind, compiled, post) {
  const { port1, port2 } = new MessageChannel();
  post({ type: "compiled", kind, port: port2 }, [port2]);
  compiled.then((module) => port1.postMessage(module));
}
