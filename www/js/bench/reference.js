// @ts-check
/**
 * The encoder in plain double precision: slow, short, and what every engine has to agree with before its time counts.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./safetensors.js").Tensors} Tensors
 */
import { grid, patchValues, tokens } from "./geometry.js";
import { erf } from "./tape.js";
import { fusedQkv, ropeTables, tensor } from "./weights.js";

/**
 * @param {Geometry} g @param {Tensors} weights @param {Float32Array} video one clip, `[3, T, H, W]`
 * @returns {Float64Array} `[N, D]`
 */
export function referenceFeatures(g, weights, video) {
  const n = tokens(g);
  const rope = ropeTables(grid(g), g.width / g.heads);
  /** @param {string} name @param {Float64Array} x */
  const linear = (name, x) =>
    affine(x, n, tensor(weights, `${name}.weight`).data, tensor(weights, `${name}.bias`).data);
  /** @param {string} name @param {Float64Array} x */
  const norm = (name, x) =>
    layerNorm(x, g.width, tensor(weights, `${name}.weight`).data, tensor(weights, `${name}.bias`).data);
  let x = linear("encoder.embeddings.patch_embeddings.proj", patches(g, video));
  for (let i = 0; i < g.depth; i++) {
    const layer = `encoder.layer.${i}`;
    const { weight, bias } = fusedQkv(weights, layer);
    const mixed = attention(g, affine(norm(`${layer}.norm1`, x), n, weight, bias), rope);
    x = sum(x, linear(`${layer}.attention.proj`, mixed));
    x = sum(x, linear(`${layer}.mlp.fc2`, linear(`${layer}.mlp.fc1`, norm(`${layer}.norm2`, x)).map(gelu)));
  }
  return norm("encoder.layernorm", x);
}

/**
 * Largest absolute difference; infinite if anything is not a number.
 * @param {ArrayLike<number>} a @param {ArrayLike<number>} b
 */
export function difference(a, b) {
  if (a.length !== b.length || a.length === 0) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    if (!(distance < Infinity)) return Infinity;
    worst = Math.max(worst, distance);
  }
  return worst;
}

/**
 * `[3, T, H, W]` -> `[N, patch values]`, in the order channel, frame, row, column.
 * @param {Geometry} g @param {Float32Array} video
 */
export function patches(g, video) {
  const [, rows, columns] = grid(g);
  const values = patchValues(g);
  const flat = new Float64Array(tokens(g) * values);
  for (let token = 0; token < tokens(g); token++) {
    const t = Math.floor(token / (rows * columns)) * g.tubelet;
    const top = (Math.floor(token / columns) % rows) * g.patch;
    const left = (token % columns) * g.patch;
    let at = token * values;
    for (let c = 0; c < 3; c++) {
      for (let f = 0; f < g.tubelet; f++) {
        for (let y = 0; y < g.patch; y++) {
          const row = ((c * g.frames + t + f) * g.size + top + y) * g.size + left;
          for (let x = 0; x < g.patch; x++) flat[at++] = video[row + x];
        }
      }
    }
  }
  return flat;
}

/**
 * `[n, in]` by `[out, in]`, plus a bias.
 * @param {Float64Array} x @param {number} n @param {Float32Array} weight @param {Float32Array} bias
 */
function affine(x, n, weight, bias) {
  const [out, into] = [bias.length, x.length / n];
  const y = new Float64Array(n * out);
  for (let r = 0; r < n; r++) {
    for (let o = 0; o < out; o++) {
      let total = bias[o];
      for (let i = 0; i < into; i++) total += x[r * into + i] * weight[o * into + i];
      y[r * out + o] = total;
    }
  }
  return y;
}

/** @param {Geometry} g @param {Float64Array} qkv `[N, 3 D]` @param {{cos: Float32Array, sin: Float32Array}} rope */
function attention(g, qkv, rope) {
  const [n, d, dim] = [tokens(g), g.width, g.width / g.heads];
  const mixed = new Float64Array(n * d);
  for (let head = 0; head < g.heads; head++) {
    const [q, k] = [head * dim, d + head * dim].map((start) => turned(qkv, n, 3 * d, start, dim, rope));
    const scores = new Float64Array(n);
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < n; c++) {
        let dot = 0;
        for (let i = 0; i < dim; i++) dot += q[r * dim + i] * k[c * dim + i];
        scores[c] = dot / Math.sqrt(dim);
      }
      const most = scores.reduce((a, b) => Math.max(a, b));
      const total = scores.reduce((all, score) => all + Math.exp(score - most), 0);
      for (let c = 0; c < n; c++) {
        const share = Math.exp(scores[c] - most) / total;
        for (let i = 0; i < dim; i++) mixed[r * d + head * dim + i] += share * qkv[c * 3 * d + 2 * d + head * dim + i];
      }
    }
  }
  return mixed;
}

/**
 * One head's queries or keys after RoPE.
 * @param {Float64Array} x @param {{cos: Float32Array, sin: Float32Array}} rope
 */
function turned(
  x,
  /** @type {number} */ n,
  /** @type {number} */ stride,
  /** @type {number} */ start,
  /** @type {number} */ dim,
  rope,
) {
  const y = new Float64Array(n * dim);
  for (let r = 0; r < n; r++) {
    for (let i = 0; i < dim; i++) {
      const row = r * stride + start;
      y[r * dim + i] = x[row + i] * rope.cos[r * dim + i] + x[row + (i ^ 1)] * rope.sin[r * dim + i];
    }
  }
  return y;
}

/** @param {Float64Array} x @param {number} width @param {Float32Array} gain @param {Float32Array} bias */
function layerNorm(x, width, gain, bias) {
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    const row = x.subarray(start, start + width);
    const mean = row.reduce((a, b) => a + b) / width;
    const variance = row.reduce((all, value) => all + (value - mean) ** 2, 0) / width;
    row.forEach((value, i) => (y[start + i] = ((value - mean) / Math.sqrt(variance + 1e-6)) * gain[i] + bias[i]));
  }
  return y;
}

/** @param {Float64Array} a @param {Float64Array} b */
const sum = (a, b) => a.map((value, i) => value + b[i]);

/** Exact, by erf. @param {number} x */
const gelu = (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));
