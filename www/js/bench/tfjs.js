// @ts-check
/**
 * The same architecture and training step in TensorFlow.js, on its WebGPU backend. It has no AdamW: weights decay before
 * Adam moves them, which is the same. Where both could not be given quite the same work, it is given less: patches are
 * cut out beforehand and only kept ones are embedded.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./ours.js").Trainer} Trainer
 * @typedef {import("./training-task.js").TrainingTask} TrainingTask
 * @typedef {Record<string, any>} Variables    by name; linear weights are `[in, out]`
 * @typedef {{width: number, depth: number, heads: number}} Shape
 * @typedef {{cos: any, sin: any}} Rope        `[B, K, 1, head dim]`
 */
import { grid, patchValues, tokens } from "./geometry.js";
import { peerWeights } from "./training-task.js";
import { ropeTables } from "./weights.js";

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** @param {URL} peers the folder that holds `tfjs/` */
export async function openTfjs(peers) {
  const folder = new URL("tfjs/", peers);
  // The backend is not minified, so that its kernels keep their names.
  for (const file of ["tf.es2017.min.js", "tf-backend-webgpu.es2017.js"]) await import(new URL(file, folder).href);
  const tf = /** @type {any} */ (globalThis).tf;
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js could not start its WebGPU backend.");
  await tf.ready();
  return {
    /** @param {TrainingTask} task @returns {Trainer} */
    trainer: (task) => trainer(tf, task),
  };
}

/** @param {any} tf @param {TrainingTask} task @returns {Trainer} */
function trainer(tf, task) {
  const { encoder: g, batch } = task.jepa;
  const { learning_rate, weight_decay, momentum } = task.rates;
  const [online, target] = [["encoder", "predictor"], ["encoder"]].map((networks) =>
    tf.tidy(() => variables(tf, task, networks)),
  );
  const patches = tf.tensor2d(task.patches, [batch * tokens(g), patchValues(g)]);
  const everywhere = Array(batch).fill([...Array(tokens(g)).keys()]);
  const optimiser = tf.train.adam(learning_rate, BETA1, BETA2, EPSILON);
  const decaying = Object.values(online).filter(({ shape }) => shape.length > 1);

  const loss = () => {
    const goal = normalised(tf, encode(tf, g, target, patches, everywhere), 1e-5);
    const losses = task.masks.map(({ context, target: hidden }) => {
      const seen = encode(tf, g, online, rows(tf, patches, context, tokens(g)), context);
      const predicted = predict(tf, task, online, seen, context, hidden);
      return tf.mean(tf.abs(tf.sub(predicted, rows(tf, goal, hidden, tokens(g)))));
    });
    return tf.div(tf.addN(losses), losses.length);
  };
  return {
    async step() {
      const value = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(loss, Object.values(online));
        for (const variable of decaying) variable.assign(tf.mul(variable, 1 - learning_rate * weight_decay));
        optimiser.applyGradients(grads);
        for (const [name, variable] of Object.entries(target)) {
          variable.assign(tf.add(tf.mul(variable, momentum), tf.mul(online[name], 1 - momentum)));
        }
        return value;
      });
      const [read] = await value.data();
      value.dispose();
      return read;
    },
    free() {
      optimiser.dispose();
      tf.dispose([online, target, patches]);
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
  const x = blocks(tf, g, v, "encoder.blocks", linear(tf, v, "encoder.patch_embed.proj", patches), ids, rope);
  return norm(tf, v, "encoder.norm", x);
}

/**
 * @param {any} tf @param {TrainingTask} task @param {Variables} v @param {any} seen `[B * Nc, D]`
 * @param {number[][]} context @param {number[][]} target @returns {any} `[B * Nt, D]`
 */
function predict(tf, { jepa: { encoder, predictor: p, batch } }, v, seen, context, target) {
  const [nc, nt] = [context[0].length, target[0].length];
  const known = tf.reshape(linear(tf, v, "predictor.predictor_embed", seen), [batch, nc, p.width]);
  const hidden = tf.broadcastTo(v["predictor.mask_tokens.0"], [batch, nt, p.width]);
  const ids = context.map((list, clip) => [...list, ...target[clip]]);
  const rope = ropeOf(tf, encoder, p.width / p.heads, ids);
  let x = tf.reshape(tf.concat([known, hidden], 1), [batch * (nc + nt), p.width]);
  x = norm(tf, v, "predictor.predictor_norm", blocks(tf, p, v, "predictor.predictor_blocks", x, ids, rope));
  const asked = tf.slice(tf.reshape(x, [batch, nc + nt, p.width]), [0, nc, 0], [batch, nt, p.width]);
  return linear(tf, v, "predictor.predictor_proj", tf.reshape(asked, [batch * nt, p.width]));
}

/**
 * @param {any} tf @param {Shape} shape @param {Variables} v @param {string} name @param {any} x `[B * K, D]`
 * @param {number[][]} ids @param {Rope} rope
 */
function blocks(tf, shape, v, name, x, ids, rope) {
  for (let i = 0; i < shape.depth; i++) {
    const at = `${name}.${i}`;
    const mixed = attention(tf, shape, linear(tf, v, `${at}.attn.qkv`, norm(tf, v, `${at}.norm1`, x)), ids, rope);
    x = tf.add(x, linear(tf, v, `${at}.attn.proj`, mixed));
    const hidden = gelu(tf, linear(tf, v, `${at}.mlp.fc1`, norm(tf, v, `${at}.norm2`, x)));
    x = tf.add(x, linear(tf, v, `${at}.mlp.fc2`, hidden));
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

/** The task's weights of some networks. @param {any} tf @param {TrainingTask} task @param {string[]} networks @returns {Variables} */
const variables = (tf, task, networks) =>
  Object.fromEntries(
    peerWeights(task, networks).map(([name, { shape, data }]) => [name, tf.variable(tf.tensor(data, shape))]),
  );
