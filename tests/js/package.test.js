// @ts-check
/** The npm package of the element: what is in it, and that its types are of use. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { ENTRY, declare, manifest, modulesOf } from "../../scripts/package.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

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

test("a strict page compiles against its types, and a wrong one does not", () => {
  const folder = mkdtempSync(join(tmpdir(), "vjepa-types-"));
  try {
    declare(folder);
    cpSync(join(ROOT, "package/index.d.ts"), join(folder, "index.d.ts"));
    const compile = (/** @type {string} */ code) => {
      writeFileSync(
        join(folder, "page.ts"),
        `import "./index.js";\nconst sensor = document.createElement("vjepa-surprise");\n${code}\nexport {};\n`,
      );
      const options = [
        "--strict",
        "--noEmit",
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
      ];
      execFileSync(join(ROOT, "node_modules/.bin/tsc"), [join(folder, "page.ts"), ...options], {
        encoding: "utf8",
        stdio: "pipe",
      });
    };
    compile(`sensor.addEventListener("alarm", ({ detail }) => { const heat: Float32Array = detail.heat; const rows: number = detail.rows; void [heat, rows]; });
      sensor.threshold = 4; void sensor.start(); sensor.stop(); const peak: number | undefined = sensor.reading?.peak; void peak;`);
    assert.throws(() => compile("sensor.threshold = true;"));
    assert.throws(() => compile("const peak: string = sensor.reading!.peak; void peak;"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
