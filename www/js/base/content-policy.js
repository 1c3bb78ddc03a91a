// @ts-check
/** What the Content-Security-Policy of the page refuses: browsers say it in an event, and tell whoever asked that the network failed. */

/** Directives by what they refused: an address, or where it led somewhere else only that origin. @type {Map<string, string>} */
const refused = new Map();
/** The event comes after the refusal. */
const EVENT_MS = 50;

globalThis.addEventListener?.("securitypolicyviolation", (event) => {
  const { blockedURI, effectiveDirective } = /** @type {SecurityPolicyViolationEvent} */ (event);
  refused.set(blockedURI, effectiveDirective);
});

/** The directive that refused an address which could not be fetched just now; null if none did. @param {string} url @returns {Promise<string | null>} */
export async function refusedBy(url) {
  await new Promise((resolve) => setTimeout(resolve, EVENT_MS));
  return refused.get(url.split("#")[0] ?? "") ?? refused.get(new URL(url).origin) ?? null;
}

/** As of a failed fetch, where the directive is known that refused it. */
export class RefusedError extends TypeError {
  /** @param {string} directive */
  constructor(directive) {
    super(`refused by ${directive}`);
    this.directive = directive;
  }
}

/** The same, of what a fetch failed with. @param {unknown} error @param {string} url @returns {Promise<string | null>} */
export const whyRefused = async (error, url) =>
  /** @type {Partial<RefusedError>} */ (error).directive ?? (await refusedBy(url));

/**
 * Whether this realm has a policy that what it starts without an address inherits: a page that has one in itself, as all of
 * this site do, or a worker of such a page.
 */
export function isBound() {
  const { document, location } = globalThis;
  return document
    ? document.querySelector('meta[http-equiv="Content-Security-Policy"]') !== null
    : /^(blob|data):$/.test(location?.protocol ?? "");
}

// An empty module: magic number and version.
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** WebAssembly may be compiled here: a policy can forbid what the browser could do. */
export function mayCompile() {
  try {
    return Boolean(new WebAssembly.Module(EMPTY));
  } catch {
    return false;
  }
}
