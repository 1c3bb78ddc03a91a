// @ts-check
/**
 * Trains the smallest model for 100,000 steps natively and watches its memory, its save and what it takes to load that one:
 * nothing may grow with the steps but the log.
 *
 *   node scripts/soak.js VJEPA [--steps 100000]
 */
import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: "string", default: "100000" } },
});
const [vjepa] = positionals;
const steps = Number(values.steps);
/** Bytes of memory that a step may leave behind, on average, once the first hundredth is over. */
const MOST_SLOPE = 16;
const SAMPLE_MS = 250;
const folder = mkdtempSync(join(tmpdir(), "vjepa-soak-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const [run, log] = ["run.safetensors", "run.jsonl"].map((file) => join(folder, file));
const shown = [0.01, 0.1, 0.5, 1].map((share) => Math.round(steps * share));
const every = Math.max(1, Math.round(steps / 100));

/** The last step that the log has. */
function step() {
  if (!existsSync(log)) return 0;
  const file = openSync(log, "r");
  try {
    const tail = Buffer.alloc(1024);
    const { size } = fstatSync(file);
    const count = readSync(file, tail, 0, tail.length, Math.max(0, size - tail.length));
    return Number([...tail.toString("utf8", 0, count).matchAll(/"step":(\d+)/g)].at(-1)?.[1] ?? 0);
  } finally {
    closeSync(file);
  }
}

/** Bytes, of /proc. @param {number | undefined} pid @param {string} what */
function memory(pid, what = "VmRSS") {
  try {
    return 1024 * Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return NaN; // it has just ended
  }
}

/** Bytes a step, by least squares. @param {[step: number, bytes: number][]} points */
function slope(points) {
  const mean = (/** @type {0 | 1} */ i) => points.reduce((sum, point) => sum + point[i], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, [step]) => sum + (step - x) ** 2, 0);
  return points.reduce((sum, [step, bytes]) => sum + (step - x) * (bytes - y), 0) / over;
}

const command = ["pretrain", run, "--preset", "nano", "--exam-every", "0", "--threads", "1", "--log", log];
const began = performance.now();
const child = spawn(vjepa, [...command, "--steps", `${steps}`, "--save-every", `${every}`], { stdio: "inherit" });
/** @type {[step: number, bytes: number][]} */
const points = [];
/** @type {Map<number, {rss: number, save: number}>} */
const marks = new Map();
const timer = setInterval(() => {
  const [at, rss] = [step(), memory(child.pid)];
  if (!(rss > 0)) return;
  points.push([at, rss]);
  for (const mark of shown) {
    if (at >= mark && !marks.has(mark) && existsSync(run)) marks.set(mark, { rss, save: statSync(run).size });
  }
}, SAMPLE_MS);
const code = await new Promise((resolve) => child.on("close", resolve));
clearInterval(timer);
if (code !== 0) throw new Error(`vjepa ended with ${code}`);
const seconds = (performance.now() - began) / 1000;
const begin = performance.now();
const again = spawnSync(vjepa, [...command, "--steps", `${steps}`], { encoding: "utf8" });
if (again.status !== 0) throw new Error(again.stderr);
const load = performance.now() - begin;
const saved = statSync(run).size;
const last = points.at(-1);
if (last) marks.set(steps, { rss: last[1], save: saved });
const settled = points.filter(([at]) => at >= steps / 100);
const grown = slope(settled);
const mb = (/** @type {number} */ bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
for (const [mark, { rss, save }] of marks) console.log(`step ${mark}: ${mb(rss)} resident, a save of ${save} bytes`);
console.log(
  `${steps} steps in ${seconds.toFixed(0)} s: ${grown.toFixed(2)} bytes a step by ${settled.length} samples, ` +
    `at most ${mb(Math.max(...points.map(([, rss]) => rss)))}; log of ${mb(statSync(log).size)}, opened again in ${load.toFixed(0)} ms`,
);
const saves = [...marks.values()].map(({ save }) => save);
// Numbers of steps get longer; nothing else in a save does.
process.exitCode = grown > MOST_SLOPE || Math.max(...saves) - Math.min(...saves) > 64 ? 1 : 0;
