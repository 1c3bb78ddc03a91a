// @ts-check
/** The pages' content policy: one, in all of them, with nothing in a page or a module that it would refuse. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { codeOf } from "../../scripts/imports.js";
import { MODULES, textOf } from "./support/modules.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (/** @type {string} */ file) => readFileSync(join(ROOT, file), "utf8");
const PAGES = readdirSync(join(ROOT, "www")).filter((file) => file.endsWith(".html"));
/** What the benchmark does without: it runs onnxruntime-web, TensorFlow.js and jax-js, which are not ours. */
const PEERS = ["require-trusted-types-for 'script'", "trusted-types vjepa-web"];

/** @param {string} page */
const metaOf = (page) => /<meta http-equiv="Content-Security-Policy" content="([^"]+)" \/>/.exec(read(`www/${page}`));
/** @param {string} page */
const directivesOf = (page) => metaOf(page)?.[1]?.split("; ") ?? [];

test("every page has the policy, before all that it is for", () => {
  assert.deepEqual(PAGES, ["bench.html", "element.html", "index.html", "licences.html"]);
  for (const page of PAGES) {
    const before = read(`www/${page}`).slice(0, metaOf(page)?.index);
    assert.doesNotMatch(before, /<(script|link|style|title|body)/, page);
  }
  const policy = directivesOf("index.html");
  for (const page of ["element.html", "licences.html"]) assert.deepEqual(directivesOf(page), policy, page);
  assert.deepEqual(
    directivesOf("bench.html"),
    policy.filter((directive) => !PEERS.includes(directive)),
  );
});

test("it names no host but the page's own, and allows nothing inline and no evaluation", () => {
  const policy = directivesOf("index.html");
  const sources = policy.flatMap((directive) => directive.split(" ").slice(1));
  const allowed = ["'none'", "'self'", "'wasm-unsafe-eval'", "'script'", "blob:", "data:", "vjepa-web"];
  assert.deepEqual([...new Set(sources)].sort(), allowed.sort());
  assert.ok(policy.includes("default-src 'none'") && policy.includes("connect-src 'self'"));
  // What has an address that is made here can't contact anybody; as a script only a worker may have one, which inherits.
  const local = policy.filter((directive) => /blob:|data:/.test(directive)).map((directive) => directive.split(" ")[0]);
  assert.deepEqual(local, ["media-src", "worker-src"]);
});

test("pages hold no script, style or handler, and modules make none of text", () => {
  for (const page of PAGES) {
    const text = read(`www/${page}`);
    assert.doesNotMatch(text, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:/, page);
  }
  const refused =
    /\.(inner|outer)HTML|insertAdjacentHTML|createContextualFragment|DOMParser|document\.write|\beval\(|new Function|srcdoc|setAttribute\("style"/;
  for (const path of MODULES) {
    const code = codeOf(textOf(path));
    if (!path.startsWith("bench/")) assert.doesNotMatch(code, refused, path);
    // Where scripts of workers come from is decided in one place.
    assert.equal(
      (code.match(/\bnew (Shared)?Worker\(|serviceWorker\.register\(/g) ?? []).length,
      (code.match(/\bnew Worker\(scriptAddress\(|serviceWorker\.register\(scriptAddress\(/g) ?? []).length,
      `${path} starts a worker from an address that nobody looked at`,
    );
  }
});

test("docs/security.md quotes the policy and the headers as they are", () => {
  const text = read("docs/security.md");
  for (const directive of directivesOf("index.html")) assert.ok(text.includes(`\`${directive}\``), directive);
  const headers = read("www/_headers")
    .split("\n")
    .filter((line) => /^ {2}[\w-]+: /.test(line));
  assert.ok(headers.length >= 4);
  for (const [, name = "", value = ""] of headers.map((line) => / {2}([\w-]+): (.*)/.exec(line) ?? []))
    assert.ok(text.includes(`add_header ${name} "${value}"`), `${name} is not in the snippet for nginx`);
});
