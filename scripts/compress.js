// @ts-check
/**
 * Puts FILE.br and FILE.gz beside what gets smaller by that, for hosts that send files as they are:  node scripts/compress.js DIST
 * What was compressed once is kept in the cache, because the best compression of an engine takes half a minute.
 */
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const CACHE = join(process.env.VJEPA_CACHE ?? join(homedir(), ".cache/vjepa-web"), "compressed");
const COMPRESSIBLE = /\.(html|css|js|json|md|svg|wasm|webmanifest|safetensors)$/;

/** @type {Record<string, (bytes: Buffer) => Promise<Buffer>>} */
const WAYS = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gz: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

/** @param {string} folder @param {RegExp} [which]  files */
export async function compress(folder, which = COMPRESSIBLE) {
  await mkdir(CACHE, { recursive: true });
  const files = await readdir(folder, { recursive: true });
  await Promise.all(files.filter((file) => which.test(file)).map((file) => compressFile(join(folder, file))));
}

/** @param {string} path */
async function compressFile(path) {
  const bytes = await readFile(path);
  const name = createHash("sha256").update(bytes).digest("hex");
  for (const [end, way] of Object.entries(WAYS)) {
    const kept = join(CACHE, `${name}.${end}`);
    const small = await readFile(kept).catch(async () => {
      const made = await way(bytes);
      await writeFile(kept, made);
      return made;
    });
    if (small.length < bytes.length) await copyFile(kept, `${path}.${end}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await compress(process.argv[2] ?? "dist");
