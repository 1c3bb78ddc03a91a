/** A page of the built site whose engines can be seen from outside: when they save, their devices, their memory. */
import { engineWorker } from "../../tests/e2e/support/ask.js";

const ENGINE = /\/js\/(built\/engine-worker-\w+|worker\/engine-worker)\.js$/;

/** Runs in the engine's worker before anything else. @param {number | null} loseMs  the device is lost so long after it was there */
function inWorker(loseMs) {
  globalThis.devices = [];
  globalThis.memories = [];
  if (globalThis.GPUAdapter) {
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...wish) {
      const device = await requestDevice.apply(this, wish);
      devices.push(device);
      if (loseMs !== null) setTimeout(() => device.destroy(), loseMs);
      return device;
    };
  }
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const make = WebAssembly[name];
    WebAssembly[name] = async (...parts) => {
      const made = await make.apply(WebAssembly, parts);
      const { memory } = (made.instance ?? made).exports;
      if (memory) memories.push(memory);
      return made;
    };
  }
}

/** Runs in the page before its scripts: counts engines, keeps steps and hashes of the snapshots that the page gets, and what it tells. */
function inPage() {
  window.seen = { engines: 0, snapshots: [], told: [] };
  window.hashOf = async (bytes) => {
    const hash = await crypto.subtle.digest("SHA-256", bytes);
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  /** Of all tensors of a saved model; its header also says what is looked at. */
  window.hashOfModel = async () => {
    const bytes = await window.vjepa.save();
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    return window.hashOf(bytes.subarray(8 + length));
  };
  window.Worker = class extends Worker {
    constructor(url, options) {
      super(url, options);
      if (!/engine-worker/.test(String(url))) return;
      window.seen.engines += 1;
      this.addEventListener("message", ({ data }) => {
        if (data.notice === "snapshot") window.seen.snapshots.push(data.step);
      });
    }
  };
  addEventListener("DOMContentLoaded", () => {
    const listen = () => {
      if (!window.vjepa) return setTimeout(listen, 5);
      const note = () => {
        const text = document.getElementById("notice")?.textContent?.trim();
        if (text && window.seen.told.at(-1) !== text) window.seen.told.push(text);
      };
      window.vjepa.on("change", () => queueMicrotask(note));
    };
    listen();
  });
}

/**
 * @param {import("playwright-core").BrowserContext} context  without service workers where devices are to be seen
 * @param {RegExp[]} [allow]   what the console may say
 * @returns {Promise<{page: import("playwright-core").Page, problems: string[], next: {loseMs: number | null}}>} not opened yet;
 *   `loseMs`: the device of the next engine is lost so long after it was there
 */
export async function watchedPage(context, allow = []) {
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  const problems = [];
  const note = (text) => allow.some((pattern) => pattern.test(text)) || problems.push(text);
  page.on("pageerror", (error) => note(`exception: ${error.stack ?? error}`));
  page.on("console", (message) => message.type() === "error" && note(message.text()));
  const next = { loseMs: null };
  await page.route(ENGINE, async (route) => {
    const response = await route.fetch();
    const body = `(${inWorker})(${next.loseMs});\n${await response.text()}`;
    next.loseMs = null;
    await route.fulfill({ response, body });
  });
  await page.addInitScript(inPage);
  return { page, problems, next };
}

/** Opens an address of the page and waits until its model has looked. @param {import("playwright-core").Page} page @param {string} address */
export async function enter(page, address) {
  await page.goto(address);
  await page.waitForFunction(() => window.vjepa);
  await page.evaluate(() => window.vjepa.ready);
}

/** @param {import("playwright-core").Page} page */
export const destroyDevice = async (page) =>
  (await engineWorker(page)).evaluate(() => void globalThis.devices.at(-1)?.destroy());

/** Bytes of WebAssembly memory of all engines there are. @param {import("playwright-core").Page} page */
export async function wasmBytes(page) {
  const engines = page.workers().filter((worker) => ENGINE.test(new URL(worker.url()).pathname));
  const bytes = () => globalThis.memories?.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) ?? 0;
  const each = await Promise.all(engines.map((worker) => worker.evaluate(bytes).catch(() => 0)));
  return each.reduce((sum, one) => sum + one, 0);
}
