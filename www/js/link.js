// @ts-check
/**
 * Reaches a host: in a module worker, or, where only the page has WebGPU and WebGPU was asked for, on the page itself.
 * `auto` stays in the worker even there, on the CPU: a smooth page is worth more than a faster engine nobody chose.
 *
 * @typedef {import("./protocol.js").OpenSettings["device"]} Device
 *
 * @typedef {object} Link
 * @property {(message: any, transfer?: Transferable[]) => void} post
 * @property {() => void} close      ends the host; nothing is received after it
 * @property {(device: Device) => boolean} suits   this host can run what the setting asks for
 */
import { FailureError } from "./errors.js";
import { moduleWorker } from "./module-worker.js";

/** @param {Device} device @param {(message: any) => void} receive @returns {Promise<Link>} */
export async function connect(device, receive) {
  const { worker, webgpu } = await startWorker();
  const pageOnly = !webgpu && Boolean(navigator.gpu);
  if (pageOnly && device === "webgpu") {
    worker.terminate();
    return hostHere(receive);
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

/** @returns {Promise<{worker: Worker, webgpu: boolean}>} once it listens */
function startWorker() {
  return new Promise((resolve, reject) => {
    const worker = moduleWorker(new URL("./worker.js", import.meta.url));
    worker.onmessage = ({ data }) => {
      worker.onerror = null;
      resolve({ worker, webgpu: data.webgpu });
    };
    worker.onerror = () => {
      worker.terminate();
      reject(new FailureError("engine-missing", "The engine's worker did not start: update the browser or reload the page."));
    };
  });
}

/** @param {(message: any) => void} receive @returns {Promise<Link>} */
async function hostHere(receive) {
  const [{ Host }, { browserRealm }] = await Promise.all([import("./host.js"), import("./realm.js")]);
  const { port1, port2 } = new MessageChannel();
  const greeted = new Promise((resolve) => (port1.onmessage = resolve));
  const host = new Host(port2, browserRealm());
  await greeted;
  port1.onmessage = (event) => receive(event.data);
  return {
    post: (message, transfer = []) => port1.postMessage(message, transfer),
    close: () => {
      host.close();
      port1.close();
    },
    suits: (device) => device === "webgpu",
  };
}
