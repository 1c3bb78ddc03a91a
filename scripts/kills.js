// @ts-check
/**
 * Kills `vjepa pretrain` again and again, at random moments and in the middle of saves, and lets it go on: weights and log
 * must come out as those of a run that nobody touched, byte for byte, and no save may cost more than the steps since.
 *
 *   node scripts/kills.js VJEPA [--kills 100] [--seed 1]
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { random as seeded } from "../www/js/bench/weights.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
});
const [vjepa] = positionals;
const STEPS = 60;
const SAVE_EVERY = 5;
/** What is run, and how many of a hundred kills it gets. A step of the larger models has one clip. @type {[string, string[], number][]} */
const VARIANTS = [
  ["nano", ["--preset", "nano", "--exam-every", "20", "--exam-pairs", "1"], 60],
  ["nano, 2 workers", ["--preset", "nano", "--exam-every", "0", "--workers", "2"], 20],
  ["actor", ["--preset", "actor", "--exam-every", "0", "--set", "batch=1"], 10],
  ["starter", ["--preset", "starter", "--exam-every", "0", "--set", "batch=1"], 10],
];

const random = seeded(Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), "vjepa-kills-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
/** @param {string} path */
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** @param {string} name @param {string[]} settings */
const files = (name, settings) => {
  const [run, log] = [`${name}.safetensors`, `${name}.jsonl`].map((file) => join(folder, file));
  const all = ["pretrain", run, "--log", log, "--steps", `${STEPS}`, "--save-every", `${SAVE_EVERY}`, "--threads", "1"];
  return { name, run, log, part: `${run}.part`, earlier: `${run}.earlier`, command: [...all, ...settings] };
};
/** @typedef {ReturnType<typeof files>} Files */

/**
 * Runs until it ends, or until `kill` is told to. @param {Files} files @param {(kill: () => void) => () => void} [arm]
 * @param {string} [limit]  shell commands before it
 */
function program({ command }, arm = () => () => {}, limit) {
  const child = limit
    ? spawn("bash", ["-c", `${limit}; exec "$0" "$@"`, vjepa, ...command], { stdio: ["ignore", "ignore", "pipe"] })
    : spawn(vjepa, command, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  const disarm = arm(() => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => (disarm(), resolve({ code, signal, said })));
  });
}

/** Steps that a log tells of. @param {string} log */
function stepsOf(log) {
  if (!existsSync(log)) return 0;
  const steps = [...readFileSync(log, "utf8").matchAll(/^\{.*"step":(\d+)\}?.*\}$/gm)];
  return Number(steps.at(-1)?.[1] ?? 0);
}

/** The step of a save; null if it is not whole. @param {string} path */
function stepIn(path) {
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  const length = bytes.length < 8 ? Infinity : Number(bytes.readBigUInt64LE(0));
  if (8 + length > bytes.length) return null;
  const { __metadata__, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const end = Math.max(...Object.values(tensors).map(({ data_offsets }) => data_offsets[1]));
  return 8 + length + end === bytes.length ? JSON.parse(__metadata__["vjepa-web"]).step : null;
}

/** The step that a run goes on from; 0 without a save. @param {Files} files */
const savedStep = ({ run, earlier }) => stepIn(run) ?? stepIn(earlier) ?? 0;

const phases = { "before the first save": 0, "between saves": 0, "during a save": 0, "during the first save": 0 };
const faults = { "full disk": 0, "cut save": 0 };
let [kills, resumes, worst, finished, different] = [0, 0, 0, 0, 0];
/** @type {string[]} */
const wrong = [];

/** Kills at a random moment, or as soon as a save is being written. @param {Files} files @param {number} ms  that a whole run takes */
function armed({ part }, ms) {
  const mode = random();
  if (mode < 0.3) {
    const saves = 1 + Math.floor(random() * 4);
    const delay = random() < 0.5 ? 0 : random() * 2;
    return (/** @type {() => void} */ kill) => {
      let seen = 0;
      const watcher = watch(folder, (_, file) => {
        if (file && part.endsWith(file) && existsSync(part) && ++seen >= saves) setTimeout(kill, delay);
      });
      return () => watcher.close();
    };
  }
  const early = mode < 0.45 ? 0.1 : 1;
  return (/** @type {() => void} */ kill) => {
    const timer = setTimeout(kill, random() * ms * early);
    return () => clearTimeout(timer);
  };
}

/** Where it was killed. @param {Files} files */
function noted(files) {
  const during = existsSync(files.part);
  const first = !existsSync(files.run) && !existsSync(files.earlier);
  const phase = during
    ? first
      ? "during the first save"
      : "during a save"
    : first
      ? "before the first save"
      : "between saves";
  phases[/** @type {keyof typeof phases} */ (phase)]++;
  kills++;
}

/** No room for the next save: it ends with a sentence, or is killed in the middle of the save. @param {Files} files @param {number} size  of a save */
async function fullDisk(files, size) {
  const before = savedStep(files);
  const blocks = Math.floor((size / 1024) * (0.1 + 0.8 * random()));
  const killed = random() < 0.5;
  const ended = await program(files, undefined, `${killed ? "" : "trap '' XFSZ; "}ulimit -c 0 -f ${blocks}`);
  faults["full disk"]++;
  if (killed && ended.signal === "SIGXFSZ") return noted(files);
  if (ended.code !== 1 || !/can't be written: .*\.\n$/.test(ended.said))
    wrong.push(`full disk: ${JSON.stringify(ended)}`);
  if (existsSync(files.part)) wrong.push("full disk: a part of a save was left");
  if (savedStep(files) < before) wrong.push("full disk: a save was lost");
}

/** The newest save loses its end, as by a power failure on a disk that lied. @param {Files} files */
function cutSave({ run, earlier }) {
  if (!existsSync(run) || !existsSync(earlier)) return;
  truncateSync(run, Math.floor(statSync(run).size * random()));
  faults["cut save"]++;
}

/** @param {string} name @param {string[]} settings @param {number} share */
async function variant(name, settings, share) {
  const straight = files("straight", settings);
  for (const path of [straight.run, straight.log]) rmSync(path, { force: true });
  const began = performance.now();
  const { code, said } = await program(straight);
  if (code !== 0) throw new Error(said);
  const ms = performance.now() - began;
  const expected = [sha256(straight.run), sha256(straight.log)];
  const size = statSync(straight.run).size;
  const most = kills + Math.round((Number(values.kills) * share) / 100);
  const run = files("killed", settings);
  for (let ended = true; kills < most || !ended;) {
    if (ended) for (const file of readdirSync(folder)) if (file.startsWith("killed")) rmSync(join(folder, file));
    const chance = random();
    if (chance < 0.08 && !ended) await fullDisk(run, size);
    else if (chance < 0.16 && !ended) cutSave(run);
    const kept = savedStep(run);
    if (kept > 0) resumes++;
    const outcome = await program(run, kills < most ? armed(run, ms) : undefined);
    ended = outcome.code === 0;
    if (outcome.signal === "SIGKILL") {
      noted(run);
      worst = Math.max(worst, stepsOf(run.log) - savedStep(run));
    } else if (!ended) throw new Error(outcome.said);
    if (savedStep(run) < kept) wrong.push(`${name}: a save was lost, ${kept} to ${savedStep(run)}`);
    if (!ended) continue;
    finished++;
    const found = [sha256(run.run), sha256(run.log)];
    if (found.join() !== expected.join()) different++;
    const left = readdirSync(folder).filter((file) => /\.(part|earlier)$/.test(file));
    if (left.length) wrong.push(`${name}: ${left} left`);
  }
}

for (const [name, settings, share] of VARIANTS) await variant(name, settings, share);
const list = (/** @type {Record<string, number>} */ counts) =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");
console.log(
  `${kills} kills (${list(phases)}), ${list(faults)}, ${resumes} resumes of ${finished} runs; at worst ${worst} steps taken again; ` +
    `weights and logs of ${finished - different} equal to an undisturbed run's, ${different} not`,
);
wrong.forEach((what) => console.log(what));
process.exitCode = different || wrong.length || worst >= 2 * SAVE_EVERY ? 1 : 0;
