// @ts-check

/**
 * A worker that runs a module of ours. Browsers start workers from a page's own origin only. For a page of another one,
 * which has our element from elsewhere, it is one that does nothing but import the module; so it is for a sandboxed frame,
 * whose origin is like no other. Throws where the browser or the page's security policy refuses workers at once.
 * @param {URL} url
 */
export function moduleWorker(url) {
  // Not `location.origin`: that of a sandboxed frame is the one of its address.
  if (url.origin === self.origin) return new Worker(url, { type: "module" });
  const code = `import ${JSON.stringify(url.href)};`;
  // Chromium starts no module from a blob of an origin like no other.
  if (self.origin === "null") return new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  const own = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return new Worker(own, { type: "module" });
  } finally {
    setTimeout(() => URL.revokeObjectURL(own), 60_000); // by then it has started, or never will
  }
}
