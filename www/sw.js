// @ts-check
/**
 * Lets the page open without a network. While there is one everything comes from it, so nothing is out of date. What is served
 * without one is what js/app/offline.js has kept, a page with all that it is made of, and besides what passed here and has no
 * part in that. A page that came from the network gets nothing that was kept with another one: versions do not mix.
 */
const CACHE = "page"; // js/app/offline.js fills it too

const worker = /** @type {any} */ (globalThis);
/** @type {string} */
const scope = worker.registration.scope;
const PAGES = [scope, `${scope}index.html`];
/** The page that was shown last is kept under this address. */
const SHOWN = `${scope}shown`;
/** Until that is done. @type {Promise<unknown>} */
let showing = Promise.resolve();

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const own = request.method === "GET" && request.url.startsWith(scope);
  // Whoever must not read a cache (files of weights) says so; they may be larger than any cache.
  if (own && request.cache !== "no-store") event.respondWith(answer(request, event));
});

/** @param {Request} request @param {any} event */
async function answer(request, event) {
  const shows = request.mode === "navigate" && PAGES.includes(plain(request.url));
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.status === 200 && response.type === "basic" && !response.redirected)
      event.waitUntil(shows ? show(cache, response.clone()) : keep(cache, plain(request.url), response.clone()));
    return response;
  } catch (error) {
    const kept = await cache.match(plain(request.url));
    if (!kept || !(shows || (await fits(cache)))) throw error;
    if (shows) await show(cache, kept.clone());
    return part(kept, request.headers.get("range"));
  }
}

/** @param {Cache} cache @param {Response} page */
const show = (cache, page) => (showing = cache.put(SHOWN, page).catch(() => {}));

/** What was kept belongs to the page that is shown. @param {Cache} cache */
async function fits(cache) {
  await showing;
  const [shown, ...kept] = await Promise.all(
    [SHOWN, ...PAGES].map(async (url) => (await cache.match(url))?.text() ?? null),
  );
  return !shown || kept.includes(shown);
}

/** A page is kept by itself, when all that it takes has come, and so is whatever was kept once. @param {Cache} cache @param {string} url @param {Response} response */
async function keep(cache, url, response) {
  if (PAGES.includes(url) || (await cache.match(url))) return response.body?.cancel();
  await cache.put(url, response).catch(() => {}); // a full disk is no reason to fail
}

/** Queries are settings of the page, or tell loads of one module apart: the file is the same. @param {string} url */
const plain = (url) => url.split(/[?#]/)[0];

/** Videos are asked for in parts. @param {Response} whole @param {string | null} range */
async function part(whole, range) {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? "");
  if (!asked) return whole;
  const blob = await whole.blob();
  const from = Number(asked[1]);
  const to = asked[2] ? Math.min(Number(asked[2]) + 1, blob.size) : blob.size;
  if (from >= blob.size)
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${blob.size}` } });
  return new Response(blob.slice(from, to), {
    status: 206,
    headers: {
      "content-type": whole.headers.get("content-type") ?? "",
      "content-length": String(to - from),
      "content-range": `bytes ${from}-${to - 1}/${blob.size}`,
    },
  });
}
