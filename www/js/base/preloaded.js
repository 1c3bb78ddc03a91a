// @ts-check
/** Files that preload.js has asked for. Each answer is given once. */

/** @param {string | URL} url @returns {Promise<Response> | undefined} */
export function preloaded(url) {
  const { href } = new URL(url);
  const { preloaded: answers } = /** @type {{preloaded?: Map<string, Promise<Response>>}} */ (globalThis);
  const answer = answers?.get(href);
  answers?.delete(href);
  return answer;
}

/** A file of the page, which may be on its way already. @param {string | URL} url @returns {Promise<Response>} */
export const fetchFile = (url) => preloaded(url)?.catch(() => fetch(url)) ?? fetch(url);
