#!/usr/bin/env node
/**
 * Icons of the installed page, of assets/favicon.svg, and the picture that previews of links show, of the built page
 * (dist/, or $VJEPA_DIST), in headless Chromium: `make icons`, or `node scripts/icons.js [FOLDER]`: www/assets unless named.
 */
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "../tests/e2e/support/browser.js";
import { DIST, ROOT } from "../tests/e2e/support/places.js";
import { serve } from "../tests/e2e/support/server.js";
import { PATIENCE, SHIPPED, breakLaw, calibrated } from "./pictures.js";
import { PREVIEW } from "./site-url.js";

/**
 * `full`: the picture may be cut to any shape, so its ground reaches the edges and what is on it keeps away from them.
 * @type {{file: string, size: number, full?: boolean}[]}
 */
export const ICONS = [
  { file: "icon-192.png", size: 192 },
  { file: "icon-512.png", size: 512 },
  { file: "icon-maskable.png", size: 512, full: true },
  { file: "icon-180.png", size: 180, full: true },
];
/** Of a picture that may be cut to a circle, which has to hold the whole drawing. */
const SAFE = 0.72;
const TRIES = 5;
/** Of the picture that previews show: the page's head, the clip and the verdict are on it. */
const SCALE = 0.75;

const drawing = readFileSync(join(ROOT, "www/assets/favicon.svg"), "utf8");
const [, ground] = /<rect [^>]*fill="(#\w+)"/.exec(drawing);

/** @param {import("playwright-core").Browser} browser @param {{size: number, full?: boolean}} icon */
async function icon(browser, { size, full }) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const side = full ? Math.round(size * SAFE) : size;
  const style = `margin:0;display:grid;place-items:center;height:100vh;background:${full ? ground : "transparent"}`;
  await page.setContent(`<body style="${style}">${drawing.replace("<svg ", `<svg width="${side}" height="${side}" `)}`);
  try {
    return await page.screenshot({ omitBackground: !full });
  } finally {
    await page.close();
  }
}

/** The page as it notices a broken law. @param {import("playwright-core").Browser} browser @param {string} url */
async function preview(browser, url) {
  const viewport = { width: PREVIEW.width / SCALE, height: PREVIEW.height / SCALE };
  const page = await browser.newPage({ viewport, deviceScaleFactor: SCALE, colorScheme: "light" });
  try {
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`${url}${SHIPPED}#watch`);
    await page.evaluate(() => window.vjepa.ready);
    await calibrated(page);
    for (let tries = 0; tries < TRIES; tries++) {
      await breakLaw(page);
      await page.evaluate(() => scrollTo(0, 0)); // a click scrolls to what is clicked
      const told = await page.waitForFunction(
        () =>
          document.querySelector("#laws .told[data-outcome=noticed], #laws .told[data-outcome=missed]")?.dataset
            .outcome,
        undefined,
        { polling: "raf" },
      );
      if ((await told.jsonValue()) === "noticed") return await page.screenshot({ type: "jpeg", quality: 80 });
      await page.waitForTimeout(5000);
    }
    throw new Error(`what was broken was missed ${TRIES} times`);
  } finally {
    await page.close();
  }
}

async function main([folder = join(ROOT, "www/assets")]) {
  if (!existsSync(join(DIST, "index.html"))) throw new Error(`no built site in ${DIST}: run make build`);
  const server = await serve(DIST);
  const browser = await launch({ camera: "none", noWebGpu: true }, "");
  const write = async (/** @type {string} */ file, /** @type {Buffer} */ bytes) => {
    await writeFile(join(folder, file), bytes);
    console.log(`${file}: ${bytes.length} bytes`);
  };
  try {
    for (const one of ICONS) await write(one.file, await icon(browser, one));
    await write(PREVIEW.file.replace("assets/", ""), await preview(browser, server.url));
  } finally {
    await browser.close();
    await server.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
