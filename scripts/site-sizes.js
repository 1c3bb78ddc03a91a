// @ts-check
/**
 * What a built site weighs, by part, as a table in Markdown:  node scripts/site-sizes.js DIST
 * A file without a compressed one beside it is sent as it is, and counts so.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The first that fits a file is its part. @type {[part: string, files: RegExp][]} */
const PARTS = [
  ["page", /^(index\.html|manifest\.webmanifest|(preload|sw|watchdog)\.js|js\/built\/.*)$/],
  ["engine for the CPU", /^engine\/cpu\//],
  ["engine for WebGPU", /^engine\/webgpu\//],
  ["weights", /\.safetensors$/],
  ["other: pictures, film, modules for other pages, benchmark", /./],
];

/** @typedef {{part: string, files: number, raw: number, gzip: number, brotli: number}} Row */

/** @param {string} dist @returns {Row[]} of every part, the empty ones too */
export function sizesOf(dist) {
  const rows = PARTS.map(([part]) => ({ part, files: 0, raw: 0, gzip: 0, brotli: 0 }));
  for (const entry of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const file = entry.replaceAll("\\", "/");
    if (/\.(br|gz)$/.test(file) || !statSync(join(dist, file)).isFile()) continue;
    const row = rows[PARTS.findIndex(([, files]) => files.test(file))];
    if (!row) continue;
    const size = (/** @type {string} */ end) =>
      statSync(join(dist, existsSync(join(dist, file + end)) ? file + end : file)).size;
    row.files += 1;
    row.raw += size("");
    row.gzip += size(".gz");
    row.brotli += size(".br");
  }
  return rows;
}

/** @param {Row[]} rows @returns {string} */
export function tableOf(rows) {
  const sum = (/** @type {"files" | "raw" | "gzip" | "brotli"} */ what) =>
    rows.reduce((total, row) => total + row[what], 0);
  const all = { part: "**all**", files: sum("files"), raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") };
  const kB = (/** @type {number} */ bytes) => (bytes / 1000).toLocaleString("en", { maximumFractionDigits: 1 });
  return [
    "| part | files | kB | gzip | brotli |",
    "|---|---:|---:|---:|---:|",
    ...[...rows, all].map(
      ({ part, files, raw, gzip, brotli }) => `| ${part} | ${files} | ${kB(raw)} | ${kB(gzip)} | ${kB(brotli)} |`,
    ),
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  console.log(tableOf(sizesOf(process.argv[2] ?? "dist")));
