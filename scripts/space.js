// @ts-check
/**
 * Makes a static Space of the Hugging Face hub of a built site:  [HF_SPACE=owner/name] node scripts/space.js DIST OUT
 * OUT is what to push: the site, a README.md that says which Space it is, and .gitattributes, for the hub takes binary
 * files, and any of more than 10 MB, only by Git LFS.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { addressed } from "./site-url.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TEXT = [".css", ".html", ".js", ".json", ".md", ".svg", ".ts", ".txt", ".webmanifest"];
/** The most the hub takes of a file without LFS. */
const MOST_BYTES = 10_000_000;

/** https://huggingface.co/docs/hub/spaces-config-reference; a short description has at most 60 characters. */
export const CARD = {
  title: "V-JEPA in the browser",
  emoji: "👀",
  colorFrom: "gray",
  colorTo: "red",
  sdk: "static",
  app_file: "index.html",
  pinned: "false",
  license: "mit",
  short_description: "A V-JEPA that runs, learns and is surprised in your tab",
};

/** Where a Space is served. @param {string} name  as in owner/name */
export function spaceUrl(name) {
  const [, owner = "", space = ""] = /^([\w.-]+)\/([\w.-]+)$/.exec(name) ?? [];
  if (!owner) throw new Error(`HF_SPACE is no name of a Space, as in owner/name: ${name}`);
  return `https://${`${owner}-${space}`.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.static.hf.space/`;
}

/** @param {string} dist @param {string} out @param {string} [name]  of the Space, as in owner/name */
export function makeSpace(dist, out, name) {
  if (!existsSync(join(dist, "index.html"))) throw new Error(`There is no built site in ${dist}: run make build.`);
  const url = name ? spaceUrl(name) : null;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  // The hub sends files as they are, whatever lies beside them.
  cpSync(dist, out, { recursive: true, filter: (file) => !/\.(br|gz)$/.test(file) });
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) cpSync(join(ROOT, file), join(out, file));
  const page = join(out, "index.html");
  if (url) writeFileSync(page, addressed(readFileSync(page, "utf8"), url));
  const head = Object.entries(CARD).map(([key, value]) => `${key}: ${value}`);
  const about = readFileSync(join(ROOT, "README.md"), "utf8").match(/^\*\*V-JEPA[\s\S]*?(?=\n\n)/m)?.[0];
  if (!about) throw new Error("README.md no longer begins with what the page is.");
  const licences = "MIT or Apache-2.0, as you like. The film's and the models' licences are in assets/.";
  writeFileSync(join(out, "README.md"), `---\n${head.join("\n")}\n---\n\n${about}\n\n${licences}\n`);
  writeFileSync(join(out, ".gitattributes"), attributesFor(out));
}

/** @param {string} folder @returns {string} */
function attributesFor(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => statSync(join(folder, file)).isFile());
  const isText = (/** @type {string} */ file) => TEXT.includes(extname(file)) || /^LICENSE/.test(file);
  const ends = new Set(files.filter((file) => !isText(file)).map((file) => `*${extname(file)}`));
  const large = files.filter((file) => isText(file) && statSync(join(folder, file)).size > MOST_BYTES);
  return [...[...ends].sort(), ...large.sort()].map((what) => `${what} filter=lfs diff=lfs merge=lfs -text\n`).join("");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [dist = "dist", out = "dist-space"] = process.argv.slice(2);
  makeSpace(dist, out, process.env.HF_SPACE || undefined);
}
