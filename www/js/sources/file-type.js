// @ts-check
/** What a file is by its bytes. Types and names are often missing or wrong: a host's, a dropped file's, a blob's. */

/** Bytes that are enough to tell. */
export const HEAD_BYTES = 64;

/** @param {Uint8Array} bytes @param {number} start @param {number} end */
const text = (bytes, start, end) => String.fromCharCode(...bytes.subarray(start, end));

/** How files begin. @type {[type: string, begins: (bytes: Uint8Array) => boolean][]} */
const BEGINNINGS = [
  ["image/png", (bytes) => text(bytes, 0, 8) === "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", (bytes) => text(bytes, 0, 3) === "\xff\xd8\xff"],
  ["image/gif", (bytes) => /^GIF8[79]a/.test(text(bytes, 0, 6))],
  ["image/webp", (bytes) => /^RIFF....WEBP/s.test(text(bytes, 0, 12))],
  ["image/bmp", (bytes) => text(bytes, 0, 2) === "BM" && bytes[6] === 0 && bytes[7] === 0],
  ["image/x-icon", (bytes) => text(bytes, 0, 4) === "\0\0\x01\0"],
  ["image/jxl", (bytes) => /^(\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n)/.test(text(bytes, 0, 12))],
  ["image/avif", (bytes) => /avi[fs]/.test(brands(bytes))],
  ["image/heic", (bytes) => /mif1|msf1|hei[cxms]|hev[cx]/.test(brands(bytes))],
  ["video", (bytes) => brands(bytes) !== ""],
  ["video", (bytes) => /^(\x1aE\xdf\xa3|OggS|RIFF....AVI )/s.test(text(bytes, 0, 12))],
];

/** What a file of the MP4 family says it is. @param {Uint8Array} bytes */
function brands(bytes) {
  if (text(bytes, 4, 8) !== "ftyp") return "";
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return text(bytes, 8, Math.min(Math.max(length, 12), bytes.length)) || "unknown";
}

/** The type of a picture, "video", or "" for what is not known. @param {Uint8Array} bytes  the first ones of a file */
export function kindOf(bytes) {
  return BEGINNINGS.find(([, begins]) => begins(bytes))?.[0] ?? "";
}

/** This picture says that it has more than one frame. @param {Uint8Array} bytes  all of it @param {string} type */
export function moves(bytes, type) {
  switch (type) {
    case "image/gif":
      return gifFrames(bytes) > 1;
    case "image/webp":
      return text(bytes, 12, 16) === "VP8X" && ((bytes[20] ?? 0) & 2) !== 0;
    case "image/png":
      return hasAnimationControl(bytes);
    case "image/avif":
      return /avis/.test(brands(bytes));
    default:
      return false;
  }
}

/** An animated PNG has an `acTL` chunk before its pixels. @param {Uint8Array} bytes */
function hasAnimationControl(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const chunk = text(bytes, at + 4, at + 8);
    if (chunk === "acTL") return true;
    if (chunk === "IDAT") return false;
  }
  return false;
}

/** Two are enough to know. @param {Uint8Array} bytes */
function gifFrames(bytes) {
  const table = (/** @type {number} */ flags) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes[10] ?? 0);
  let frames = 0;
  while (at < bytes.length && frames < 2) {
    const block = bytes[at];
    if (block === 0x2c) {
      frames += 1;
      at += 11 + table(bytes[at + 9] ?? 0);
    } else if (block === 0x21) at += 2;
    else break;
    while (at < bytes.length && bytes[at]) at += 1 + (bytes[at] ?? 0);
    at += 1;
  }
  return frames;
}
