// @ts-check
/**
 * Results as tables: the page draws them, `make bench` and the copy button write them as Markdown.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Case} Case
 * @typedef {import("./bench.js").Side} Side
 * @typedef {import("./actor.js").Alone} Alone
 * @typedef {{title: string, about: string, head: string[], rows: string[][]}} Table   the first column is text
 *
 * @typedef {object} Site             what only `make bench` can measure
 * @property {Record<string, string>} versions
 * @property {Download[]} downloads
 * @property {First[]} first
 * @property {Memory | null} [memory]
 * @property {Visits | null} [network]
 * @property {Native | null} native
 * @property {string} nativeWhy       why there is no `native`
 * @property {Record<string, string>} [again]   parts that were measured later than the rest: when, and of which commit
 * @property {import("./sent-in.js").SentIn[]} [sent]   results of other machines
 *
 * @typedef {{what: string, files: number, raw: number, gzip: number, brotli: number, key?: string}} Download   bytes
 * @typedef {{ours: number | null, theirs: number | null, ratio: number | null}} Medians   milliseconds
 * @typedef {Medians & {what: string, key: string}} First
 * @typedef {{steps: number[], bytes: number[], ratio: number}} Memory   of GPU buffers, while training
 * @typedef {{rttMs: number, bitsPerSecond: number, what: string, requests: number, bytes: number, ms: number | null}} Visit
 *   up to the first features; `bytes`: as they are sent
 * @typedef {{measured: string, load: string, times: number, rows: Visit[]}} Visits   `load`: programs that wanted a core, and how many there are
 * @typedef {{remark: string, cases: (Medians & {what: string, threads: number})[]}} Native
 */
import { budgets } from "./budgets.js";
import { flopsOf } from "./geometry.js";
import { rate } from "./matmul.js";
import { giga, ms, NONE, ratio, size, tiny } from "./numbers-in-tables.js";
import { sentTables } from "./sent-in.js";

const MOST_KERNELS = 12;

/** @param {Results} results @param {Site} [site] @returns {Table[]} */
export function tables(results, site) {
  const all = [
    budgetTable(results, site),
    caseTable(
      "Encoder, forward",
      "Milliseconds a run, features read back. “differs” is the largest distance from the right features.",
      results.forward,
    ),
    caseTable(
      "Training step",
      "Milliseconds a step on the same weights, clips and masks: target, context and predictor forward, backward, " +
        "AdamW, moving average. “differs” is the largest distance of the first three losses from those in double precision.",
      results.training,
    ),
    aloneTable(results),
    countTable([...results.forward, ...results.training]),
    ...once([...results.forward, ...results.training].flatMap(kernelTables), ({ title }) => title),
    sharingTable(results),
    matmulTable(results),
    shareTable(results),
    curveTable(results),
    ...(site ? siteTables(site) : []),
    ...sentTables(site?.sent ?? []),
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** @param {Results} results @param {Site} [site] */
export function markdown(results, site) {
  const { machine, notes } = results;
  const { pairs, caseMs } = results.options;
  const software = machine.software ? " (in software)" : "";
  const untimed = machine.timestamps ? "" : "; no timestamp-query";
  const facts = [
    `- ${machine.date}, ${machine.userAgent}`,
    `- WebGPU adapter: ${machine.adapter || "none"}${software}; ${machine.cores} cores${untimed}`,
    `- interleaved pairs, at most ${pairs} or ${Math.round(caseMs / 1000)} s a case and at least 3; ratios are` +
      " medians of ours / theirs of each pair, below 1 where ours is faster",
    ...Object.entries(site?.versions ?? {}).map(([name, version]) => `- ${name} ${version}`),
    ...Object.entries(site?.again ?? {}).map(([part, when]) => `- ${part}: measured again, ${when}`),
    ...failures(results).map((line) => `- ${line}`),
    ...notes.map((note) => `- ${note}`),
  ];
  return [facts.join("\n"), ...tables(results, site).map(asMarkdown)].join("\n\n") + "\n";
}

/** @param {Table} table */
function asMarkdown({ title, about, head, rows }) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = `|${head.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`;
  return [`## ${title}`, "", ...(about ? [about, ""] : []), line(head), rule, ...rows.map(line)].join("\n");
}

/** @param {Results} results @returns {string[]} */
function failures({ forward, training, alone }) {
  const sides = [...forward, ...training].flatMap(({ what, ours, theirs }) =>
    [ours, theirs].map(({ name, failed }) => ({ what: `${what}: ${name}`, failed })),
  );
  return [...sides, ...alone]
    .filter(({ failed }) => failed)
    .map(({ what, failed }) => `${what} has no time. ${failed}`);
}

/** @param {Results} results @returns {Table} */
function aloneTable({ alone }) {
  const engine = (/** @type {Alone} */ { device }) => `vjepa-web, ${device === "cpu" ? "CPU" : "WebGPU"}`;
  return {
    title: "Model with actions",
    about:
      "No peer trains one or plans with one. A training step as the page takes it, play, masks and Muon included; a plan " +
      "by the cross-entropy method from a new goal to the first action. GFLOP of the matrix products.",
    head: ["what", "engine", "ms", "runs", "first ms", "GFLOP", "GFLOP/s", "dispatches", "MB a run"],
    rows: alone
      .filter(({ ms }) => ms !== undefined)
      .map((entry) => [
        entry.what,
        engine(entry),
        ms(entry.ms),
        String(entry.runs),
        ms(entry.firstMs),
        giga(entry.flops),
        giga(entry.flops && entry.ms && (entry.flops * 1000) / entry.ms),
        entry.counts ? String(entry.counts.dispatches) : NONE,
        size(entry.counts?.bytes),
      ]),
  };
}

/** @param {Results} results @param {Site} [site] @returns {Table} */
function budgetTable(results, site) {
  const rows = budgets(results, site).map(({ what, value, limit, met }) => [what, value, limit, met ? "yes" : "no"]);
  return { title: "Budgets", about: "", head: ["figure", "measured", "budget", "met"], rows };
}

/** @param {string} title @param {string} about @param {Case[]} cases @returns {Table} */
function caseTable(title, about, cases) {
  return {
    title,
    about,
    head: [
      "case",
      "theirs",
      "ours ms",
      "theirs ms",
      "ratio",
      "pairs",
      "ours first ms",
      "theirs first ms",
      "ours differs",
      "theirs differs",
    ],
    rows: cases.map(({ what, ours, theirs, times }) => [
      what,
      theirs.remark ? `${theirs.name} (${theirs.remark})` : theirs.name,
      ms(times.ours),
      ms(times.theirs),
      ratio(times.ratio),
      String(times.pairs),
      ms(ours.firstMs),
      ms(theirs.firstMs),
      tiny(ours.difference),
      tiny(theirs.difference),
    ]),
  };
}

/** @param {Case[]} cases @returns {Table} */
function countTable(cases) {
  const row = (/** @type {string} */ what, /** @type {Side} */ { name, counts, setup, liveBytes }) =>
    counts && setup
      ? [
          [
            what,
            name,
            ...[
              counts.dispatches,
              counts.passes,
              counts.submits,
              setup.pipelines,
              counts.pipelines,
              counts.buffers,
            ].map(String),
            size(counts.bytes),
            size(setup.bytes),
            size(liveBytes),
          ],
        ]
      : [];
  return {
    title: "What a run asks of WebGPU",
    about:
      "Pipelines up to the first result (those of an earlier case serve later ones) and in a run after that; buffers " +
      "made in a run, their bytes, bytes made up to the first result, and bytes alive on the whole page afterwards.",
    head: [
      "case",
      "engine",
      "dispatches",
      "passes",
      "submits",
      "pipelines first",
      "pipelines a run",
      "buffers a run",
      "MB a run",
      "MB first",
      "MB alive",
    ],
    rows: once(
      cases.flatMap(({ what, ours, theirs }) => [...row(what, ours), ...row(what, theirs)]),
      ([what, name]) => `${what}, ${name}`,
    ),
  };
}

/**
 * The first of each key: our side of a case is there once for each peer.
 * @template T @param {T[]} list @param {(entry: T) => string} key @returns {T[]}
 */
const once = (list, key) => list.filter((entry, at) => list.findIndex((other) => key(other) === key(entry)) === at);

/** None where all kernels have one name. @param {Case} entry @returns {Table[]} */
function kernelTables({ what, ours, theirs }) {
  return [ours, theirs]
    .filter(({ kernels }) => kernels && new Set(kernels.map(({ name }) => name)).size > 1)
    .map(({ name, kernels = [] }) => {
      const total = kernels.reduce((sum, kernel) => sum + kernel.ms, 0);
      const rest = kernels.slice(MOST_KERNELS);
      const shown = [
        ...kernels.slice(0, MOST_KERNELS),
        ...(rest.length
          ? [
              {
                name: `${rest.length} more`,
                calls: rest.reduce((sum, { calls }) => sum + calls, 0),
                ms: rest.reduce((sum, kernel) => sum + kernel.ms, 0),
              },
            ]
          : []),
      ];
      return {
        title: `GPU time by kernel: ${what}, ${name}`,
        about: `${ms(total)} ms in all; each dispatch in a pass of its own.`,
        head: ["kernel", "dispatches", "ms", "share"],
        rows: shown.map((kernel) => [
          kernel.name || "unnamed",
          String(kernel.calls),
          ms(kernel.ms),
          `${Math.round((100 * kernel.ms) / total)} %`,
        ]),
      };
    });
}

/** @param {Results} results @returns {Table} */
function sharingTable({ sharing = [] }) {
  return {
    title: "Engines that share work",
    about: "On the CPU, milliseconds by several engines in a worker each, and by one. A pair is in one page, in turns.",
    head: ["case", "preset", "engines", "together ms", "alone ms", "times as fast", "pairs"],
    rows: sharing.map(({ what, preset, engines, times }) => [
      what,
      preset,
      String(engines),
      ms(times.ours),
      ms(times.theirs),
      ratio(times.ratio && 1 / times.ratio),
      String(times.pairs),
    ]),
  };
}

/** @param {Results} results @returns {Table} */
function matmulTable({ matmul }) {
  return {
    title: "Plain matrix products of the encoder's sizes",
    about: "The fastest of a few kernels written by hand, on the same adapter.",
    head: ["product", "tokens", "m x k x n", "together", "a forward", "kernel", "ms", "GFLOP/s"],
    rows: matmul.flatMap(({ tokens, measured }) =>
      measured.map((product) => [
        product.what,
        String(tokens),
        `${product.m} x ${product.k} x ${product.n}`,
        String(product.together),
        String(product.times),
        product.kernel,
        ms(product.ms),
        giga(rate(product)),
      ]),
    ),
  };
}

/** @param {Results} results @returns {Table} */
function shareTable({ matmul }) {
  return {
    title: "Matmul share",
    about: "Operations a second of our whole encoder over those of its bare matrix products.",
    head: ["tokens", "GFLOP", "products ms", "encoder ms", "share"],
    rows: matmul.map(({ tokens, measured, bestMs, encoderMs, share }) => [
      String(tokens),
      giga(measured.reduce((sum, product) => sum + flopsOf(product), 0)),
      ms(bestMs),
      ms(encoderMs),
      ratio(share),
    ]),
  };
}

/** @param {Results} results @returns {Table} */
function curveTable({ curve }) {
  return {
    title: "Cost against size",
    about: "Encoder of 12 blocks, one forward. A dash: the run would have taken too long, or failed.",
    head: [
      "axis",
      "device",
      "tokens",
      "width",
      "batch",
      "GFLOP",
      "ours ms",
      "theirs ms",
      "ratio",
      "ours GFLOP/s",
      "theirs GFLOP/s",
    ],
    rows: curve.map(({ what, device, tokens, width, batch, flops, ours, theirs }) => [
      what,
      device,
      String(tokens),
      String(width),
      String(batch),
      giga(flops),
      ms(ours),
      ms(theirs),
      ratio(ours && theirs && ours / theirs),
      giga(ours && (flops * 1000) / ours),
      giga(theirs && (flops * 1000) / theirs),
    ]),
  };
}

/** @param {Site} site @returns {Table[]} */
function siteTables({ downloads, first, native, nativeWhy, network }) {
  return [
    ...(network ? [networkTable(network)] : []),
    {
      title: "From navigation to first features",
      about:
        "The tiny preset's encoder in a fresh browser profile, weights from a file, from a server on the same " +
        "machine: no network to speak of.",
      head: ["what", "ours ms", "theirs ms", "ratio"],
      rows: first.map(({ what, ours, theirs, ratio: value }) => [what, ms(ours), ms(theirs), ratio(value)]),
    },
    {
      title: "Downloads",
      about: "MB; gzip 9 and brotli 11, file by file.",
      head: ["what", "files", "raw", "gzip", "brotli"],
      rows: downloads.map(({ what, files, raw, gzip, brotli }) => [
        what,
        String(files),
        size(raw),
        size(gzip),
        size(brotli),
      ]),
    },
    {
      title: "Natively, on the CPU",
      about: native ? native.remark : nativeWhy,
      head: ["case", "threads", "ours ms", "theirs ms", "ratio"],
      rows: native
        ? native.cases.map(({ what, threads, ...times }) => [
            what,
            String(threads),
            ms(times.ours),
            ms(times.theirs),
            ratio(times.ratio),
          ])
        : [[NONE, NONE, NONE, NONE, NONE]],
    },
  ];
}

/** @param {Visits} visits @returns {Table} */
function networkTable({ measured, load, times, rows }) {
  return {
    title: "A first visit over a network",
    about:
      "Nothing cached; files with brotli 11, over a link with this round trip and bandwidth. " +
      `Medians of ${times}, in turns; ${measured}, load average ${load}.`,
    head: ["network", "what", "requests", "MB", "seconds to first features"],
    rows: rows.map(({ rttMs, bitsPerSecond, what, requests, bytes, ms }) => [
      `${rttMs} ms, ${bitsPerSecond / 1e6} Mbit/s`,
      what,
      String(requests),
      size(bytes),
      ms === null ? NONE : (ms / 1000).toFixed(1),
    ]),
  };
}
