// @ts-check
/** The page's modules, as tests that read all of them find them. */
import { readFileSync, readdirSync } from "node:fs";

const JS = new URL("../../../www/js/", import.meta.url);

/** Paths below www/js, such as "rooms/watch/alarms.js". */
export const MODULES = readdirSync(JS, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".js"))
  .sort();

/** What draws: views of rooms and of the tour, and what they share. */
export const VIEWS = MODULES.filter((path) => path.endsWith("-view.js") || path.startsWith("ui/"));

/** @param {string} path */
export const textOf = (path) => readFileSync(new URL(path, JS), "utf8");

/** @param {string} path */
export const load = (path) => import(new URL(path, JS).href);

/** The module of a view or of what views share, by its base name without an ending. @param {string} name */
export function view(name) {
  const path =
    VIEWS.find((path) => path.endsWith(`/${name}-view.js`)) ?? VIEWS.find((path) => path === `ui/${name}.js`);
  if (!path) throw new Error(`no view ${name}`);
  return load(path);
}
