// @ts-check
/** The npm package of the element: what is in it, and that its types are of use. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { elementManifest } from "../../scripts/element-manifest.js";
import { ENTRY, assemble, manifest, modulesOf, repositoryOf } from "../../scripts/package.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "vjepa-package-"));
const out = join(folder, "package");
const source = readFileSync(join(ROOT, "www", ENTRY), "utf8");
const shadow = readFileSync(join(ROOT, "www", dirname(ENTRY), "shadow.js"), "utf8");

before(() => {
  const dist = join(folder, "dist");
  cpSync(join(ROOT, "www"), dist, { recursive: true });
  for (const engine of ["cpu", "webgpu"]) {
    mkdirSync(join(dist, "engine", engine), { recursive: true });
    for (const file of ["vjepa_web.js", "vjepa_web_bg.wasm", "vjepa_web_bg.wasm.br"])
      writeFileSync(join(dist, "engine", engine, file), "made up");
  }
  assemble(dist, out, "some/one");
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("it holds what the element reaches, workers too, and nothing of the page around it", () => {
  const modules = modulesOf(join(ROOT, "www"), ENTRY);
  for (const needed of [
    ENTRY,
    "js/element/watch.js",
    "js/engine/client.js",
    "js/worker/engine-worker.js",
    "js/worker/host.js",
    "js/sources/scaler-worker.js",
    "js/worker/load-wasm.js",
  ]) {
    assert.ok(modules.includes(needed), `${needed} is missing`);
  }
  assert.deepEqual(
    modules.filter((path) => /-view|^js\/(ui|language|app|rooms)\/|main\.js/.test(path)),
    [],
  );
});

test("its manifest follows the crate", () => {
  const cargo = readFileSync(join(ROOT, "Cargo.toml"), "utf8");
  const { name, version, license, exports } = manifest(cargo);
  assert.deepEqual([name, license, exports["."].default], ["vjepa-web", "MIT OR Apache-2.0", `./${ENTRY}`]);
  assert.ok(cargo.includes(`version = "${version}"`));
  assert.throws(() => manifest("[package]"), /version/);
});

test("its repository is what is named, and nothing where nothing is", () => {
  assert.deepEqual(repositoryOf("some/one"), {
    repository: { type: "git", url: "git+https://github.com/some/one.git" },
    homepage: "https://github.com/some/one#readme",
    bugs: { url: "https://github.com/some/one/issues" },
  });
  assert.equal(repositoryOf("https://example.org/a/b.git").repository.url, "git+https://example.org/a/b.git");
  for (const wrong of ["one", "git@github.com:a/b.git", "https://example.org", "a/b/c"])
    assert.throws(() => repositoryOf(wrong), /is no repository/, wrong);
  const cargo = readFileSync(join(ROOT, "Cargo.toml"), "utf8");
  assert.ok(!("repository" in manifest(cargo)) && "repository" in manifest(cargo, "some/one"));
});

test("what editors read about the element is what the element is", () => {
  const { customElements } = JSON.parse(readFileSync(join(out, "package.json"), "utf8"));
  const [module] = JSON.parse(readFileSync(join(out, customElements), "utf8")).modules;
  assert.ok(existsSync(join(out, module.path)));
  const [element] = module.declarations;
  const names = (/** @type {{name: string}[]} */ list) => list.map(({ name }) => name).sort();
  /** @param {RegExp} pattern @param {string} [text] */
  const found = (pattern, text = source) =>
    [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort();
  const observed = found(/"(\w+)"/g, /observedAttributes = \[(.*)\]/.exec(source)?.[1]);
  assert.deepEqual(
    names(element.attributes),
    [...new Set([...observed, ...found(/(?:get|has)Attribute\("(\w+)"\)/g)])].sort(),
  );
  assert.deepEqual(names(element.events), found(/new CustomEvent\("(\w+)"/g));
  assert.deepEqual(names(element.cssParts), found(/\bpart: "(\w+)"/g, shadow));
  assert.deepEqual([element.slots.length, element.slots[0].name], [found(/make\("(slot)"/g, shadow).length, ""]);
  // Members at the margin of the class that are neither private nor the browser's.
  const members = found(/^ {2}(?:async |get |set )?([a-z]\w*)(?: =|\()/gm).filter(
    (name) => !/Callback$|^constructor$/.test(name),
  );
  assert.deepEqual(names(element.members), members);
  for (const one of [
    ...element.attributes,
    ...element.events,
    ...element.cssParts,
    ...element.slots,
    ...element.members,
  ])
    assert.ok(one.description?.length > 8, `${one.name} is not described`);
  // The README of the package, which says it for people, names all of it.
  const readme = readFileSync(join(ROOT, "package/README.md"), "utf8");
  const said = [element.attributes, element.events, element.cssParts, element.members].flatMap(names);
  assert.deepEqual(
    said.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme)),
    [],
  );
});

test("a comment or a declaration in another form is refused, not left out", () => {
  const types = readFileSync(join(out, "types/element/vjepa-surprise.d.ts"), "utf8");
  assert.throws(
    () => elementManifest(source.replace("@attr {string} src -", "@attr {string} src:"), types, ENTRY),
    /@attr/,
  );
  assert.throws(
    () => elementManifest(source, types.replace("reading: Reading", "reading?: Reading"), ENTRY),
    /another form/,
  );
  assert.throws(() => elementManifest("export class A {}", types, ENTRY), /no element/);
});

test("packed and installed into an empty project, a strict page compiles against it, and a wrong one does not", () => {
  const project = join(folder, "project");
  mkdirSync(project);
  const npm = (/** @type {string} */ cwd, /** @type {string[]} */ ...args) =>
    execFileSync("npm", [...args, "--loglevel=error"], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const [packed] = JSON.parse(npm(folder, "pack", "./package", "--json"));
  const files = packed.files.map((/** @type {{path: string}} */ { path }) => path);
  for (const file of [
    ENTRY,
    "custom-elements.json",
    "index.d.ts",
    "README.md",
    "LICENSE-MIT",
    "engine/cpu/vjepa_web_bg.wasm",
  ])
    assert.ok(files.includes(file), `${file} is not packed`);
  assert.deepEqual(
    files.filter((/** @type {string} */ file) => /\.(br|gz)$|test/.test(file)),
    [],
  );
  writeFileSync(join(project, "package.json"), '{"private": true, "type": "module"}');
  npm(project, "install", "--offline", "--no-audit", "--no-fund", `../${packed.filename}`);
  const compile = (/** @type {string} */ code) => {
    const page = join(project, "page.ts");
    writeFileSync(
      page,
      `import "vjepa-web";\nconst sensor = document.createElement("vjepa-surprise");\n${code}\nexport {};\n`,
    );
    const options =
      "--strict --noEmit --target es2022 --module es2022 --moduleResolution bundler --lib dom,dom.iterable,es2022";
    execFileSync(join(ROOT, "node_modules/.bin/tsc"), [page, "--types", "", ...options.split(" ")], {
      encoding: "utf8",
      stdio: "pipe",
    });
  };
  compile(`sensor.addEventListener("alarm", ({ detail }) => { const heat: Float32Array = detail.heat; const rows: number = detail.rows; void [heat, rows]; });
    sensor.threshold = 4; void sensor.start(); sensor.stop(); const peak: number | undefined = sensor.reading?.peak; void peak;`);
  assert.throws(
    () => compile("sensor.threshold = true;\nconst peak: string = sensor.reading!.peak; void peak;"),
    ({ stdout }) => /'boolean' is not assignable/.test(stdout) && /'number' is not assignable/.test(stdout),
  );
});
