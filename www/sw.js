// @ts-check
/**
 * Lets the page open without a network: every file of it comes from the network and is kept; what was kept is served
 * only when the network does not answer. So nothing is ever out of date online, and there is no version to count up.
 */
const CACHE = "page"; // js/app/offline.js fills it too

const worker = /** @type {any} */ (globalThis);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const own = request.method === "GET" && request.url.startsWith(worker.registration.scope);
  // Whoever must not read a cache (files of weights) says so; they may be larger than any cache.
  if (own && request.cache !== "no-store") event.respondWith(answer(request, event));
});

/** @param {Request} request @param {any} event */
async function answer(request, event) {
  try {
    const response = await fetch(request);
    if (response.status === 200 && response.type === "basic" && !response.redirected)
      event.waitUntil(keep(request.url, response.clone()));
    return response;
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(plain(request.url));
    if (!kept) throw error;
    return part(kept, request.headers.get("range"));
  }
}

/** @param {string} url @param {Response} response */
async function keep(url, response) {
  const cache = await caches.open(CACHE);
  await cache.put(plain(url), response).catch(() => {}); // a full disk is no reason to fail
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
