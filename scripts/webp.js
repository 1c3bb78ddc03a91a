/** Animated WebP from still ones: a container around the frames that a browser has encoded, without another dependency. */

const PARTS = new Set(["VP8 ", "VP8L", "ALPH"]);

/** The chunks of a WebP file that are its picture. @param {Uint8Array} still @returns {Buffer} */
function pictureOf(still) {
  const bytes = Buffer.from(still.buffer, still.byteOffset, still.byteLength);
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WEBP")
    throw new Error("a frame is no WebP file");
  const parts = [];
  for (let at = 12; at + 8 <= bytes.length;) {
    const end = at + 8 + padded(bytes.readUInt32LE(at + 4));
    if (PARTS.has(bytes.toString("latin1", at, at + 4))) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

const padded = (/** @type {number} */ size) => size + (size % 2);

/** @param {string} name @param {Buffer} data */
function chunk(name, data) {
  const whole = Buffer.alloc(8 + padded(data.length));
  whole.write(name, 0, "latin1");
  whole.writeUInt32LE(data.length, 4);
  data.copy(whole, 8);
  return whole;
}

/** Numbers of 24 bits, as WebP counts. @param {number[]} numbers */
function triples(...numbers) {
  const bytes = Buffer.alloc(3 * numbers.length);
  numbers.forEach((number, i) => bytes.writeUIntLE(number, 3 * i, 3));
  return bytes;
}

/**
 * @param {{bytes: Uint8Array, ms: number}[]} frames  WebP files of one size, and how long each is shown
 * @param {{width: number, height: number}} size @returns {Buffer} a WebP file that plays again and again
 */
export function animated(frames, { width, height }) {
  const ANIMATION = 0x02;
  const OVER = 0x02; // each frame takes the place of the one before
  const head = chunk("VP8X", Buffer.concat([Buffer.from([ANIMATION, 0, 0, 0]), triples(width - 1, height - 1)]));
  const forever = chunk("ANIM", Buffer.alloc(6));
  const shown = frames.map(({ bytes, ms }) => {
    const place = triples(0, 0, width - 1, height - 1, Math.max(1, Math.round(ms)));
    return chunk("ANMF", Buffer.concat([place, Buffer.from([OVER]), pictureOf(bytes)]));
  });
  return chunk("RIFF", Buffer.concat([Buffer.from("WEBP"), head, forever, ...shown]));
}
