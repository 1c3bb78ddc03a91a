// @ts-check
/**
 * Seeded random weights and clips, so that nothing big has to be kept anywhere.
 * Names and orientation are Hugging Face's: `[out, in]`.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./safetensors.js").Tensors} Tensors
 */
import { clipValues, patchValues } from "./geometry.js";

/** Numbers in [0, 1): mulberry32. @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform in `middle` ± `reach`. @param {() => number} next @param {number} count */
export function uniform(next, count, middle = 0, reach = 1) {
  return Float32Array.from({ length: count }, () => middle + reach * (2 * next() - 1));
}

/** Tensors drawn one after another, such that features are of order one. @param {number} seed */
export function drawn(seed) {
  const next = random(seed);
  /** @type {Tensors} */
  const weights = new Map();
  /** @param {string} name @param {number[]} shape @param {number} middle @param {number} reach */
  const tensor = (name, shape, middle, reach) =>
    weights.set(name, { shape, data: uniform(next, product(shape), middle, reach) });
  /** @param {string} name @param {number} out @param {number[]} into */
  const linear = (name, out, ...into) => {
    tensor(`${name}.weight`, [out, ...into], 0, Math.sqrt(3 / product(into)));
    tensor(`${name}.bias`, [out], 0, 0.1);
  };
  /** @param {string} name @param {number} width */
  const norm = (name, width) => {
    tensor(`${name}.weight`, [width], 1, 0.2);
    tensor(`${name}.bias`, [width], 0, 0.1);
  };
  return { weights, tensor, linear, norm };
}

/** @param {number[]} sides */
const product = (sides) => sides.reduce((all, side) => all * side, 1);

/** An encoder. @param {Geometry} g @param {number} seed @returns {Tensors} */
export function randomWeights(g, seed) {
  const { weights, linear, norm } = drawn(seed);
  linear("encoder.embeddings.patch_embeddings.proj", g.width, 3, g.tubelet, g.patch, g.patch);
  for (let i = 0; i < g.depth; i++) {
    const layer = `encoder.layer.${i}`;
    norm(`${layer}.norm1`, g.width);
    for (const part of ["query", "key", "value", "proj"]) linear(`${layer}.attention.${part}`, g.width, g.width);
    norm(`${layer}.norm2`, g.width);
    linear(`${layer}.mlp.fc1`, g.mlp, g.width);
    linear(`${layer}.mlp.fc2`, g.width, g.mlp);
  }
  norm("encoder.layernorm", g.width);
  return weights;
}

/**
 * Normalised values of `batch` clips, `[B, 3, T, H, W]`.
 * @param {Geometry} g @param {number} batch @param {number} seed
 */
export const randomVideo = (g, batch, seed) => uniform(random(seed), batch * clipValues(g), 0, 2);

/**
 * `[B, 3, T, H, W]` <-> `[B, T, 3, H, W]`: channels first is ours, frames first is Hugging Face's.
 * @param {Float32Array} video @param {Geometry} g @param {number} outer  length of the second dimension as it is now
 */
export function swapChannelsAndFrames(video, g, outer) {
  const [plane, inner, clip] = [g.size * g.size, (3 * g.frames) / outer, clipValues(g)];
  const swapped = new Float32Array(video.length);
  for (let start = 0; start < video.length; start += clip) {
    for (let i = 0; i < 3 * g.frames; i++) {
      const [a, b] = [Math.floor(i / inner), i % inner];
      const from = start + i * plane;
      swapped.set(video.subarray(from, from + plane), start + (b * outer + a) * plane);
    }
  }
  return swapped;
}

/** All of one block's attention input in one matrix, `[q | k | v]`. @param {Tensors} weights @param {string} layer */
export function fusedQkv(weights, layer) {
  /** @param {string} kind */
  const joined = (kind) => {
    const parts = ["query", "key", "value"].map((part) => tensor(weights, `${layer}.attention.${part}.${kind}`).data);
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
  };
  return { weight: joined("weight"), bias: joined("bias") };
}

/** @param {Tensors} weights @param {string} name */
export function tensor(weights, name) {
  const found = weights.get(name);
  if (!found) throw new Error(`The weights lack ${name}.`);
  return found;
}

/** `[rows, columns]` -> `[columns, rows]`. @param {Float32Array} data @param {number} rows */
export function transpose(data, rows) {
  const columns = data.length / rows;
  const turned = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c];
  return turned;
}

/**
 * V-JEPA 2's rotary tables, `[N, head dim]` each. A third of the channels turns with time, row and column each; what is
 * left stays. Neighbours are a pair, yet the angles are tiled twice over the channels of an axis: a quirk of the
 * reference that its weights were trained with. The pair operator's sign, R(x)[2k] = -x[2k+1], is in the sines.
 * @param {[number, number, number]} grid @param {number} headDim @param {Iterable<number>} [ids]  all tokens by default
 */
export function ropeTables([depth, rows, columns], headDim, ids = Array(depth * rows * columns).keys()) {
  const channels = 2 * Math.floor(Math.floor(headDim / 3) / 2);
  const list = [...ids];
  const cos = new Float32Array(list.length * headDim).fill(1);
  const sin = new Float32Array(list.length * headDim);
  list.forEach((id, row) => {
    const place = [Math.floor(id / (rows * columns)), Math.floor(id / columns) % rows, id % columns];
    for (let c = 0; c < 3 * channels; c++) {
      const pair = (c % channels) % (channels / 2);
      const angle = place[Math.floor(c / channels)] * 10000 ** (-pair / (channels / 2));
      cos[row * headDim + c] = Math.cos(angle);
      sin[row * headDim + c] = c % 2 ? Math.sin(angle) : -Math.sin(angle);
    }
  });
  return { cos, sin };
}
