/** Serves a folder under a sub-path, as a project page on a static host would be. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webm": "video/webm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".ico": "image/x-icon",
};

/**
 * @param {string} folder
 * @param {string} [prefix] with both slashes
 * @param {Record<string, string>} [headers] of every answer
 * @param {Record<string, "missing" | "dropped" | string>} [wrong] files that are answered as missing, or with another type, by
 *   their paths, or not at all, as where the network goes
 * @param {(answer: {file: string, bytes: number}) => void} [tell] of every answer; compressed files are sent then, where there are any
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serve(folder, prefix = "/vjepa/", headers = {}, wrong = {}, tell) {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(folder, prefix, wrong, tell, request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  };
}

async function answer(folder, prefix, wrong, tell, request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  if (!pathname.startsWith(prefix)) return response.writeHead(404).end("not found");
  const name = decodeURIComponent(pathname.slice(prefix.length)) || "index.html";
  if (wrong[name] === "dropped") return request.socket.destroy();
  const asked = join(folder, normalize(`/${name}`));
  const encoding = tell && (await encodingOf(asked, request));
  const path = encoding ? `${asked}.${encoding}` : asked;
  const file = await stat(path).catch(() => null);
  tell?.({ file: name, bytes: file?.size ?? 0 });
  if (!file?.isFile() || wrong[name] === "missing") return response.writeHead(404).end("not found");
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]), file.size - 1) : file.size - 1;
  response.writeHead(range ? 206 : 200, {
    "content-type": wrong[name] ?? TYPES[extname(asked)] ?? "application/octet-stream",
    ...(encoding && { "content-encoding": encoding, vary: "accept-encoding" }),
    "content-length": end - start + 1,
    "accept-ranges": "bytes",
    ...(range && { "content-range": `bytes ${start}-${end}/${file.size}` }),
  });
  if (request.method === "HEAD" || file.size === 0) return response.end();
  createReadStream(path, { start, end }).pipe(response);
}

/** Of what lies compressed beside a file; a request for a part gets the file itself. @returns {Promise<"br" | undefined>} */
async function encodingOf(path, { headers }) {
  const brotli = /\bbr\b/.test(headers["accept-encoding"] ?? "") && !headers.range;
  return brotli && (await stat(`${path}.br`).catch(() => null)) ? "br" : undefined;
}
