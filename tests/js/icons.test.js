// @ts-check
/** The web manifest and its icons, and the picture of previews: they are what is said of them, and small. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { ICONS } from "../../scripts/icons.js";
import { PREVIEW } from "../../scripts/site-url.js";
import { kindOf } from "../../www/js/sources/file-type.js";

/** @param {string} file */
const read = (file) => readFileSync(new URL(`../../www/${file}`, import.meta.url));
const page = String(read("index.html"));
const manifest = JSON.parse(String(read("manifest.webmanifest")));

/** Of a PNG, by its header. @param {Buffer} png */
const sizeOf = (png) => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;

test("the manifest makes the page installable under any path", () => {
  assert.match(page, /<link rel="manifest" href="manifest\.webmanifest" \/>/);
  for (const key of ["id", "start_url", "scope"]) assert.equal(manifest[key], "./", key);
  assert.deepEqual([manifest.display, manifest.lang], ["standalone", "en"]);
  assert.equal(manifest.name, /<title>(.*)<\/title>/.exec(page)?.[1]);
  assert.equal(manifest.description, /property="og:description" content="([^"]+)"/.exec(page)?.[1]);
  const wanted = manifest.icons.map((/** @type {any} */ { sizes, purpose = "any" }) => `${sizes} ${purpose}`);
  for (const least of ["192x192 any", "512x512 any", "512x512 maskable"]) assert.ok(wanted.includes(least), least);
});

test("icons are as large as they say, made by the script, and small", () => {
  const named = manifest.icons.map((/** @type {any} */ { src, sizes, type }) => ({ src, sizes, type }));
  const [, apple = ""] = /<link rel="apple-touch-icon" href="([^"]+)"/.exec(page) ?? [];
  for (const { src, sizes, type } of [...named, { src: apple, sizes: "180x180", type: "image/png" }]) {
    const bytes = read(src);
    assert.deepEqual([kindOf(bytes.subarray(0, 64)), sizeOf(bytes)], [type, sizes], src);
    assert.ok(bytes.length < 10_000, `${src} has ${bytes.length} bytes`);
    assert.ok(
      ICONS.some(({ file }) => src === `assets/${file}`),
      `${src} is made by nothing`,
    );
  }
});

test("the picture of previews has the size that is said, and can be had quickly", () => {
  const bytes = read(PREVIEW.file);
  assert.equal(kindOf(bytes.subarray(0, 64)), "image/jpeg");
  assert.ok(bytes.length < 200_000, `${bytes.length} bytes`);
  // The frame of a JPEG: length, precision, height, width.
  let at = 2;
  while (![0xc0, 0xc1, 0xc2].includes(bytes[at + 1] ?? 0)) at += 2 + bytes.readUInt16BE(at + 2);
  assert.deepEqual([bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)], [PREVIEW.width, PREVIEW.height]);
});
