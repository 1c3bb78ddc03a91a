// @ts-check
/**
 * The body of one answer, pulled only as far as asked, so that what is not wanted yet stays with the host.
 *
 * @typedef {import("./response.js").Answer} Answer
 * @typedef {import("./weight-errors.js").Place} Place
 */
import { message } from "../base/messages.js";
import { OtherBytes, TransientError, badLength, connectionLost, notWeights, stalled } from "./weight-errors.js";

const NOTHING = new Uint8Array(0);

export class ByteStream {
  /** @type {Uint8Array} */
  #rest = NOTHING;
  #ended = false;
  #reader;
  #abort;

  /**
   * @param {Response} response @param {Answer} answer @param {Place} place
   * @param {{abort: AbortController, stallMs: number, onBytes?: (count: number) => void}} options
   */
  constructor(response, answer, place, { abort, stallMs, onBytes }) {
    this.position = answer.from;
    this.answer = answer;
    this.place = place;
    this.stallMs = stallMs;
    this.onBytes = onBytes;
    this.#abort = abort;
    this.#reader = response.body?.getReader() ?? null;
  }

  /** The next bytes, 1 to `most`; null at the end of what this answer brings. @param {number} most @returns {Promise<Uint8Array | null>} */
  async take(most) {
    while (this.#rest.length === 0) {
      if (this.#ended) return null;
      await this.#pull();
    }
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    this.position += bytes.length;
    return bytes;
  }

  /** Reads up to a byte further on; false where this answer ends before it. @param {number} position */
  async skipTo(position) {
    while (this.position < position) {
      if (!(await this.take(position - this.position))) return false;
    }
    return true;
  }

  /** Also stops a read that waits. */
  close() {
    this.#ended = true;
    this.#rest = NOTHING;
    this.#abort.abort();
    this.#reader?.cancel().catch(() => {}); // an aborted body says so here
  }

  async #pull() {
    const { to } = this.answer;
    const value = this.#reader && (await this.#next(this.#reader));
    if (!value) {
      this.#ended = true;
      if (to === null || this.position >= to) return;
      // A body that is cut off fails; one that ends well before its length was longer on the way, compressed in vain.
      const lost = connectionLost(this.place);
      throw this.answer.whole ? new OtherBytes(lost) : new TransientError(lost);
    }
    this.onBytes?.(value.length);
    if (to !== null && this.position + value.length > to)
      throw new OtherBytes(badLength(this.place, message("sent.more", "sends more than it announced")));
    if (this.position === 0) this.#check(value);
    this.#rest = value;
  }

  /** The next chunk; undefined at the end. @param {ReadableStreamDefaultReader<Uint8Array>} reader @returns {Promise<Uint8Array | undefined>} */
  async #next(reader) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** @type {Promise<never>} */
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new TransientError(stalled(this.place))), this.stallMs);
    });
    try {
      return (await Promise.race([reader.read(), late])).value;
    } catch (error) {
      throw error instanceof TransientError ? error : new TransientError(connectionLost(this.place));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Pages and pointers that hosts send with status 200 in place of a file. @param {Uint8Array} first */
  #check(first) {
    const text = new TextDecoder("latin1").decode(first.subarray(0, 256)).trimStart();
    if (/^<(!doctype html|html|head)\b/i.test(text)) throw notWeights(this.place, message("sent.page", "a web page"));
    if (text.startsWith("version https://git-lfs"))
      throw notWeights(this.place, message("sent.lfs", "a Git LFS pointer"));
  }
}
