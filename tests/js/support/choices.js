// @ts-check
/** What a seed chooses of what is wrong with a file. */
import { random } from "../../../www/js/bench/weights.js";

const ODD = [
  ...[
    0,
    1,
    -1,
    0.5,
    7,
    64,
    65536,
    2 ** 31,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 63,
    1e308,
    -1e308,
    5e-324,
    NaN,
    Infinity,
  ],
  ...[null, undefined, true, false, "", "x", "12", "1e9", "__proto__", "constructor", "toString"],
  ...[[], {}, [[]], [0], [1, 2], [null], "long ".repeat(40)],
];
const PIECES = [
  ...[
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "\\",
    "/",
    "..",
    ".",
    "%",
    "%ff",
    "%2e",
    "@",
    "#",
    "?",
    "&",
    "=",
    " ",
    "\n",
    "\0",
  ],
  ...[
    "0",
    "9",
    "-1",
    "e9",
    "null",
    "a",
    "ü",
    "\ud800",
    "model",
    ".safetensors",
    ".json",
    "https://",
    "hf.co",
    "resolve",
  ],
];

/** Choices for a seed: equal seeds, equal files. */
export class Choices {
  /** @param {number} seed */
  constructor(seed) {
    /** 0 to 1 */
    this.next = random(seed);
  }

  /** One of 0..n. @param {number} n */
  below(n) {
    return Math.floor(this.next() * n);
  }

  /** @template T @param {readonly T[]} all @returns {T} */
  of(all) {
    return /** @type {T} */ (all[this.below(all.length)]);
  }

  /** A value that seldom belongs where it is put. @returns {any} */
  odd() {
    if (this.next() < 0.5) return this.of(ODD);
    if (this.next() < 0.5) return this.text();
    return this.next() < 0.5 ? [this.of(ODD), this.of(ODD), this.of(ODD)] : { [this.text()]: this.of(ODD) };
  }

  text() {
    return Array.from({ length: this.below(6) }, () => this.of(PIECES)).join("");
  }

  /** The same JSON with up to three of its values changed or taken away. @param {any} value @returns {any} */
  changed(value) {
    const copy = JSON.parse(JSON.stringify(value)); // quicker than structuredClone
    for (let i = this.below(4); i > 0; i--) this.#change(copy);
    return copy;
  }

  /** @param {any} value */
  #change(value) {
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    if (!keys.length) return;
    const key = this.of(keys);
    if (this.next() < 0.6 && typeof value[key] === "object") this.#change(value[key]);
    else if (this.next() < 0.8) value[key] = structuredClone(this.odd());
    else if (Array.isArray(value)) value.splice(Number(key), 1);
    else delete value[key];
  }

  /** Text with a few units changed, or cut off; mostly neither. @param {string} text */
  damaged(text) {
    if (this.next() < 0.1) text = text.slice(0, this.below(text.length + 1));
    while (this.next() < 0.15) {
      const at = this.below(text.length + 1);
      text = text.slice(0, at) + this.of(PIECES) + text.slice(at + this.below(3));
    }
    return text;
  }

  /** Bytes with a few changed, or cut off. @param {Uint8Array} bytes */
  broken(bytes) {
    const copy = bytes.slice(0, this.next() < 0.2 ? this.below(bytes.length + 1) : bytes.length);
    for (let i = this.below(6); i > 0 && copy.length; i--) copy[this.below(copy.length)] = this.below(256);
    return copy;
  }
}
