// @ts-check
/** The page's colours, read once from the custom properties of style/base.css, so that canvases match it in light and dark. */

/** @typedef {{paper: string, panel: string, ink: string, soft: string, line: string, hidden: string, cool: string, veil: string, runs: string[], font: string}} Theme */

const NAMES = /** @type {const} */ (["paper", "panel", "ink", "soft", "line", "hidden", "cool", "veil"]);
const RUNS = ["run-0", "run-1", "run-2", "run-3", "run-4", "run-5"];

/** @type {Theme | null} */
let current = null;
/** @type {Set<() => void>} */
const listeners = new Set();

for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)"])
  matchMedia(query).addEventListener("change", () => {
    current = null;
    for (const listener of listeners) listener();
  });

/** @returns {Theme} */
export function theme() {
  if (current) return current;
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  const colours = Object.fromEntries(NAMES.map((name) => [name, read(name)]));
  current = /** @type {Theme} */ ({
    ...colours,
    runs: RUNS.map(read),
    font: getComputedStyle(document.body).fontFamily,
  });
  return current;
}

/**
 * @param {() => void} listener   called when the reader changes between light and dark, or wants more contrast
 * @returns {() => void} stops it
 */
export function onTheme(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
