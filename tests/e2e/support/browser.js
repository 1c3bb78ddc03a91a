/** Starts Chromium: headless, WebGPU in software unless asked otherwise, and cameras that film the bundled clip. */
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
/** On this machine's graphics adapter instead: VJEPA_ADAPTER=hardware. */
export const HARDWARE = process.env.VJEPA_ADAPTER === "hardware";
const SOFTWARE = ["--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"];
const WEBGPU = ["--enable-unsafe-webgpu", ...(HARDWARE ? [] : SOFTWARE)];

/**
 * @typedef {object} Machine
 * @property {"film" | "two" | "ask" | "none"} [camera]  `film`: one that films the bundled clip; `two`: test patterns;
 *   both may be used unasked. `ask`: there is one, and nobody allows it.
 * @property {boolean} [noWebGpu]  no graphics adapter
 * @property {string} [name]       of a host, that leads to this machine
 */

/** @param {Machine} machine @param {string} film an .mjpeg or .y4m for the camera @param {string[]} [more]  flags */
export function launch({ camera = "film", noWebGpu, name }, film, more = []) {
  const args = [...FLAGS, ...(noWebGpu ? [] : WEBGPU), ...more];
  if (name) args.push(`--host-resolver-rules=MAP ${name} 127.0.0.1`);
  if (camera !== "none") args.push(`--use-fake-device-for-media-stream=device-count=${camera === "two" ? 2 : 1}`);
  if (camera === "film" || camera === "two") args.push("--use-fake-ui-for-media-stream");
  if (camera === "film") args.push(`--use-file-for-fake-video-capture=${film}`);
  return driver.launch({ executablePath: chromium(), args });
}
