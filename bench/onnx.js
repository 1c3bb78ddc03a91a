/**
 * A Hugging Face V-JEPA 2 encoder as ONNX: node bench/onnx.js FOLDER OUT.onnx [mha|matmul]
 * FOLDER holds config.json and model.safetensors. The clip size is the configuration's.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { geometryOf } from "../www/js/bench/geometry.js";
import { encoderOnnx } from "../www/js/bench/onnx.js";
import { readSafetensors } from "../www/js/bench/safetensors.js";

const [folder, out, attention = "mha"] = process.argv.slice(2);
if (!folder || !out) throw new Error("usage: node bench/onnx.js FOLDER OUT.onnx [mha|matmul]");
const geometry = geometryOf("given", await readFile(join(folder, "config.json"), "utf8"));
const weights = readSafetensors(await readFile(join(folder, "model.safetensors")));
await writeFile(out, encoderOnnx(geometry, weights, attention));
