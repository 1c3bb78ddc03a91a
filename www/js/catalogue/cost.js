// @ts-check
/**
 * What it costs to run a checkpoint, counted from its shapes: parameters, memory, and the precision that fits.
 *
 * @typedef {import("./catalogue.js").Released} Released
 * @typedef {import("./catalogue.js").Shape} Shape
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {"f32"|"f16"|"int8"} Precision
 * @typedef {import("../base/messages.js").Message} Message
 *
 * @typedef {object} Memory
 * @property {number} weights
 * @property {number} activations     of a look
 * @property {number} total
 * @property {number} largest         single buffer
 *
 * @typedef {import("../engine/protocol.js").Constants["bytes"]} WeightBytes   what a matrix takes, by the engine
 * @typedef {{kind: DeviceKind, maxBufferBytes: number, memoryBytes: number | null, bytes: WeightBytes}} Machine
 *   `maxBufferBytes` 0: no such limit. `memoryBytes`: what the browser says the machine has, if it says.
 */

import { message } from "../base/messages.js";

const PATCH = 16;
const TUBELET = 2;
/** Values of a patch: RGB, two frames, 16 by 16 pixels. */
const PATCH_VALUES = 3 * TUBELET * PATCH * PATCH;
/** Frames a clip unless another number is asked for: the released 64 make four times the tokens, 16 times the attention. */
const DEFAULT_FRAMES = 16;

/** WebAssembly counts bytes in 32 bits. */
const WASM_BYTES = 4 * 2 ** 30;
/** What a machine is taken to have if the browser does not say. */
const UNKNOWN_MEMORY = 4 * 2 ** 30;

/** Frames a clip for what was chosen. @param {Released} model @param {number} chosen  0: 16, or as few as the model has */
export function framesOf(model, chosen) {
  return chosen || Math.min(DEFAULT_FRAMES, model.frames);
}

/** Tokens a clip. @param {Released} model @param {number} frames */
export function tokensOf(model, frames) {
  return (frames / TUBELET) * (model.size / PATCH) ** 2;
}

/**
 * What a model consists of: matrices [outputs, inputs] of linear layers, times how often, and all other values.
 * @typedef {{outputs: number, inputs: number, times: number}} Matrix
 * @param {Released} model @returns {{matrices: Matrix[], rest: number}}
 */
function parts({ encoder, predictor, family, size, frames, classes }) {
  const newest = family === "vjepa21";
  /** @type {Matrix[]} */
  const matrices = [];
  let rest = 0;
  /** @param {number} outputs @param {number} inputs @param {number} [times] */
  const linear = (outputs, inputs, times = 1) => {
    matrices.push({ outputs, inputs, times });
    rest += outputs * times;
  };
  /** @param {Shape} shape  norms have a gain and a bias, two norms a block */
  const blocks = ({ width, mlp, depth }) => {
    linear(3 * width, width, depth);
    linear(width, width, depth);
    linear(mlp, width, depth);
    linear(width, mlp, depth);
    rest += 4 * width * depth;
  };
  const { width, mlp } = encoder;
  linear(width, PATCH_VALUES);
  blocks(encoder);
  if (newest) linear(width, PATCH_VALUES / TUBELET);
  rest += (newest ? 4 * 2 + 2 : 2) * width;

  const fused = newest && predictor.depth > 12;
  if (fused) linear(width, 4 * width);
  linear(predictor.width, width);
  blocks(predictor);
  linear(predictor.outputs, predictor.width, newest ? 2 : 1);
  // Layers of an action, of a state and of extrinsics, which are too narrow to be packed.
  const { actions = 0 } = predictor;
  if (actions) rest += predictor.width * (3 * actions - 1 + 3);
  const maskTokens = actions ? 0 : { vjepa1: 2, vjepa2: 10, vjepa21: 8 }[family];
  rest += predictor.width * (2 + maskTokens + (newest ? 2 : 0));
  if (family === "vjepa1") rest += (frames / TUBELET) * (size / PATCH) ** 2 * (width + predictor.width);

  if (classes) {
    const pooled = 4 * width; // its MLP, whatever the encoder's ratio
    blocks({ width, mlp: pooled, depth: 3 });
    linear(width, width, 3);
    linear(pooled, width);
    linear(width, pooled);
    linear(classes, width);
    rest += 4 * width + width;
  }
  return { matrices, rest };
}

/** Parameters, counted from the shapes. @param {Released} model */
export function paramsOf(model) {
  const { matrices, rest } = parts(model);
  return matrices.reduce((sum, { outputs, inputs, times }) => sum + outputs * inputs * times, rest);
}

/** A matrix in memory. @param {Matrix} matrix @param {WeightBytes[Precision]} bytes */
function matrixBytes({ outputs, inputs, times }, { value, channel }) {
  return outputs * (inputs * value + channel) * times;
}

/** Weights in memory: matrices in the precision; biases, norms, mask tokens and position tables stay f32. @param {Released} model @param {Precision} precision @param {WeightBytes} bytes */
export function weightBytes(model, precision, bytes) {
  const { matrices, rest } = parts(model);
  return matrices.reduce((sum, matrix) => sum + matrixBytes(matrix, bytes[precision]), bytes.f32.value * rest);
}

/**
 * An estimate of what a look takes. Activations are f32: for each token the block's input and output, its norm, q, k and v,
 * the attention's output (8 widths) and both sides of the GELU (2 MLP widths), plus four layers' features in V-JEPA 2.1.
 * Attention scores are never held. The largest buffer is a block's weights, which lie together, or one of those tensors.
 *
 * @param {Released} model @param {Precision} precision @param {number} frames  0: as `framesOf` @param {WeightBytes} bytes @returns {Memory}
 */
export function memoryNeeded(model, precision, frames, bytes) {
  const { width, mlp } = model.encoder;
  const rows = tokensOf(model, framesOf(model, frames));
  const levels = model.family === "vjepa21" ? 4 * width : 0;
  const weights = weightBytes(model, precision, bytes);
  const activations = bytes.f32.value * rows * (8 * width + 2 * mlp + levels);
  const block = matrixBytes({ outputs: 4 * width + 2 * mlp, inputs: width, times: 1 }, bytes[precision]);
  const widest = bytes.f32.value * rows * Math.max(3 * width, mlp, levels);
  return { weights, activations, total: weights + activations, largest: Math.max(block, widest) };
}

/** @param {number} bytes */
function size(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/**
 * Whether a model runs here, as far as a page can know.
 * @param {Released} model @param {Precision} precision @param {number} frames @param {Machine} machine
 * @returns {{ok: boolean, sentence: Message}}
 */
export function fits(model, precision, frames, { maxBufferBytes, memoryBytes, kind, bytes }) {
  const { total, largest } = memoryNeeded(model, precision, frames, bytes);
  if (kind === "cpu" && precision !== "f32")
    return { ok: false, sentence: message("fits.cpu-f32", "The CPU engine holds weights in f32 only.") };
  if (kind === "cpu" && total > WASM_BYTES)
    return {
      ok: false,
      sentence: message("fits.cpu-full", "It needs {total}, and the CPU engine can hold {most}.", {
        total: size(total),
        most: size(WASM_BYTES),
      }),
    };
  if (maxBufferBytes && largest > maxBufferBytes) {
    return {
      ok: false,
      sentence: message("fits.buffer", "Its largest buffer is {largest}, and the graphics adapter allows {most}.", {
        largest: size(largest),
        most: size(maxBufferBytes),
      }),
    };
  }
  if (memoryBytes === null)
    return {
      ok: true,
      sentence: message("fits.unknown", "It needs {total}. The browser does not say how much memory there is.", {
        total: size(total),
      }),
    };
  if (total > memoryBytes)
    return {
      ok: false,
      sentence: message(
        "fits.more",
        "It needs {total}, and the browser reports {memory} of memory. There may be more.",
        { total: size(total), memory: size(memoryBytes) },
      ),
    };
  const values = { total: size(total), memory: size(memoryBytes) };
  if (total > memoryBytes / 2)
    return { ok: true, sentence: message("fits.tight", "It may be tight: {total} of {memory}.", values) };
  return { ok: true, sentence: message("fits.fits", "It fits: {total} of {memory}.", values) };
}

/**
 * The precision of "auto". WebGPU hides how much memory the adapter has, so half of the machine's is the budget for weights.
 * @param {Released} model @param {Omit<Machine, "maxBufferBytes">} device
 * @returns {{precision: Precision, why: Message}}
 */
export function choosePrecision(model, device) {
  return precisionFor(weightBytes(model, "f16", device.bytes), device);
}

/**
 * The same for a model of which only this is known.
 * @param {number} halves  what its weights take in f16 @param {{kind: DeviceKind, memoryBytes: number | null}} device
 * @returns {{precision: Precision, why: Message}}
 */
export function precisionFor(halves, { kind, memoryBytes }) {
  if (kind === "cpu") return { precision: "f32", why: computesInF32() };
  const budget = (memoryBytes ?? UNKNOWN_MEMORY) / 2;
  const memory =
    memoryBytes === null
      ? message("memory.assumed", "an assumed {memory} of memory", { memory: size(2 * budget) })
      : message("memory.reported", "the reported {memory} of memory", { memory: size(2 * budget) });
  const values = { halves: size(halves), memory };
  if (halves <= budget)
    return {
      precision: "f16",
      why: message("precision.f16", "f16: its weights take {halves}, within half of {memory}.", values),
    };
  return {
    precision: "int8",
    why: message("precision.int8", "int8, because f16 would take {halves}, more than half of {memory}.", values),
  };
}

/** Why the CPU engine takes no other precision. */
export const computesInF32 = () => message("precision.cpu", "The CPU engine computes in f32.");
