// @ts-check
/**
 * Addresses that browsers take scripts of workers from: those of this site alone. Pages that enforce Trusted Types let
 * nothing else through; one that lists the policies it allows has to name this one.
 */
import { SITE } from "./site.js";

const NAME = "vjepa-web";
/** By then a worker has started, or never will. */
const STARTED_MS = 60_000;

/**
 * What an address becomes: itself, or a script without one that does nothing but import it, and so runs under the content
 * policy of who starts it. @typedef {"itself" | "blob" | "data"} Form
 */

const RULES = {
  /** @param {string} address @param {Form} form */
  createScriptURL(address, form) {
    if (!address.startsWith(SITE.href)) throw new TypeError(`${address} is no script of this site.`);
    if (form === "itself") return address;
    const code = `import ${JSON.stringify(address)};`;
    if (form === "data") return `data:text/javascript,${encodeURIComponent(code)}`;
    const blob = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    setTimeout(() => URL.revokeObjectURL(blob), STARTED_MS);
    return `${blob}#${address.slice(SITE.href.length)}`; // for people who look at what runs
  },
};

/** Browsers make one policy of a name in a realm. @type {typeof RULES | undefined} */
let policy;

/** Throws where the page allows no policy of this name. @param {URL} url @param {Form} [form] */
export function scriptAddress(url, form = "itself") {
  policy ??= /** @type {any} */ (globalThis).trustedTypes?.createPolicy(NAME, RULES) ?? RULES;
  return /** @type {typeof RULES} */ (policy).createScriptURL(url.href, form);
}
