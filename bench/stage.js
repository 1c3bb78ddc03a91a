/** Puts the page, the engines to compare with, and small models beside the built site, under `bench/`. */
import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configJson, TINY } from "../www/js/bench/geometry.js";
import { encoderOnnx } from "../www/js/bench/onnx.js";
import { writeSafetensors } from "../www/js/bench/safetensors.js";
import { randomVideo, randomWeights } from "../www/js/bench/weights.js";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const MODULES = join(HERE, "node_modules");
const SEED = 1;

/** What the page loads of each package; see www/js/bench/ort.js, tfjs.js and jax.js. Without a list: all modules. */
export const PEER_FILES = {
  jax: { from: "@jax-js/jax/dist" },
  ort: {
    from: "onnxruntime-web/dist",
    files: [
      "ort.wasm.min.mjs",
      "ort-wasm-simd-threaded.mjs",
      "ort-wasm-simd-threaded.wasm",
      "ort.webgpu.min.mjs",
      "ort-wasm-simd-threaded.asyncify.mjs",
      "ort-wasm-simd-threaded.asyncify.wasm",
    ],
  },
  "tfjs/": { from: "@tensorflow/tfjs/dist", files: ["tf.es2017.min.js"] },
  tfjs: {
    from: "@tensorflow/tfjs-backend-webgpu/dist",
    files: ["tf-backend-webgpu.es2017.js", "tf-backend-webgpu.es2017.min.js"], // the second only to weigh it
  },
};

/** @param {string} site the built site @param {string | undefined} given a folder with published weights */
export async function stage(site, given) {
  await installPeers();
  const www = join(HERE, "../www");
  await cp(join(www, "js"), join(site, "js"), { recursive: true });
  for (const file of ["bench.html", "style", "assets"])
    await cp(join(www, file), join(site, file), { recursive: true });
  const bench = join(site, "bench");
  await rm(bench, { recursive: true, force: true });
  for (const [to, { from, files }] of Object.entries(PEER_FILES)) {
    const all = files ?? (await readdir(join(MODULES, from))).filter((name) => name.endsWith(".js"));
    // Not all hosts know the type of .mjs.
    for (const file of all) await cp(join(MODULES, from, file), join(bench, "peers", to, file.replace(/mjs$/, "js")));
  }
  const versions = { ...(await peerVersions()), "vjepa-web": commit() };
  await writeFile(join(bench, "peers/versions.json"), JSON.stringify(versions));
  await stageFirst(join(bench, "first"));
  if (given) await cp(given, join(bench, "given"), { recursive: true });
  return versions;
}

/** Both pages that go from navigation to features, and the model they load. */
async function stageFirst(folder) {
  await mkdir(folder, { recursive: true });
  await cp(join(HERE, "first"), folder, { recursive: true });
  const weights = randomWeights(TINY, SEED);
  const files = {
    "config.json": configJson(TINY),
    "model.safetensors": writeSafetensors(weights),
    "model.onnx": encoderOnnx(TINY, weights, "matmul"),
    "video.f32": new Uint8Array(randomVideo(TINY, 1, SEED).buffer),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

/** Only this command needs them, so only it installs them. */
async function installPeers() {
  const [lock, stamp] = [join(HERE, "package-lock.json"), join(MODULES, ".installed")];
  const wanted = await readFile(lock, "utf8");
  if (wanted === (await readFile(stamp, "utf8").catch(() => ""))) return;
  console.error("installing onnxruntime-web, TensorFlow.js and jax-js");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: HERE, stdio: ["ignore", 2, 2] });
  await writeFile(stamp, wanted);
}

async function peerVersions() {
  const { devDependencies } = JSON.parse(await readFile(join(HERE, "package.json"), "utf8"));
  return devDependencies;
}

/** Which sources these are. */
function commit() {
  try {
    const quiet = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync("git", ["-C", HERE, "describe", "--always", "--dirty"], quiet).trim();
  } catch {
    return "of unknown commit";
  }
}
