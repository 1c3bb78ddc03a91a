// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { bytes, describeProgress, duration } from "../../www/js/weights/progress.js";

test("time left follows the rate", () => {
  const { fraction, secondsLeft, text } = describeProgress({ loaded: 250e6, total: 1e9, startedAt: 0, now: 10_000 });
  assert.equal(fraction, 0.25);
  assert.equal(secondsLeft, 30);
  assert.equal(text, "250 MB of 1.00 GB, 25 MB/s, 30 s left");
});

test("nothing is promised too early, or of an unknown total", () => {
  assert.equal(describeProgress({ loaded: 1e6, total: 1e9, startedAt: 0, now: 500 }).secondsLeft, null);
  const unknown = describeProgress({ loaded: 5e6, total: null, startedAt: 0, now: 5000 });
  assert.deepEqual([unknown.fraction, unknown.secondsLeft, unknown.text], [null, null, "5.0 MB, 1.0 MB/s"]);
  assert.equal(describeProgress({ loaded: 0, total: 1e9, startedAt: 7, now: 7 }).text, "0 kB of 1.00 GB");
});

test("the rate is smooth, and follows a lasting change", () => {
  let before;
  /** @type {number[]} */
  const rates = [];
  let loaded = 0;
  for (let second = 1; second <= 60; second++) {
    loaded += second <= 20 ? 10e6 : 1e6;
    const now = describeProgress({ loaded, total: 1e9, startedAt: 0, now: second * 1000, before });
    before = now.mark;
    rates.push(now.rate);
  }
  assert.equal(Math.round(rates[19]), 10e6);
  assert.ok(rates[20] > 7e6, "one slow second changes it little");
  assert.ok(Math.abs(rates[59] - 1e6) < 5e4, "after a while the new rate holds");
});

test("a stop makes the estimate long, never negative or endless", () => {
  const { mark } = describeProgress({ loaded: 5e8, total: 1e9, startedAt: 0, now: 10_000 });
  const { secondsLeft } = describeProgress({ loaded: 5e8, total: 1e9, startedAt: 0, now: 20_000, before: mark });
  assert.ok(secondsLeft && secondsLeft > 10 && Number.isFinite(secondsLeft));
  assert.equal(describeProgress({ loaded: 2e9, total: 1e9, startedAt: 0, now: 9000 }).secondsLeft, 0);
});

test("figures for people", () => {
  assert.deepEqual([12_345, 4.2e6, 123e6, 4.94e9, 15.5e9].map(bytes), ["12 kB", "4.2 MB", "123 MB", "4.94 GB", "15.5 GB"]);
  assert.deepEqual([0.2, 59, 61, 3599, 7500].map(duration), ["1 s", "59 s", "1 min", "1 h 0 min", "2 h 5 min"]);
});
