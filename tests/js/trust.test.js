// @ts-check
/** When a sure answer should wait, and how that is said. */
import assert from "node:assert/strict";
import test from "node:test";
import { wordsOf } from "../../www/js/rooms/watch/trust-view.js";
import { hottest, verdictOf } from "../../www/js/rooms/watch/trust.js";

/** On a grid of 6 by 6. @param {Record<number, number>} hot @param {any} [more] */
function watched(hot, more = {}) {
  const heat = new Float32Array(36);
  for (const [place, value] of Object.entries(hot)) heat[Number(place)] = value;
  return { heat, ringing: false, missing: 0, threshold: 6, ...more };
}

/** @param {number} share */
const ball = (share) => ({ name: "ball", share });
/** @type {[number, number]} */
const GRID = [6, 6];

test("sure and calm, unsure and calm", () => {
  const sure = verdictOf(ball(0.92), watched({ 3: 20 }), GRID, null);
  assert.deepEqual(
    [sure.answer, sure.places, wordsOf(sure)],
    ["sure", [], "“ball”, 92 % sure, and all goes on as expected."],
  );
  assert.equal(verdictOf(ball(0.8), watched({}), GRID, null).answer, "sure", "0.8 is enough");
  assert.equal(verdictOf(ball(0.79), watched({}), GRID, null).answer, "unsure");
});

test("sure but surprised waits, and says where and since when", () => {
  const verdict = verdictOf(ball(0.92), watched({ 24: 7, 25: 12, 30: 4, 0: 3 }, { ringing: true }), GRID, {
    ms: 1230,
    frames: 14,
  });
  assert.equal(verdict.answer, "wait");
  assert.deepEqual(verdict.places, [25, 24, 30], "hottest first, down to where an alarm ends");
  assert.equal(
    wordsOf(verdict),
    "It looks like “ball”, 92 % sure. But 3 patches at the bottom on the left did not come as foretold, since 1.2 s (14 frames).",
  );
  const now = verdictOf(ball(1), watched({ 14: 9 }, { ringing: true }), GRID, { ms: 0, frames: 0 });
  assert.match(wordsOf(now), /one patch in the middle did not come as foretold, just now\.$/);
});

test("unsure and surprised stays unsure, and gives the reason", () => {
  const verdict = verdictOf(ball(0.4), watched({ 5: 8 }, { ringing: true }), GRID, { ms: 500, frames: 6 });
  assert.deepEqual([verdict.answer, verdict.places], ["unsure", [5]]);
  assert.match(wordsOf(verdict), /40 % sure, and surprised: one patch at the top on the right/);
});

test("an alarm that fades out names no place", () => {
  assert.match(wordsOf(verdictOf(ball(0.9), watched({ 5: 1 }, { ringing: true }), GRID, null)), /just fading/);
});

test("while it is not known what is usual nobody waits", () => {
  const verdict = verdictOf(ball(0.95), watched({}, { missing: 5 }), GRID, null);
  assert.equal(verdict.answer, "unknown");
  assert.match(wordsOf(verdict), /95 % sure.*not known yet/);
});

test("without a label it says how to get one, and still what surprises", () => {
  assert.match(wordsOf(verdictOf(null, watched({}), GRID, null)), /^There is no fast label yet: teach two classes/);
  const verdict = verdictOf(null, watched({ 0: 9 }, { ringing: true }), GRID, { ms: 300, frames: 4 });
  assert.deepEqual([verdict.answer, verdict.places], ["none", [0]]);
  assert.match(wordsOf(verdict), /^Surprised: one patch at the top on the left .*teach two classes/);
});

test("the hottest places first", () => {
  assert.deepEqual(hottest(new Float32Array([1, 5, 3, NaN, 5.5]), 3), [4, 1, 2]);
});
