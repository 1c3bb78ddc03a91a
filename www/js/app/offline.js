// @ts-check
/**
 * Lets the page work without a network as soon as it says so: registers sw.js, which serves what is kept, and keeps the page
 * with all that a room may ask for later, when all of it has come. What was kept before stays until then.
 */
import { scriptAddress } from "../base/site-scripts.js";
import { engineFiles } from "../worker/load-wasm.js";

const CACHE = "page"; // sw.js reads it
/** What is on its way. */
const COMING = "coming";
/** A page that was built says which version all its files are of. */
const VERSION = /<meta name="version"/;
/** Addresses by which files name others: modules, workers and assets; styles and scripts of the page; models in lists. */
const NAMES = {
  js: [
    /\bfrom\s*"(\.[^"]+)"/g,
    /\bimport\s*\(?\s*"(\.[^"]+)"/g,
    /new URL\("([^"]+)",\s*import\.meta\.url\)/g,
    /new URL\("(assets\/[^"]+)"/g, // from where the page is
  ],
  html: [/<(?:link|script)\b(?![^>]*\bdata-trunk\b)[^>]*?\b(?:href|src)="([^":]+)"/g],
  json: [/"([^"]+\.safetensors)"/g],
  css: [/url\("?([^")]+)"?\)/g],
};

/**
 * Never throws: without it the page works as long as there is a network.
 * @returns {Promise<boolean>} whether everything is kept: the page with all rooms and languages, the engines that this
 *   browser may use, and what comes with the page. Not where data are to be saved, and not in part.
 */
export async function keepPage() {
  try {
    // A sandboxed frame has both, and refuses them as soon as they are named.
    if (!globalThis.isSecureContext || !navigator.serviceWorker || !globalThis.caches) return false;
    await navigator.serviceWorker.register(scriptAddress(new URL("../../sw.js", import.meta.url)));
    await navigator.serviceWorker.ready;
    if (/** @type {any} */ (navigator).connection?.saveData) return false;
    await keepFiles(pageAddress());
    return true;
  } catch (error) {
    console.info("The page is not kept for use without a network:", error);
    return false;
  }
}

/** @returns {string} without the settings */
const pageAddress = () => location.href.split(/[?#]/)[0];

/** Keeps the page and all that can be reached from it, or nothing: files of two versions would not fit together. @param {string} page */
async function keepFiles(page) {
  const cache = await caches.open(CACHE);
  const text = await (await fetch(page)).text();
  if (VERSION.test(text) && text === (await (await cache.match(page))?.text())) return;
  try {
    const coming = await caches.open(COMING);
    const waiting = new Set([page, ...Object.values(engineFiles("cpu")).map(String)]);
    if (navigator.gpu) for (const file of Object.values(engineFiles("webgpu"))) waiting.add(String(file));
    for (const url of waiting) {
      const response = await fetched(coming, url);
      for (const next of await namedIn(response, url, page)) waiting.add(next); // a set goes on with what is added
    }
    // The last to be looked at again, and to be put down.
    if ((await (await fetch(page)).text()) !== text) throw new Error("The page was replaced meanwhile.");
    const files = (await coming.keys()).filter(({ url }) => url !== page);
    for (const file of [...files, new Request(page)]) {
      const response = await coming.match(file);
      if (response) await cache.put(file, response);
    }
    await dropOld(cache, waiting);
  } finally {
    await caches.delete(COMING);
  }
}

/** What a page of before was made of has names that this one knows nothing of. @param {Cache} cache @param {Set<string>} known */
async function dropOld(cache, known) {
  for (const request of await cache.keys())
    if (/\/(js\/built|assets)\/./.test(request.url) && !known.has(request.url)) await cache.delete(request);
}

/** @param {Cache} cache @param {string} url */
async function fetched(cache, url) {
  const response = await fetch(url, { priority: "low" });
  if (response.status !== 200) throw new Error(`${url} could not be fetched (HTTP ${response.status}).`);
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
    .map((name) => new URL(name, kind === "js" && name.startsWith("assets/") ? page : url).href.split(/[?#]/)[0])
    .filter((next) => next.startsWith(folder) && !next.endsWith("/"));
}
