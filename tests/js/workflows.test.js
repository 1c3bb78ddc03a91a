// @ts-check
/**
 * What runs on GitHub: each workflow is one by GitHub's own parser, asks for no more than it needs, and runs what is
 * there.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { parse } from "yaml";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = ".github/workflows";
/** @param {string} path */
const read = (path) => readFileSync(join(ROOT, path), "utf8");
const WORKFLOWS = readdirSync(join(ROOT, FOLDER)).map((name) => `${FOLDER}/${name}`);
const ACTION = ".github/actions/setup/action.yml";
/** What a job may write, each with its reason. @type {Record<string, string>} */
const MAY_WRITE = {
  "pages.yml deploy pages": "puts the page there",
  "pages.yml deploy id-token": "proves to Pages which run it is",
  "release.yml github contents": "makes the release",
  "release.yml github attestations": "says where its files come from",
  "release.yml github id-token": "signs that",
  "release.yml npm id-token": "proves to npm which run it is",
};

/** @typedef {{name?: string, run?: string, uses?: string, with?: Record<string, string>}} Step */
/** @typedef {{permissions?: Record<string, string>, "timeout-minutes"?: number, steps: Step[]}} Job */

/** @type {{path: string, name: string, on: any, permissions: any, concurrency: any, jobs: Record<string, Job>}[]} */
const workflows = WORKFLOWS.map((path) => ({ path, ...parse(read(path)) }));
/** Every step with where it is. @type {{at: string, step: Step}[]} */
const steps = [
  ...workflows.flatMap(({ path, jobs }) =>
    Object.entries(jobs).flatMap(([job, { steps }]) => steps.map((step) => ({ at: `${path} ${job}`, step }))),
  ),
  .../** @type {Step[]} */ (parse(read(ACTION)).runs.steps).map((step) => ({ at: ACTION, step })),
];

const made = mkdtempSync(join(tmpdir(), "vjepa-workflows-"));
/** What GitHub's parser has to say against a file. @type {(path: string, text: string) => string[]} */
let faults;

before(async () => {
  // As it is, it is for bundlers: it imports JSON by name alone.
  const from = "@actions/workflow-parser";
  const contents = `export { parseWorkflow, NoOperationTraceWriter } from "${from}"; export { parseAction } from "${from}/actions/action-parser";`;
  const outfile = join(made, "parser.cjs");
  await build({ stdin: { contents, resolveDir: ROOT }, bundle: true, platform: "node", format: "cjs", outfile });
  const parser = createRequire(import.meta.url)(outfile);
  const trace = new parser.NoOperationTraceWriter();
  faults = (path, content) => {
    const { context } = (path === ACTION ? parser.parseAction : parser.parseWorkflow)({ name: path, content }, trace);
    return context.errors.getErrors().map((/** @type {Error} */ { message }) => message);
  };
});
after(() => rmSync(made, { recursive: true, force: true }));

test("GitHub's own parser accepts every workflow and the action, and would not accept others", () => {
  for (const path of [...WORKFLOWS, ACTION]) {
    assert.deepEqual(faults(path, read(path)), [], path);
    const wrong = read(path).replace("runs-on:", "run-on:").replace("using:", "usin:");
    assert.ok(faults(path, wrong).length > 0, path);
  }
  const tested = `${FOLDER}/test.yml`;
  assert.match(faults(tested, read(tested).replaceAll("github.ref", "gitub.ref"))[0] ?? "", /gitub/);
});

test("workflows may read, and a job writes only what it has to; each ends, and none runs beside itself", () => {
  /** @type {string[]} */
  const writes = [];
  for (const { path, permissions, concurrency, jobs } of workflows) {
    assert.deepEqual(permissions, { contents: "read" }, path);
    assert.ok(concurrency?.group, `${path} has no concurrency group`);
    for (const [job, { permissions: own = {}, "timeout-minutes": minutes = 0 }] of Object.entries(jobs)) {
      assert.ok(minutes > 0 && minutes <= 240, `${path} ${job} runs for ${minutes} minutes`);
      for (const [scope, may] of Object.entries(own))
        if (may !== "read") writes.push(`${path.slice(FOLDER.length + 1)} ${job} ${scope}`);
    }
  }
  assert.deepEqual(writes.sort(), Object.keys(MAY_WRITE).sort());
});

test("actions are pinned to one version each, and those of this repository are there", () => {
  /** @type {Map<string, string>} */
  const versions = new Map();
  for (const { at, step } of steps) {
    if (!step.uses) continue;
    if (step.uses.startsWith("./")) {
      assert.ok(existsSync(join(ROOT, step.uses, "action.yml")), `${at}: ${step.uses}`);
      continue;
    }
    const [, action = "", version = ""] = /^(actions\/[\w-]+)@(v\d+(?:\.\d+)*|[0-9a-f]{40})$/.exec(step.uses) ?? [];
    assert.ok(action, `${at}: ${step.uses} is not GitHub's own, or not pinned`);
    assert.equal(versions.get(action) ?? version, version, `${at}: another version of ${action}`);
    versions.set(action, version);
    if (action === "actions/checkout")
      assert.equal(step.with?.["persist-credentials"], false, `${at} leaves a token behind`);
  }
  assert.ok(versions.size >= 8, [...versions.keys()].join());
});

test("what they run is there, and nothing that others may word becomes a command", () => {
  const targets = new Set([...read("Makefile").matchAll(/^([a-z0-9-]+):/gm)].map(([, name = ""]) => name));
  const jobs = steps.filter(({ step }) => step.run);
  /** @type {{at: string, what: string, there: boolean}[]} */
  const named = [];
  for (const { at, step } of jobs) {
    const { run = "" } = step;
    assert.doesNotMatch(run, /\$\{\{/, `${at}: values go by env, where they are no code`);
    for (const [, names = ""] of run.matchAll(/^ *make ([a-z0-9 -]+)$/gm))
      named.push(...names.split(" ").map((name) => ({ at, what: `make ${name}`, there: targets.has(name) })));
    for (const [path] of run.matchAll(/(?<![\w/.])(?:scripts|tests|\.ci)\/[\w./-]+/g))
      named.push({ at, what: path, there: existsSync(join(ROOT, path)) });
  }
  assert.deepEqual(
    named.filter(({ there }) => !there),
    [],
  );
  assert.ok(named.length >= 10, "hardly anything is named: are commands written in another form now?");
  assert.ok(
    jobs.some(({ step }) => step.run === ".ci/run"),
    "continuous integration runs something else",
  );
});

test("versions are those of the project", () => {
  const oldest = Number(/\d+/.exec(JSON.parse(read("package.json")).engines.node)?.[0]);
  const nodes = steps.flatMap(({ step }) => step.with?.["node-version"] ?? []).map(Number);
  assert.equal(nodes.length, 2);
  assert.equal(Math.min(...nodes), oldest, "the tests run in the oldest Node that package.json allows");
  assert.match(read("scripts/setup.sh"), new RegExp(`-ge ${oldest} \\]`));
  // The toolchain is read out of Cargo.toml by the action's own command.
  const [, rust = ""] = /^rust-version = "([\d.]+)"$/m.exec(read("Cargo.toml")) ?? [];
  assert.ok(rust, "the action finds no Rust version in Cargo.toml");
});

test("Pages builds pushes to main alone, and a release only what has passed the tests", () => {
  const find = (/** @type {string} */ name) => workflows.find(({ path }) => path.endsWith(`/${name}`));
  const pages = find("pages.yml");
  const tested = find("test.yml");
  assert.deepEqual(pages?.on.workflow_run.workflows, [tested?.name]);
  assert.match(JSON.stringify(pages?.jobs.build), /workflow_run\.event == 'push'/);
  assert.deepEqual(tested?.on.push.branches, pages?.on.workflow_run.branches);
  assert.match(JSON.stringify(find("release.yml")?.jobs.check), /--workflow test\.yml .*--status success/);
});

test("without the adapter in software, WebDriver is still told what else the tests need", () => {
  const filter = steps
    .map(({ step }) => /sed -i\.software '\/(\w+)\/d' webdriver\.json/.exec(step.run ?? "")?.[1])
    .find(Boolean);
  assert.ok(filter, "gpu.yml takes nothing out of webdriver.json");
  const args = (/** @type {string} */ text) => JSON.parse(text)["goog:chromeOptions"].args;
  const [all, rest] = [
    read("webdriver.json"),
    read("webdriver.json")
      .split("\n")
      .filter((line) => !line.includes(filter))
      .join("\n"),
  ].map(args);
  assert.equal(rest.length, all.length - 2);
  assert.ok(rest.includes("--enable-unsafe-webgpu") && rest.includes("--headless=new"));
});

test("forms for issues are what GitHub takes, and ask for something", () => {
  const folder = ".github/ISSUE_TEMPLATE";
  const forms = readdirSync(join(ROOT, folder)).filter((name) => name !== "config.yml");
  assert.deepEqual(forms.sort(), ["bug.yml", "checkpoint.yml", "feature.yml"]);
  for (const name of forms) {
    const form = parse(read(`${folder}/${name}`));
    assert.ok(form.name && form.description && form.labels.length, name);
    const fields = form.body.filter((/** @type {any} */ { type }) => type !== "markdown");
    assert.equal(new Set(fields.map((/** @type {any} */ { id }) => id)).size, fields.length, `${name} has an id twice`);
    assert.ok(
      fields.some((/** @type {any} */ { validations }) => validations?.required),
      `${name} asks for nothing`,
    );
    for (const { type, id, attributes } of fields) {
      assert.ok(["textarea", "input", "dropdown", "checkboxes"].includes(type), `${name}: ${type}`);
      assert.ok(/^[a-z]+$/.test(id) && attributes.label, `${name}: ${id}`);
      if (type === "dropdown")
        assert.ok(
          attributes.options.every((/** @type {any} */ one) => typeof one === "string"),
          id,
        );
    }
  }
});
