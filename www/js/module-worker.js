// @ts-check

/**
 * A worker that runs a module of ours. Browsers start workers from a page's own origin only; for a page of another one,
 * which has our element from elsewhere, it is one that does nothing but import the module.
 * @param {URL} url
 */
export function moduleWorker(url) {
  if (url.origin === location.origin) return new Worker(url, { type: "module" });
  const own = URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" }));
  const worker = new Worker(own, { type: "module" });
  setTimeout(() => URL.revokeObjectURL(own), 60_000); // by then it has started, or never will
  return worker;
}
