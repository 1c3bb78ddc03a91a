// @ts-check
/** The reference of training steps, itself held to the published code's recorded steps and to finite differences. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { patches } from "../../www/js/bench/reference.js";
import { ReferenceStep, referenceLosses } from "../../www/js/bench/reference-step.js";
import { erf, Tape } from "../../www/js/bench/tape.js";
import { peerWeights, trainingTask } from "../../www/js/bench/training-task.js";

const FIXTURES = new URL("../fixtures/", import.meta.url);
/** Numbers are recorded in f32. */
const TOLERANCE = 2e-6;
/** Of parameters after three steps of 5e-4: where a gradient is next to nothing, AdamW makes rounding larger. */
const MOVED = 2e-5;

/** Tensors of a fixture in f32 or i32. @param {string} name */
async function readFixture(name) {
  const bytes = await readFile(new URL(name, FIXTURES));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...entries } = JSON.parse(bytes.toString("utf8", 8, start));
  /** @type {Map<string, {shape: number[], data: any}>} */
  const tensors = new Map();
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [from, to],
    },
  ] of Object.entries(entries)) {
    const values = new Uint8Array(bytes.subarray(start + from, start + to)).buffer;
    tensors.set(name, { shape, data: dtype === "I32" ? new Int32Array(values) : new Float32Array(values) });
  }
  return tensors;
}

/** @param {Map<string, {shape: number[], data: any}>} tensors @param {any} json */
function taskOf(tensors, json) {
  const of = (/** @type {string} */ name) => tensors.get(name) ?? assert.fail(`the fixture lacks ${name}`);
  const lists = (/** @type {string} */ name) => {
    const {
      shape: [clips, kept],
      data,
    } = of(name);
    return Array.from({ length: clips }, (_, clip) => [...data.subarray(clip * kept, (clip + 1) * kept)]);
  };
  const [width, predictorWidth] = [32, 24];
  const encoder = { name: "fixture", frames: 4, size: 24, patch: 8, tubelet: 2, width, depth: 2, heads: 2, mlp: 128 };
  const predictor = { width: predictorWidth, depth: 1, heads: 2, mlp: 96 };
  const inputs = [0, 1, 2].map((step) => {
    const { data } = of(`in/video.${step}`);
    const clips = [0, 1].map((clip) =>
      patches(encoder, data.subarray((clip * data.length) / 2, ((clip + 1) * data.length) / 2)),
    );
    return Float32Array.from(clips.flatMap((clip) => [...clip]));
  });
  const weights = new Map(
    [...tensors].filter(([name]) => /^w\//.test(name)).map(([name, tensor]) => [name.slice(2), tensor]),
  );
  const rates = { learning_rate: json.lr, weight_decay: json.weight_decay, momentum: json.ema_momentum };
  const masks = [0, 1].map((i) => ({ context: lists(`in/ctx.${i}`), target: lists(`in/tgt.${i}`) }));
  const jepa = { encoder, predictor, batch: 2 };
  return {
    task: { preset: "fixture", jepa, weights, video: of("in/video.0").data, patches: inputs[0], masks, rates },
    inputs,
  };
}

test("three steps are those of the published code: losses, gradients, parameters", async () => {
  const [tensors, json] = [
    await readFixture("train_v2_a.safetensors"),
    JSON.parse(await readFile(new URL("train_v2_a.json", FIXTURES), "utf8")),
  ];
  const { task, inputs } = taskOf(tensors, json);
  const reference = new ReferenceStep(task);
  let compared = 0;
  const near = (
    /** @type {string} */ what,
    /** @type {number} */ found,
    /** @type {number} */ wanted,
    most = TOLERANCE,
  ) => {
    compared++;
    assert.ok(Math.abs(found - wanted) <= most, `${what}: ${found}, recorded ${wanted}`);
  };
  inputs.forEach((input, step) => {
    near(`loss ${step}`, reference.step(input), json.log[step].loss);
    for (const [name, norm] of Object.entries(json.log[step].grad_l2)) {
      const gradient = reference.gradients.get(name) ?? assert.fail(`no gradient of ${name}`);
      near(`norm of gradient ${step} of ${name}`, Math.hypot(...gradient), norm);
    }
    for (const name of json.log[step].no_grad) assert.ok(!reference.gradients.has(name), `a gradient of ${name}`);
    if (step > 0) return;
    for (const [name, { data }] of tensors) {
      if (!name.startsWith("out/grad.")) continue;
      const gradient = reference.gradients.get(name.slice("out/grad.".length));
      data.forEach((/** @type {number} */ value, /** @type {number} */ i) => near(name, gradient?.[i] ?? NaN, value));
    }
  });
  for (const [name, { data }] of tensors) {
    if (!name.startsWith("out/after3.")) continue;
    const parameter = reference.parameters.get(name.slice("out/after3.".length));
    // Adam divides a gradient by itself: the key biases' is rounding alone, and so is their way.
    const steady = (/** @type {number} */ i) =>
      !/qkv.bias/.test(name) || i < data.length / 3 || i >= (2 * data.length) / 3;
    data.forEach(
      (/** @type {number} */ value, /** @type {number} */ i) =>
        steady(i) && near(name, parameter?.[i] ?? NaN, value, MOVED),
    );
  }
  assert.ok(compared > 5000, `${compared} numbers`);
});

test("every layer's gradient is the slope of its output", () => {
  const [rows, width, heads] = [6, 8, 2];
  const numbers = (/** @type {number} */ count, /** @type {number} */ seed) =>
    Float64Array.from({ length: count }, (_, i) => Math.sin(7 * i + 3 * seed + 1));
  const rope = { cos: Float32Array.from(numbers(rows * 4, 5)), sin: Float32Array.from(numbers(rows * 4, 6)) };
  /** @type {Record<string, {sizes: number[], run: (tape: Tape, ...of: any[]) => any}>} */
  const layers = {
    affine: { sizes: [rows * width, 5 * width, 5], run: (tape, x, weight, bias) => tape.affine(x, weight, bias) },
    normalise: { sizes: [rows * width], run: (tape, x) => tape.normalise(x, width, 1e-6) },
    scale: { sizes: [rows * width, width, width], run: (tape, x, gain, bias) => tape.scale(x, gain, bias) },
    add: { sizes: [rows, rows], run: (tape, a, b) => tape.add(a, b) },
    gelu: { sizes: [rows], run: (tape, x) => tape.gelu(x) },
    rows: { sizes: [rows * width, width], run: (tape, x, instead) => tape.rows(x, [3, -1, 0, 3], instead) },
    turn: { sizes: [rows * 3 * width], run: (tape, x) => tape.turn(x, width, 4, rope) },
    attention: { sizes: [rows * 3 * width], run: (tape, x) => tape.attention(x, width, heads, 2) },
  };
  for (const [name, { sizes, run }] of Object.entries(layers)) {
    const inputs = sizes.map(numbers);
    const loss = (/** @type {Float64Array[]} */ inputs) => {
      const tape = new Tape();
      const values = inputs.map((data) => tape.value(data));
      const made = run(tape, ...values);
      const end = tape.distance(made, new Float64Array(made.data.length).fill(-9));
      return { tape, values, end, loss: end.data[0] };
    };
    const { tape, values, end } = loss(inputs);
    tape.backward(end);
    inputs.forEach((data, which) =>
      data.forEach((value, i) => {
        const moved = (/** @type {number} */ by) =>
          loss(inputs.map((other, at) => (at === which ? other.with(i, value + by) : other))).loss;
        const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        const found = values[which].gradient[i];
        assert.ok(Math.abs(found - slope) < 1e-8, `${name}, input ${which}[${i}]: ${found}, slope ${slope}`);
      }),
    );
  }
  assert.ok(Math.abs(erf(1) - 0.8427007929497149) < 1e-12);
});

test("a task's losses move with every rate, and by far more than engines may differ", async () => {
  const losses = await referenceLosses(trainingTask("nano", 1), 3);
  assert.ok(losses[0] - losses[2] > 0.05);
  for (const rates of [{ learning_rate: 9e-4 }, { momentum: 0.5 }]) {
    const others = await referenceLosses(trainingTask("nano", 1, rates), 3);
    assert.equal(others[0], losses[0]);
    assert.ok(Math.abs(others[2] - losses[2]) > 1e-3, JSON.stringify(rates));
  }
});

test("peers get every weight that learns, matrices turned", () => {
  const task = trainingTask("nano", 1);
  const peers = new Map(peerWeights(task, ["encoder", "predictor"]));
  assert.deepEqual(
    [...task.weights.keys()].filter((name) => !peers.has(name)),
    ["predictor.mask_tokens.1"],
  );
  assert.ok([...new Map(peerWeights(task, ["encoder"])).keys()].every((name) => name.startsWith("encoder.")));
  const [ours, theirs] = [task.weights, peers].map((weights) => weights.get("encoder.patch_embed.proj.weight"));
  assert.deepEqual(
    [ours?.shape, theirs?.shape],
    [
      [64, 3, 2, 8, 8],
      [384, 64],
    ],
  );
  assert.equal(theirs?.data[5 * 64 + 7], ours?.data[7 * 384 + 5]);
  assert.deepEqual(peers.get("encoder.norm.bias"), task.weights.get("encoder.norm.bias"));
  assert.deepEqual(peers.get("predictor.mask_tokens.0")?.shape, [1, 1, 32]);
});
