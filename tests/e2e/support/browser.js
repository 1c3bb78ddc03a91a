/** Starts Chromium: headless, WebGPU in software, and cameras that film the bundled clip. */
import { chromium as driver } from "playwright-core";
import { chromium } from "./places.js";

export const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"];

/**
 * @typedef {object} Machine
 * @property {"film" | "two" | "ask" | "none"} [camera]  `film`: one that films the bundled clip; `two`: test patterns;
 *   both may be used unasked. `ask`: there is one, and nobody allows it.
 * @property {boolean} [noWebGpu]  no graphics adapter
 */

/** @param {Machine} machine @param {string} film an .mjpeg or .y4m for the camera */
export function launch({ camera = "film", noWebGpu }, film) {
  const args = [...FLAGS, ...(noWebGpu ? [] : WEBGPU)];
  if (camera !== "none") args.push(`--use-fake-device-for-media-stream=device-count=${camera === "two" ? 2 : 1}`);
  if (camera === "film" || camera === "two") args.push("--use-fake-ui-for-media-stream");
  if (camera === "film") args.push(`--use-file-for-fake-video-capture=${film}`);
  return driver.launch({ executablePath: chromium(), args });
}
