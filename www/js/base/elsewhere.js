// @ts-check
/**
 * Files of other hosts that a visitor asks for: a checkpoint, a video or a picture at an address. The policy of the page
 * keeps it, and the workers that see what a camera sees, from any host but its own; so these are fetched by a worker that
 * holds nothing else: courier.js.
 */
import { RefusedError, isBound, refusedBy } from "./content-policy.js";
import { SITE } from "./site.js";
import { scriptAddress } from "./site-scripts.js";

const SCRIPT = new URL("./elsewhere-worker.js", import.meta.url);

/** As `fetch`, for GET. @param {string | URL | Request} url  absolute @param {RequestInit} [init] @returns {Promise<Response>} */
export async function fetchElsewhere(url, init = {}) {
  const address = String(url);
  if (address.startsWith(`${SITE.origin}/`) || !isBound()) return fetch(address, init);
  const { fetchByWorker } = await import("./courier.js");
  return fetchByWorker(address, init, { start, error });
}

/** Where it is refused at once: by a frame that is sandboxed, Trusted Types or the policy. */
function start() {
  try {
    return new Worker(scriptAddress(SCRIPT), { type: "module" });
  } catch (error) {
    const types = error instanceof TypeError;
    throw new RefusedError(self.origin === "null" ? "sandbox" : types ? "trusted-types" : "worker-src");
  }
}

/** @param {string | null} [directive]  null: none */
async function error(directive) {
  const refused = directive === undefined ? await refusedBy(SCRIPT.href) : directive;
  return refused ? new RefusedError(refused) : new TypeError("the network failed");
}
