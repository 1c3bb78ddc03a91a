/** What the fake camera films: the bundled clip as Motion JPEG, decoded by the browser itself. Kept in the cache. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium as driver } from "playwright-core";
import { CACHE, CLIP, chromium } from "./places.js";
import { FLAGS } from "./browser.js";

const FRAMES = 90;
const FRAMES_A_SECOND = 15;

/** @returns {Promise<string>} path of an .mjpeg file for --use-file-for-fake-video-capture */
export async function cameraFile() {
  const clip = await readFile(CLIP);
  const path = join(CACHE, `${createHash("sha256").update(clip).digest("hex").slice(0, 12)}-${FRAMES}.mjpeg`);
  if (existsSync(path)) return path;
  await mkdir(CACHE, { recursive: true });
  const browser = await driver.launch({ executablePath: chromium(), args: FLAGS });
  try {
    const page = await browser.newPage();
    const options = { clip: clip.toString("base64"), frames: FRAMES, rate: FRAMES_A_SECOND };
    const jpegs = await page.evaluate(framesOf, options);
    const unfinished = `${path}.${process.pid}`;
    await writeFile(unfinished, Buffer.concat(jpegs.map((jpeg) => Buffer.from(jpeg, "base64"))));
    await rename(unfinished, path);
  } finally {
    await browser.close();
  }
  return path;
}

/** Runs in the page: seeks through the clip and returns each frame as a JPEG in base64. */
async function framesOf({ clip, frames, rate }) {
  const video = document.createElement("video");
  const event = (name) =>
    new Promise((resolve, reject) => {
      video.addEventListener(name, resolve, { once: true });
      video.addEventListener("error", () => reject(new Error("the clip cannot be decoded")), { once: true });
    });
  const bytes = Uint8Array.from(atob(clip), (c) => c.charCodeAt(0));
  video.src = URL.createObjectURL(new Blob([bytes], { type: "video/webm" }));
  await event("loadeddata");
  const canvas = new OffscreenCanvas(video.videoWidth & ~1, video.videoHeight & ~1);
  const context = canvas.getContext("2d");
  const jpegs = [];
  for (let i = 0; i < frames; i++) {
    video.currentTime = (i / rate) % video.duration;
    await event("seeked");
    context.drawImage(video, 0, 0);
    const jpeg = await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 })).arrayBuffer();
    jpegs.push(btoa(Array.from(new Uint8Array(jpeg), (byte) => String.fromCharCode(byte)).join("")));
  }
  return jpegs;
}
