/** What a page holds: JavaScript heaps after a collection, WebAssembly and GPU memory, its files, and all that its processes take. */
import { readFileSync } from "node:fs";
import { wasmBytes } from "./watched.js";

/** Sends to the workers of a page as well. @param {import("playwright-core").Page} page */
async function devtools(page) {
  const session = await page.context().newCDPSession(page);
  /** @type {Map<string, string>} */
  const workers = new Map();
  const waiting = new Map();
  let ids = 0;
  session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => workers.set(sessionId, targetInfo.url));
  session.on("Target.detachedFromTarget", ({ sessionId }) => workers.delete(sessionId));
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { id, result } = JSON.parse(message);
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const ask = (sessionId, method) =>
    new Promise((resolve) => {
      waiting.set(++ids, resolve);
      session
        .send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id: ids, method }) })
        .catch(resolve);
    });
  return { session, workers, ask };
}

/** @param {number} pid */
function residentBytes(pid) {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

/** @typedef {{page: number, workers: number, wasm: number, gpu: number, files: number, renderer: number, gpuProcess: number}} Held   in bytes */

/**
 * @param {import("playwright-core").Browser} browser @param {import("playwright-core").Page} page
 * @returns {Promise<() => Promise<Held>>} measures
 */
export async function heaps(browser, page) {
  const { session, workers, ask } = await devtools(page);
  const machine = await browser.newBrowserCDPSession();
  const collected = async () => {
    await session.send("HeapProfiler.collectGarbage");
    await Promise.all([...workers.keys()].map((id) => ask(id, "HeapProfiler.collectGarbage")));
  };
  return async () => {
    // What one heap lets go of may hold parts of another: a second round finds it.
    for (let round = 0; round < 2; round++) {
      await collected();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const used = await Promise.all([...workers.keys()].map((id) => ask(id, "Runtime.getHeapUsage")));
    const { processInfo } = await machine.send("SystemInfo.getProcessInfo");
    const resident = (type) =>
      Math.max(0, ...processInfo.filter((one) => one.type === type).map(({ id }) => residentBytes(id)));
    const [gpu, files] = await page.evaluate(async () => [
      window.vjepa?.state().gpuBytes ?? 0,
      (await navigator.storage.estimate()).usageDetails?.fileSystem ?? 0,
    ]);
    return {
      page: usedSize,
      workers: used.reduce((sum, heap) => sum + (heap?.usedSize ?? 0), 0),
      wasm: await wasmBytes(page).catch(() => 0),
      gpu,
      files,
      renderer: resident("renderer"),
      gpuProcess: resident("GPU"),
    };
  };
}

/** A line of a table. @param {Held} held */
export const inMegabytes = (held) => Object.values(held).map((bytes) => (bytes / 1e6).toFixed(1));
