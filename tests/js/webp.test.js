// @ts-check
/** The container of a picture that moves: each frame in its chunk, sizes that add up, what browsers add to a still left out. */
import assert from "node:assert/strict";
import test from "node:test";
import { animated } from "../../scripts/webp.js";

/** @param {string} name @param {number[]} data */
const chunk = (name, data) => [...Buffer.from(name), data.length, 0, 0, 0, ...data, ...(data.length % 2 ? [0] : [])];
/** A still as browsers write it: a header and a colour profile before the picture. @param {number[]} picture */
function still(picture) {
  const chunks = [
    ...Buffer.from("WEBP"),
    ...chunk("VP8X", Array(10).fill(9)),
    ...chunk("ICCP", [1, 2, 3]),
    ...chunk("VP8 ", picture),
  ];
  return Buffer.from([...Buffer.from("RIFF"), chunks.length, 0, 0, 0, ...chunks]);
}

/** @param {Buffer} bytes @returns {[string, Buffer][]} */
function chunksOf(bytes) {
  /** @type {[string, Buffer][]} */
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32LE(at + 4);
    found.push([bytes.toString("latin1", at, at + 4), bytes.subarray(at + 8, at + 8 + size)]);
    at += 8 + size + (size % 2);
  }
  return found;
}

test("frames come one after the other, each as long as it was shown", () => {
  const moving = animated(
    [
      { bytes: still([7, 7, 7]), ms: 200 },
      { bytes: still([8, 8]), ms: 70_000.4 },
    ],
    { width: 300, height: 2 },
  );
  const [[riff, whole] = ["", Buffer.alloc(0)], ...none] = chunksOf(moving);
  assert.deepEqual(
    [riff, none.length, whole.length + 8, whole.toString("latin1", 0, 4)],
    ["RIFF", 0, moving.length, "WEBP"],
  );
  const [head, forever, ...frames] = chunksOf(whole.subarray(4));
  assert.deepEqual(head, ["VP8X", Buffer.from([2, 0, 0, 0, 299 & 255, 299 >> 8, 0, 1, 0, 0])]);
  assert.deepEqual(forever, ["ANIM", Buffer.alloc(6)]);
  assert.deepEqual(
    frames.map(([name]) => name),
    ["ANMF", "ANMF"],
  );
  assert.deepEqual(
    frames.map(([, frame]) => [frame.readUIntLE(6, 3), frame.readUIntLE(9, 3), frame.readUIntLE(12, 3)]),
    [
      [299, 1, 200],
      [299, 1, 70_000],
    ],
  );
  assert.deepEqual(
    frames.map(([, frame]) => chunksOf(frame.subarray(16))),
    [[["VP8 ", Buffer.from([7, 7, 7])]], [["VP8 ", Buffer.from([8, 8])]]],
  );
});

test("what is no WebP file is refused", () => {
  assert.throws(
    () => animated([{ bytes: Buffer.from("JFIF and so on"), ms: 1 }], { width: 1, height: 1 }),
    /no WebP file/,
  );
});
