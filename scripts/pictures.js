#!/usr/bin/env node
/**
 * The pictures of the README, from the built page (dist/, or $VJEPA_DIST) in headless Chromium: four stills, and one that
 * moves and shows the page as it notices a law that is broken. `make pictures`, or `node scripts/pictures.js [FOLDER] [NAME...]`:
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
export const SHIPPED = "?device=cpu&source=world&seed=1";
const SIZE = { width: 1200, height: 750 };
/** What is broken for the moving picture. */
const LAW = "teleport";
const TRIES = 5;
/** Milliseconds. */
const BEFORE_ALARM = 2500;
const AFTER_ALARM = 3000;
const BETWEEN_FRAMES = 250;
export const PATIENCE = 300_000;

/**
 * What is on each picture: the room that is open, and what brings the page there.
 * @typedef {{name: string, alt: string, room: string, scheme?: "light" | "dark", prepare?: (page: any) => Promise<unknown>}} Picture
 * @type {Picture[]}
 */
export const PICTURES = [
  {
    name: "noticing.webp",
    alt: "Somebody makes a ball jump elsewhere, and the page says: wait, not as learned",
    room: "watch",
    prepare: calibrated,
  },
  {
    name: "surprise.png",
    alt: "The clip, the verdict, laws to break, and surprise over time",
    room: "watch",
    prepare: watched,
  },
  {
    name: "features.png",
    alt: "Masks, and the features of every patch as colour, actual and predicted",
    room: "inside",
  },
  {
    name: "training.png",
    alt: "Loss and health while it trains, and everything a run is made of",
    room: "train",
    scheme: "dark",
    prepare: (page) => page.evaluate(() => window.vjepa.train(60)),
  },
  { name: "checkpoints.png", alt: "The catalogue of official checkpoints", room: "models", prepare: openCatalogue },
];

/** Resolves when it is known what is usual. */
export function calibrated(page) {
  return page.waitForFunction(() => window.vjepa.state().surprise.missing === 0, undefined, { timeout: PATIENCE });
}

/** A law is broken, and the time line has about half a minute. */
async function watched(page) {
  await calibrated(page);
  await breakLaw(page);
  await page.waitForFunction(() => window.vjepa.state().surprise.readings >= 180, undefined, { timeout: PATIENCE });
}

/** Teleports an object, as soon as that can be. */
export async function breakLaw(page) {
  await page.locator(`#laws [data-law="${LAW}"]:enabled`).click({ timeout: PATIENCE });
}

async function openCatalogue(page) {
  await page.getByRole("button", { name: "Official checkpoints…" }).click();
}

/** @param {import("playwright-core").Browser} browser @param {string} url @param {Picture} picture */
async function take(browser, url, { name, room, scheme = "light", prepare }) {
  const context = await browser.newContext({ viewport: SIZE, colorScheme: scheme, reducedMotion: "no-preference" });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(`${url}${SHIPPED}#${room}`);
    await page.evaluate(() => window.vjepa.ready);
    await prepare?.(page);
    await page.waitForTimeout(1500); // canvases are painted when they come into sight
    return name.endsWith(".webp") ? await film(page) : await page.screenshot();
  } finally {
    await context.close();
  }
}

/** A law is broken: what the page shows from a few seconds before until some after its alarm. @param {import("playwright-core").Page} page */
async function film(page) {
  for (let tries = 0; tries < TRIES; tries++) {
    const shots = await noticed(page);
    if (shots) return moving(page, shots);
  }
  throw new Error(`${LAW} was missed ${TRIES} times`);
}

/** Pictures, if it is noticed. @param {import("playwright-core").Page} page @returns {Promise<{at: number, jpeg: Buffer}[] | null>} */
async function noticed(page) {
  /** @type {{at: number, jpeg: Buffer}[]} */
  const shots = [];
  const began = Date.now();
  let [broken, counted] = [false, Infinity];
  for (; Date.now() < counted + AFTER_ALARM;) {
    const at = Date.now();
    shots.push({ at, jpeg: await page.screenshot({ type: "jpeg", quality: 95 }) });
    if (!broken && at > began + BEFORE_ALARM) {
      await breakLaw(page);
      broken = true;
    }
    const outcome = await page.locator("#laws .told").getAttribute("data-outcome");
    if (broken && outcome === "missed") return null;
    if (broken && counted === Infinity && outcome === "noticed") counted = Date.now();
    await page.waitForTimeout(Math.max(0, at + BETWEEN_FRAMES - Date.now()));
  }
  return shots;
}

/** An animation of pictures. @param {import("playwright-core").Page} page @param {{at: number, jpeg: Buffer}[]} shots */
async function moving(page, shots) {
  const still = await page.context().newPage();
  await still.goto(new URL("assets/favicon.svg", page.url()).href); // only pages of a host may decode animations
  const frames = [];
  for (const [i, { at, jpeg }] of shots.entries()) {
    const webp = await still.evaluate(asWebp, jpeg.toString("base64"));
    frames.push({ bytes: Buffer.from(webp, "base64"), ms: (shots[i + 1]?.at ?? at + 1500) - at });
  }
  const animation = animated(frames, SIZE);
  const counted = await still.evaluate(framesIn, animation.toString("base64"));
  if (counted !== frames.length) throw new Error(`the browser finds ${counted} frames, not ${frames.length}`);
  return animation;
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
