// @ts-check
/**
 * The same architecture and training step in TensorFlow.js, on its WebGPU backend. Where both could not be given quite
 * the same work, it is given less: patches are cut out beforehand, only kept ones are embedded, masks and clips never
 * change, Adam does not decay weights.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./jepa.js").Jepa} Jepa
 * @typedef {import("./jepa.js").Masks} Masks
 * @typedef {import("./safetensors.js").Tensors} Tensors
 * @typedef {import("./ours.js").Trainer} Trainer
 * @typedef {Record<string, any>} Variables    by name; linear weights are `[in, out]`
 * @typedef {{width: number, depth: number, heads: number}} Shape
 * @typedef {{cos: any, sin: any}} Rope        `[B or 1, K, 1, head dim]`
 */
import { grid, patchValues, tokens } from "./geometry.js";
import { masks } from "./jepa.js";
import { fusedQkv, random, randomWeights, ropeTables, tensor, transpose } from "./weights.js";

const LEARNING_RATE = 1e-3;
const MOMENTUM = 0.99;

/** @param {URL} peers the folder that holds `tfjs/` */
export async function openTfjs(peers) {
  const folder = new URL("tfjs/", peers);
  // The backend is not minified, so that its kernels keep their names.
  for (const file of ["tf.es2017.min.js", "tf-backend-webgpu.es2017.js"]) await import(new URL(file, folder).href);
  const tf = /** @type {any} */ (globalThis).tf;
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js could not start its WebGPU backend.");
  await tf.ready();
  return {
    name: `TensorFlow.js ${tf.version_core}, WebGPU`,
    /** @param {Jepa} jepa @param {number} seed @returns {Trainer} */
    trainer: (jepa, seed) => trainer(tf, jepa, seed),
    /**
     * One clip's features, to compare.
     * @param {Geometry} g @param {Tensors} weights @param {Float32Array} patches `[N, patch values]`
     */
    async features(g, weights, patches) {
      const variables = tf.tidy(() => encoderVariables(tf, g, weights));
      const all = [...Array(tokens(g)).keys()];
      const output = tf.tidy(() => encode(tf, g, variables, tf.tensor2d(patches, [all.length, patchValues(g)]), [all]));
      const features = await output.data();
      output.dispose();
      tf.dispose(variables);
      return /** @type {Float32Array} */ (features);
    },
  };
}

/** @param {any} tf @param {Jepa} jepa @param {number} seed @returns {Trainer} */
function trainer(tf, jepa, seed) {
  const { encoder: g, batch } = jepa;
  const weights = randomWeights(g, seed);
  const [online, target] = [0, 1].map(() => tf.tidy(() => encoderVariables(tf, g, weights)));
  const predictor = tf.tidy(() => predictorVariables(tf, jepa, seed));
  const next = random(seed);
  const values = Float32Array.from({ length: batch * tokens(g) * patchValues(g) }, () => 4 * next() - 2);
  const patches = tf.tensor2d(values, [batch * tokens(g), patchValues(g)]);
  const everywhere = Array(batch).fill([...Array(tokens(g)).keys()]);
  const sets = masks(jepa, seed);
  const optimiser = tf.train.adam(LEARNING_RATE);
  const trained = [...Object.values(online), ...Object.values(predictor)];

  const loss = () => {
    const goal = normalised(tf, encode(tf, g, target, patches, everywhere), 1e-5);
    const losses = sets.map(({ context, target: hidden }) => {
      const seen = encode(tf, g, online, rows(tf, patches, context, tokens(g)), context);
      const guess = predict(tf, jepa, predictor, seen, context, hidden);
      return tf.mean(tf.abs(tf.sub(guess, rows(tf, goal, hidden, tokens(g)))));
    });
    return tf.div(tf.addN(losses), losses.length);
  };
  return {
    async step() {
      const value = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(loss, trained);
        optimiser.applyGradients(grads);
        for (const [name, variable] of Object.entries(target)) {
          variable.assign(tf.add(tf.mul(variable, MOMENTUM), tf.mul(online[name], 1 - MOMENTUM)));
        }
        return value;
      });
      const [read] = await value.data();
      value.dispose();
      return read;
    },
    free() {
      optimiser.dispose();
      tf.dispose([online, target, predictor, patches]);
    },
  };
}

/**
 * The kept tokens of each clip, one clip after the other.
 * @param {any} tf @param {any} x @param {number[][]} ids @param {number} n
 */
function rows(tf, x, ids, n) {
  const flat = ids.flatMap((list, clip) => list.map((id) => clip * n + id));
  return tf.gather(x, tf.tensor1d(flat, "int32"));
}

/**
 * `[B * K, patch values]` -> `[B * K, D]`.
 * @param {any} tf @param {Geometry} g @param {Variables} v @param {any} patches @param {number[][]} ids
 */
function encode(tf, g, v, patches, ids) {
  const rope = ropeOf(tf, g, g.width / g.heads, ids);
  const x = blocks(tf, g, v, linear(tf, v, "patches", patches), ids, rope);
  return norm(tf, v, "norm", x);
}

/**
 * @param {any} tf @param {Jepa} jepa @param {Variables} v @param {any} seen `[B * Nc, D]` @param {number[][]} context
 * @param {number[][]} target @returns {any} `[B * Nt, D]`
 */
function predict(tf, { encoder, predictor: p, batch }, v, seen, context, target) {
  const [nc, nt] = [context[0].length, target[0].length];
  const known = tf.reshape(linear(tf, v, "embed", seen), [batch, nc, p.width]);
  const hidden = tf.broadcastTo(v.mask, [batch, nt, p.width]);
  const ids = context.map((list, clip) => [...list, ...target[clip]]);
  let x = tf.reshape(tf.concat([known, hidden], 1), [batch * (nc + nt), p.width]);
  x = norm(tf, v, "norm", blocks(tf, p, v, x, ids, ropeOf(tf, encoder, p.width / p.heads, ids)));
  const guesses = tf.slice(tf.reshape(x, [batch, nc + nt, p.width]), [0, nc, 0], [batch, nt, p.width]);
  return linear(tf, v, "proj", tf.reshape(guesses, [batch * nt, p.width]));
}

/**
 * @param {any} tf @param {Shape} shape @param {Variables} v @param {any} x `[B * K, D]` @param {number[][]} ids
 * @param {Rope} rope
 */
function blocks(tf, shape, v, x, ids, rope) {
  for (let i = 0; i < shape.depth; i++) {
    const mixed = attention(tf, shape, linear(tf, v, `${i}.qkv`, norm(tf, v, `${i}.norm1`, x)), ids, rope);
    x = tf.add(x, linear(tf, v, `${i}.attention`, mixed));
    const hidden = gelu(tf, linear(tf, v, `${i}.fc1`, norm(tf, v, `${i}.norm2`, x)));
    x = tf.add(x, linear(tf, v, `${i}.fc2`, hidden));
  }
  return x;
}

/** @param {any} tf @param {Shape} shape @param {any} qkv `[B * K, 3 D]` @param {number[][]} ids @param {Rope} rope */
function attention(tf, { width, heads }, qkv, ids, { cos, sin }) {
  const [b, k, dim] = [ids.length, ids[0].length, width / heads];
  const [turning, values] = tf.split(tf.reshape(qkv, [b, k, 3 * heads, dim]), [2 * heads, heads], 2);
  const swapped = tf.reshape(tf.reverse(tf.reshape(turning, [-1, 2]), 1), [b, k, 2 * heads, dim]);
  const turned = tf.add(tf.mul(turning, cos), tf.mul(swapped, sin));
  const byHead = tf.transpose(turned, [0, 2, 1, 3]); // [B, 2 heads, K, dim]
  const [q, key] = tf.split(byHead, 2, 1);
  const scores = tf.softmax(tf.matMul(tf.mul(q, dim ** -0.5), key, false, true)); // [B, heads, K, K]
  const mixed = tf.matMul(scores, tf.transpose(values, [0, 2, 1, 3]));
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [b * k, width]);
}

/** @param {any} tf @param {Geometry} g @param {number} dim @param {number[][]} ids @returns {Rope} */
function ropeOf(tf, g, dim, ids) {
  const { cos, sin } = ropeTables(grid(g), dim, ids.flat());
  const shape = [ids.length, ids[0].length, 1, dim];
  return { cos: tf.tensor4d(cos, shape), sin: tf.tensor4d(sin, shape) };
}

/** @param {any} tf @param {Variables} v @param {string} name @param {any} x */
function linear(tf, v, name, x) {
  return tf.fused.matMul({ a: x, b: v[`${name}.weight`], bias: v[`${name}.bias`] });
}

/** @param {any} tf @param {Variables} v @param {string} name @param {any} x */
function norm(tf, v, name, x) {
  return tf.add(tf.mul(normalised(tf, x, 1e-6), v[`${name}.weight`]), v[`${name}.bias`]);
}

/** @param {any} tf @param {any} x @param {number} epsilon */
function normalised(tf, x, epsilon) {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
}

/** @param {any} tf @param {any} x */
const gelu = (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

/** @param {any} tf @param {Geometry} g @param {Tensors} weights */
function encoderVariables(tf, g, weights) {
  /** @type {Variables} */
  const v = {};
  /** @param {string} name @param {Float32Array} weight @param {Float32Array} bias */
  const affine = (name, weight, bias) => {
    const [out, into] = [bias.length, weight.length / bias.length];
    v[`${name}.weight`] = tf.variable(tf.tensor2d(transpose(weight, out), [into, out]));
    v[`${name}.bias`] = tf.variable(tf.tensor1d(bias));
  };
  /** @param {string} name @param {string} from @param {boolean} [isNorm] */
  const take = (name, from, isNorm) => {
    const [weight, bias] = ["weight", "bias"].map((kind) => tensor(weights, `${from}.${kind}`).data);
    if (!isNorm) return affine(name, weight, bias);
    v[`${name}.weight`] = tf.variable(tf.tensor1d(weight));
    v[`${name}.bias`] = tf.variable(tf.tensor1d(bias));
  };
  take("patches", "encoder.embeddings.patch_embeddings.proj");
  for (let i = 0; i < g.depth; i++) {
    const layer = `encoder.layer.${i}`;
    const { weight, bias } = fusedQkv(weights, layer);
    affine(`${i}.qkv`, weight, bias);
    take(`${i}.attention`, `${layer}.attention.proj`);
    for (const part of ["fc1", "fc2"]) take(`${i}.${part}`, `${layer}.mlp.${part}`);
    for (const part of ["norm1", "norm2"]) take(`${i}.${part}`, `${layer}.${part}`, true);
  }
  take("norm", "encoder.layernorm", true);
  return v;
}

/** A predictor's blocks have the names of an encoder's. @param {any} tf @param {Jepa} jepa @param {number} seed */
function predictorVariables(tf, { encoder, predictor: p }, seed) {
  const v = encoderVariables(tf, { ...encoder, ...p }, randomWeights({ ...encoder, ...p }, seed + 1));
  for (const kind of ["weight", "bias"]) {
    v[`patches.${kind}`].dispose();
    delete v[`patches.${kind}`];
  }
  /** @param {string} name @param {number} into @param {number} out */
  const ends = (name, into, out) => {
    v[`${name}.weight`] = tf.variable(tf.randomNormal([into, out], 0, into ** -0.5, "float32", seed));
    v[`${name}.bias`] = tf.variable(tf.zeros([out]));
  };
  ends("embed", encoder.width, p.width);
  ends("proj", p.width, encoder.width);
  v.mask = tf.variable(tf.zeros([1, 1, p.width]));
  return v;
}
