// @ts-check
/**
 * Results of other machines: what bench.html saves as a file, what such a file has to be, and how it is told in
 * RESULTS.md. A file holds what its tables show and nothing of who sent it.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Machine} Machine
 * @typedef {import("./report.js").Table} Table
 *
 * @typedef {object} SentCase        a contest
 * @property {string} what
 * @property {"cpu" | "webgpu"} device
 * @property {string} peer
 * @property {number | null} ours    milliseconds, median; null if there is no time
 * @property {number | null} theirs
 * @property {number | null} ratio   median of the pairs' ours / theirs
 * @property {number} pairs
 *
 * @typedef {object} SentAlone       what no peer does
 * @property {string} what
 * @property {"cpu" | "webgpu"} device
 * @property {number} ms             median
 * @property {number} runs
 * @property {number} gflop          of a run
 * @property {number | null} dispatches
 *
 * @typedef {object} SentIn
 * @property {string} format
 * @property {string} name           of the machine, as its sender calls it; may be empty
 * @property {string} date
 * @property {string} userAgent
 * @property {string} adapter        "" without WebGPU
 * @property {boolean} software      the adapter is one in software
 * @property {number} cores
 * @property {Record<string, string>} versions
 * @property {SentCase[]} cases
 * @property {SentAlone[]} alone
 */
import { ms, NONE, ratio } from "./numbers-in-tables.js";

export const FORMAT = "vjepa-web-bench/1";
const LONGEST = 300;

/** @param {Results} results @param {Record<string, string>} versions @param {string} name @returns {SentIn} */
export function toSend({ machine, forward, training, alone }, versions, name) {
  const { date, userAgent, adapter, software, cores } = machine;
  return {
    format: FORMAT,
    name: name.trim().slice(0, LONGEST),
    date,
    userAgent,
    adapter,
    software,
    cores,
    versions,
    cases: [...forward, ...training].map(({ what, device, theirs, times }) => ({
      what,
      device,
      peer: theirs.name,
      ours: times.ours,
      theirs: times.theirs,
      ratio: times.ratio,
      pairs: times.pairs,
    })),
    alone: alone.flatMap(({ what, device, ms, runs, flops, counts }) =>
      ms === undefined || runs === undefined || flops === undefined
        ? []
        : [{ what, device, ms, runs, gflop: flops / 1e9, dispatches: counts?.dispatches ?? null }],
    ),
  };
}

/** @typedef {(value: any) => boolean} Check */

/** @type {Check} A line that can stand in a table. */
const line = (value) => typeof value === "string" && value.length <= LONGEST && !/[\r\n<>]/.test(value);
/** @type {Check} */
const text = (value) => line(value) && value !== "";
/** @type {Check} */
const positive = (value) => typeof value === "number" && value > 0 && value < Infinity;
/** @type {Check} */
const count = (value) => Number.isInteger(value) && value >= 0;
/** @type {Check} */
const yesOrNo = (value) => typeof value === "boolean";
/** @param {Check} check @returns {Check} */
const orNull = (check) => (value) => value === null || check(value);
/** @param {any[]} values @returns {Check} */
const oneOf =
  (...values) =>
  (value) =>
    values.includes(value);
/** @param {Record<string, Check>} fields @returns {Check} */
const listOf = (fields) => (value) =>
  Array.isArray(value) && value.every((entry) => wrongField(entry, fields) === null);

/** @type {Record<string, Check>} */
const CASE = {
  what: text,
  device: oneOf("cpu", "webgpu"),
  peer: text,
  ours: orNull(positive),
  theirs: orNull(positive),
  ratio: orNull(positive),
  pairs: count,
};
/** @type {Record<string, Check>} */
const ALONE = {
  what: text,
  device: oneOf("cpu", "webgpu"),
  ms: positive,
  runs: count,
  gflop: positive,
  dispatches: orNull(count),
};
/** @type {Record<string, Check>} */
const FILE = {
  format: oneOf(FORMAT),
  name: line,
  date: (value) => /^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/.test(value),
  userAgent: text,
  adapter: line,
  software: yesOrNo,
  cores: count,
  versions: (value) => isRecord(value) && Object.entries(value).flat().every(text),
  cases: listOf(CASE),
  alone: listOf(ALONE),
};

/** @param {any} value */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The first field that is missing, not known or not what it has to be. @param {any} value @param {Record<string, Check>} fields */
function wrongField(value, fields) {
  if (!isRecord(value)) return "everything";
  const wrong = Object.entries(fields).find(([name, check]) => !check(value[name]));
  return wrong?.[0] ?? Object.keys(value).find((name) => !(name in fields)) ?? null;
}

/** What is wrong with a file, in a sentence; null if nothing is. @param {any} value @returns {string | null} */
export function whyRefused(value) {
  const field = wrongField(value, FILE);
  if (field) return `its field "${field}" is not as the format ${FORMAT} has it`;
  if (value.cases.length + value.alone.length === 0) return "it holds no results";
  return null;
}

/** A table a machine. @param {SentIn[]} files @returns {Table[]} */
export function sentTables(files) {
  return files.map(({ name, date, userAgent, adapter, software, cores, versions, cases, alone }) => ({
    title: `Sent in: ${name || adapter || "a machine without WebGPU"}`,
    about: [
      date,
      `WebGPU adapter: ${adapter || "none"}${software ? " (in software)" : ""}`,
      `${cores} cores`,
      userAgent,
      ...Object.entries(versions).map(([what, version]) => `${what} ${version}`),
    ].join("; "),
    head: ["what", "device", "theirs", "ours ms", "theirs ms", "ratio", "pairs", "GFLOP/s", "dispatches"],
    rows: [
      ...cases.map((entry) => [
        entry.what,
        deviceName(entry.device),
        entry.peer,
        ms(entry.ours),
        ms(entry.theirs),
        ratio(entry.ratio),
        String(entry.pairs),
        NONE,
        NONE,
      ]),
      ...alone.map((entry) => [
        entry.what,
        deviceName(entry.device),
        NONE,
        ms(entry.ms),
        NONE,
        NONE,
        String(entry.runs),
        ((entry.gflop * 1000) / entry.ms).toPrecision(3),
        entry.dispatches === null ? NONE : String(entry.dispatches),
      ]),
    ],
  }));
}

/** @param {"cpu" | "webgpu"} device */
const deviceName = (device) => (device === "cpu" ? "CPU" : "WebGPU");
