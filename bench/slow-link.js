/**
 * A slow link in front of a server on this machine: a round trip, and a bandwidth that all connections share, in turns.
 * Between browser and server, so that it holds for pages, workers and service workers alike, which the browser's own
 * emulation sets one by one. No packet is lost, and a connection is at full speed from its start.
 */
import { connect, createServer } from "node:net";

/** Bytes: what goes at once, and what of a connection waits until the server has to. */
const PIECE = 1460;
const WAITING = 64 * 1024;
const TICK_MS = 2;

/**
 * @typedef {{rttMs: number, bitsPerSecond: number}} Network
 * @param {string} url  of a server on this machine @param {Network} network
 * @returns {Promise<{url: string, close: () => Promise<void>}>} the same, over the link
 */
export async function slowLink(url, { rttMs, bitsPerSecond }) {
  const { port, pathname } = new URL(url);
  /** Connections that have something to send, the next one first. @type {Down[]} */
  const turns = [];
  const bytesPerMs = bitsPerSecond / 8000;
  let [credit, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    credit = turns.length ? credit + (now - last) * bytesPerMs : 0;
    last = now;
    while (credit > 0 && turns.length) {
      const down = turns.shift();
      credit -= down.send();
      if (down.waiting) turns.push(down);
    }
  }, TICK_MS);
  const server = createServer((client) => {
    const upstream = connect(Number(port), "127.0.0.1");
    const opened = performance.now() + rttMs; // the handshake
    client.on("data", (bytes) =>
      setTimeout(() => upstream.write(bytes), Math.max(opened - performance.now(), 0) + rttMs / 2),
    );
    const down = new Down(client, upstream, rttMs / 2);
    upstream.on("data", (bytes) => {
      if (!down.waiting) turns.push(down);
      down.push(bytes);
    });
    upstream.on("error", () => {});
    upstream.on("close", () => down.end()); // what is still on its way arrives
    client.on("error", () => {});
    client.on("close", () => upstream.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${pathname}`,
    close: () => (clearInterval(timer), new Promise((resolve) => server.close(resolve))),
  };
}

/** What a connection still has to bring to the browser. */
class Down {
  waiting = 0;
  #ended = false;
  #pieces = [];

  constructor(client, upstream, delayMs) {
    Object.assign(this, { client, upstream, delayMs });
  }

  /** @param {Buffer} bytes */
  push(bytes) {
    for (let at = 0; at < bytes.length; at += PIECE) this.#pieces.push(bytes.subarray(at, at + PIECE));
    this.waiting += bytes.length;
    if (this.waiting > WAITING) this.upstream.pause();
  }

  /** The next piece goes. @returns {number} its bytes */
  send() {
    const piece = this.#pieces.shift();
    this.waiting -= piece.length;
    if (this.waiting <= WAITING) this.upstream.resume();
    this.#later(() => this.client.write(piece));
    if (this.#ended && !this.waiting) this.#later(() => this.client.end());
    return piece.length;
  }

  /** The server has no more. */
  end() {
    this.#ended = true;
    if (!this.waiting) this.#later(() => this.client.end());
  }

  #later(work) {
    setTimeout(() => this.client.destroyed || work(), this.delayMs);
  }
}
