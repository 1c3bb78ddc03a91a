#!/usr/bin/env node
/**
 * The pictures of the README, from the built page (dist/, or $VJEPA_DIST) in headless Chromium: four stills, and one that
 * moves and shows the page as an alarm rings. `make pictures`, or `node scripts/pictures.js [FOLDER] [NAME...]`:
 * docs/pictures and all of them unless named.
 */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "../tests/e2e/support/browser.js";
import { DIST, ROOT } from "../tests/e2e/support/places.js";
import { serve } from "../tests/e2e/support/server.js";
import { animated } from "./webp.js";

/** The model that comes with the page, in its world: what a visitor sees first. */
const SHIPPED = "?device=cpu&source=world&seed=1";
const SIZE = { width: 1200, height: 750 };
/** Milliseconds. */
const BEFORE_ALARM = 4000;
const AFTER_ALARM = 3000;
const BETWEEN_FRAMES = 250;
const PATIENCE = 300_000;

/**
 * What is on each picture: `room` is open, `prepare` brings the page there, `spot` is what is scrolled to.
 * @typedef {{name: string, alt: string, room: string, spot: string, query?: string, scheme?: "light" | "dark", prepare?: (page: any) => Promise<unknown>}} Picture
 * @type {Picture[]}
 */
export const PICTURES = [
  {
    name: "noticing.webp",
    alt: "The clip plays, with how far each patch is from what was predicted",
    room: "watch",
    spot: "#surprise",
    prepare: calibrated,
  },
  {
    name: "surprise.png",
    alt: "Surprise as heat over the newest frames, and over time",
    room: "watch",
    spot: "#surprise",
    prepare: watched,
  },
  {
    name: "features.png",
    alt: "Features of every patch as colour, actual and predicted",
    room: "inside",
    spot: "#features",
  },
  {
    name: "training.png",
    alt: "Loss and health while it trains",
    room: "train",
    spot: "#desk",
    scheme: "dark",
    prepare: (page) => page.evaluate(() => window.vjepa.train(60)),
  },
  {
    name: "checkpoints.png",
    alt: "The catalogue of official checkpoints",
    room: "models",
    spot: "#models",
    prepare: (page) => page.getByRole("button", { name: "Official checkpoints…" }).click(),
  },
];

/** Resolves when it is known what is usual. */
function calibrated(page) {
  return page.waitForFunction(() => window.vjepa.state().surprise.missing === 0, undefined, { timeout: PATIENCE });
}

/** Resolves when the time line has about half a minute. */
function watched(page) {
  return page.waitForFunction(() => window.vjepa.state().surprise.readings >= 180, undefined, { timeout: PATIENCE });
}

/** @param {import("playwright-core").Browser} browser @param {string} url @param {Picture} picture */
async function take(browser, url, { name, room, spot, query = SHIPPED, scheme = "light", prepare }) {
  const context = await browser.newContext({ viewport: SIZE, colorScheme: scheme, reducedMotion: "no-preference" });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`${url}${query}#${room}`);
    await page.evaluate(() => window.vjepa.ready);
    await prepare?.(page);
    await page.locator(spot).evaluate((element) => element.scrollIntoView({ block: "start" }));
    await page.waitForTimeout(1500); // canvases are painted when they come into sight
    return name.endsWith(".webp") ? await film(page) : await page.screenshot();
  } finally {
    await context.close();
  }
}

/** What the page shows from some seconds before its next alarm on. @param {import("playwright-core").Page} page */
async function film(page) {
  const alarms = () => page.evaluate(() => window.vjepa.state().surprise.alarms);
  const before = await alarms();
  /** @type {{at: number, jpeg: Buffer}[]} */
  let shots = [];
  let rang = Infinity;
  for (const began = Date.now(); Date.now() < rang + AFTER_ALARM;) {
    const at = Date.now();
    if (rang === Infinity && at > began + PATIENCE) throw new Error("no alarm rang in all this time");
    shots.push({ at, jpeg: await page.screenshot({ type: "jpeg", quality: 95 }) });
    if (rang === Infinity && (await alarms()) > before) rang = Date.now();
    shots = shots.filter((shot) => shot.at > Math.min(rang, Date.now()) - BEFORE_ALARM);
    await page.waitForTimeout(Math.max(0, at + BETWEEN_FRAMES - Date.now()));
  }
  const still = await page.context().newPage();
  await still.goto(new URL("assets/favicon.svg", page.url()).href); // only pages of a host may decode animations
  const frames = [];
  for (const [i, { at, jpeg }] of shots.entries()) {
    const webp = await still.evaluate(asWebp, jpeg.toString("base64"));
    frames.push({ bytes: Buffer.from(webp, "base64"), ms: (shots[i + 1]?.at ?? at + 1500) - at });
  }
  const moving = animated(frames, SIZE);
  const counted = await still.evaluate(framesIn, moving.toString("base64"));
  if (counted !== frames.length) throw new Error(`the browser finds ${counted} frames, not ${frames.length}`);
  return moving;
}

/** Runs in a page. @param {string} jpeg in base64 @returns {Promise<string>} as WebP */
async function asWebp(jpeg) {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${jpeg}`)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 0.6 })).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Runs in a page. @param {string} webp in base64 @returns {Promise<number>} */
async function framesIn(webp) {
  const data = Uint8Array.from(atob(webp), (c) => c.charCodeAt(0));
  const decoder = new ImageDecoder({ type: "image/webp", data });
  await decoder.tracks.ready;
  await decoder.completed;
  return decoder.tracks.selectedTrack.frameCount;
}

async function main([folder = join(ROOT, "docs/pictures"), ...names]) {
  if (!existsSync(join(DIST, "index.html"))) throw new Error(`no built site in ${DIST}: run make build`);
  await mkdir(folder, { recursive: true });
  const server = await serve(DIST);
  const browser = await launch({ camera: "none", noWebGpu: true }, "");
  try {
    for (const picture of PICTURES.filter(({ name }) => !names.length || names.includes(name))) {
      const bytes = await take(browser, server.url, picture);
      await writeFile(join(folder, picture.name), bytes);
      console.log(`${picture.name}: ${Math.round(bytes.length / 1024)} KB`);
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
