// @ts-check
/**
 * The same architecture and training step in jax-js, on WebGPU or WebAssembly: one function, compiled once by its `jit`.
 * Where both could not be given quite the same work, it is given less: patches are cut out and gathered beforehand, and
 * positions are constants.
 *
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./ours.js").Trainer} Trainer
 * @typedef {import("./training-task.js").TrainingTask} TrainingTask
 * @typedef {"webgpu" | "wasm"} Backend
 * @typedef {Record<string, any>} Arrays       by name; linear weights are `[in, out]`
 * @typedef {{width: number, depth: number, heads: number}} Shape
 * @typedef {{cos: any, sin: any}} Rope        `[B, K, 1, head dim]`
 * @typedef {{patches: any, rope: Rope}} Seen  what an encoder is given: `[B * K, patch values]`
 * @typedef {{context: Seen, both: Rope, rows: any}} Given   of a generator; `rows`: of the targets, `[B * Nt]`
 */
import { grid, patchValues, tokens } from "./geometry.js";
import { peerWeights } from "./training-task.js";
import { ropeTables } from "./weights.js";

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** @param {URL} peers the folder that holds `jax/` @param {Backend} backend */
export async function openJax(peers, backend) {
  const jax = await import(new URL("jax/index.js", peers).href);
  if (!(await jax.init(backend)).includes(backend)) throw new Error(`jax-js could not start its ${backend} backend.`);
  return {
    /** @param {TrainingTask} task @returns {Trainer} */
    trainer: (task) => trainer(jax, task, backend),
  };
}

/** @param {any} jax @param {TrainingTask} task @param {Backend} backend @returns {Trainer} */
function trainer(jax, task, backend) {
  jax.defaultDevice(backend);
  const { numpy: np, jit, tree } = jax;
  const model = new Model(jax, task);
  const online = parameters(np, task, ["encoder", "predictor"]);
  let state = {
    online,
    target: parameters(np, task, ["encoder"]),
    first: tree.map((/** @type {any} */ x) => np.zeros(x.shape), online),
    second: tree.map((/** @type {any} */ x) => np.zeros(x.shape), online),
  };
  const inputs = model.inputs();
  const step = jit((/** @type {any} */ state, /** @type {any} */ inputs, /** @type {any} */ corrections) =>
    model.step(state, inputs, corrections),
  );
  let steps = 0;
  return {
    async step() {
      steps++;
      const corrections = np.array(Float32Array.of(1 - BETA1 ** steps, 1 - BETA2 ** steps));
      const [loss, next] = step(state, tree.ref(inputs), corrections);
      state = next;
      return (await loss.data())[0];
    },
    free() {
      tree.dispose(state);
      tree.dispose(inputs);
      step.dispose();
    },
  };
}

/** What jit traces. Every array is used up by what it goes into, so one that is needed again is passed as its `ref`. */
class Model {
  /** @param {any} jax @param {TrainingTask} task */
  constructor(jax, task) {
    this.jax = jax;
    this.np = jax.numpy;
    this.task = task;
  }

  /** Constants of all steps. */
  inputs() {
    const { np, task } = this;
    const { encoder: g, predictor: p, batch } = task.jepa;
    const n = tokens(g);
    const everything = Array(batch).fill([...Array(n).keys()]);
    const rope = (/** @type {number} */ dim, /** @type {number[][]} */ ids) => {
      const { cos, sin } = ropeTables(grid(g), dim, ids.flat());
      return {
        cos: array(np, cos, [batch, ids[0].length, 1, dim]),
        sin: array(np, sin, [batch, ids[0].length, 1, dim]),
      };
    };
    const seen = (/** @type {number[][]} */ ids) => {
      const values = patchValues(g);
      const rows = ids.flatMap((list, clip) => list.map((id) => clip * n + id));
      const some = new Float32Array(rows.length * values);
      rows.forEach((row, at) => some.set(task.patches.subarray(row * values, (row + 1) * values), at * values));
      return { patches: array(np, some, [rows.length, values]), rope: rope(g.width / g.heads, ids) };
    };
    return {
      all: seen(everything),
      generators: task.masks.map(({ context, target }) => ({
        context: seen(context),
        both: rope(
          p.width / p.heads,
          context.map((list, clip) => [...list, ...target[clip]]),
        ),
        rows: np.array(Int32Array.from(target.flatMap((list, clip) => list.map((id) => clip * n + id)))),
      })),
    };
  }

  /** Loss, backward, AdamW, moving average. @param {any} state @param {any} inputs @param {any} corrections `[2]` */
  step({ online, target, first, second }, inputs, corrections) {
    const { jax, np } = this;
    const { tree } = jax;
    const { learning_rate, weight_decay, momentum } = this.task.rates;
    const goal = jax.nn.standardize(this.encode(tree.ref(target), inputs.all), -1, { epsilon: 1e-5 });
    const loss = (/** @type {Arrays} */ online) => this.loss(online, inputs.generators, goal);
    const [value, gradients] = jax.valueAndGrad(loss)(tree.ref(online));
    const [correction1, correction2] = np.split(corrections, 2);
    /** @type {any} */
    const next = { online: {}, target: {}, first: {}, second: {} };
    for (const name of Object.keys(online)) {
      const slope = gradients[name];
      const moved = first[name].mul(BETA1).add(slope.ref.mul(1 - BETA1));
      const spread = second[name].mul(BETA2).add(np.square(slope).mul(1 - BETA2));
      const by = moved.ref.div(correction1.ref).div(np.sqrt(spread.ref.div(correction2.ref)).add(EPSILON));
      const decays = online[name].ndim > 1;
      const learned = online[name].mul(decays ? 1 - learning_rate * weight_decay : 1).sub(by.mul(learning_rate));
      [next.first[name], next.second[name]] = [moved, spread];
      if (target[name]) next.target[name] = target[name].mul(momentum).add(learned.ref.mul(1 - momentum));
      next.online[name] = learned;
    }
    tree.dispose([correction1, correction2]);
    return [value, next];
  }

  /** Mean over the generators. @param {Arrays} v @param {Given[]} generators @param {any} goal `[B * N, D]` */
  loss(v, generators, goal) {
    const { np } = this;
    const losses = generators.map(({ context, both, rows }) => {
      const predicted = this.predict(v, this.encode(v, context), both);
      return np.mean(np.absolute(predicted.sub(np.take(goal.ref, rows, 0))));
    });
    return losses.reduce((sum, loss) => sum.add(loss)).div(losses.length);
  }

  /** `[B * K, patch values]` -> `[B * K, D]`. @param {Arrays} v @param {Seen} seen */
  encode(v, { patches, rope }) {
    const x = this.linear(v, "encoder.patch_embed.proj", patches);
    return this.norm(v, "encoder.norm", this.blocks(v, this.task.jepa.encoder, "encoder.blocks", x, rope));
  }

  /** @param {Arrays} v @param {any} seen `[B * Nc, D]` @param {Rope} rope @returns {any} `[B * Nt, D]` */
  predict(v, seen, rope) {
    const { np } = this;
    const { encoder: g, predictor: p, batch } = this.task.jepa;
    const [all, kept] = [rope.cos.shape[1], seen.shape[0] / batch];
    const known = this.linear(v, "predictor.predictor_embed", seen).reshape([batch, kept, p.width]);
    const hidden = np.broadcastTo(v["predictor.mask_tokens.0"].ref, [batch, all - kept, p.width]);
    const x = np.concatenate([known, hidden], 1).reshape([batch * all, p.width]);
    const y = this.norm(v, "predictor.predictor_norm", this.blocks(v, p, "predictor.predictor_blocks", x, rope));
    const [context, asked] = np.split(y.reshape([batch, all, p.width]), [kept], 1);
    context.dispose();
    return this.linear(v, "predictor.predictor_proj", asked.reshape([batch * (all - kept), p.width]));
  }

  /** @param {Arrays} v @param {Shape} shape @param {string} name @param {any} x `[B * K, width]` @param {Rope} rope */
  blocks(v, shape, name, x, rope) {
    const { nn } = this.jax;
    for (let i = 0; i < shape.depth; i++) {
      const at = `${name}.${i}`;
      const qkv = this.linear(v, `${at}.attn.qkv`, this.norm(v, `${at}.norm1`, x.ref));
      x = x.add(this.linear(v, `${at}.attn.proj`, this.attention(shape, qkv, rope)));
      const hidden = this.linear(v, `${at}.mlp.fc1`, this.norm(v, `${at}.norm2`, x.ref));
      x = x.add(this.linear(v, `${at}.mlp.fc2`, nn.gelu(hidden, { approximate: false })));
    }
    return x;
  }

  /** @param {Shape} shape @param {any} qkv `[B * K, 3 width]` @param {Rope} rope */
  attention({ width, heads }, qkv, { cos, sin }) {
    const { np, jax } = this;
    const [b, k, , dim] = cos.shape;
    const [turning, values] = np.split(qkv.reshape([b, k, 3 * heads, dim]), [2 * heads], 2);
    const swapped = np.flip(turning.ref.reshape([b, k, 2 * heads, dim / 2, 2]), -1).reshape([b, k, 2 * heads, dim]);
    const turned = turning.mul(cos.ref).add(swapped.mul(sin.ref));
    // With its own nn.dotProductAttention a step takes a quarter longer on WebGPU in software, and as long on wasm.
    const byHead = (/** @type {any} */ x) => x.transpose([0, 2, 1, 3]);
    const [queries, keys] = np.split(byHead(turned), 2, 1);
    const scores = np.matmul(queries.mul(dim ** -0.5), keys.transpose([0, 1, 3, 2])); // [B, heads, K, K]
    const mixed = np.matmul(jax.nn.softmax(scores, -1), byHead(values));
    return byHead(mixed).reshape([b * k, width]);
  }

  /** @param {Arrays} v @param {string} name @param {any} x */
  linear(v, name, x) {
    return this.np.matmul(x, v[`${name}.weight`].ref).add(v[`${name}.bias`].ref);
  }

  /** @param {Arrays} v @param {string} name @param {any} x */
  norm(v, name, x) {
    const normed = this.jax.nn.standardize(x, -1, { epsilon: 1e-6 });
    return normed.mul(v[`${name}.weight`].ref).add(v[`${name}.bias`].ref);
  }
}

/** @param {any} np @param {Float32Array} data @param {number[]} shape */
const array = (np, data, shape) => np.array(data).reshape(shape);

/** The task's weights of some networks. @param {any} np @param {TrainingTask} task @param {string[]} networks @returns {Arrays} */
const parameters = (np, task, networks) =>
  Object.fromEntries(peerWeights(task, networks).map(([name, { shape, data }]) => [name, array(np, data, shape)]));
