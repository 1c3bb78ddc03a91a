// @ts-check
/**
 * Tells a built page its own address, which previews of links need:  SITE_URL=https://… node scripts/site-url.js DIST
 * Without one the page says no address and names no picture: neither works relatively.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What previews show; made by scripts/icons.js. */
export const PREVIEW = {
  file: "assets/preview.jpg",
  width: 1200,
  height: 630,
  alt: "An object jumped elsewhere, and the page says: wait, not as learned",
};
const MARK = /^ *<meta property="og:type"[^>]*>\n/m;
const OWN = /^ *<(?:link rel="canonical"|meta property="og:(?:url|image[\w:]*)")[^>]*>\n/gm;

/**
 * @param {string} page  the text of index.html
 * @param {string} address  of the folder it will be in, absolute
 * @returns {string}
 */
export function addressed(page, address) {
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol) || url.search || url.hash)
    throw new Error(`SITE_URL is no address of a site: ${address}`);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  if (!MARK.test(page)) throw new Error("index.html has no og:type, after which its address belongs.");
  const lines = [
    `<link rel="canonical" href="${url.href}" />`,
    `<meta property="og:url" content="${url.href}" />`,
    `<meta property="og:image" content="${new URL(PREVIEW.file, url).href}" />`,
    `<meta property="og:image:width" content="${PREVIEW.width}" />`,
    `<meta property="og:image:height" content="${PREVIEW.height}" />`,
    `<meta property="og:image:alt" content="${PREVIEW.alt}" />`,
  ];
  return page.replace(OWN, "").replace(MARK, (mark) => mark + lines.map((line) => `    ${line}\n`).join(""));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const address = process.env.SITE_URL;
  const path = join(process.argv[2] ?? "dist", "index.html");
  if (address) await writeFile(path, addressed(await readFile(path, "utf8"), address));
  else console.error("SITE_URL is not set: the page says no og:url and no og:image.");
}
