// @ts-check
/** Exams on hosts with fake engines: portion by portion, cancelled, through a change of engine. */
import assert from "node:assert/strict";
import test from "node:test";
import { Examiner, examSettings } from "../../www/js/rooms/train/exam.js";
import { FailureError } from "../../www/js/base/errors.js";
import { featuresOf, intervalOf, summaryOf } from "../../www/js/rooms/train/exam-view.js";
import { setUp } from "./support/host.js";

const OPEN = { type: "open", settings: { device: "cpu", family: "vjepa2", preset: "tiny", seed: 1 } };
/** @type {any} */
const MODEL = { grid: [8, 6, 6], width: 96 };
const SETTINGS = examSettings(MODEL);

/** @param {number} done @returns {any} */
const report = (done) => ({
  done,
  portions: 3,
  peak: { n: done, value: done / 4, low: 0, high: 1 },
  kinds: [],
  skipped: [],
  probes: [],
});

/** An examiner whose desk answers with what `answers` gives. @param {(asked: any) => any} answers */
function desk(answers) {
  /** @type {any[]} */
  const asked = [];
  const [a, b] = [{ exams: /** @type {any[]} */ ([]) }, { exams: /** @type {any[]} */ ([]) }];
  const state = { step: 7, run: a, a, b, ended: 0, changes: 0, recovers: true };
  const examiner = new Examiner({
    ask: async (settings) => (asked.push(settings), answers(settings)),
    end: async () => void (state.ended += 1),
    step: () => state.step,
    run: () => state.run,
    recover: async () => state.recovers,
    changed: () => void (state.changes += 1),
  });
  return { examiner, asked, state };
}

test("the host asks an engine portion by portion", async () => {
  const { ask, cpu } = setUp();
  await ask(OPEN);
  assert.equal((await ask({ type: "exam" })).error.code, "no-exam");
  const first = await ask({ type: "exam", settings: SETTINGS });
  assert.deepEqual([first.value.done, first.value.portions], [1, 3]);
  assert.deepEqual(cpu.engines[0]?.calls.at(-1), `exam ${JSON.stringify(SETTINGS)}`);
  await ask({ type: "train", steps: 2 });
  assert.equal((await ask({ type: "exam" })).value.done, 2, "training in between does no harm");
  await ask({ type: "end-exam" });
  assert.equal((await ask({ type: "exam" })).error.code, "no-exam");
});

test("an exam is asked to its end and kept with its run, step and average", async () => {
  let done = 0;
  const { examiner, asked, state } = desk(() => report(++done));
  assert.equal((await examiner.take(SETTINGS)).done, 3);
  assert.deepEqual(asked, [SETTINGS, undefined, undefined]);
  state.run = state.b;
  assert.equal(examiner.last, undefined, "other weights have not been examined");
  [done, state.step] = [0, 9];
  await examiner.take(SETTINGS);
  assert.deepEqual(
    [state.a, state.b].map(({ exams }) => exams.map(({ step, average }) => [step, average])),
    [[[7, 0.75]], [[9, 0.75]]],
  );
  assert.deepEqual([examiner.last?.step, examiner.current], [9, null]);
});

test("whoever watches sees the score rise, and only one exam goes on at a time", async () => {
  let done = 0;
  /** @type {number[]} */
  const seen = [];
  const { examiner } = desk(() => {
    seen.push(examiner.current?.report?.done ?? 0);
    return report(++done);
  });
  const first = examiner.take(SETTINGS);
  await assert.rejects(examiner.take(SETTINGS), { code: "busy" });
  await first;
  assert.deepEqual(seen, [0, 1, 2]);
});

test("a cancelled exam is let go of and leaves nothing behind", async () => {
  let done = 0;
  const { examiner, state } = desk(() => {
    if (done === 1) examiner.cancel();
    return report(++done);
  });
  await assert.rejects(examiner.take(SETTINGS), { code: "cancelled" });
  assert.deepEqual([state.run.exams, examiner.current, state.ended], [[], null, 1]);
  done = 0;
  const other = desk(() => (other.examiner.cancel(), report(1)));
  await assert.rejects(other.examiner.take(SETTINGS), { code: "cancelled" }, "weights that are gone have no exam");
});

test("another engine is asked from the beginning; what it can't answer is said", async () => {
  let done = 0;
  const { examiner, asked } = desk(() => {
    if (asked.length === 2) throw new FailureError("no-exam", "Gone.");
    if (asked.length === 3) done = 0;
    return report(++done);
  });
  await examiner.take(SETTINGS);
  assert.deepEqual(asked, [SETTINGS, undefined, SETTINGS, undefined, undefined]);

  const failing = desk(() => {
    throw new FailureError("unexaminable", "No predictor.");
  });
  failing.state.recovers = false;
  await assert.rejects(failing.examiner.take(SETTINGS), { code: "unexaminable" });
  assert.equal(failing.examiner.current, null);
  const crashing = desk(() => {
    throw new FailureError("engine-crashed", "Trap.");
  });
  await assert.rejects(crashing.examiner.take(SETTINGS), { code: "engine-crashed" });
  assert.equal(crashing.asked.length, 4, "it does not go on for ever");
});

test("a model whose features are too many is asked without probes", () => {
  assert.equal(SETTINGS.probes.train, 300);
  assert.equal(examSettings({ ...MODEL, grid: [8, 14, 14], width: 1024 }).probes.train, 0);
  assert.deepEqual(examSettings(MODEL, { world: "simple", pairs: 2 }), { ...SETTINGS, world: "simple", pairs: 2 });
});

test("scores in words", () => {
  const share = { n: 180, value: 0.72, low: 0.65, high: 0.78 };
  assert.equal(intervalOf(share), "72 %, 65 to 78");
  assert.match(
    summaryOf(share, 1200),
    /^After 1,200 steps it ranked the impossible clip higher in 72 % of 180 pairs .*65 to 78.*: more than chance/,
  );
  assert.match(summaryOf({ ...share, value: 0.5, low: 0.4, high: 0.6 }, 0), /chance alone, 50 %, could do that/);
  assert.match(summaryOf({ ...share, value: 0.3, low: 0.2, high: 0.4 }, 1), /After 1 step .*less than chance/);
  assert.match(
    featuresOf({ effectiveRank: 31.26, width: 96, std: 0.804, clips: 300 }),
    /31\.3 of 96 .* 300 clips; .* 0\.80/,
  );
});
