// @ts-check
/** What files are by their bytes, and animated pictures frame by frame. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { playFrames } from "../../www/js/sources/picture.js";
import { HEAD_BYTES, kindOf, moves } from "../../www/js/sources/file-type.js";
import { sorted } from "../../www/js/ui/drop-files.js";

/** @param {string} name */
const fixture = (name) => new Uint8Array(readFileSync(new URL(`../fixtures/sources/${name}`, import.meta.url)));
/** @param {...(string | number[])} parts */
const bytes = (...parts) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...part].map((letter) => letter.charCodeAt(0)) : part)),
  );
const PNG = "\x89PNG\r\n\x1a\n";

test("a file is told by its bytes, whatever it is called", () => {
  for (const [name, kind] of [
    ["picture-by-url.png", "image/png"],
    ["moving.gif", "image/gif"],
    ["held-frames.mp4", "video"],
  ]) {
    assert.equal(kindOf(fixture(/** @type {string} */ (name)).subarray(0, HEAD_BYTES)), kind);
  }
  const file = (/** @type {string} */ brands) => bytes([0, 0, 0, 8 + brands.length], "ftyp", brands);
  for (const [start, kind] of /** @type {[Uint8Array, string][]} */ ([
    [bytes("\xff\xd8\xff\xe0"), "image/jpeg"],
    [bytes("RIFF\x10\0\0\0WEBPVP8X"), "image/webp"],
    [bytes("RIFF\n\0\0\0WEBPVP8 "), "image/webp"],
    [bytes("BM\x10\x0e\0\0\0\0\0\0"), "image/bmp"],
    [file("avif\0\0\0\0avifmif1"), "image/avif"],
    [file("mif1\0\0\0\0mif1avif"), "image/avif"],
    [file("heic\0\0\0\0mif1heic"), "image/heic"],
    [file("qt  \0\0\0\0"), "video"],
    [file("isom\0\0\0\0isomavc1"), "video"],
    [bytes([0x1a, 0x45, 0xdf, 0xa3]), "video"],
    [bytes("OggS"), "video"],
    [bytes("RIFF\0\0\0\0AVI LIST"), "video"],
    [bytes("RIFF\0\0\0\0WAVEfmt "), ""],
    [bytes("Some text."), ""],
    [bytes("BMX is a sport."), ""],
    [bytes(""), ""],
    [bytes("\0\0\0\x18ftyp"), "video"],
  ]))
    assert.equal(kindOf(start), kind, String.fromCharCode(...start));
});

test("an animation says so itself", () => {
  const gif = fixture("moving.gif");
  assert.equal(moves(gif, "image/gif"), true);
  assert.equal(
    moves(
      bytes(
        "GIF89a",
        [1, 0, 1, 0, 0x80, 0, 0],
        [0, 0, 0, 9, 9, 9],
        [0x21, 0xf9, 4, 0, 0, 0, 0, 0],
        [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b],
      ),
      "image/gif",
    ),
    false,
  );
  assert.equal(moves(gif.subarray(0, 900), "image/gif"), false, "cut off in its first frame");
  assert.equal(moves(fixture("picture-by-url.png"), "image/png"), false);
  const chunk = (/** @type {string} */ name, length = 0) =>
    bytes([0, 0, 0, length], name, Array(length).fill(0), [0, 0, 0, 0]);
  const png = (/** @type {Uint8Array[]} */ ...chunks) => bytes(PNG, ...chunks.map((each) => [...each]));
  assert.equal(moves(png(chunk("IHDR", 13), chunk("acTL", 8), chunk("IDAT")), "image/png"), true);
  assert.equal(moves(png(chunk("IHDR", 13), chunk("IDAT"), chunk("acTL", 8)), "image/png"), false);
  const webp = (/** @type {number} */ flags) => bytes("RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0", [flags, 0, 0, 0]);
  assert.deepEqual(
    [moves(webp(2), "image/webp"), moves(webp(16), "image/webp"), moves(bytes("RIFF\0\0\0\0WEBPVP8 "), "image/webp")],
    [true, false, false],
  );
  assert.equal(moves(bytes([0, 0, 0, 20], "ftypavis\0\0\0\0avis"), "image/avif"), true);
  assert.equal(moves(bytes("\xff\xd8\xff"), "image/jpeg"), false);
});

/** Plays frames of these lengths on a fake clock. @param {any} t @param {(number | null)[]} microseconds @param {number} ms @param {number[]} [damaged] */
async function played(t, microseconds, ms, damaged = []) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let [now, open] = [0, 0];
  /** @type {[number, number][]} */
  const shown = [];
  const stop = new AbortController();
  const decode = async (/** @type {number} */ index) => {
    if (damaged.includes(index)) throw new Error("cut off");
    open += 1;
    return /** @type {any} */ ({ index, duration: microseconds[index], close: () => (open -= 1) });
  };
  const done = playFrames(
    decode,
    microseconds.length,
    { show: (/** @type {any} */ { index }) => shown.push([now, index]) },
    stop.signal,
    () => now,
  );
  for (; now < ms; now++) {
    for (let i = 0; i < 8; i++) await null;
    t.mock.timers.tick(1);
  }
  stop.abort();
  t.mock.timers.tick(1000);
  await done;
  t.mock.timers.reset();
  assert.equal(open, 0, "frames were left open");
  return shown;
}

test("each frame of an animation is shown for as long as it says, over and over", async (t) => {
  const times = (await played(t, [40_000, 200_000, null, 0], 900)).map(([at, index]) => [
    Math.round(at / 10) * 10,
    index,
  ]);
  assert.deepEqual(times, [
    [0, 0],
    [40, 1],
    [240, 2],
    [340, 3],
    [440, 0],
    [480, 1],
    [680, 2],
    [780, 3],
    [880, 0],
  ]);
});

test("of an animation that is cut off the frames before are played, and one without any ends", async (t) => {
  assert.deepEqual(
    (await played(t, [50_000, 50_000, 50_000, 50_000], 190, [2])).map(([, index]) => index),
    [0, 1, 0, 1],
  );
  assert.deepEqual(await played(t, [50_000, 50_000], 190, [0]), []);
});

test("of files that are dropped one without a type is known by its name", () => {
  const [notes, photo] = [new File(["x"], "notes.txt", { type: "text/plain" }), new File(["x"], "IMG_1.JPG")];
  assert.deepEqual(sorted([notes, photo]), { source: photo });
  assert.deepEqual(sorted([new File(["x"], "unknown")]).source?.name, "unknown");
});
