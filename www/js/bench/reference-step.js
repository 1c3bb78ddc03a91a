// @ts-check
/**
 * Training steps in plain double precision, as the published code takes them: target, context and predictor, L1, backward,
 * AdamW, moving average. What every engine has to agree with before the time of its steps counts.
 *
 * @typedef {import("./training-task.js").TrainingTask} TrainingTask
 * @typedef {import("./geometry.js").Geometry} Geometry
 * @typedef {import("./tape.js").Value} Value
 * @typedef {Record<string, Value>} Values
 * @typedef {{width: number, depth: number, heads: number}} Shape
 */
import { grid, tokens } from "./geometry.js";
import { Tape } from "./tape.js";
import { ropeTables } from "./weights.js";

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];
/** Of all norms with parameters, and of the targets'. */
const [NORM, TARGET_NORM] = [1e-6, 1e-5];

/** Encoder, predictor and target encoder, which learn by one task. */
export class ReferenceStep {
  /** Parameters by their published names, the target encoder's among them. @type {Map<string, Float64Array>} */
  parameters = new Map();
  /** Slopes of the last step's loss, by name. @type {Map<string, Float64Array>} */
  gradients = new Map();
  /** @type {Map<string, {first: Float64Array, second: Float64Array}>} */
  #moments = new Map();
  /** Parameters that don't decay: vectors. @type {Set<string>} */
  #vectors = new Set();
  #step = 0;

  /** @param {TrainingTask} task */
  constructor(task) {
    this.task = task;
    for (const [name, { data, shape }] of task.weights) {
      this.parameters.set(name, Float64Array.from(data));
      if (shape.length === 1) this.#vectors.add(name);
      const target = `target_${name}`;
      if (name.startsWith("encoder.") && !task.weights.has(target))
        this.parameters.set(target, Float64Array.from(data));
    }
  }

  /** One step. @param {Float32Array} [patches] of other clips, `[B * N, patch values]` @returns {number} its loss */
  step(patches = this.task.patches) {
    const tape = new Tape();
    /** @type {Values} */
    const values = {};
    for (const [name, data] of this.parameters) values[name] = tape.value(data);
    const loss = stepLoss(tape, this.task, values, tape.value(patches));
    tape.backward(loss);
    this.#learn(values);
    return loss.data[0];
  }

  /** AdamW, then the moving average. @param {Values} values */
  #learn(values) {
    const { learning_rate, weight_decay, momentum } = this.task.rates;
    this.#step++;
    const [correction1, correction2] = [BETA1, BETA2].map((beta) => 1 - beta ** this.#step);
    for (const [name, { gradient }] of Object.entries(values)) {
      const parameter = this.parameters.get(name) ?? new Float64Array();
      if (name.startsWith("target_") || gradient.every((slope) => slope === 0)) continue;
      this.gradients.set(name, gradient);
      const none = () => new Float64Array(gradient.length);
      const { first, second } = this.#moments.get(name) ?? { first: none(), second: none() };
      this.#moments.set(name, { first, second });
      const kept = this.#vectors.has(name) ? 1 : 1 - learning_rate * weight_decay;
      gradient.forEach((slope, i) => {
        first[i] = BETA1 * first[i] + (1 - BETA1) * slope;
        second[i] = BETA2 * second[i] + (1 - BETA2) * slope ** 2;
        const by = first[i] / correction1 / (Math.sqrt(second[i] / correction2) + EPSILON);
        parameter[i] = parameter[i] * kept - learning_rate * by;
      });
    }
    for (const [name, average] of this.parameters) {
      if (!name.startsWith("target_")) continue;
      const online = this.parameters.get(name.slice("target_".length)) ?? average;
      average.forEach((value, i) => (average[i] = momentum * value + (1 - momentum) * online[i]));
    }
  }
}

/**
 * Losses of the first steps.
 * @param {TrainingTask} task @param {number} steps @param {() => Promise<void>} [pause] between steps
 */
export async function referenceLosses(task, steps, pause = async () => {}) {
  const reference = new ReferenceStep(task);
  const losses = [];
  for (let i = 0; i < steps; i++) {
    await pause();
    losses.push(reference.step());
  }
  return losses;
}

/**
 * Mean over the generators. The targets are constants: they are computed on a tape of their own, which is thrown away.
 * @param {Tape} tape @param {TrainingTask} task @param {Values} values @param {Value} patches
 */
function stepLoss(tape, { jepa, masks }, values, patches) {
  const { encoder: g, predictor: p, batch } = jepa;
  const n = tokens(g);
  const [apart, everything] = [new Tape(), Array(batch).fill([...Array(n).keys()])];
  const targets = apart.normalise(
    encode(apart, g, values, "target_encoder", patches, everything),
    g.width,
    TARGET_NORM,
  );
  const losses = masks.map(({ context, target }) => {
    const seen = encode(tape, g, values, "encoder", tape.value(picked(patches, context, n)), context);
    const embedded = linear(tape, values, "predictor.predictor_embed", seen);
    const [kept, hidden] = [context[0].length, target[0].length];
    const places = (/** @type {number} */ clip) => [...Array(kept).keys()].map((i) => clip * kept + i);
    const order = context.flatMap((_, clip) => [...places(clip), ...Array(hidden).fill(-1)]);
    const x = tape.rows(embedded, order, values["predictor.mask_tokens.0"]);
    const ids = context.map((list, clip) => [...list, ...target[clip]]);
    const y = norm(
      tape,
      values,
      "predictor.predictor_norm",
      blocks(tape, g, p, values, "predictor.predictor_blocks", x, ids),
    );
    const asked = ids.flatMap((list, clip) => list.map((_, i) => clip * list.length + i).slice(kept));
    const predicted = linear(
      tape,
      values,
      "predictor.predictor_proj",
      tape.rows(y, asked, values["predictor.mask_tokens.0"]),
    );
    return tape.distance(predicted, picked(targets, target, n));
  });
  return tape.mean(losses);
}

/**
 * Rows of constants that belong to some tokens of each clip.
 * @param {Value} x `[B * N, width]` @param {number[][]} ids @param {number} n @returns {Float64Array}
 */
function picked({ data }, ids, n) {
  const width = data.length / (ids.length * n);
  const rows = ids.flatMap((list, clip) => list.map((id) => clip * n + id));
  const some = new Float64Array(rows.length * width);
  rows.forEach((row, at) => some.set(data.subarray(row * width, (row + 1) * width), at * width));
  return some;
}

/**
 * `[B * K, patch values]` -> `[B * K, D]`.
 * @param {Tape} tape @param {Geometry} g @param {Values} values @param {string} name @param {Value} patches
 * @param {number[][]} ids
 */
function encode(tape, g, values, name, patches, ids) {
  const x = linear(tape, values, `${name}.patch_embed.proj`, patches);
  return norm(tape, values, `${name}.norm`, blocks(tape, g, g, values, `${name}.blocks`, x, ids));
}

/**
 * @param {Tape} tape @param {Geometry} g @param {Shape} shape @param {Values} values @param {string} name
 * @param {Value} x `[B * K, width]` @param {number[][]} ids
 */
function blocks(tape, g, { width, depth, heads }, values, name, x, ids) {
  const rope = ropeTables(grid(g), width / heads, ids.flat());
  for (let i = 0; i < depth; i++) {
    const at = `${name}.${i}`;
    const qkv = linear(tape, values, `${at}.attn.qkv`, norm(tape, values, `${at}.norm1`, x));
    const mixed = tape.attention(tape.turn(qkv, width, width / heads, rope), width, heads, ids.length);
    x = tape.add(x, linear(tape, values, `${at}.attn.proj`, mixed));
    const hidden = tape.gelu(linear(tape, values, `${at}.mlp.fc1`, norm(tape, values, `${at}.norm2`, x)));
    x = tape.add(x, linear(tape, values, `${at}.mlp.fc2`, hidden));
  }
  return x;
}

/** @param {Tape} tape @param {Values} values @param {string} name @param {Value} x */
const linear = (tape, values, name, x) => tape.affine(x, values[`${name}.weight`], values[`${name}.bias`]);

/** @param {Tape} tape @param {Values} values @param {string} name @param {Value} x */
function norm(tape, values, name, x) {
  const [gain, bias] = [values[`${name}.weight`], values[`${name}.bias`]];
  return tape.scale(tape.normalise(x, bias.data.length, NORM), gain, bias);
}
