// @ts-check
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { openBlob, openUrl } from "../../www/js/weights/reader.js";
import { retryAfter } from "../../www/js/weights/weight-errors.js";
import { bytesAt, serveWeights } from "./support/weights-server.js";

const MB = 1 << 20;
const QUICK = { delays: [1, 1, 1], stallMs: 400 };

/**
 * One file on a host; the body gets the host and what opens the file.
 * @param {string} name @param {import("./support/weights-server.js").Behaviour} file
 * @param {(it: {host: Awaited<ReturnType<typeof serveWeights>>, file: import("./support/weights-server.js").Behaviour, open: (options?: any) => Promise<import("../../www/js/weights/reader.js").Reader>}) => Promise<void>} body
 */
function hosted(name, file, body) {
  test(name, { timeout: 30_000 }, async () => {
    const host = await serveWeights({ "model.safetensors": file });
    try {
      await body({
        host,
        file,
        open: (options = {}) => openUrl(`${host.base}model.safetensors`, { ...QUICK, ...options }),
      });
    } finally {
      await host.close();
    }
  });
}

/** @param {import("../../www/js/weights/reader.js").Reader} reader @param {number} at @param {number} count @param {number} [seed] */
async function assertReads(reader, at, count, seed) {
  const bytes = await reader.read(at, count);
  assert.equal(bytes.length, count);
  assert.ok(Buffer.from(bytes).equals(Buffer.from(bytesAt(at, count, seed))), `wrong bytes at ${at}`);
}

/** A rejection with this code, and one sentence for people. @param {Promise<any>} work @param {string} code */
async function assertFails(work, code) {
  await assert.rejects(work, (/** @type {any} */ error) => {
    assert.equal(error.code, code, error.stack);
    assert.match(error.message, /^[\p{L}\d][^\n]{10,300}\.$/u);
    return true;
  });
}

test("a file of the reader's own is read in place", async () => {
  const reader = openBlob(new Blob(["0123456789"]), "mine.pt");
  assert.equal(new TextDecoder().decode(await reader.read(3, 4)), "3456");
  await assertFails(reader.read(8, 3), "bad-length");
  const gone = /** @type {any} */ ({
    size: 9,
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }),
  });
  await assertFails(openBlob(gone, "mine.pt").read(0, 1), "file-unreadable");
});

hosted("ascending reads share one request; small gaps are read through", { size: 5 * MB }, async ({ host, open }) => {
  const got = { bytes: 0 };
  const reader = await open({ onBytes: (/** @type {number} */ count) => (got.bytes += count) });
  assert.equal(reader.size, 5 * MB);
  await assertReads(reader, 0, 100);
  await assertReads(reader, 100, MB);
  await assertReads(reader, 2 * MB, 10);
  await assertReads(reader, 2 * MB + 10, 3 * MB - 10);
  assert.equal(host.asked.length, 1);
  assert.equal(got.bytes, 5 * MB);
  await assertFails(reader.read(5 * MB - 1, 2), "bad-length");
  await reader.close();
});

hosted(
  "a jump is another request, as of a zip file: end, middle, onwards",
  { size: 40 * MB },
  async ({ host, open }) => {
    const reader = await open();
    await assertReads(reader, 40 * MB - 1000, 1000);
    await assertReads(reader, 20 * MB, 500);
    await assertReads(reader, 20 * MB + 600, 2 * MB);
    await assertReads(reader, 30 * MB, 10);
    const starts = host.asked.map(({ range }) => range);
    assert.deepEqual(
      starts,
      [0, 40 * MB - 1000, 20 * MB, 30 * MB].map((at) => `bytes=${at}-`),
    );
    await reader.close();
  },
);

hosted("3 GB are read at a few places in little memory", { size: 3e9 }, async ({ host, open }) => {
  const reader = await open();
  const before = process.memoryUsage().rss;
  for (const at of [0, 1.2e9, 1.2e9 + 10 * MB, 2.9e9, 3e9 - 64]) await assertReads(reader, at, 64);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const rest = host.sent.bytes;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(host.sent.bytes, rest, "bytes flow though nobody reads");
  assert.ok(rest < 60 * MB, `${rest} bytes were sent for five small reads`);
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 200 * MB, `memory grew by ${grown}`);
  await reader.close();
});

hosted(
  "a connection that is cut is resumed where it broke",
  { size: 3 * MB, cuts: [MB, MB / 2] },
  async ({ host, open }) => {
    const reader = await open();
    await assertReads(reader, 0, 3 * MB);
    assert.equal(host.asked.length, 3);
    for (const { range, ifRange } of host.asked.slice(1)) {
      assert.match(range ?? "", /^bytes=[1-9]\d*-$/);
      assert.equal(ifRange, '"v0"');
    }
    await reader.close();
  },
);

hosted(
  "progress renews patience, but not for ever",
  { size: MB, cuts: Array(50).fill(64 << 10) },
  async ({ file, open }) => {
    const reader = await open();
    await assertReads(reader, 0, MB);
    file.cuts = Array(50).fill(0);
    await assertFails(reader.read(0, MB), "connection-lost");
    await reader.close();
  },
);

hosted(
  "without ranges a cut file is read through from its beginning",
  { size: 3 * MB, ranges: false, cuts: [MB] },
  async ({ host, open }) => {
    const reader = await open();
    await assertReads(reader, 0, 3 * MB);
    assert.equal(host.asked.length, 2);
    await reader.close();
  },
);

hosted(
  "without ranges, always cut at the same place: an end to it",
  { size: 3 * MB, ranges: false, cuts: Array(50).fill(MB) },
  async ({ host, open }) => {
    await assertFails(
      open().then((reader) => reader.read(0, 3 * MB)),
      "connection-lost",
    );
    assert.ok(host.asked.length < 10);
  },
);

hosted("without ranges far jumps are refused, near ones made", { size: 8 * MB, ranges: false }, async ({ open }) => {
  const near = await open();
  await assertReads(near, 8 * MB - 100, 100);
  await assertReads(near, 5, 100);
  await near.close();
  const zip = await open({ far: 4 * MB });
  await assertFails(zip.read(8 * MB - 100, 100), "no-ranges");
  const back = await open({ far: 4 * MB });
  await assertReads(back, 6 * MB, 10);
  await assertFails(back.read(5 * MB, 10), "no-ranges");
  await back.close();
});

hosted("a host may send less than was asked for", { size: 3 * MB, most: MB }, async ({ host, open }) => {
  const reader = await open();
  await assertReads(reader, 10, 3 * MB - 10);
  assert.equal(host.asked.length, 3);
  await reader.close();
});

hosted("a file that changes is not mixed with its older self", { size: 3 * MB, cuts: [MB] }, async ({ file, open }) => {
  const reader = await open();
  file.seed = 1;
  await assertFails(reader.read(0, 3 * MB), "changed");
  await reader.close();
});

hosted("another length is another file", { size: 3 * MB, etag: null, cuts: [MB] }, async ({ file, open }) => {
  const reader = await open();
  file.size = 4 * MB;
  await assertFails(reader.read(0, 3 * MB), "changed");
  file.size = MB / 2;
  await assertFails(open({ known: { size: 3 * MB } }), "changed");
  await reader.close();
});

for (const [what, contentRange] of /** @type {const} */ ([
  ["another offset", (/** @type {any} */ { from, to, size }) => `bytes ${from ? from + 1 : from}-${to - 1}/${size}`],
  ["another total", (/** @type {any} */ { from, to, size }) => `bytes ${from}-${to - 1}/${from ? size + 5 : size}`],
  ["nonsense", (/** @type {any} */ { from, to, size }) => (from ? "bytes all" : `bytes ${from}-${to - 1}/${size}`)],
])) {
  hosted(`a host that lies about its part: ${what}`, { size: 8 * MB, contentRange }, async ({ open }) => {
    await assertFails((await open()).read(4 * MB, 10), "bad-length");
  });
}

for (const [what, file] of /** @type {[string, import("./support/weights-server.js").Behaviour][]} */ ([
  [
    "a part whose length contradicts its place",
    { size: 8 * MB, contentRange: ({ from, to, size }) => `bytes ${from}-${from ? to - 2 : to - 1}/${size}` },
  ],
  ["more bytes than announced", { size: MB, chunked: true, extra: 1000 }],
])) {
  hosted(`${what}: it is asked for as a whole`, file, async ({ host, open }) => {
    const reader = await open();
    await assertReads(reader, MB / 2, MB / 2 - 10);
    await assertReads(reader, file.size - 10, 10);
    assert.deepEqual(host.asked.map(({ range }) => range).filter((range) => !range).length, 1);
    await reader.close();
  });
}

hosted("fewer bytes than announced, again and again", { size: MB, chunked: true, extra: -1000 }, async ({ open }) => {
  await assertFails((await open()).read(0, MB), "connection-lost");
});

hosted(
  "a web page with status 200",
  { size: 0, body: Buffer.from("<p>Sign in"), type: "text/html; charset=utf-8" },
  async ({ open }) => {
    await assertFails(open(), "not-weights");
  },
);

hosted(
  "a web page that says it is data",
  { size: 0, body: Buffer.from("\n<!DOCTYPE html><p>Sign in") },
  async ({ open }) => {
    await assertFails((await open()).read(0, 8), "not-weights");
  },
);

hosted(
  "a pointer in place of the file",
  { size: 0, body: Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0") },
  async ({ open }) => {
    await assertFails((await open()).read(0, 8), "not-weights");
  },
);

hosted("an empty file", { size: 0 }, async ({ open }) => assertFails(open(), "not-weights"));

for (const [status, code, requests] of /** @type {const} */ ([
  [401, "forbidden", 1],
  [403, "forbidden", 1],
  [404, "not-found", 1],
  [418, "http-failed", 1],
  [429, "too-many-requests", 4],
  [503, "server-failed", 4],
])) {
  hosted(`HTTP ${status}`, { size: 10, refusals: Array(9).fill({ status }) }, async ({ host, open }) => {
    await assertFails(open(), code);
    assert.equal(host.asked.length, requests);
  });
}

hosted(
  "a repository that does not exist",
  { size: 10, refusals: [{ status: 401, headers: { "x-error-code": "RepoNotFound" } }] },
  async ({ open }) => {
    await assertFails(open(), "not-found");
  },
);

hosted(
  "a host that is busy for a while is asked again when it says",
  { size: 10, refusals: [{ status: 429, headers: { "retry-after": "1" } }, { status: 500 }] },
  async ({ open }) => {
    const start = performance.now();
    await assertReads(await open(), 0, 10);
    assert.ok(performance.now() - start > 900);
  },
);

hosted(
  "a host that is busy for hours is left alone",
  { size: 10, refusals: [{ status: 429, headers: { "retry-after": "7200" } }] },
  async ({ open }) => {
    await assertFails(open(), "too-many-requests");
  },
);

test("Retry-After is seconds or a date", () => {
  assert.equal(retryAfter("3"), 3000);
  assert.equal(retryAfter("Thu, 01 Jan 1970 00:01:00 GMT", 50_000), 10_000);
  assert.equal(retryAfter("Thu, 01 Jan 1970 00:01:00 GMT", 90_000), 0);
  assert.equal(retryAfter(null), undefined);
  assert.equal(retryAfter("soon"), undefined);
});

hosted("a host that goes silent is asked again", { size: MB, stalls: [1000] }, async ({ host, open }) => {
  const reader = await open();
  await assertReads(reader, 0, MB);
  assert.equal(host.asked.length, 2);
  await reader.close();
});

hosted("a host that stays silent is given up", { size: MB, stalls: Array(9).fill(0) }, async ({ open }) => {
  await assertFails(
    open({ stallMs: 60 }).then((reader) => reader.read(0, MB)),
    "stalled",
  );
});

const SIZE = 600_000;
/** As pages of another origin see answers. @type {typeof fetch} */
const hidingEncoding = async (url, init) => {
  const response = await fetch(url, init);
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  return new Response(response.body, { status: response.status, headers });
};

test("a file that compressing makes longer is read as well, though its length is told too long", async () => {
  const body = Buffer.concat(Array.from({ length: 32 }, (_, i) => createHash("sha512").update(String(i)).digest())); // like noise
  const host = await serveWeights({ a: { size: 0, body, gzip: true } });
  const reader = await openUrl(`${host.base}a`, { ...QUICK, fetch: hidingEncoding });
  assert.equal(reader.size, 2048);
  assert.ok(body.equals(Buffer.from(await reader.read(0, 2048))));
  assert.deepEqual(
    host.asked.map(({ range }) => range),
    ["bytes=0-", undefined],
  );
  await reader.close();
  await host.close();
});

/** As browsers do with answers that come compressed though a part of what is not compressed was asked for. @type {typeof fetch} */
const refusingCompressed = async (url, init) => {
  const response = await hidingEncoding(url, init);
  if (new Headers(init?.headers).has("range")) throw new TypeError("Failed to fetch");
  return response;
};

for (const [what, gzip, options] of /** @type {[string, true | "parts", any][]} */ ([
  ["the whole", true, {}],
  ["each part", "parts", {}],
  ["the whole, and tells only that length", true, { fetch: hidingEncoding }],
  ["each part, and tells only those lengths", "parts", { fetch: hidingEncoding }],
  ["the whole, which the browser refuses of a part", true, { fetch: refusingCompressed }],
])) {
  hosted(
    `a host that compresses ${what} is asked without a range, and any part can be read`,
    { size: SIZE, gzip },
    async ({ host, open }) => {
      const reader = await open(options);
      assert.equal(reader.size, SIZE);
      await assertReads(reader, SIZE - 100, 100);
      await assertReads(reader, 5, SIZE / 2);
      await assertFails(reader.read(SIZE - 1, 2), "bad-length");
      assert.ok(host.asked.length <= 2, JSON.stringify(host.asked));
      await reader.close();
    },
  );

  hosted(
    `a host that compresses ${what} of what is too large to be held is read from front to back`,
    { size: SIZE, gzip },
    async ({ open }) => {
      const reader = await open({ ...options, far: SIZE / 4 });
      await assertReads(reader, 0, SIZE / 4 + 7);
      await assertReads(reader, SIZE / 4 + 7, SIZE / 2);
      await assertReads(reader, 100, 50);
      await assertFails(reader.read(SIZE / 2, 10), "no-ranges");
      await assertFails(reader.read(SIZE, 10), "bad-length");
      await reader.close();
    },
  );
}

hosted(
  "cancelled: at the start, while waiting for bytes, between tries",
  { size: MB, stalls: [1000, 1000] },
  async ({ file, open }) => {
    await assertFails(open({ signal: AbortSignal.abort() }), "cancelled");
    const stop = new AbortController();
    const reader = await open({ signal: stop.signal, stallMs: 10_000 });
    setTimeout(() => stop.abort(), 50);
    await assertFails(reader.read(0, MB), "cancelled");
    await assertFails(reader.read(0, 1), "cancelled");
    file.refusals = Array(9).fill({ status: 503 });
    const later = new AbortController();
    setTimeout(() => later.abort(), 50);
    await assertFails(open({ signal: later.signal, delays: [10_000] }), "cancelled");
  },
);

test("a host that cannot be reached, or does not let pages read", async () => {
  let asked = 0;
  const counted = (/** @type {any[]} */ ...request) => (asked++, fetch(.../** @type {[string]} */ (request)));
  await assertFails(
    openUrl("http://127.0.0.1:9/model.safetensors", { ...QUICK, fetch: /** @type {any} */ (counted) }),
    "unreachable",
  );
  assert.equal(asked, 2, "once more, without a range");
});

hosted("a host that hides Content-Range from pages is believed", { size: 8 * MB }, async ({ open }) => {
  /** @type {typeof fetch} */
  const hiding = async (url, init) => {
    const response = await fetch(url, init);
    const headers = new Headers(response.headers);
    headers.delete("content-range");
    headers.delete("etag");
    return new Response(response.body, { status: response.status, headers });
  };
  const reader = await open({ fetch: hiding });
  assert.equal(reader.size, 8 * MB);
  await assertReads(reader, 6 * MB, 10);
  await reader.close();
});

test("readers of one lane have one connection among them", async () => {
  const host = await serveWeights({ a: { size: 8 * MB }, b: { size: 8 * MB } });
  const lane = { holder: null };
  const [a, b] = [
    await openUrl(`${host.base}a`, { ...QUICK, lane }),
    await openUrl(`${host.base}b`, { ...QUICK, lane }),
  ];
  await assertReads(b, 0, 10);
  await assertReads(a, 0, 10);
  await assertReads(b, 10, 10);
  assert.deepEqual(
    host.asked.map(({ path, range }) => `${path} ${range}`),
    ["a bytes=0-", "b bytes=0-", "a bytes=0-", "b bytes=10-"],
  );
  await host.close();
});

hosted(
  "the hash that a host tells",
  { size: 10, headers: { "x-linked-etag": `"${"ab".repeat(32)}"` } },
  async ({ file, open }) => {
    assert.equal((await open()).sha256, "ab".repeat(32));
    file.headers = {};
    assert.equal((await open()).sha256, null);
    file.etag = `"${"cd".repeat(32)}"`;
    assert.equal((await open()).sha256, "cd".repeat(32));
  },
);
