// @ts-check
/**
 * The page's readers of bytes and texts from outside, and files for them that are right but for a few things. A reader may
 * refuse a file by a FailureError, or say that it is none; it must not throw anything else, nor believe what is not there.
 */
import assert from "node:assert/strict";
import { FailureError } from "../../../www/js/base/errors.js";
import { readSettings } from "../../../www/js/settings/settings.js";
import { kindOf, moves } from "../../../www/js/sources/file-type.js";
import { areExtents, bytesIn, endOf, pieces, withExtent } from "../../../www/js/storage/extents.js";
import { checksum, readRecord, seal } from "../../../www/js/storage/sealed-record.js";
import { headerOf, isProject, isSnapshot } from "../../../www/js/storage/snapshot-header.js";
import { Runs } from "../../../www/js/rooms/train/runs.js";
import { parseAddress } from "../../../www/js/weights/address.js";
import { choose, labelsOf, shardsOf } from "../../../www/js/weights/choose-files.js";
import { readAnswer } from "../../../www/js/weights/response.js";
import { ByteStream } from "../../../www/js/weights/stream.js";

/** @typedef {import("./choices.js").Choices} Choices */

const encoder = new TextEncoder();
const bytesOf = (/** @type {string} */ text) => Uint8Array.from(text, (unit) => unit.charCodeAt(0));

/** A Blob as far as readers of headers know it, without the browser's detours. @param {Uint8Array} bytes @returns {any} */
const blobOf = (bytes) => ({
  size: bytes.length,
  slice: (/** @type {number} */ from, /** @type {number} */ to) => blobOf(bytes.subarray(from, to)),
  arrayBuffer: async () => bytes.slice().buffer,
  text: async () => new TextDecoder().decode(bytes),
});

/** What is refused is refused by a sentence. @template T @param {() => T} read @returns {T | undefined} */
function orRefused(read) {
  try {
    return read();
  } catch (error) {
    refusal(error);
    return undefined;
  }
}

/** @param {unknown} error */
function refusal(error) {
  const failure = error && typeof error === "object" && "failure" in error ? error.failure : error;
  if (!(failure instanceof FailureError)) throw error;
  assert.match(failure.message, /[.)]$/, "a sentence");
}

const HEADS = [
  "\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + "\0".repeat(17) + "\0\0\0\x08acTL" + "\0".repeat(12) + "\0\0\0\0IDAT\0\0\0\0",
  "GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\0\0\0\0\0\0,\0\0\0\0\x02\0\x02\0\0\x02\x02D\x01\0,\0\0\0\0\x02\0\x02\0\x81" +
    "\0".repeat(12) +
    "\x02\x02D\x01\0;",
  "RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x01\0\0\x01\0\0",
  "\0\0\0\x1cftypavis\0\0\0\0avifmif1miaf\0\0\0\x08mdat",
  "\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\0\x08free",
  "\xff\xd8\xff\xe0\0\x10JFIF\0",
  "\x1aE\xdf\xa3\x9fB\x86\x81\x01",
  "BM\x46\0\0\0\0\0\0\0",
  "\xff\x0a\0\0",
].map(bytesOf);

/** @param {Choices} choices */
function pictures(choices) {
  const bytes = choices.broken(choices.of(HEADS));
  // As a part of something larger, which must not be looked at.
  const within = new Uint8Array(bytes.length + 16).fill(0x2c);
  within.set(bytes, 8);
  const view = within.subarray(8, 8 + bytes.length);
  const kind = kindOf(view);
  assert.equal(kind, kindOf(bytes));
  assert.equal(typeof moves(view, kind), "boolean");
  assert.equal(moves(view, kind), moves(bytes, kind));
}

const SNAPSHOT = { __metadata__: { "vjepa-web": JSON.stringify({ config: { name: "nano" }, step: 7, notes: "" }) } };
const PROJECT = { __metadata__: { "vjepa-web-classes": "{}" }, a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } };

/** @param {Choices} choices */
async function headers(choices) {
  const json = encoder.encode(choices.damaged(JSON.stringify(choices.changed(choices.of([SNAPSHOT, PROJECT]))) ?? ""));
  const bytes = new Uint8Array(8 + json.length);
  const length =
    choices.next() < 0.9 ? BigInt(json.length) : BigInt.asUintN(64, BigInt(Math.trunc(choices.next() * 2 ** 62)));
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(json, 8);
  const file = blobOf(choices.next() < 0.1 ? bytes.subarray(0, choices.below(12)) : bytes);
  assert.equal(typeof (await isSnapshot(file)), "boolean");
  assert.equal(typeof (await isProject(file)), "boolean");
  await headerOf(file);
}

const RECORD = {
  ...{ key: "k", name: "m", url: "https://h/m", size: 40, etag: '"e"', complete: true, sha256: null, announced: null },
  ...{
    extents: [
      [0, 8, 0],
      [16, 8, 8],
    ],
    savedAt: 1,
    lastUsed: 2,
  },
};

/** @param {Choices} choices */
async function records(choices) {
  const sealed = [0, 1].map(() => {
    const value = choices.next() < 0.1 ? choices.odd() : choices.changed(RECORD);
    const text = seal(value ?? null, choices.below(9));
    return choices.next() < 0.7 ? text : resealed(choices.damaged(text.split("\n")[1] ?? ""), choices);
  });
  const files = { "k.0": sealed[0], "k.1": sealed[1], "k.data": "0123456789abcdef" };
  const missing = Object.assign(new Error(), { name: "NotFoundError" });
  const directory = /** @type {any} */ ({
    getFileHandle: async (/** @type {keyof typeof files} */ name) => {
      const text = files[name];
      if (text === undefined || choices.next() < 0.05) throw missing;
      return { getFile: async () => blobOf(encoder.encode(text)) };
    },
  });
  const found = await readRecord(directory, "k");
  if (!found) return;
  assert.ok(Number.isSafeInteger(found.serial));
  assert.ok(endOf(found.record.extents) <= 16 && bytesIn(found.record.extents) <= 16);
  const all = pieces(found.record.extents, 0, 40);
  assert.equal(
    all.reduce((sum, { length }) => sum + length, 0),
    40,
  );
}

/** Any text with a checksum that is right. @param {string} text @param {Choices} choices */
function resealed(text, choices) {
  const [head = ""] = seal(null, 0).split(" ");
  const serial = choices.of(["0", "1", "9007199254740993", "9".repeat(400), "x"]);
  const sum = checksum(`${serial} ${text}`);
  return `${head} 1 ${serial} ${sum}\n${text}`;
}

/** @param {Choices} choices */
function extents(choices) {
  const list = choices.changed([
    [0, 4, 0],
    [4, 4, 4],
    [choices.below(40), choices.below(9), choices.below(40)],
  ]);
  if (!areExtents(list)) return;
  const [from, count] = [choices.below(50), choices.below(50)];
  const parts = pieces(list, from, count);
  assert.equal(
    parts.reduce((sum, { length }) => sum + length, 0),
    count,
  );
  let next = from;
  for (const { offset, length } of parts) {
    assert.ok(offset === next && length > 0);
    next += length;
  }
  const after = list.reduce((end, [offset, length]) => Math.max(end, offset + length), 0);
  if (Number.isSafeInteger(after + 4)) {
    const more = withExtent(list, [after, 4, endOf(list)]);
    assert.equal(bytesIn(more), bytesIn(list) + 4);
  }
}

const EXAM = {
  step: 3,
  average: 0.5,
  report: {
    ...{ done: 1, portions: 1, skipped: [], mean: null, max: null, peak: null, alarm: null, features: null },
    ...{ kinds: [], probes: [], neighbours: null },
  },
};
const NOTES = {
  runs: [
    {
      ...{ id: "a", name: "Run 1", colour: 0, hidden: false, before: 0, firstStep: 0, losses: [0.5, null, 0.25] },
      ...{ vitals: [[1, 0.9, 12]], marks: [{ step: 1, what: "rate" }], exams: [EXAM] },
    },
    { id: "b", name: "Run 2", colour: 1, hidden: true, before: 5, firstStep: 2, losses: [1], vitals: [], marks: [] },
  ],
};

/** @param {Choices} choices */
function curves(choices) {
  const runs = new Runs();
  const step = choices.of([0, 1, 3, 100, 2 ** 31, 2 ** 40]);
  runs.adopt(choices.damaged(JSON.stringify(choices.changed(NOTES)) ?? ""), step);
  assert.ok(runs.all.length >= 1 && runs.all.length <= 6);
  assert.equal(runs.current.step, step, "it goes on at the step of the model");
  assert.equal(new Set(runs.all.map(({ colour }) => colour)).size, runs.all.length);
  runs.current.trained({ step: step + 1, losses: [0.5], health: { std: 1, effectiveRank: 2 } });
  const again = new Runs();
  again.adopt(runs.notes(), step + 1);
  assert.deepEqual(again.current.losses.slice(-1), [0.5]);
  assert.equal(again.notes(), runs.notes());
}

const PATHS = [
  ["model.safetensors", "config.json"],
  ["a/model.safetensors.index.json", "a/model-00001-of-00002.safetensors", "a/model-00002-of-00002.safetensors"],
  ["pytorch_model.bin", "training_args.bin", "preprocessor_config.json", ".git/config.json"],
  ["vitl16.pth.tar", "x.pt"],
];
const INDEX = { weight_map: { a: "model-00001-of-00002.safetensors", b: "sub/model-00002-of-00002.safetensors" } };
const CONFIG = { id2label: { 0: "a", 1: "b" }, hidden_size: 12 };

/** @param {Choices} choices */
function folders(choices) {
  const paths = choices.of(PATHS).map((path) => choices.damaged(path));
  const choice = orRefused(() => choose(paths));
  if (choice) {
    const all = [choice.config, choice.preprocessor, choice.index, choice.weights].filter((path) => path !== null);
    assert.ok((choice.index === null) !== (choice.weights === null) && all.every((path) => paths.includes(path)));
  }
  const shards = orRefused(() => shardsOf(choices.damaged(JSON.stringify(choices.changed(INDEX)) ?? ""), "index.json"));
  for (const shard of shards ?? [])
    assert.ok(!shard.startsWith("/") && !/[\\:%?#]|(^|\/)\.\.(\/|$)/.test(shard), shard);
  const labels = labelsOf(choices.damaged(JSON.stringify(choices.changed(CONFIG)) ?? ""));
  assert.ok(labels === null || labels.every((label) => typeof label === "string"));
}

const ADDRESSES = [
  "facebook/vjepa2-vitl-fpc64-256",
  "owner/name@v1.0",
  "https://huggingface.co/a/b/blob/main/model.safetensors",
  "https://hf.co/a/b/tree/refs%2Fpr%2F1/sub",
  "https://example.org/weights/",
  "http://localhost:8000/m.pt?x=1#y",
];

/** @param {Choices} choices */
function addresses(choices) {
  const text = choices.damaged(choices.of(ADDRESSES));
  const place = orRefused(() => parseAddress(text));
  if (!place) return;
  assert.ok(/^https?:/.test(new URL(place.base).protocol) && place.base.endsWith("/"));
  assert.ok(new URL(place.base + (place.file ?? "")).href.startsWith(new URL(place.base).origin));
}

/** @param {Choices} choices */
function settings(choices) {
  const query = [
    "preset=nano",
    "source=camera",
    "seed=12",
    "frames=16",
    "model=a/b",
    "lang=zh",
    "workers=2",
    "mask=short",
  ];
  const search = `?${choices.damaged(query.filter(() => choices.next() < 0.4).join("&"))}`;
  const { settings, problems } = readSettings(search);
  assert.ok(Number.isSafeInteger(settings.seed) && settings.frames % 2 === 0 && settings.frames <= 64);
  problems.forEach((problem) => assert.equal(typeof problem.message, "string"));
}

/** Answers of a host, and what comes after: all that is given out was sent, in its order. @param {Choices} choices */
async function answers(choices) {
  const body = Uint8Array.from({ length: 24 }, (_, i) => i);
  const at = choices.of([0, 0, 8]);
  const fields = { "content-range": `bytes ${at}-23/24`, "content-length": `${24 - at}`, etag: '"a"' };
  const headers = Object.entries(choices.next() < 0.5 ? fields : choices.changed(fields)).map(([name, value]) => [
    name,
    choices.damaged(String(value)).replace(/[^\x20-\x7e]/g, ""),
  ]);
  const response = /** @type {any} */ ({
    status: choices.of([206, 206, 206, 200, 416, 404, 503]),
    headers: new Map(/** @type {[string, string][]} */ (headers)),
    body: { getReader: () => chunks(choices.broken(body.subarray(at)), choices) },
  });
  response.headers.get = (/** @type {string} */ name) => Map.prototype.get.call(response.headers, name) ?? null;
  const place = { name: "m", host: "h", url: "https://h/m" };
  const known = { size: choices.of([null, 24, 25]), etag: choices.of([null, '"a"']), modified: null };
  const answer = orRefused(() => readAnswer(response, at, known, /** @type {any} */ (place), choices.next() < 0.1));
  if (!answer) return;
  const abort = new AbortController();
  const stream = new ByteStream(response, answer, /** @type {any} */ (place), { abort, stallMs: 1e6 });
  try {
    for (let count = 0, part; (part = await stream.take(1 + choices.below(9))); count += part.length) {
      assert.ok(part.length > 0 && count + part.length <= 24 && (answer.to === null || stream.position <= answer.to));
    }
  } catch (error) {
    refusal(error);
  } finally {
    stream.close();
  }
}

/** @param {Uint8Array} bytes @param {Choices} choices */
function chunks(bytes, choices) {
  let at = 0;
  return {
    read: async () => {
      if (at >= bytes.length) return { done: true, value: undefined };
      if (choices.next() < 0.02) throw new TypeError("network error");
      const value = bytes.subarray(at, (at += 1 + choices.below(12)));
      return { done: false, value };
    },
    cancel: async () => {},
  };
}

/** @type {Record<string, (choices: Choices) => void | Promise<void>>} */
export const READERS = { pictures, headers, records, extents, curves, folders, addresses, settings, answers };
