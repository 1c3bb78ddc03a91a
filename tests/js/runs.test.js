// @ts-check
/** Runs: names, colours and curves, here and in a file. */
import assert from "node:assert/strict";
import test from "node:test";
import { Runs } from "../../www/js/runs.js";

const health = { std: 0.123456789, effectiveRank: 2 };

/** @param {Runs} runs @param {number} steps */
function train(runs, steps) {
  const { current } = runs;
  current.trained({ step: current.step + steps, losses: Array(steps).fill(0.123456789), health });
}

/** @param {Runs} runs */
const names = (runs) => runs.all.map(({ name }) => name);

test("a run that took no step leaves no trace; others stay beside the new one, in another colour", () => {
  const runs = new Runs();
  runs.begin(0);
  assert.deepEqual(names(runs), ["Run 1"]);
  train(runs, 3);
  runs.begin(0);
  assert.deepEqual(names(runs), ["Run 1", "Run 2"]);
  assert.notEqual(runs.all[0].colour, runs.all[1].colour);
  for (let i = 0; i < 10; i++) train(runs, 1), runs.begin(0);
  assert.equal(runs.all.length, 6);
  assert.equal(new Set(runs.all.map(({ colour }) => colour)).size, 6);
});

test("runs are renamed, hidden and removed; the current one stays", () => {
  const runs = new Runs();
  train(runs, 1);
  runs.begin(0);
  const [first, second] = runs.all;
  runs.rename(first.id, "  no EMA ");
  runs.rename(first.id, "   ");
  runs.hide(first.id, true);
  assert.deepEqual([first.name, first.hidden], ["no EMA", true]);
  runs.remove(second.id);
  runs.remove(first.id);
  assert.deepEqual(runs.all, [second]);
});

test("going back takes what came after along: losses, vitals and marks", () => {
  const { current } = new Runs();
  current.trained({ step: 10, losses: Array(10).fill(1), health });
  current.mark(10, "batch 4");
  current.trained({ step: 20, losses: Array(10).fill(1), health });
  current.mark(20, "batch 8");
  current.restart(12);
  assert.deepEqual([current.step, current.vitals.length, current.marks], [12, 1, [{ step: 10, what: "batch 4" }]]);
});

test("notes bring names and curves into another page, beside what is there", () => {
  const runs = new Runs();
  train(runs, 4);
  runs.rename(runs.current.id, "mine");
  runs.current.mark(2, "future 50 %");
  runs.begin(0);
  train(runs, 2);
  const other = new Runs();
  train(other, 1);
  other.adopt(runs.notes(), 1);
  assert.deepEqual(names(other), ["Run 1", "mine", "Run 2"]);
  assert.deepEqual(other.current.losses, [0.12346], "it goes on from step 1");
  assert.deepEqual([other.all[1].losses.length, other.all[1].vitals, other.all[1].marks.length], [4, [{ step: 4, std: 0.12346, effectiveRank: 2 }], 1]);
  assert.equal(new Set(other.all.map(({ colour }) => colour)).size, 3);
  other.adopt(runs.notes(), 2);
  assert.deepEqual(names(other), ["Run 1", "mine", "Run 2"], "the same file twice is the same runs");
});

test("notes that make no sense begin a run", () => {
  for (const notes of ["", "{}", "[", '{"runs":[{"id":1}]}', '{"runs":[]}', '{"runs":[{"losses":[],"vitals":[],"marks":[],"firstStep":-1}]}', "null"]) {
    const runs = new Runs();
    train(runs, 1);
    runs.adopt(notes, 40);
    assert.deepEqual([names(runs), runs.current.step], [["Run 1", "Run 2"], 40], notes);
  }
});
