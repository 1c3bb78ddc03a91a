// @ts-check
/** Alarms and what is kept of them: pictures within a budget, counts for as long as the page. */
import assert from "node:assert/strict";
import test from "node:test";
import { Alarms } from "../../www/js/rooms/watch/alarms.js";

const BYTES = 100;

/** A source of windows, numbered by their first byte. */
function source() {
  let [made, alarms] = [0, 0];
  return {
    reset: () => (alarms = 0),
    /** @param {{began?: boolean, ringing?: boolean, peak?: number}} [what] @returns {any} */
    next({ began = false, ringing = began, peak = 0 } = {}) {
      const number = began ? alarms++ : null;
      return {
        frames: new Uint8Array(BYTES).fill(made++),
        heat: new Float32Array(0),
        began: number,
        ringing,
        peak,
        alarms,
      };
    },
  };
}

/** @param {import("../../www/js/rooms/watch/alarms.js").Alarm} alarm */
const numbers = ({ windows }) => windows.map(({ frames }) => frames[0]);

test("an alarm keeps four windows of before and six of after", () => {
  const alarms = new Alarms();
  const { next } = source();
  for (let i = 0; i < 10; i++) assert.equal(alarms.hear(next(), i), null);
  const alarm = alarms.hear(next({ began: true, peak: 7 }), 10);
  assert.ok(alarm);
  assert.deepEqual([alarm.id, alarm.number, alarm.at, alarm.peak, alarm.first], [1, 0, 10, 7, 4]);
  alarms.hear(next({ ringing: true, peak: 9 }), 11);
  for (let i = 12; i < 30; i++) alarms.hear(next({ peak: 1 }), i);
  assert.deepEqual(numbers(alarm), [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  assert.equal(alarm.peak, 9);
});

test("one that follows at once takes over what comes", () => {
  const alarms = new Alarms();
  const { next } = source();
  const first = alarms.hear(next({ began: true, peak: 7 }), 0);
  alarms.hear(next(), 1);
  const second = alarms.hear(next({ began: true, peak: 8 }), 2);
  alarms.hear(next(), 3);
  assert.ok(first && second);
  assert.deepEqual(
    [numbers(first), numbers(second)],
    [
      [0, 1],
      [0, 1, 2, 3],
    ],
  );
});

test("what does not follow is no part of an alarm", () => {
  const alarms = new Alarms();
  const { next } = source();
  const first = alarms.hear(next({ began: true }), 0);
  alarms.interrupt();
  alarms.hear(next(), 1);
  const second = alarms.hear(next({ began: true }), 2);
  assert.ok(first && second);
  assert.deepEqual([numbers(first), numbers(second)], [[0], [1, 2]]);
});

test("beyond the budget the oldest pictures go, and counts stay", () => {
  const alarms = new Alarms(5 * BYTES);
  const { next } = source();
  for (let i = 0; i < 4; i++) {
    alarms.hear(next({ began: true }), i);
    alarms.refute(i + 1, true);
  }
  assert.deepEqual(
    alarms.kept.map(({ id }) => id),
    [4],
    "four windows of before and its own fill the budget",
  );
  assert.deepEqual([alarms.count, alarms.falseCount], [4, 4]);
  alarms.hear(next(), 9);
  assert.equal(alarms.kept.length, 1, "the newest stays even if it alone is too large");
});

test("false is counted once, and can be taken back", () => {
  const alarms = new Alarms();
  const { next, reset } = source();
  alarms.hear(next({ began: true }), 0);
  alarms.hear(next({ began: true }), 1);
  assert.equal(alarms.refute(2, true), 1, "the engine's number");
  assert.equal(alarms.refute(2, true), null);
  assert.equal(alarms.falseCount, 1);
  assert.equal(alarms.refute(2, false), 1);
  assert.equal(alarms.falseCount, 0);
  assert.equal(alarms.refute(7, true), null);
  reset(); // another engine counts from 0
  alarms.hear(next(), 2);
  alarms.hear(next({ began: true }), 3);
  assert.equal(alarms.refute(1, true), null, "it does not know that one");
  assert.equal(alarms.refute(3, true), 0);
  assert.deepEqual([alarms.count, alarms.falseCount], [3, 2]);
});
