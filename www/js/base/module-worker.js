// @ts-check
import { isBound } from "./content-policy.js";
import { scriptAddress } from "./site-scripts.js";

/**
 * A worker that runs a module of ours. What comes with an address of its own has the content policy that it comes with, or
 * none; so where this realm has one that can be inherited, the worker is one without an address, which does nothing but
 * import the module. That is also how a page of another origin starts it, which has our element from elsewhere, and a
 * sandboxed frame: browsers start workers from a page's own origin only.
 * Throws where the browser or the page's policy refuses workers at once.
 * @param {URL} url
 */
export function moduleWorker(url) {
  // Not `location.origin`: that of a sandboxed frame is the one of its address.
  const own = url.origin === self.origin && !isBound();
  // Chromium starts no module from a blob of an origin like no other.
  const form = own ? "itself" : self.origin === "null" ? "data" : "blob";
  return new Worker(scriptAddress(url, form), { type: "module" });
}
