// @ts-check
/**
 * Reaches a host: in a module worker, or on the page itself where no worker starts, and where only the page has WebGPU and
 * WebGPU was asked for. There `auto` stays in the worker, on the CPU: a smooth page is worth more than a faster engine
 * nobody chose.
 *
 * @typedef {import("./protocol.js").OpenSettings["device"]} Device
 *
 * @typedef {object} Link
 * @property {(message: any, transfer?: Transferable[]) => void} post
 * @property {() => void} close      ends the host; nothing is received after it
 * @property {(device: Device) => boolean} suits   this host can run what the setting asks for
 * @property {import("../base/messages.js").Message} [note]   about where it runs
 */
import { fetchElsewhere } from "../base/elsewhere.js";
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";
import { moduleWorker } from "../base/module-worker.js";
import { preloadedEngine } from "./hand-over.js";

const ON_PAGE = message(
  "device.on-page",
  "It runs on the page itself, because no worker could be started here: the page may stop for moments.",
);

/** @param {Device} device @param {(message: any) => void} receive @returns {Promise<Link>} */
export async function connect(device, receive) {
  const handOver = preloadedEngine(receive);
  const link = await reach(device, receive);
  handOver(link.post);
  return link;
}

/** @param {Device} device @param {(message: any) => void} receive @returns {Promise<Link>} */
async function reach(device, receive) {
  const started = await startWorker().catch(() => null);
  if (!started) return { ...(await hostHere(receive, () => true)), note: ON_PAGE };
  const { worker, webgpu } = started;
  const pageOnly = !webgpu && Boolean(navigator.gpu);
  if (pageOnly && device === "webgpu") {
    worker.terminate();
    return hostHere(receive, (next) => next === "webgpu");
  }
  worker.onmessage = (event) => receive(event.data);
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    close: () => {
      worker.onmessage = null;
      worker.terminate();
    },
    suits: (next) => !(pageOnly && next === "webgpu"),
  };
}

/** @returns {Promise<{worker: Worker, webgpu: boolean}>} once it listens; rejects where it is refused or cannot be loaded */
function startWorker() {
  return new Promise((resolve, reject) => {
    const worker = moduleWorker(new URL("../worker/engine-worker.js", import.meta.url));
    worker.onmessage = ({ data }) => {
      worker.onerror = null;
      resolve({ worker, webgpu: data.webgpu });
    };
    worker.onerror = () => {
      worker.terminate();
      reject(new Error("the worker did not start"));
    };
  });
}

/** @param {(message: any) => void} receive @param {Link["suits"]} suits @returns {Promise<Link>} */
async function hostHere(receive, suits) {
  const { openHost } = await import("../worker/open-host.js").catch((error) => {
    throw new FailureError(
      "engine-missing.part",
      "A part of the engine could not be loaded ({why}): check the connection and reload the page; if it stays so, files are missing on the server.",
      { why: error.message },
    );
  });
  const { port1, port2 } = new MessageChannel();
  const greeted = new Promise((resolve) => (port1.onmessage = resolve));
  // A bundled host has copies of its own, and browsers make one Trusted Types policy of a name in a realm.
  const host = openHost(port2, { get: fetchElsewhere });
  await greeted;
  port1.onmessage = (event) => receive(event.data);
  return {
    post: (message, transfer = []) => port1.postMessage(message, transfer),
    close: () => {
      host.close();
      port1.close();
    },
    suits,
  };
}
