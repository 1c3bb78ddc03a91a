/** Where things are. */
import { accessSync, constants, readFileSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** The built site. */
export const DIST = process.env.VJEPA_DIST ?? join(ROOT, "dist");
/** What a module, a worker or the sheet is called in the built site, by its name there without what follows it. @param {string} name */
export const built = (name) =>
  `js/built/${readdirSync(join(DIST, "js/built")).find((file) => file.startsWith(`${name}-`) && /\.(js|css)$/.test(file))}`;
/** What the page's entry takes, which index.html asks for beside it. */
export const preloaded = () =>
  /rel="modulepreload" href="([^"]+)"/.exec(readFileSync(join(DIST, "index.html"), "utf8"))?.[1] ?? "nothing";
export const CLIP = join(ROOT, "www/assets/big_buck_bunny_256.webm");
export const ARTEFACTS = join(ROOT, "tests/e2e/artefacts");
export const CACHE = join(process.env.VJEPA_CACHE ?? join(homedir(), ".cache/vjepa-web"), "e2e");

/** The browser the tests drive: $CHROME, or the first one on PATH. */
export function chromium() {
  const names = [process.env.CHROME, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = ["", ...process.env.PATH.split(delimiter)];
  for (const name of names.filter(Boolean)) {
    const found = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (found) return found;
  }
  throw new Error("no Chromium or Chrome on PATH: install one, or say where it is in CHROME");
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return path.includes("/");
  } catch {
    return false;
  }
}
