/**
 * `make faults` and `make soak`: what is done to the page again and again, or for very long, and what was lost by it. Fails if a
 * promise was broken.
 *   node bench/faults.js --only devices,tabs --times 100 --seed 1
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DIST } from "../tests/e2e/support/places.js";
import { serve } from "../tests/e2e/support/server.js";
import { loseDevices } from "./faults/devices.js";
import { manyElements } from "./faults/elements.js";
import { watchANight } from "./faults/night.js";
import { trainLong } from "./faults/steps.js";
import { killTabs } from "./faults/tabs.js";

const HELP = `make faults ARGS="..." or make soak ARGS="..."
  --only LIST     of devices, tabs, elements (faults); steps-cpu, steps-webgpu, night (soak)
  --times N       devices lost, tabs killed (100)
  --moments LIST  at which devices are lost: start, looking, training, checkpoint, exam, planning, embedding
  --seed N        of moments and of what is seen (1)
  --marks LIST    steps at which memory is measured (1000,10000,50000,100000; on WebGPU up to 10000)
  --counts LIST   elements on a page, one after the other (1,10,1,10)
  --hours N       of the night (8)`;

const text = { type: /** @type {const} */ ("string") };
const { values } = parseArgs({
  options: {
    only: text,
    counts: text,
    moments: text,
    times: text,
    seed: text,
    marks: text,
    hours: text,
    help: { type: "boolean", default: false },
  },
});
const times = Number(values.times ?? 100);
const seed = Number(values.seed ?? 1);
const hours = Number(values.hours ?? 8);
const CPU_MARKS = [1000, 10_000, 50_000, 100_000];
const GPU_MARKS = [200, 1000, 5000, 10_000];
const counts = values.counts?.split(",").map(Number) ?? [1, 10, 1, 10];
const marks = values.marks?.split(",").map(Number);
const say = (line) => console.log(line);

/** @type {Record<string, (url: string) => Promise<{rows: any[], problems: string[]}>>} */
const PARTS = {
  devices: (url) => loseDevices({ url, times, seed, moments: values.moments?.split(","), say }),
  tabs: (url) => killTabs({ url, times, seed, say }),
  elements: (url) => manyElements({ url, counts, readings: 20, say }),
  "steps-cpu": (url) => trainLong({ url, device: "cpu", marks: marks ?? CPU_MARKS, say }),
  "steps-webgpu": (url) => trainLong({ url, device: "webgpu", marks: marks ?? GPU_MARKS, say }),
  night: (url) => watchANight({ url, hours, seed, say }),
};

const asked = values.only?.split(",") ?? [];
const unknown = asked.find((name) => !(name in PARTS));
if (values.help || unknown || !asked.length) {
  console.log(unknown ? `There is nothing called “${unknown}”.\n${HELP}` : HELP);
  process.exit(unknown ? 1 : 0);
}
if (!existsSync(join(DIST, "index.html"))) throw new Error(`no built site in ${DIST}: run make build`);
const site = await serve(DIST);
for (const name of asked) {
  const began = performance.now();
  say(`${name}:`);
  const { rows, problems } = await PARTS[name](site.url);
  summary(name, rows);
  say(`${name}: ${rows.length} rows, ${problems.length} problems, ${Math.round((performance.now() - began) / 1000)} s`);
  for (const problem of problems) console.error(problem);
  if (problems.length) process.exitCode = 1;
}
await site.close();
process.exit();

/** Of what happened many times: how often, by kind, and the most that was lost. @param {string} name @param {any[]} rows */
function summary(name, rows) {
  if (name !== "devices" && name !== "tabs") return;
  const kindOf = ({ kind, moment, end }) => end ?? `${kind} while ${moment}`;
  for (const kind of [...new Set(rows.map(kindOf))].sort()) {
    const some = rows.filter((row) => kindOf(row) === kind);
    const lost = some.map((row) => row.lost ?? Math.max(0, row.step - (row.resumed ?? row.step)));
    const ms = some.map((row) => row.ms ?? 0).sort((a, b) => a - b);
    const back = name === "devices" ? `, back after ${(ms[ms.length >> 1] / 1000).toFixed(1)} s (median)` : "";
    const cpu = some.filter(({ device }) => device === "cpu").length;
    say(
      `  ${kind}: ${some.length}, at most ${Math.max(...lost)} steps lost${back}${cpu ? `, ${cpu} on the CPU then` : ""}`,
    );
  }
}
