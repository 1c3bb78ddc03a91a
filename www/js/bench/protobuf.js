// @ts-check
/** Writes protocol buffers: as much of the format as an ONNX file needs. */

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

export class Message {
  /** @type {Uint8Array[]} joined only once, at the end: weights are large */
  #chunks = [];

  /** An integer or enum, negative ones too. @param {number} field @param {number} value */
  int(field, value) {
    return this.#push([...varint(field * 8 + VARINT), ...varint(value)]);
  }

  /** @param {number} field @param {number} value */
  float(field, value) {
    return this.#push([...varint(field * 8 + FIXED32), ...new Uint8Array(Float32Array.of(value).buffer)]);
  }

  /** @param {number} field @param {string} text */
  string(field, text) {
    return this.bytes(field, new TextEncoder().encode(text));
  }

  /** @param {number} field @param {Uint8Array} bytes */
  bytes(field, bytes) {
    this.#push([...varint(field * 8 + BYTES), ...varint(bytes.length)]);
    this.#chunks.push(bytes);
    return this;
  }

  /** @param {number} field @param {Message} message */
  message(field, message) {
    this.#push([...varint(field * 8 + BYTES), ...varint(message.length)]);
    this.#chunks.push(...message.#chunks);
    return this;
  }

  get length() {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  finish() {
    const bytes = new Uint8Array(this.length);
    this.#chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
    return bytes;
  }

  /** @param {number[]} bytes */
  #push(bytes) {
    this.#chunks.push(Uint8Array.from(bytes));
    return this;
  }
}

/**
 * Seven bits a byte, lowest first; a negative number is written as its 64-bit two's complement.
 * @param {number} value
 */
function varint(value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}
