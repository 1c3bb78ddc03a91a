// @ts-check
/** What documents and comments refer to is there: sections of the specification, files, commands, settings, calls, buttons. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { commentsOf } from "../../scripts/imports.js";
import { PICTURES } from "../../scripts/pictures.js";
import { SETTINGS } from "../../www/js/settings/settings.js";
import { en } from "../../www/js/language/en.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SPEC = "docs/spec/VJEPA.md";
/** @param {string} path */
const read = (path) => readFileSync(join(ROOT, path), "utf8");
/** Files below a folder. @param {string} folder @param {RegExp} end @returns {string[]} paths from the root */
const below = (folder, end) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => end.test(name) && !/node_modules|artefacts|fixtures/.test(name))
    .map((name) => `${folder}/${name}`);

const SOURCES = ["src", "tests", "www", "examples", "bench", "scripts", "fuzz/fuzz_targets", "docs/spec"].flatMap(
  (folder) => below(folder, /\.(rs|js|ts|wgsl|html|css|sh|py)$/),
);
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...below("docs", /\.md$/),
  "bench/README.md",
  "package/README.md",
  "www/assets/MODEL_CARD.md",
];
/** What was written for readers, rather than recorded or specified. */
const PROSE = DOCUMENTS.filter((path) => path !== SPEC && path !== "CHANGELOG.md");

/** Sections that a text cites, such as 5.4 for "spec §5.4" and for what follows it in a list. @param {string} text */
const cited = (text) =>
  [...text.matchAll(/\bspec (§\d+(?:\.\d+)*(?:(?:, | and | to )§\d+(?:\.\d+)*)*)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/§([\d.]*\d)/g)].map(([, section = ""]) => section),
  );

test("every cited section is a heading of the specification", () => {
  const headings = new Set([...read(SPEC).matchAll(/^#+ (\d+(?:\.\d+)*)\.? /gm)].map(([, number]) => number));
  const wrong = [...SOURCES, ...DOCUMENTS].flatMap((path) =>
    cited(read(path))
      .filter((section) => !headings.has(section))
      .map((section) => `${path}: spec §${section}`),
  );
  assert.deepEqual(wrong, []);
  const within = [...read(SPEC).matchAll(/§(\d+(?:\.\d+)*)/g)]
    .map(([, section = ""]) => section)
    .filter((section) => !headings.has(section));
  assert.deepEqual(within, [], "the specification cites itself wrongly");
  assert.ok(
    SOURCES.flatMap((path) => cited(read(path))).length > 30,
    "hardly anything is cited: is the form another one now?",
  );
});

test("sections are cited in one form", () => {
  // This test spells the form; APPNOTE is the specification of zip; the programs of the specification cite what they check.
  const sources = SOURCES.filter((path) => !path.startsWith("docs/spec") && path !== "tests/js/documents.test.js");
  const wrong = sources
    .flatMap((path) =>
      read(path)
        .split("\n")
        .map((line, i) => ({ line, at: `${path}:${i + 1}` })),
    )
    .filter(
      ({ line }) => line.includes("§") && !/APPNOTE/.test(line) && line.split("§").length - 1 !== cited(line).length,
    );
  assert.deepEqual(
    wrong.map(({ at, line }) => `${at}: ${line.trim()}`),
    [],
  );
});

test("links in documents lead somewhere", () => {
  /** As hosts of repositories name a heading. @param {string} heading */
  const anchor = (heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
  const broken = DOCUMENTS.flatMap((path) =>
    [
      ...read(path)
        .replace(/`[^`\n]*`/g, "")
        .matchAll(/\]\(([^)\s]+)\)/g),
    ]
      .map(([, to = ""]) => to)
      .filter((to) => !/^https?:/.test(to))
      .filter((to) => {
        const [file = "", place] = to.split("#");
        const target = file ? join(dirname(path), file) : path;
        if (target.startsWith("docs/pictures/"))
          return !PICTURES.some(({ name }) => target === `docs/pictures/${name}`); // made from the built page
        if (!existsSync(join(ROOT, target))) return true;
        return (
          place && ![...read(target).matchAll(/^#+ (.*)$/gm)].some(([, heading = ""]) => anchor(heading) === place)
        );
      })
      .map((to) => `${path}: ${to}`),
  );
  assert.deepEqual(broken, []);
});

test("files, commands and examples that documents name are there", () => {
  const targets = new Set([...read("Makefile").matchAll(/^([a-z0-9-]+):/gm)].map(([, name]) => name));
  const program = read("src/bin/vjepa/main.rs");
  const known = new Set([...program.matchAll(/Command::(\w+)\(/g)].map(([, name = ""]) => name.toLowerCase()));
  const wrong = PROSE.flatMap((path) => {
    const text = read(path);
    const commands = [...text.matchAll(/(?:`|^| {4})(?:[A-Z_]+=\S+ )?make ([a-z][a-z0-9-]*)/gm)]
      .filter(([, name]) => !targets.has(name))
      .map(([found]) => found);
    const programs = [...text.matchAll(/--bin\s+(\w+)\s+--\s+([\w-]+)/g)]
      .filter(([, bin, command = ""]) => bin !== "vjepa" || !(known.has(command) || command === "--help"))
      .map(([found]) => found);
    const examples = [...text.matchAll(/--example\s+(\w+)/g)]
      .filter(([, name]) => !existsSync(join(ROOT, `examples/${name}.rs`)))
      .map(([found]) => found);
    // Paths in code font that begin with a folder of the repository.
    const files = [...text.matchAll(/`((?:src|tests|www|examples|bench|scripts|docs|package|fuzz)\/[\w./-]+)`/g)]
      .map(([, file = ""]) => file)
      .filter((file) => !existsSync(join(ROOT, file)) && !/node_modules|artefacts/.test(file)); // those are made
    return [...commands, ...programs, ...examples, ...files].map((found) => `${path}: ${found}`);
  });
  assert.deepEqual(wrong, []);
});

test("modules that documents name are there", () => {
  const files = ["src", "tests", "www", "examples", "bench", "scripts", "docs", "package"]
    .flatMap((folder) => below(folder, /./))
    .concat(readdirSync(ROOT));
  const wrong = PROSE.flatMap((path) =>
    [
      ...read(path)
        .replace(/^```[\s\S]*?^```/gm, "")
        .matchAll(/`([\w./-]+\.(?:js|rs|ts|py|sh|html))`/g),
    ]
      .map(([, name = ""]) => name)
      .filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test("modules that comments of the page name are there", () => {
  const files = ["www", "scripts", "tests", "bench"].flatMap((folder) => below(folder, /\.js$/));
  const wrong = below("www", /\.js$/).flatMap((path) =>
    commentsOf(read(path))
      .flatMap((comment) =>
        [...comment.replace(/import\([^)]*\)/g, "").matchAll(/(?<![\w…/.-])[a-z][\w/-]*\.js\b/g)].map(([name]) => name),
      )
      .filter((name) => !files.some((file) => file.endsWith(`/${name}`)))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test("the README shows every picture that is made, with its description", () => {
  const shown = [...read("README.md").matchAll(/!\[([^\]]*)\]\(docs\/pictures\/([^)]+)\)/g)].map(([, alt, name]) => ({
    name,
    alt,
  }));
  assert.deepEqual(
    shown,
    PICTURES.map(({ name, alt }) => ({ name, alt })),
  );
});

test("the README is short", () => {
  assert.ok(read("README.md").split("\n").length <= 151, "at most 150 lines: move what is more to docs/");
});

test("every setting of the address is described, and no other", () => {
  const described = [...read("docs/settings.md").matchAll(/^\| `(\w+)` \|/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== undefined);
  const presets = [
    ...(read("src/config/presets.rs").match(/PRESETS: \[&str; \d+\] =\s*\[([^\]]*)\]/)?.[1] ?? "").matchAll(/"(\w+)"/g),
  ].map(([, name]) => name);
  assert.ok(presets.length > 5);
  for (const name of [...Object.keys(SETTINGS), ...presets])
    assert.match(read("docs/settings.md"), new RegExp(`\`${name}\``), name);
  for (const name of described)
    assert.ok(name in SETTINGS || presets.includes(name), `${name} is no setting and no preset`);
  for (const setting of Object.values(SETTINGS)) {
    for (const value of setting.allowed.message.match(/^[\w]+(, [\w]+)* or [\w]+$/)?.[0].split(/, | or /) ?? [])
      assert.match(read("docs/settings.md"), new RegExp(`\`${value}\``), value);
  }
});

test("every call of window.vjepa is described, and no other", () => {
  const declared = read("www/js/app/vjepa.d.ts").match(/export interface Vjepa \{([\s\S]*?)\n\}/)?.[1] ?? "";
  const calls = [...declared.matchAll(/^ {2}(\w+)(?:<[^>]*>)?[(:]/gm)].map(([, name = ""]) => name);
  assert.ok(calls.length > 30, String(calls.length));
  const text = read("docs/api.md");
  const agent = read("www/js/app/vjepa.d.ts").match(/export interface Act \{([\s\S]*?)\n\}/)?.[1] ?? "";
  const acts = [...agent.matchAll(/^ {2}(\w+)\(/gm)].map(([, name = ""]) => name);
  assert.ok(acts.length > 10, String(acts.length));
  for (const name of acts) assert.ok(text.includes(`\`act.${name}\``), `docs/api.md says nothing of act.${name}`);
  for (const path of PROSE)
    for (const [, name = ""] of read(path).matchAll(/\b(?:vjepa\.|`)act\.([a-zA-Z]+)/g))
      assert.ok(acts.includes(name), `${path}: act.${name}`);
  for (const name of calls) assert.match(text, new RegExp(`\\b${name}\\b`), `docs/api.md says nothing of ${name}`);
  for (const path of PROSE)
    for (const [, name = ""] of read(path).matchAll(/\bvjepa\.([a-zA-Z]+)\(/g))
      assert.ok(calls.includes(name), `${path}: vjepa.${name}`);
});

test("buttons and headings that documents name are on the page", () => {
  const told = Object.values(en).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(/** @type {any} */ (entry)),
  );
  const wrong = ["README.md", ...below("docs", /^[\w-]+\.md$/)].flatMap((path) =>
    [
      ...read(path)
        .replace(/\*\*/g, "")
        .matchAll(/(?<![\w*])\*([A-Z][^*\n]*(?:\n[^*\n]+)?)\*(?![\w*])/g),
    ]
      .map(([, name = ""]) => name.replace(/\s+/g, " "))
      .filter((name) => !told.includes(name))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(wrong, []);
});
