/**
 * A host of files on 127.0.0.1 that misbehaves as told. Its files are made up as they are sent, so they may be of any size.
 *
 * @typedef {object} Behaviour          of one file; all of it may be changed between requests
 * @property {number} size
 * @property {number} [seed]            another one is another file
 * @property {Buffer} [body]            instead of made-up bytes
 * @property {boolean} [ranges]         false: a range is answered by the whole file
 * @property {string | null} [etag]     null: none
 * @property {string} [modified]
 * @property {string} [type]
 * @property {number[]} [cuts]          each request takes the first of these, and is cut after that many bytes
 * @property {number[]} [stalls]        each request takes the first of these, and is silent after that many bytes
 * @property {number} [most]            a range is answered by this many bytes at most
 * @property {boolean} [chunked]        no Content-Length
 * @property {number} [extra]           bytes sent beyond the announced end; needs `chunked`
 * @property {(range: {from: number, to: number, size: number}) => string} [contentRange]   a lie
 * @property {boolean | "parts"} [gzip]   compresses the whole whatever is asked for; `parts`: compresses each part by itself
 * @property {{status: number, headers?: Record<string, string>}[]} [refusals]   each request takes the first of these
 * @property {Record<string, string>} [headers]
 */
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";

const BLOCK = 1 << 16;

/** The byte at a place of a made-up file. */
export const byteAt = (at, seed = 0) => (at * 31 + (at >>> 8) * 7 + Math.floor(at / 65536) * 13 + seed * 101) & 255;

/** @param {number} at @param {number} count */
export function bytesAt(at, count, seed = 0) {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = byteAt(at + i, seed);
  return bytes;
}

/**
 * @param {Record<string, Behaviour>} files  by path, without a slash in front
 */
export async function serveWeights(files) {
  /** @type {{path: string, range: string | undefined, ifRange: string | undefined}[]} */
  const asked = [];
  const sent = { bytes: 0 };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname.slice(1));
    asked.push({ path, range: request.headers.range, ifRange: request.headers["if-range"] });
    const file = files[path];
    response.on("error", () => {});
    if (request.method !== "GET") return response.writeHead(405).end(); // no preflight is ever allowed
    if (!file) return response.writeHead(404, { "content-type": "text/plain" }).end("not found");
    await answer(file, request, response, sent).catch(() => response.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  server.unref();
  const { port } = server.address();
  const base = `http://127.0.0.1:${port}/`;
  return {
    base,
    files,
    asked,
    sent,
    close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
}

async function answer(file, request, response, sent) {
  const refusal = file.refusals?.shift();
  if (refusal) return response.writeHead(refusal.status, refusal.headers).end();
  const etag = file.etag === undefined ? `"v${file.seed ?? 0}"` : file.etag;
  const headers = {
    "content-type": file.type ?? "application/octet-stream",
    ...(etag && { etag }),
    ...(file.modified && { "last-modified": file.modified }),
    ...file.headers,
  };
  const size = file.body?.length ?? file.size;
  const range = file.gzip === true ? null : wantedRange(file, request.headers, etag, size);
  if (range && range.from >= size) return response.writeHead(416, { "content-range": `bytes */${size}` }).end();
  const { from, to } = range ?? { from: 0, to: size };
  if (range) headers["content-range"] = file.contentRange?.({ from, to, size }) ?? `bytes ${from}-${to - 1}/${size}`;
  if (file.gzip) {
    const packed = gzipSync(content(file, from, to));
    return response
      .writeHead(range ? 206 : 200, {
        ...headers,
        "content-encoding": "gzip",
        ...(!file.chunked && { "content-length": packed.length }),
      })
      .end(packed);
  }
  if (!file.chunked) headers["content-length"] = to - from;
  response.writeHead(range ? 206 : 200, headers);
  await send(file, from, to + (file.extra ?? 0), response, sent);
}

function wantedRange(file, headers, etag, size) {
  const asked = /^bytes=(\d+)-$/.exec(headers.range ?? "");
  if (!asked || file.ranges === false) return null;
  const same = !headers["if-range"] || headers["if-range"] === etag || headers["if-range"] === file.modified;
  const from = Number(asked[1]);
  return same ? { from, to: Math.min(size, from + (file.most ?? size)) } : null;
}

/** As fast as the reader takes it. */
async function send(file, from, to, response, sent) {
  const cut = file.cuts?.shift();
  const stall = file.stalls?.shift();
  const end = Math.min(to, from + (cut ?? stall ?? Infinity));
  for (let at = from; at < end && !response.destroyed; at += BLOCK) {
    const block = content(file, at, Math.min(end, at + BLOCK));
    sent.bytes += block.length;
    if (!response.write(block)) await drained(response);
  }
  if (stall !== undefined) return;
  if (cut !== undefined) await new Promise((resolve) => setTimeout(resolve, 20)); // what was written is on its way
  if (cut !== undefined) response.destroy();
  else response.end();
}

/** Resolves when more may be written, or nothing ever again. */
function drained(response) {
  return new Promise((resolve) => {
    const done = () => (response.off("drain", done), response.off("close", done), resolve());
    response.on("drain", done).on("close", done);
  });
}

const content = ({ body, seed }, from, to) => body?.subarray(from, to) ?? bytesAt(from, to - from, seed);
