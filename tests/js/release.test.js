// @ts-check
/** What a release is checked for and says, and what a site weighs. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parse } from "yaml";
import { notesOf, releaseOf, versionOf } from "../../scripts/release.js";
import { sizesOf, tableOf } from "../../scripts/site-sizes.js";

/** @param {string} name */
const read = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const CARGO = '[package]\nname = "a"\nversion = "0.2.0"\n';
const CHANGELOG = `# Changelog

## Unreleased

- Next.

## 0.2.0 - 2026-12-01

### Added

- One.
- Two,
  in two lines.

## 0.2.0-rc.1 - 2026-11-30

- Early.

## 0.1.0

- Undated.

## 0.0.1 - 2026-01-01
`;

test("notes are the section of the tag's version, and of no other", () => {
  assert.equal(releaseOf("v0.2.0", CARGO, CHANGELOG), "### Added\n\n- One.\n- Two,\n  in two lines.\n");
  assert.equal(notesOf(CHANGELOG, "0.2.0-rc.1"), "- Early.\n");
  // prettier-ignore
  for (const [tag, cargo, said] of /** @type {const} */ ([
    ["v0.2.1", CARGO, /The tag is v0\.2\.1, but Cargo\.toml names version 0\.2\.0/],
    ["0.2.0", CARGO, /The tag is 0\.2\.0/],
    ["v0.3.0", CARGO.replace("0.2", "0.3"), /no section for 0\.3\.0/],
    ["v0.1.0", CARGO.replace("0.2", "0.1"), /no date for 0\.1\.0/],
    ["v0.0.1", CARGO.replace("0.2.0", "0.0.1"), /says nothing about 0\.0\.1/],
    ["v0.2.0", "[package]", /names no version/],
  ]))
    assert.throws(() => releaseOf(tag, cargo, CHANGELOG), said);
});

test("this project's own changelog has a section for this version, or one that becomes it", () => {
  const version = versionOf(read("Cargo.toml"));
  const [newest = ""] = /(?<=^## )\S+/m.exec(read("CHANGELOG.md")) ?? [];
  assert.ok(
    newest === "Unreleased" || newest === version,
    `CHANGELOG.md begins with ${newest}, Cargo.toml is at ${version}`,
  );
  if (newest === version) assert.ok(notesOf(read("CHANGELOG.md"), version).length > 100);
});

test("how to cite is of this version, and of its day", () => {
  const citation = parse(read("CITATION.cff"));
  assert.equal(citation.version, versionOf(read("Cargo.toml")));
  const [, day = citation["date-released"]] =
    new RegExp(`^## ${citation.version} - (.*)$`, "m").exec(read("CHANGELOG.md")) ?? [];
  assert.equal(citation["date-released"], day);
  for (const { url } of citation.references) assert.ok(read("README.md").includes(url), `${url} is not credited`);
});

test("a site's files are counted once each, in their part, as they are sent", (t) => {
  const dist = mkdtempSync(join(tmpdir(), "vjepa-sizes-"));
  t.after(() => rmSync(dist, { recursive: true, force: true }));
  for (const folder of ["js/built", "js/element", "engine/cpu", "engine/webgpu", "assets"])
    mkdirSync(join(dist, folder), { recursive: true });
  for (const [file, bytes] of /** @type {const} */ ([
    ["index.html", 1000],
    ["index.html.gz", 500],
    ["index.html.br", 400],
    ["js/built/main-AAAA.js", 100],
    ["js/element/draw.js", 7],
    ["engine/cpu/vjepa_web_bg.wasm", 3000],
    ["engine/cpu/vjepa_web_bg.wasm.br", 1000],
    ["engine/webgpu/vjepa_web.js", 20],
    ["assets/learner.safetensors", 50],
    ["assets/film.webm", 1_000_000],
  ]))
    writeFileSync(join(dist, file), Buffer.alloc(bytes));
  const rows = sizesOf(dist);
  assert.deepEqual(
    rows.map(({ files, raw, gzip, brotli }) => [files, raw, gzip, brotli]),
    [
      [2, 1100, 600, 500],
      [1, 3000, 3000, 1000],
      [1, 20, 20, 20],
      [1, 50, 50, 50],
      [2, 1_000_007, 1_000_007, 1_000_007],
    ],
  );
  const table = tableOf(rows);
  assert.match(table, /^\| page \| 2 \| 1\.1 \| 0\.6 \| 0\.5 \|$/m);
  assert.match(table, /^\| \*\*all\*\* \| 7 \| 1,004\.2 \| 1,003\.7 \| 1,001\.6 \|$/m);
});
