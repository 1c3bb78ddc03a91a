// @ts-check
/**
 * A file at an address. One request stays open and serves ascending reads; a jump starts another one. What breaks is
 * resumed where it broke. Where a host compresses whatever it sends, the parts it is asked for are no use: it is asked
 * for the whole then, of which the beginning is held.
 *
 * @typedef {import("./response.js").Facts} Facts
 *
 * @typedef {object} UrlOptions
 * @property {AbortSignal} [signal]
 * @property {typeof fetch} [fetch]
 * @property {(count: number) => void} [onBytes]   told of every chunk that came over the network, by its length
 * @property {number[]} [delays]      ms before each further try
 * @property {number} [stallMs]       no bytes for this long: the connection is given up and made anew
 * @property {number} [far]           bytes: the longest detour where a host cannot send parts, and what is held then
 * @property {Lane} [lane]            shared by readers of which one at a time may have a connection
 * @property {Partial<Facts>} [known] from an earlier visit: the file has to be the same
 * @property {string | null} [announced]   SHA-256 of the file, where its address says it never changes: what differing
 *   storages behind it call it does not matter then
 *
 * @typedef {{holder: UrlReader | null}} Lane   browsers allow few connections to one host
 */
import { message } from "../base/messages.js";
import { whyRefused } from "../base/content-policy.js";
import { readAnswer } from "./response.js";
import {
  OtherBytes,
  TransientError,
  cancelled,
  connectionLost,
  noRanges,
  notAllowed,
  notWeights,
  placeOf,
  stalled,
  tooShort,
  unreachable,
} from "./weight-errors.js";
import { RetryPolicy } from "./retry-policy.js";
import { ByteStream } from "./stream.js";

/** A gap up to this is read through: that is quicker than another request. */
const SMALL_GAP = 1 << 20;
const STALL_MS = 30_000;
const FAR = 64 << 20;
/** Readers of zip files look this near the end first. */
const TAIL = 1 << 20;

export class UrlReader {
  /** @type {Facts} */
  facts;
  /** The SHA-256 of the whole file in hex, where its host tells. @type {string | null} */
  sha256;
  #url;
  #place;
  #options;
  #patience;
  #lane;
  /** @type {ByteStream | null} */
  #stream = null;
  /** Behind the last byte that was given out. */
  #position = 0;
  #answered = false;
  /** What its headers say of lengths is not so: no part is asked for any more. */
  #plain = false;
  /** It sent no part when it was asked for one. */
  #partless = false;
  /** The beginning of the file, where parts can't be had. @type {Uint8Array} */
  #held = new Uint8Array(0);
  #unhook = () => {};

  /** Asks for nothing before the first read. @param {string} url @param {UrlOptions} options */
  constructor(url, options) {
    this.#url = url;
    this.#place = placeOf(url);
    this.#options = options;
    this.#patience = new RetryPolicy(options.signal, options.delays);
    this.#lane = options.lane ?? { holder: null };
    this.sha256 = options.announced ?? null;
    this.facts = { size: null, etag: null, modified: null, ...options.known };
    const stop = () => this.#drop();
    options.signal?.addEventListener("abort", stop, { once: true });
    this.#unhook = () => options.signal?.removeEventListener("abort", stop);
  }

  get name() {
    return this.#place.name;
  }

  get size() {
    return this.facts.size;
  }

  /** Learns size and validators; its connection serves the first read. */
  async open() {
    await this.#lasting(() => this.#streamAt(0));
    return this;
  }

  /** Reads on where the host can't send parts, as far as that may be held: then any part can be read, and the size is known. */
  async hold() {
    const { far = FAR } = this.#options;
    if (!this.#plain && (!this.#partless || (this.size ?? 0) > far)) return;
    /** @type {Uint8Array[]} */
    const parts = [];
    let length = 0;
    while (length < far && length !== this.size) {
      const part = await this.#lasting(() => this.#next(length, far - length));
      if (!part) this.facts = { ...this.facts, size: length };
      else parts.push(part);
      length += part?.length ?? 0;
    }
    this.#held = new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (parts)).arrayBuffer());
    this.#position = length;
  }

  /** @param {number} at @param {number} count @returns {Promise<Uint8Array>} */
  async read(at, count) {
    if (this.size !== null && at + count > this.size) throw tooShort(this.name);
    const bytes = new Uint8Array(count);
    const held = this.#held.subarray(at, at + count);
    bytes.set(held);
    let filled = held.length;
    while (filled < count) {
      const part = await this.#lasting(() => this.#some(at + filled, count - filled));
      bytes.set(part, filled);
      filled += part.length;
      this.#position = at + filled;
    }
    return bytes;
  }

  /** The whole of a small file, of unknown length perhaps. @param {number} most */
  readAll(most) {
    return this.#lasting(async () => {
      const stream = await this.#streamAt(0);
      /** @type {Uint8Array[]} */
      const parts = [];
      for (let part; (part = await this.#orDrop(stream.take(most)));) {
        parts.push(part);
        if (stream.position > most) throw notWeights(this.#place, message("sent.large", "something far too large"));
      }
      return new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (parts)).arrayBuffer());
    });
  }

  /** Nothing is kept here. */
  async finish() {}

  close() {
    this.#unhook();
    this.#drop();
  }

  /**
   * Tries until it succeeds or patience ends. What turns out not to be what its headers speak of is asked for as a whole, once.
   * @template T @param {() => Promise<T>} attempt @returns {Promise<T>}
   */
  async #lasting(attempt) {
    const done = await this.#patience.during(async () => {
      for (;;) {
        try {
          return await attempt();
        } catch (error) {
          if (!(error instanceof OtherBytes)) throw error;
          if (this.#plain) throw error.failure;
          this.#plain = true;
          this.facts = { ...this.facts, size: null };
          this.#drop();
        }
      }
    });
    this.#patience.progress();
    return done;
  }

  /** 1 to `most` bytes from `at` on. @param {number} at @param {number} most */
  async #some(at, most) {
    const bytes = await this.#next(at, most);
    if (!bytes) throw tooShort(this.name);
    return bytes;
  }

  /** The same; null at the end of a file of unknown length. @param {number} at @param {number} most */
  async #next(at, most) {
    for (;;) {
      const stream = await this.#streamAt(at);
      const bytes = await this.#orDrop(stream.take(most));
      if (bytes) return bytes;
      this.#drop();
      // A host may send less than all that was asked for; of an unknown length, this was the end.
      if (this.size === null) return null;
    }
  }

  /** A connection at this byte: the open one where that is near, or another. @param {number} at @returns {Promise<ByteStream>} */
  async #streamAt(at) {
    if (this.#options.signal?.aborted) this.#drop();
    const gap = this.#stream ? at - this.#stream.position : -1;
    if (gap < 0 || gap > SMALL_GAP) await this.#request(at);
    const stream = /** @type {ByteStream} */ (this.#stream);
    if (await this.#orDrop(stream.skipTo(at))) return stream;
    if (this.size === null) throw tooShort(this.name);
    this.#drop(); // this answer ended before, as it had announced
    return this.#streamAt(at);
  }

  /** @template T @param {Promise<T>} work @returns {Promise<T>} */
  async #orDrop(work) {
    try {
      return await work;
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  /** @param {number} at */
  async #request(at) {
    this.#drop();
    this.#takeLane();
    const { stallMs = STALL_MS, onBytes } = this.#options;
    const abort = new AbortController();
    const response = await this.#fetch(at, abort, stallMs);
    try {
      const answer = readAnswer(response, at, this.facts, this.#place, this.#plain);
      this.#partless = Boolean(answer.whole);
      if (answer.from < at && this.#isDetour(at)) throw noRanges(this.#place);
      this.#learn(answer, response);
      this.#stream = new ByteStream(response, answer, this.#place, { abort, stallMs, onBytes });
    } catch (error) {
      abort.abort();
      throw error;
    }
    // Cancelled while the answer came, when there was no stream to drop yet.
    if (this.#options.signal?.aborted) this.#drop();
  }

  /** @param {number} at @param {AbortController} abort @param {number} stallMs */
  async #fetch(at, abort, stallMs) {
    const { signal, fetch: get = (...request) => fetch(...request) } = this.#options;
    let late = false;
    const timer = setTimeout(() => ((late = true), abort.abort()), stallMs);
    const stop = () => abort.abort();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const response = await get(this.#url, { headers: this.#headers(at), signal: abort.signal, cache: "no-store" });
      this.#answered = true;
      return response;
    } catch (error) {
      if (late) throw new TransientError(stalled(this.#place));
      if (signal?.aborted) throw cancelled();
      if (this.#answered) throw new TransientError(connectionLost(this.#place));
      // A host that never answered does not let pages read it, or there is no network: waiting would not help.
      const directive = await whyRefused(error, this.#url);
      if (directive) throw notAllowed(this.#place, directive);
      // Whoever asks for a part is to get it as it is: where it comes compressed, some browsers refuse the answer altogether.
      throw this.#plain ? unreachable(this.#place) : new OtherBytes(unreachable(this.#place));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  /**
   * A range also keeps browsers from asking for a compressed answer. If-Range would cost other origins a preflight that
   * many hosts refuse; there, comparing what the answers say has to do.
   * @param {number} at @returns {Record<string, string>}
   */
  #headers(at) {
    if (this.#plain) return {};
    const range = { range: `bytes=${at}-` };
    const { etag, modified } = this.facts;
    const validator = etag && !etag.startsWith("W/") ? etag : modified;
    const own = !globalThis.location || new URL(this.#url).origin === location.origin;
    return at > 0 && validator && own ? { ...range, "if-range": validator } : range;
  }

  /** The host sends the file from its beginning: is it too far to read on to this byte? @param {number} at */
  #isDetour(at) {
    const { far = FAR } = this.#options;
    if (at < this.#position) return at > far;
    const toTail = this.size !== null && this.size - at <= TAIL;
    return toTail && at - this.#position > far;
  }

  /** @param {import("./response.js").Answer} answer @param {Response} response */
  #learn({ size, etag, modified }, response) {
    const known = this.facts;
    this.facts = this.#options.announced
      ? { ...known, size: size ?? known.size }
      : { size: size ?? known.size, etag: etag ?? known.etag, modified: modified ?? known.modified };
    this.sha256 ??= linkedHash(response);
  }

  /** Whoever else had the connection goes on with another one, later. */
  #takeLane() {
    const { holder } = this.#lane;
    if (holder && holder !== this) holder.#drop();
    this.#lane.holder = this;
  }

  #drop() {
    this.#stream?.close();
    this.#stream = null;
  }
}

/**
 * The hub tells the SHA-256 of large files as their ETag. Behind a redirect, an ETag is that of the storage, and may be
 * some other hash that looks alike.
 * @param {Response} response
 */
function linkedHash({ headers, redirected }) {
  const tags = [headers.get("x-linked-etag"), redirected ? null : headers.get("etag")];
  return tags.map((tag) => /^"?([0-9a-f]{64})"?$/.exec(tag ?? "")?.[1]).find(Boolean) ?? null;
}
