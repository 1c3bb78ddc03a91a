/**
 * Assembles the npm package of the element from the built site:  node scripts/package.js DIST OUT
 * It holds the modules that the element reaches and nothing else of the page, both engines, the model that comes with
 * the page, and types.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { importsOf } from "./imports.js";

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

/** @param {string} cargo  the text of Cargo.toml */
export function manifest(cargo) {
  const [, version] = /^version = "([^"]+)"/m.exec(cargo) ?? [];
  if (!version) throw new Error("Cargo.toml names no version.");
  const [, license] = /^license = "([^"]+)"/m.exec(cargo) ?? [];
  return {
    name: "vjepa-web",
    version,
    description: "A sensor of the unforeseen as a custom element: V-JEPA in the browser, on the CPU or WebGPU.",
    type: "module",
    license,
    types: "./index.d.ts",
    exports: { ".": { types: "./index.d.ts", default: `./${ENTRY}` }, "./*": "./*" },
    sideEffects: [`./${ENTRY}`],
    keywords: ["v-jepa", "web-component", "webgpu", "wasm", "anomaly-detection", "video"],
    files: ["js", "engine", "assets", "types", "index.d.ts", "LICENSE-APACHE", "LICENSE-MIT"],
  };
}

/** @param {string} dist @param {string} out */
function assemble(dist, out) {
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
  writeFileSync(
    join(out, "package.json"),
    `${JSON.stringify(manifest(readFileSync(join(ROOT, "Cargo.toml"), "utf8")), null, 2)}\n`,
  );
  declare(out);
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
  assemble(dist, out);
}
