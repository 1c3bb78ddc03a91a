// @ts-check
/** What a built page is told of its address, and the Space that is made of a site. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { parse } from "yaml";
import { PREVIEW, addressed } from "../../scripts/site-url.js";
import { makeSpace, spaceUrl } from "../../scripts/space.js";

const INDEX = readFileSync(new URL("../../www/index.html", import.meta.url), "utf8");

/** What a preview reads. @param {string} page */
const metaOf = (page) =>
  Object.fromEntries(
    [...page.matchAll(/<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"/g)].map(([, key, value]) => [
      key,
      value,
    ]),
  );

test("a page that knows its address says it, with a picture; said anew, it replaces it", () => {
  const before = metaOf(INDEX);
  assert.deepEqual(Object.keys(before), ["og:type", "og:title", "og:description", "twitter:card"]);
  const page = addressed(INDEX, "https://a.example/vjepa");
  const meta = metaOf(page);
  assert.equal(meta["og:url"], "https://a.example/vjepa/");
  assert.equal(meta["og:image"], `https://a.example/vjepa/${PREVIEW.file}`);
  assert.deepEqual([meta["og:image:width"], meta["og:image:height"]], ["1200", "630"]);
  assert.equal(meta["og:image:alt"], PREVIEW.alt);
  assert.match(page, /<link rel="canonical" href="https:\/\/a\.example\/vjepa\/" \/>/);
  assert.equal(addressed(page, "https://b.example/"), addressed(INDEX, "https://b.example/"));
  for (const wrong of ["a.example", "file:///a", "https://a.example/?a=1"])
    assert.throws(() => addressed(INDEX, wrong), /SITE_URL|Invalid URL/, wrong);
  assert.throws(() => addressed("<!doctype html>", "https://a.example/"), /og:type/);
});

test("a Space is the site, which one it is, and what goes by LFS", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "vjepa-space-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [dist, out] = [join(folder, "dist"), join(folder, "out")];
  mkdirSync(join(dist, "engine"), { recursive: true });
  writeFileSync(join(dist, "index.html"), INDEX);
  writeFileSync(join(dist, "index.html.br"), "x");
  writeFileSync(join(dist, "main.js"), "1;");
  writeFileSync(join(dist, "large.json"), Buffer.alloc(10_000_001, " "));
  writeFileSync(join(dist, "engine/a.wasm"), "\0asm");
  writeFileSync(join(dist, "film.webm"), "\0");
  makeSpace(dist, out, "Some.One/V-JEPA_web");
  assert.deepEqual(
    readdirSync(out, { recursive: true, encoding: "utf8" }).sort(),
    // prettier-ignore
    [".gitattributes", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "engine", "engine/a.wasm", "film.webm", "index.html", "large.json", "main.js"],
  );
  const lfs = "filter=lfs diff=lfs merge=lfs -text\n";
  assert.equal(readFileSync(join(out, ".gitattributes"), "utf8"), `*.wasm ${lfs}*.webm ${lfs}large.json ${lfs}`);
  const [, head = "", text = ""] = readFileSync(join(out, "README.md"), "utf8").split("---\n");
  const card = parse(head);
  assert.deepEqual([card.sdk, card.license, card.pinned], ["static", "mit", false]);
  assert.ok(existsSync(join(out, card.app_file)));
  assert.ok(card.short_description.length <= 60, `${card.short_description.length} characters`);
  for (const colour of [card.colorFrom, card.colorTo])
    assert.ok(["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"].includes(colour), colour);
  assert.match(text, /concepts, not pixels/);
  const meta = metaOf(readFileSync(join(out, "index.html"), "utf8"));
  assert.equal(meta["og:url"], "https://some-one-v-jepa-web.static.hf.space/");
});

test("without a name it has no address; without a site, or with another name, it is none", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "vjepa-space-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  assert.throws(() => makeSpace(folder, join(folder, "out")), /no built site/);
  writeFileSync(join(folder, "index.html"), INDEX);
  makeSpace(folder, `${folder}-out`);
  t.after(() => rmSync(`${folder}-out`, { recursive: true, force: true }));
  assert.equal(metaOf(readFileSync(join(`${folder}-out`, "index.html"), "utf8"))["og:url"], undefined);
  assert.throws(() => spaceUrl("vjepa"), /owner\/name/);
});
