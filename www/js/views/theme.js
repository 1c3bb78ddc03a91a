// @ts-check
/** The page's colours, read once from the custom properties of style.css, so that canvases match it in light and dark. */

/** @typedef {{paper: string, panel: string, ink: string, soft: string, faint: string, line: string, hidden: string, cool: string, veil: string, font: string}} Theme */

const NAMES = /** @type {const} */ (["paper", "panel", "ink", "soft", "faint", "line", "hidden", "cool", "veil"]);

/** @type {Theme | null} */
let current = null;
/** @type {Set<() => void>} */
const listeners = new Set();

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  current = null;
  for (const listener of listeners) listener();
});

/** @returns {Theme} */
export function theme() {
  if (current) return current;
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  current = /** @type {Theme} */ ({ ...colours, font: getComputedStyle(document.body).fontFamily });
  return current;
}

/**
 * @param {() => void} listener   called when the reader changes between light and dark
 * @returns {() => void} stops it
 */
export function onTheme(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
