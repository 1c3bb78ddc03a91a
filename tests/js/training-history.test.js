// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { History } from "../../www/js/rooms/train/training-history.js";

const health = { std: 1, effectiveRank: 2 };

test("losses are kept by step, and those after a restored step are dropped", () => {
  const history = new History();
  history.restart(100);
  history.trained({ step: 103, losses: [3, 2, 1], health });
  assert.deepEqual([history.firstStep, history.lossesSince(101)], [100, [2, 1]]);
  history.restart(102);
  assert.deepEqual(history.losses, [3, 2]);
  history.restart(7);
  assert.deepEqual([history.firstStep, history.losses], [7, []]);
});

test("the oldest losses go when there are too many", () => {
  const history = new History();
  history.trained({ step: 20_005, losses: Array.from({ length: 20_005 }, (_, i) => i), health });
  assert.deepEqual([history.firstStep, history.losses.length, history.losses[0]], [5, 20_000, 5]);
});

test("looks and training chunks both add to the health curves", () => {
  const history = new History();
  assert.equal(history.latest, null);
  history.looked({ std: new Float32Array([1, 3]), effectiveRank: 5 });
  assert.deepEqual(history.latest, { std: 2, effectiveRank: 5 });
});
