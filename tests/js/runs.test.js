// @ts-check
/** Runs: names, colours and curves, here and in a file. */
import assert from "node:assert/strict";
import test from "node:test";
import { Runs } from "../../www/js/rooms/train/runs.js";

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
  for (let i = 0; i < 10; i++) (train(runs, 1), runs.begin(0));
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
  assert.deepEqual(
    [other.all[1].losses.length, other.all[1].vitals, other.all[1].marks.length],
    [4, [{ step: 4, std: 0.12346, effectiveRank: 2 }], 1],
  );
  assert.equal(new Set(other.all.map(({ colour }) => colour)).size, 3);
  other.adopt(runs.notes(), 2);
  assert.deepEqual(names(other), ["Run 1", "mine", "Run 2"], "the same file twice is the same runs");
});

/** A report as the engine gives it. @type {any} */
const SHARE = { n: 20, value: 0.7, low: 0.5, high: 0.85 };
const TOLD = { score: 0.5, each: [0.5, 0.5], readout: "grid" };
const REPORT = /** @type {any} */ ({
  done: 4,
  portions: 4,
  mean: SHARE,
  max: SHARE,
  peak: SHARE,
  alarm: 0.7,
  skipped: ["gravity-off"],
  neighbours: null,
  kinds: [
    {
      violation: "vanish",
      mean: SHARE,
      max: SHARE,
      peak: SHARE,
      alarm: null,
      errors: { possible: [0.1, 0.2], impossible: [0.3, 0.4] },
    },
  ],
  features: { clips: 30, std: 0.8, effectiveRank: 12, width: 64 },
  probes: [{ asked: "position", measure: "r2", chance: 0, model: TOLD, untrained: TOLD, pixels: TOLD }],
});

test("exams travel with their run: all of the last one, a point for each before", () => {
  const runs = new Runs();
  train(runs, 9);
  runs.current.exams.push(
    { step: 2, average: 0.5, report: REPORT },
    { step: 5, average: null, report: REPORT },
    { step: 9, average: 0.7, report: REPORT },
  );
  const other = new Runs();
  other.adopt(runs.notes(), 9);
  assert.deepEqual(other.current.exams, [
    { step: 2, average: 0.5, report: null },
    { step: 5, average: null, report: null },
    { step: 9, average: 0.7, report: REPORT },
  ]);
  assert.ok(runs.notes().length < 3000, `${runs.notes().length} characters`);
  const earlier = new Runs();
  earlier.adopt(runs.notes(), 5);
  assert.deepEqual(
    earlier.current.exams.map(({ step }) => step),
    [2, 5],
    "what is after the step it goes on from never was",
  );
});

test("a run that was only examined stays beside the next", () => {
  const runs = new Runs();
  runs.current.exams.push({ step: 0, average: 0.7, report: REPORT });
  runs.begin(0);
  assert.deepEqual(names(runs), ["Run 1", "Run 2"]);
});

/** Notes of one run with one exam. @param {any} exam */
const examined = (exam) =>
  JSON.stringify({
    runs: [{ id: "a", name: "a", colour: 0, firstStep: 0, losses: [1, 1], vitals: [], marks: [], exams: [exam] }],
  });

test("a report of notes that makes no sense is left out, and its run stays", () => {
  const wrong = [
    "no",
    [],
    7,
    {},
    { ...REPORT, kinds: null },
    { ...REPORT, kinds: [{ violation: "vanish" }] },
    { ...REPORT, probes: [{ ...REPORT.probes[0], asked: "__proto__" }] },
    { ...REPORT, peak: { ...SHARE, value: "url(x)" } },
    { ...REPORT, skipped: Array(65).fill("vanish") },
    { ...REPORT, skipped: ["x".repeat(65)] },
    { ...REPORT, features: { ...REPORT.features, std: null } },
    { ...REPORT, done: "4" },
    { ...REPORT, alarm: "0.7" },
  ];
  for (const report of wrong) {
    const runs = new Runs();
    runs.adopt(examined({ step: 1, average: 0.5, report }), 2);
    assert.deepEqual(
      [names(runs), runs.current.exams],
      [["a"], [{ step: 1, average: 0.5, report: null }]],
      JSON.stringify(report),
    );
  }
  const more = new Runs();
  more.adopt(examined({ step: 1, average: 0.5, report: { ...REPORT, more: "x" }, more: "x" }), 2);
  assert.deepEqual(
    more.current.exams,
    [{ step: 1, average: 0.5, report: REPORT }],
    "what is unknown is not taken over",
  );
});

test("an exam of notes that is none makes them make no sense", () => {
  for (const exam of [
    null,
    "x",
    {},
    { step: -1, average: 1 },
    { step: 1.5, average: 1 },
    { step: 1, average: "half" },
    { average: 1 },
  ]) {
    const runs = new Runs();
    runs.adopt(examined(exam), 2);
    assert.deepEqual([names(runs), runs.current.step], [["Run 1"], 2], JSON.stringify(exam));
  }
});

test("where weights are from is said by name, and travels", () => {
  const runs = new Runs();
  runs.begin(0, { name: "Shipped model", before: 6000 });
  train(runs, 1);
  runs.begin(0, { name: "Shipped model", before: 6000 });
  assert.deepEqual(names(runs), ["Shipped model", "Shipped model 2"]);
  const other = new Runs();
  other.adopt(runs.notes(), 0);
  assert.equal(other.current.before, 6000);
});

test("notes that make no sense begin a run", () => {
  for (const notes of [
    "",
    "{}",
    "[",
    '{"runs":[{"id":1}]}',
    '{"runs":[]}',
    '{"runs":[{"losses":[],"vitals":[],"marks":[],"firstStep":-1}]}',
    "null",
  ]) {
    const runs = new Runs();
    train(runs, 1);
    runs.adopt(notes, 40);
    assert.deepEqual([names(runs), runs.current.step], [["Run 1", "Run 2"], 40], notes);
  }
});
