/** Files that a visitor might choose, good and bad. */
import { readFile } from "node:fs/promises";
import { CLIP } from "./places.js";

/** @typedef {{name: string, mimeType: string, buffer: Buffer}} Upload */

/** @returns {Promise<Upload>} */
export const goodVideo = async () => ({ name: "rabbit.webm", mimeType: "video/webm", buffer: await readFile(CLIP) });

/** @returns {Upload} */
export const emptyVideo = () => ({ name: "empty.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(0) });

/** @returns {Upload} */
export const textAsVideo = () => ({
  name: "notes.mp4",
  mimeType: "video/mp4",
  buffer: Buffer.from("This is not a video.\n".repeat(200)),
});

/** A video whose data is noise after its header. @returns {Promise<Upload>} */
export async function corruptVideo() {
  const { buffer } = await goodVideo();
  const noise = Buffer.from(Uint8Array.from({ length: buffer.length - 64 }, (_, i) => (i * 2654435761) >>> 13));
  return { name: "corrupt.webm", mimeType: "video/webm", buffer: Buffer.concat([buffer.subarray(0, 64), noise]) };
}

/** Half a second of a tone: PCM in a WAV file. @returns {Upload} */
export function soundOnly() {
  const [rate, samples] = [8000, 4000];
  const buffer = Buffer.alloc(44 + samples * 2);
  buffer.write("RIFF", 0);
  buffer.writeUInt32LE(36 + samples * 2, 4);
  buffer.write("WAVEfmt ", 8);
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(1, 20); // PCM
  buffer.writeUInt16LE(1, 22); // mono
  buffer.writeUInt32LE(rate, 24);
  buffer.writeUInt32LE(rate * 2, 28);
  buffer.writeUInt16LE(2, 32);
  buffer.writeUInt16LE(16, 34);
  buffer.write("data", 36);
  buffer.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) buffer.writeInt16LE(Math.round(9000 * Math.sin(i / 3)), 44 + i * 2);
  return { name: "song.wav", mimeType: "audio/wav", buffer };
}

/** Loads weights from this machine, as a drop does. @param {{name: string, buffer: Buffer}[]} files @param {object} [options] */
export const loadFiles = (page, files, options = {}) =>
  page.evaluate(
    async ({ named, options }) => {
      const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const files = named.map(([name, base64]) => new File([bytes(base64)], name));
      await window.vjepa.load({ source: { from: "files", files }, precision: "auto", frames: 0, ...options });
    },
    { named: files.map(({ name, buffer }) => [name, buffer.toString("base64")]), options },
  );

/** Chooses a file with the page's own picker. @param {Upload} file */
export const choose = (page, file) =>
  page.locator('#controls input[type="file"][accept^="video/*"]').setInputFiles(file);

/** Drops a file on the page. @param {Upload} file */
export async function drop(page, { name, mimeType, buffer }) {
  const transfer = await page.evaluateHandle(
    ([name, type, base64]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
      return transfer;
    },
    [name, mimeType, buffer.toString("base64")],
  );
  await page.dispatchEvent("main", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

/** A PNG of many colours. @returns {Promise<Upload>} */
export async function picture(page) {
  const base64 = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 200 });
    const context = canvas.getContext("2d");
    for (let i = 0; i < 60; i++) {
      context.fillStyle = `hsl(${i * 37} 80% ${20 + i}%)`;
      context.fillRect((i % 10) * 30, Math.floor(i / 10) * 34, 30, 34);
    }
    return canvas.toDataURL("image/png").split(",")[1];
  });
  return { name: "picture.png", mimeType: "image/png", buffer: Buffer.from(base64, "base64") };
}

/**
 * A video of one colour, of any size and length: encoded by the page's browser, put into a WebM here.
 * @param {{width: number, height: number, frames: number, rate?: number}} shape `rate` in frames a second
 * @returns {Promise<Upload>}
 */
export async function plainVideo(page, { width, height, frames, rate = 10 }) {
  const key = Buffer.from(await page.evaluate(encodeKeyFrame, { width, height }), "base64");
  const buffer = webm({ width, height, rate, frames: Array(frames).fill(key) });
  return { name: `plain-${width}x${height}.webm`, mimeType: "video/webm", buffer };
}

/** Runs in the page: a VP8 key frame in base64. */
async function encodeKeyFrame({ width, height }) {
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.fillStyle = "teal";
  context.fillRect(0, 0, width, height);
  return new Promise((resolve, reject) => {
    const output = (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      resolve(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
    };
    const encoder = new VideoEncoder({ output, error: reject });
    encoder.configure({ codec: "vp8", width, height });
    const frame = new VideoFrame(context.canvas, { timestamp: 0 });
    encoder.encode(frame, { keyFrame: true });
    frame.close();
    encoder.flush().catch(reject);
  });
}

/** The least WebM: one VP8 track, one cluster of key frames (https://www.matroska.org/technical/elements.html). */
function webm({ width, height, rate, frames }) {
  const milliseconds = 1000 / rate;
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(frames.length * milliseconds);
  const blocks = frames.map((frame, i) => {
    const head = Buffer.from([0x81, 0, 0, 0x80]); // track 1, time, key frame
    head.writeInt16BE(Math.round(i * milliseconds), 1);
    return element("a3", head, frame);
  });
  return Buffer.concat([
    element("1a45dfa3", element("4282", Buffer.from("webm")), element("4287", uint(2)), element("4285", uint(2))),
    element(
      "18538067",
      element("1549a966", element("2ad7b1", uint(1e6)), element("4489", duration)),
      element(
        "1654ae6b",
        element(
          "ae",
          element("d7", uint(1)),
          element("73c5", uint(1)),
          element("83", uint(1)),
          element("86", Buffer.from("V_VP8")),
          element("e0", element("b0", uint(width)), element("ba", uint(height))),
        ),
      ),
      element("1f43b675", element("e7", uint(0)), ...blocks),
    ),
  ]);
}

/** An EBML element: its id, its length in eight bytes, its content. */
function element(id, ...content) {
  const body = Buffer.concat(content);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(body.length) | (1n << 56n));
  return Buffer.concat([Buffer.from(id, "hex"), size, body]);
}

function uint(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
