// @ts-check
/**
 * Lets the page open without a network from its second visit on: registers sw.js, which keeps what it sees pass, and keeps
 * what passed before it was there.
 */
import { engineFiles } from "../worker/load-wasm.js";

const CACHE = "page"; // sw.js reads it
/** Addresses by which files name others: modules, workers and assets; styles and scripts of the page; models in their list. */
const NAMES = {
  js: [/\bfrom\s*"(\.[^"]+)"/g, /\bimport\s*\(?\s*"(\.[^"]+)"/g, /new URL\("([^"]+)",\s*import\.meta\.url\)/g],
  html: [/<(?:link|script)\b[^>]*?\b(?:href|src)="([^":]+)"/g],
  json: [/"file":\s*"([^"]+)"/g],
  css: [/url\("?([^")]+)"?\)/g],
};

/**
 * Never throws: without it the page works as long as there is a network.
 * @returns {Promise<boolean>} whether the page will open without one
 */
export async function keepPage() {
  try {
    // A sandboxed frame has both, and refuses them as soon as they are named.
    if (!globalThis.isSecureContext || !navigator.serviceWorker || !globalThis.caches) return false;
    await navigator.serviceWorker.register(new URL("../../sw.js", import.meta.url));
    await navigator.serviceWorker.ready;
    await keepFiles(pageAddress());
    return true;
  } catch {
    return false;
  }
}

/** @returns {string} without the settings */
const pageAddress = () => location.href.split(/[?#]/)[0];

/** Keeps the page and all that can be reached from it, as it is now: files of two versions would not fit together. @param {string} page */
async function keepFiles(page) {
  const cache = await caches.open(CACHE);
  const waiting = new Set([page, ...Object.values(engineFiles("cpu")).map(String)]);
  if (navigator.gpu) for (const file of Object.values(engineFiles("webgpu"))) waiting.add(String(file));
  for (const url of waiting) {
    const response = (await fetched(cache, url)) ?? (await cache.match(url));
    if (response) for (const next of await namedIn(response, url, page)) waiting.add(next); // a set goes on with what is added
  }
  await dropOld(cache, waiting);
}

/** What a page of before was bundled into has names that this one knows nothing of. @param {Cache} cache @param {Set<string>} known */
async function dropOld(cache, known) {
  for (const request of await cache.keys())
    if (/\/js\/built\/[^/]+$/.test(request.url) && !known.has(request.url)) await cache.delete(request);
}

/** @param {Cache} cache @param {string} url */
async function fetched(cache, url) {
  const response = await fetch(url).catch(() => null);
  if (response?.status !== 200) return null;
  await cache.put(url, response.clone());
  return response;
}

/** @param {Response} response @param {string} url @param {string} page @returns {Promise<string[]>} of this site only */
async function namedIn(response, url, page) {
  const type = response.headers.get("content-type") ?? "";
  const kind = /javascript/.test(type)
    ? "js"
    : /html/.test(type)
      ? "html"
      : /css/.test(type)
        ? "css"
        : /json/.test(type)
          ? "json"
          : null;
  if (kind === null) return [];
  const text = await response.text();
  const names = NAMES[kind].flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name));
  const folder = new URL(".", page).href;
  return names
    .map((name) => new URL(name, url).href.split(/[?#]/)[0])
    .filter((next) => next.startsWith(folder) && !next.endsWith("/"));
}
