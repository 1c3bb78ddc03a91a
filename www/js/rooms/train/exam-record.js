// @ts-check
/**
 * What is kept of an exam with the run that it is of. Notes come from a file that anybody may have written: what comes back
 * from them has the shape that views rely on, or is not there.
 *
 * @typedef {import("../../engine/protocol.js").ExamReport} ExamReport
 * @typedef {{step: number, average: number | null, report: ExamReport | null}} Exam
 *   `step`: when it began; `average`: share of all pairs that were told apart by the most surprising place; `report`: null of
 *   what came out of notes, but for the last one
 */

/** Longest list and text of a report. */
const MOST = 64;

/** For notes: all of the last one, and a point of the chart for each before. @param {Exam[]} exams @returns {Exam[]} oldest first */
export function shortened(exams) {
  return exams.map(({ step, average, report }, i) => ({
    step,
    average,
    report: i === exams.length - 1 ? report : null,
  }));
}

/** An exam of notes; a report that makes no sense is left out. Throws for what is no exam. @param {any} json @returns {Exam} */
export function examOf(json) {
  const exam = EXAM(json);
  if (!Number.isInteger(exam.step) || exam.step < 0) throw new TypeError("not a step");
  try {
    return { ...exam, report: orNull(REPORT)(json.report) };
  } catch {
    return { ...exam, report: null };
  }
}

/** @typedef {(value: any) => any} Shape   gives back what it expects of a value, or throws a TypeError */

/** @param {boolean} is @param {any} value */
function expected(is, value) {
  if (!is) throw new TypeError("not as expected");
  return value;
}

/** @type {Shape} */
const number = (value) => expected(Number.isFinite(value), value);
/** @type {Shape} */
const text = (value) => expected(typeof value === "string" && value.length <= MOST, value);
/** @param {...string} names @returns {Shape} */
const oneOf =
  (...names) =>
  (value) =>
    expected(names.includes(value), value);
/** @param {Shape} shape @returns {Shape} */
const orNull = (shape) => (value) => (value === null || value === undefined ? null : shape(value));
/** @param {Shape} shape @returns {Shape} */
const listOf = (shape) => (value) =>
  expected(Array.isArray(value) && value.length <= MOST, value).map((/** @type {any} */ item) => shape(item));
/** @param {Record<string, Shape>} fields  all others are left out @returns {Shape} */
const record = (fields) => (value) => {
  expected(typeof value === "object" && value !== null, value);
  return Object.fromEntries(Object.entries(fields).map(([name, shape]) => [name, shape(value[name])]));
};

const SHARE = record({ n: number, value: number, low: number, high: number });
const TOLD = record({ score: number, each: listOf(number), readout: oneOf("pooled", "grid", "attended") });
const EXAM = record({ step: number, average: orNull(number) });
const REPORT = record({
  done: number,
  portions: number,
  kinds: listOf(
    record({
      violation: text,
      mean: SHARE,
      max: SHARE,
      peak: SHARE,
      alarm: orNull(number),
      errors: record({ possible: listOf(number), impossible: listOf(number) }),
    }),
  ),
  skipped: listOf(text),
  mean: orNull(SHARE),
  max: orNull(SHARE),
  peak: orNull(SHARE),
  alarm: orNull(number),
  features: orNull(record({ clips: number, std: number, effectiveRank: number, width: number })),
  probes: listOf(
    record({
      asked: oneOf("position", "velocity", "colour", "shape", "count"),
      measure: oneOf("r2", "accuracy"),
      chance: number,
      model: TOLD,
      untrained: TOLD,
      pixels: TOLD,
    }),
  ),
  neighbours: orNull(record({ share: SHARE, chance: number })),
});
