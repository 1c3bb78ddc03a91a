/** What has to be downloaded: raw, with gzip and with brotli. Compressed well once, then remembered by content. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/**
 * @param {string} site @param {string} cache a file to remember sizes in
 * @param {{what: string, key?: string, files: string[]}[]} groups paths below the site
 * @returns {Promise<import("../www/js/bench/report.js").Download[]>}
 */
export async function weigh(site, cache, groups) {
  const known = JSON.parse(await readFile(cache, "utf8").catch(() => "{}"));
  const downloads = [];
  for (const { what, key, files } of groups) {
    const there = [...new Set(files)].filter((file) => existsSync(join(site, file)));
    if (there.length === 0) continue;
    const sum = { raw: 0, gzip: 0, brotli: 0 };
    for (const file of there) {
      const size = await weighFile(join(site, file), known);
      for (const kind of Object.keys(sum)) sum[kind] += size[kind];
    }
    downloads.push({ what, key, files: there.length, ...sum });
  }
  await mkdir(dirname(cache), { recursive: true });
  await writeFile(cache, JSON.stringify(known));
  return downloads;
}

async function weighFile(path, known) {
  const bytes = await readFile(path);
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (!known[hash]) {
    const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
    const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
    known[hash] = {
      raw: bytes.length,
      gzip: (await promisify(gzip)(bytes, { level: 9 })).length,
      brotli: (await promisify(brotliCompress)(bytes, { params })).length,
    };
  }
  return known[hash];
}
