// @ts-check
import { Host } from "../../../www/js/worker/host.js";
import { Clock, fakeModule } from "./engine.js";

/** A Host with fake engines; `ask` sends a request and waits for its reply. @param {any} [options] */
export function setUp({
  adapter = { name: "Fine GPU", software: false },
  cpuMs = 10,
  gpuMs = 1,
  simd = true,
  store = null,
  memoryBytes = null,
  cores = 1,
  receive,
} = {}) {
  const clock = new Clock();
  const cpu = fakeModule("cpu", { clock, lookMs: cpuMs, stepMs: cpuMs });
  const gpu = fakeModule("webgpu", { clock, lookMs: gpuMs, stepMs: gpuMs, adapter: "" });
  /** @type {string[]} */
  const loaded = [];
  /** @type {any} */
  let events;
  /** @type {(error: any) => void} */
  let stray = () => {};
  /** @type {any[]} */
  const sent = [];
  /** Replies and notices in the order they were posted. @type {string[]} */
  const order = [];
  /** @type {Map<number, (reply: any) => void>} */
  const replies = new Map();
  /** @type {import("../../../www/js/worker/host.js").Port} */
  const port = {
    onmessage: null,
    postMessage: (message) => {
      order.push(message.notice ?? "reply");
      receive?.(message);
      if ("notice" in message) sent.push(message);
      else replies.get(message.id)?.(message);
    },
  };
  /** @type {any} */
  const realm = {
    load: async (/** @type {"cpu"|"webgpu"} */ kind) => (loaded.push(kind), kind === "cpu" ? cpu : gpu),
    findAdapter: async () => adapter,
    keptTiles: { read: async () => null, write: async () => {} },
    watchGpu: (/** @type {any} */ on) => (
      (events = on),
      { subgroup: () => null, bytes: () => 0, loseDevice: () => on.lost("destroyed"), stop() {} }
    ),
    onStrayError: (/** @type {any} */ listener) => ((stray = listener), () => {}),
    rgba: () => new Uint8Array(16),
    picture: (/** @type {any} */ bitmap) => ({
      rgba: new Uint8Array(4 * bitmap.width * bitmap.height),
      width: bitmap.width,
      height: bitmap.height,
    }),
    openStore: async () => store,
    fetch: (/** @type {any} */ url, /** @type {any} */ init) => fetch(url, init),
    memoryBytes,
    cores,
    // Workers that never answer.
    startHelper: () => ({ post() {}, close() {} }),
    sleep: () => new Promise(() => {}),
    hasSimd: () => simd,
    now: () => clock.now,
    webgpu: true,
    userAgent: "Firefox/140",
  };
  const host = new Host(port, realm);
  let ids = 0;
  /** @param {any} request @returns {Promise<any>} */
  const ask = (request) =>
    new Promise((resolve) => {
      const id = ++ids;
      replies.set(id, resolve);
      port.onmessage?.(/** @type {any} */ ({ data: { ...request, id } }));
    });
  /** @param {string} name */
  const notices = (name) => sent.filter(({ notice }) => notice === name);
  return {
    host,
    port,
    ask,
    notices,
    order,
    loaded,
    cpu,
    gpu,
    clock,
    realm,
    lose: () => events.lost("reset"),
    stray: (/** @type {any} */ error) => stray(error),
  };
}
