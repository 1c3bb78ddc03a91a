/**
 * Assembles the npm package of the element from the built site:  node scripts/package.js DIST OUT
 * It holds the modules that the element reaches and nothing else of the page, both engines, the model that comes with
 * the page, types, and what editors read about the element. VJEPA_REPOSITORY or GITHUB_REPOSITORY say where its
 * repository is, as owner/name or as an address.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { elementManifest } from "./element-manifest.js";
import { importsOf } from "./imports.js";
import { versionOf } from "./release.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
export const ENTRY = "js/element/vjepa-surprise.js";
const ASSETS = ["assets/shipped.json", "assets/MODEL_CARD.md"];
const ENGINES = ["cpu", "webgpu"];

/** What an entry reaches. @param {string} folder  that paths are relative to @param {string} entry @returns {string[]} sorted, it included */
export function modulesOf(folder, entry) {
  const found = new Set([entry]);
  for (const module of found) {
    // A set goes on with what is added.
    for (const name of importsOf(readFileSync(join(folder, module), "utf8")))
      found.add(posix.join(posix.dirname(module), name));
  }
  return [...found].sort();
}

/**
 * What npm shows, and checks a package's provenance by.
 * @param {string} named  a repository of GitHub's as owner/name, or any by its address
 */
export function repositoryOf(named) {
  const address = /^[\w.-]+\/[\w.-]+$/.test(named) ? `https://github.com/${named}` : named.replace(/(\.git|\/)$/, "");
  if (!/^https:\/\/[\w.-]+(\/[\w.-]+)+$/.test(address))
    throw new Error(`${named} is no repository: give owner/name, or an address that begins with https://.`);
  return {
    repository: { type: "git", url: `git+${address}.git` },
    homepage: `${address}#readme`,
    bugs: { url: `${address}/issues` },
  };
}

/** @param {string} cargo  the text of Cargo.toml @param {string} [repository]  as repositoryOf takes it */
export function manifest(cargo, repository) {
  const [, license] = /^license = "([^"]+)"/m.exec(cargo) ?? [];
  return {
    name: "vjepa-web",
    version: versionOf(cargo),
    description: "A sensor of the unforeseen as a custom element: V-JEPA in the browser, on the CPU or WebGPU.",
    type: "module",
    license,
    ...(repository && repositoryOf(repository)),
    types: "./index.d.ts",
    exports: { ".": { types: "./index.d.ts", default: `./${ENTRY}` }, "./*": "./*" },
    customElements: "custom-elements.json",
    sideEffects: [`./${ENTRY}`],
    keywords: [
      "v-jepa",
      "jepa",
      "self-supervised-learning",
      "world-model",
      "anomaly-detection",
      "video",
      "webcam",
      "web-component",
      "custom-element",
      "webgpu",
      "wasm",
    ],
    files: ["js", "engine", "assets", "types", "index.d.ts", "custom-elements.json", "LICENSE-APACHE", "LICENSE-MIT"],
    publishConfig: { access: "public" },
  };
}

/** @param {string} dist @param {string} out @param {string} [repository] */
export function assemble(dist, out, repository) {
  const copy = (from, path) => (
    mkdirSync(dirname(join(out, path)), { recursive: true }),
    cpSync(join(from, path), join(out, path), { recursive: true, filter: (file) => !/\.(br|gz)$/.test(file) })
  );
  const lacking = ENGINES.find((engine) => !existsSync(join(dist, `engine/${engine}/vjepa_web_bg.wasm`)));
  if (lacking) throw new Error(`${dist} lacks the ${lacking} engine: run make build.`);
  rmSync(out, { recursive: true, force: true });
  const shipped = JSON.parse(readFileSync(join(dist, "assets/shipped.json"), "utf8"));
  for (const path of [
    ...modulesOf(dist, ENTRY),
    ...ASSETS,
    ...shipped.map(({ file }) => `assets/${file}`),
    ...ENGINES.map((engine) => `engine/${engine}`),
  ])
    copy(dist, path);
  for (const path of ["LICENSE-APACHE", "LICENSE-MIT"]) copy(ROOT, path);
  for (const path of ["README.md", "index.d.ts"]) copy(join(ROOT, "package"), path);
  declare(out);
  const cargo = readFileSync(join(ROOT, "Cargo.toml"), "utf8");
  const types = readFileSync(join(out, ENTRY.replace(/^js(.*)\.js$/, "types$1.d.ts")), "utf8");
  for (const [file, content] of Object.entries({
    "package.json": manifest(cargo, repository),
    "custom-elements.json": elementManifest(readFileSync(join(ROOT, "www", ENTRY), "utf8"), types, ENTRY),
  }))
    writeFileSync(join(out, file), `${JSON.stringify(content, null, 2)}\n`);
}

/** Types from the comments that the page is checked by. @param {string} out */
export function declare(out) {
  execFileSync(
    join(ROOT, "node_modules/.bin/tsc"),
    [
      join(ROOT, "www", ENTRY),
      "--allowJs",
      "--declaration",
      "--emitDeclarationOnly",
      "--strict",
      "--skipLibCheck",
      "--types",
      "",
      "--target",
      "es2022",
      "--module",
      "es2022",
      "--moduleResolution",
      "bundler",
      "--lib",
      "dom,dom.iterable,es2022",
      "--rootDir",
      join(ROOT, "www/js"),
      "--outDir",
      join(out, "types"),
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [dist = join(ROOT, "dist"), out = join(ROOT, "dist-package")] = process.argv.slice(2);
  const repository = process.env.VJEPA_REPOSITORY || process.env.GITHUB_REPOSITORY;
  if (!repository) console.error("VJEPA_REPOSITORY is not set: the package names no repository, homepage or bugs.");
  assemble(dist, out, repository);
}
