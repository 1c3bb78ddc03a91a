/**
 * Natively on the CPU: ours against onnxruntime from Python, where that is installed. Two programs with one interface:
 *
 *   PROGRAM FOLDER RUNS THREADS
 *
 * FOLDER holds config.json, model.safetensors, model.onnx and video.f32 (one clip, [3, T, H, W], little endian); the
 * program warms up, times RUNS forwards and prints one line of JSON on stdout:
 *
 *   {"engine": "name and version", "ms": [one a run], "head": [the first 16 features]}
 *
 * Ours is `vjepa time encoder`, theirs native.py.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { configJson, VIT_TI, withWidth } from "../www/js/bench/geometry.js";
import { encoderOnnx } from "../www/js/bench/onnx.js";
import { summary } from "../www/js/bench/pairs.js";
import { writeSafetensors } from "../www/js/bench/safetensors.js";
import { randomVideo, randomWeights } from "../www/js/bench/weights.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const execute = promisify(execFile);
const PYTHON = process.env.PYTHON ?? "python3";
const [SEED, RUNS, ROUNDS, THREADS, TOLERANCE] = [1, 5, 3, 1, 1e-3];
const WIDTHS = [192, 768, 1024];

/** @returns {Promise<{native: import("../www/js/bench/report.js").Native | null, nativeWhy: string}>} */
export async function measureNative() {
  const why = (nativeWhy) => ({ native: null, nativeWhy });
  try {
    await execute(PYTHON, ["-c", "import numpy, onnxruntime"]);
  } catch {
    return why("Not measured: Python has no onnxruntime here (pip install onnxruntime; PYTHON says which Python).");
  }
  const folder = await mkdtemp(join(tmpdir(), "vjepa-bench-"));
  const native = { remark: "", cases: [] };
  try {
    for (const width of WIDTHS) {
      await writeModel(folder, withWidth(VIT_TI, width));
      const { remark, times } = await rounds(folder);
      native.remark = remark;
      native.cases.push({ what: `encoder of width ${width}, 256 tokens`, threads: THREADS, ...summary(times) });
    }
    return { native, nativeWhy: "" };
  } catch (error) {
    return why(`Not measured: ${error.message.split("\n")[0]}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Ours and theirs in turns, a program each. @returns the milliseconds of both, and who they are */
async function rounds(folder) {
  const cargo = [
    "run",
    "--quiet",
    "--release",
    "--no-default-features",
    "--features",
    "native",
    "--bin",
    "vjepa",
    "--",
    "time",
    "encoder",
  ];
  const ask = async (program, before) => {
    const args = [...before, folder, String(RUNS), String(THREADS)];
    return JSON.parse((await execute(program, args, { cwd: ROOT })).stdout.trim().split("\n").at(-1));
  };
  const times = { ours: [], theirs: [] };
  let remark = "";
  for (let round = 0; round < ROUNDS; round++) {
    const [ours, theirs] = [await ask("cargo", cargo), await ask(PYTHON, [join(ROOT, "bench/native.py")])];
    const apart = Math.max(...ours.head.map((value, i) => Math.abs(value - theirs.head[i])));
    if (!(apart <= TOLERANCE)) throw new Error(`both sides differ by ${apart}`);
    times.ours.push(...ours.ms);
    times.theirs.push(...theirs.ms);
    remark = `${ours.engine} against ${theirs.engine}, ${ROUNDS} rounds of ${RUNS} runs each.`;
  }
  return { remark, times };
}

async function writeModel(folder, geometry) {
  const weights = randomWeights(geometry, SEED);
  await writeFile(join(folder, "config.json"), configJson(geometry));
  await writeFile(join(folder, "model.safetensors"), writeSafetensors(weights));
  await writeFile(join(folder, "model.onnx"), encoderOnnx(geometry, weights, "mha"));
  await writeFile(join(folder, "video.f32"), new Uint8Array(randomVideo(geometry, 1, SEED).buffer));
}
