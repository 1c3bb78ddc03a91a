// @ts-check
/**
 * Makes few files of the page's many:  node scripts/bundle.js DIST
 * Modules, workers and styles go into DIST/js/built/, minified and named by what is in them, and DIST/index.html asks for
 * these. The modules themselves stay where they are, for pages that take one of them: element.html, bench.html, others'.
 */
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, transform } from "esbuild";
import { WORKER, codeOf } from "./imports.js";

/** As deep as the folders of modules, which name assets and engines from where they are. */
const BUILT = "js/built";
const ENTRY = "js/main.js";
/** The oldest browsers that README.md names. */
const TARGET = ["chrome97", "edge97", "firefox90", "safari16.4"];

/** Files that stay where they are, some of them because others say where, without what only people read. */
const PLAIN = ["watchdog.js", "preload.js", "sw.js", "engine/cpu/vjepa_web.js", "engine/webgpu/vjepa_web.js"];

const STYLE = /^ *<link rel="stylesheet" href="([^"]+)"( data-later)? \/>\n/gm;
const SCRIPT = `<script type="module" src="${ENTRY}"></script>`;
/** What a page imports that runs in a worker elsewhere. */
const HOST = /\bimport\("(\.\.\/worker\/[\w-]+\.js)"\)/g;

/** @param {string} folder  of the site, with index.html */
export async function bundle(folder) {
  const dist = resolve(folder);
  const page = await readFile(join(dist, "index.html"), "utf8");
  const styles = [...page.matchAll(STYLE)].map(([, file = "", later]) => ({ file, later: Boolean(later) }));
  const sheet = (/** @type {boolean} */ which) => styles.filter(({ later }) => later === which).map(({ file }) => file);
  if (!styles.length || !page.includes(SCRIPT))
    throw new Error(`${dist}/index.html asks for no styles or no ${ENTRY}.`);
  const [style, later, script] = await Promise.all([
    bundleStyles(dist, "page.css", sheet(false)),
    bundleStyles(dist, "later.css", sheet(true)),
    bundleModules(dist),
    ...PLAIN.map((file) => minify(join(dist, file))),
  ]);
  const links = [
    `<link rel="stylesheet" href="${style.entry}" />`,
    // js/main.js makes a style sheet of it, for the rooms that come later.
    `<link rel="alternate" href="${later.entry}" data-later />`,
    ...script.chunks.map((chunk) => `<link rel="modulepreload" href="${chunk}" />`),
  ];
  const text = page
    .replace(STYLE, () =>
      links
        .splice(0)
        .map((link) => `    ${link}\n`)
        .join(""),
    )
    .replace(ENTRY, script.entry);
  const version = `    <meta name="version" content="${await versionOf(dist, text)}" />\n`;
  await writeFile(join(dist, "index.html"), text.replace(/(?=^ *<title>)/m, version));
}

/** Of all files and this page: js/app/offline.js keeps files of one version. @param {string} dist @param {string} page */
async function versionOf(dist, page) {
  const hash = createHash("sha256").update(page);
  const files = await readdir(dist, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath ?? file.path, file.name));
  for (const path of paths.filter((path) => !/index\.html$|\.(br|gz)$/.test(path)).sort())
    hash.update(relative(dist, path)).update(await readFile(path));
  return hash.digest("base64url").slice(0, 10);
}

/** @param {string} path  of a script or a module; one that is not there is nobody's */
async function minify(path) {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return;
  const { code } = await transform(text, { minify: true, charset: "utf8", target: TARGET, legalComments: "none" });
  await writeFile(path, code);
}

/** One sheet that takes the others, in their order. @param {string} dist @param {string} name @param {string[]} files */
function bundleStyles(dist, name, files) {
  const contents = files.map((file) => `@import "./${file}";`).join("\n");
  const stdin = /** @type {const} */ ({ contents, resolveDir: dist, sourcefile: name, loader: "css" });
  return bundled(dist, name, { stdin, entryNames: `${basename(name, ".css")}-[hash]` });
}

/** What is fetched when it is needed stays a file of its own, and so does each worker. @param {string} dist */
const bundleModules = (dist) => bundled(dist, ENTRY, { splitting: true, plugins: [workersOf(dist, [])] });

/**
 * Bundles the workers that a bundle starts, and those that they start.
 * @param {string} dist @param {string[]} within  workers that it is done for, outermost first @returns {import("esbuild").Plugin}
 */
function workersOf(dist, within) {
  return {
    name: "workers",
    setup({ onLoad, onResolve }) {
      /** @type {Set<string>} */
      const built = new Set();
      onLoad({ filter: /\.js$/ }, async ({ path }) => {
        let contents = await readFile(path, "utf8");
        for (const pattern of [WORKER, HOST]) {
          for (const [whole, name = ""] of codeOf(contents).matchAll(pattern)) {
            const file = relative(dist, join(dirname(path), name));
            // sw.js has to stay where it is; a worker that shares a module with who starts it does not start itself.
            if (!file.startsWith("js/") || within.includes(file)) continue;
            const plugins = [workersOf(dist, [...within, file])];
            const { entry } = await bundled(dist, file, { splitting: true, plugins });
            const address = `./${basename(entry)}`;
            built.add(address);
            contents = contents.replace(whole, whole.replace(name, address));
          }
        }
        return { contents };
      });
      onResolve({ filter: /^\.\// }, ({ path }) => (built.has(path) ? { path, external: true } : undefined));
    },
  };
}

/**
 * @param {string} dist @param {string} file  in it @param {import("esbuild").BuildOptions} [options]
 * @returns {Promise<{entry: string, chunks: string[]}>} what became of it, and what that takes at once; paths in DIST
 */
async function bundled(dist, file, options = {}) {
  const { metafile } = await build({
    ...(!options.stdin && { entryPoints: [join(dist, file)] }),
    absWorkingDir: dist,
    outdir: join(dist, BUILT),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    charset: "utf8",
    format: "esm",
    target: TARGET,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    ...options,
  });
  const [entry = ""] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === file) ?? [];
  const needed = new Set([entry]);
  // A set goes on with what is added.
  for (const output of needed)
    for (const { path, kind } of metafile.outputs[output]?.imports ?? [])
      if (kind === "import-statement") needed.add(path);
  needed.delete(entry);
  return { entry, chunks: [...needed] };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundle(process.argv[2] ?? "dist");
