// @ts-check
/** Results of other machines, and results that are measured again in part. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { merged, readSent } from "../../bench/merge.js";
import { readOptions } from "../../bench/options.js";
import { markdown } from "../../www/js/bench/report.js";
import { sentTables, toSend, whyRefused } from "../../www/js/bench/sent-in.js";

const COUNTS = { dispatches: 900, passes: 1, submits: 1, pipelines: 0, buffers: 2, bytes: 1e6 };

/** @returns {import("../../www/js/bench/bench.js").Results} */
function results() {
  return {
    machine: {
      date: "2026-01-02 03:04 UTC",
      userAgent: "a browser",
      cores: 8,
      adapter: "a GPU",
      software: false,
      timestamps: true,
      isolated: false,
    },
    options: { only: [], pairs: 20, caseMs: 1, cpuTokens: [], gpuTokens: [], presets: [], curveMs: 1, given: "" },
    forward: [
      contest("encoder", "cpu", "onnxruntime-web, wasm"),
      contest("encoder", "webgpu", "onnxruntime-web, WebGPU"),
    ],
    training: [contest("training step tiny", "webgpu", "jax-js, WebGPU")],
    alone: [
      { what: "plan of actor", device: "webgpu", ms: 50, runs: 9, firstMs: 70, flops: 5e9, counts: COUNTS },
      { what: "plan of actor", device: "cpu", failed: "It could not." },
    ],
    matmul: [],
    curve: [],
    notes: ["a note"],
  };
}

/** @param {string} what @param {"cpu" | "webgpu"} device @param {string} peer */
const contest = (what, device, peer) => ({
  what,
  device,
  ours: { name: "vjepa-web" },
  theirs: { name: peer },
  times: { ratio: 0.5, ours: 10, theirs: 20, pairs: 7 },
});

/** @returns {import("../../www/js/bench/report.js").Site} */
const site = () => ({
  versions: { "vjepa-web": "old" },
  downloads: [],
  first: [],
  memory: null,
  network: null,
  native: null,
  nativeWhy: "",
});

const sent = (name = "my machine") => toSend(results(), { "@jax-js/jax": "0.1.25" }, name);

test("a file has every time with its ratio, and survives JSON", () => {
  const file = JSON.parse(JSON.stringify(sent("  my machine ")));
  assert.equal(whyRefused(file), null);
  assert.equal(file.name, "my machine");
  assert.equal(file.cases.length, 3);
  assert.deepEqual(file.cases[2], {
    what: "training step tiny",
    device: "webgpu",
    peer: "jax-js, WebGPU",
    ours: 10,
    theirs: 20,
    ratio: 0.5,
    pairs: 7,
  });
  assert.deepEqual(file.alone, [
    { what: "plan of actor", device: "webgpu", ms: 50, runs: 9, gflop: 5, dispatches: 900 },
  ]);
  assert.equal(whyRefused(toSend({ ...results(), machine: { ...results().machine, adapter: "" } }, {}, "")), null);
});

test("a file that is not what it should be is refused by its field", () => {
  const refused = (/** @type {(file: any) => void} */ change) => {
    const file = JSON.parse(JSON.stringify(sent()));
    change(file);
    return whyRefused(file);
  };
  /** @type {[string, (file: any) => void][]} */
  const wrong = [
    ["format", (file) => (file.format = "vjepa-web-bench/0")],
    ["name", (file) => delete file.name],
    ["name", (file) => (file.name = "two\nlines")],
    ["name", (file) => (file.name = "<b>")],
    ["date", (file) => (file.date = "yesterday")],
    ["userAgent", (file) => (file.userAgent = "")],
    ["software", (file) => (file.software = "no")],
    ["cores", (file) => (file.cores = 1.5)],
    ["versions", (file) => (file.versions = ["1"])],
    ["versions", (file) => (file.versions.burn = 1)],
    ["cases", (file) => (file.cases = {})],
    ["cases", (file) => (file.cases[0].ours = -1)],
    ["cases", (file) => (file.cases[0].ratio = "0.5")],
    ["cases", (file) => (file.cases[0].device = "npu")],
    ["cases", (file) => delete file.cases[0].pairs],
    ["cases", (file) => (file.cases[0].mail = "a@b.c")],
    ["alone", (file) => (file.alone[0].ms = null)],
    ["mail", (file) => (file.mail = "a@b.c")],
  ];
  for (const [field, change] of wrong)
    assert.match(refused(change) ?? "accepted", new RegExp(`"${field}"`), String(change));
  assert.match(refused((file) => (file.cases = file.alone = [])) ?? "", /no results/);
  for (const value of [null, [], 3, "{}"]) assert.match(whyRefused(value) ?? "accepted", /everything/);
});

test("each machine becomes a table of the report", () => {
  const tables = sentTables([sent(), sent("")]);
  assert.deepEqual(
    tables.map(({ title }) => title),
    ["Sent in: my machine", "Sent in: a GPU"],
  );
  const report = markdown(results(), { ...site(), sent: [sent()] });
  assert.match(
    report,
    /## Sent in: my machine\n\n2026-01-02 03:04 UTC; WebGPU adapter: a GPU; 8 cores; a browser; @jax-js\/jax 0\.1\.25/,
  );
  assert.match(
    report,
    /\| training step tiny \| WebGPU \| jax-js, WebGPU \| 10\.0 \| 20\.0 \| 0\.50 \| 7 \| – \| – \|/,
  );
  assert.match(report, /\| plan of actor \| WebGPU \| – \| 50\.0 \| – \| – \| 9 \| 100 \| 900 \|/);
});

test("what no peer does is told with its rate, and why there is no time", () => {
  const report = markdown(results());
  assert.match(report, /## Model with actions\n/);
  assert.match(
    report,
    /\| plan of actor \| vjepa-web, WebGPU \| 50\.0 \| 9 \| 70\.0 \| 5\.00 \| 100 \| 900 \| 1\.00 \|/,
  );
  assert.match(report, /- plan of actor has no time\. It could not\./);
});

test("a folder of files is read in order, and a wrong one is named", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "vjepa-sent-"));
  t.after(() => rm(folder, { recursive: true }));
  assert.deepEqual(await readSent(join(folder, "none")), []);
  await writeFile(join(folder, "b.json"), JSON.stringify(sent("b")));
  await writeFile(join(folder, "a.json"), JSON.stringify(sent("a")));
  await writeFile(join(folder, "notes.md"), "not a result");
  assert.deepEqual(
    (await readSent(folder)).map(({ name }) => name),
    ["a", "b"],
  );
  await writeFile(join(folder, "c.json"), JSON.stringify({ ...sent("c"), cores: "many" }));
  await assert.rejects(readSent(folder), /c\.json can't be used: its field "cores"/);
  await writeFile(join(folder, "c.json"), "{");
  await assert.rejects(readSent(folder), /c\.json is not JSON/);
});

test("every file that was sent in can be read", async () => {
  const folder = new URL("../../bench/results/", import.meta.url);
  for (const file of await readSent(folder.pathname)) assert.equal(whyRefused(file), null);
});

test("parts that are measured again replace those of before, and nothing else", () => {
  const before = { results: { ...results(), training: [contest("old", "webgpu", "old")], curve: [] }, site: site() };
  const other = results();
  other.forward = [contest("new", "webgpu", "new")];
  other.curve = [];
  other.notes = ["a note", "another"];
  const fresh = {
    results: other,
    site: { ...site(), versions: { "vjepa-web": "new", "@jax-js/jax": "0.1.25" }, nativeWhy: "new" },
  };
  const both = merged(before, fresh, ["webgpu", "training"], "later");
  assert.deepEqual(
    both.results.forward.map(({ what }) => what),
    ["encoder", "new"],
  );
  assert.equal(both.results.training[0].what, "training step tiny");
  assert.deepEqual(both.results.notes, ["a note", "another"]);
  assert.equal(both.site.nativeWhy, "");
  assert.deepEqual(both.site.versions, { "vjepa-web": "old", "@jax-js/jax": "0.1.25" });
  assert.match(markdown(both.results, both.site), /- training: measured again, later/);
  const shared = { what: "3 training steps", preset: "tiny", engines: 2, times: null };
  const again = merged(before, { ...fresh, results: { ...fresh.results, sharing: [shared] } }, ["sharing"], "later");
  assert.deepEqual(again.results.sharing, [shared]);
  const { alone, sharing, ...old } = before.results;
  const since = merged({ results: /** @type {any} */ (old), site: site() }, fresh, ["native"], "later");
  assert.deepEqual([since.results.alone, since.results.sharing], [[], []]);
  assert.equal(since.site.nativeWhy, "new");
});

test("the command says which parts, and that the others stay", () => {
  const { parts, page, here, keep } = readOptions(["--only", "training,actor,sizes", "--keep"]);
  assert.deepEqual(
    [parts, page.only, here, keep],
    [["training", "actor", "sizes"], ["training", "actor"], ["sizes"], true],
  );
  assert.throws(() => readOptions(["--only", "jax"]), /nothing called "jax"/);
  assert.equal(readOptions(["--sent"]).sent, true);
});
