// @ts-check
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import { slowLink } from "../../bench/slow-link.js";
import { budgets } from "../../www/js/bench/budgets.js";
import { flops, grid, tokens, VIT_TI, withTokens } from "../../www/js/bench/geometry.js";
import { installProbe } from "../../www/js/bench/gpu-probe.js";
import { masks, PRESETS } from "../../www/js/bench/jepa.js";
import { encoderOnnx } from "../../www/js/bench/onnx.js";
import { median, summary, timePairs } from "../../www/js/bench/pairs.js";
import { Message } from "../../www/js/bench/protobuf.js";
import { difference, referenceFeatures } from "../../www/js/bench/reference.js";
import { markdown } from "../../www/js/bench/report.js";
import { readSafetensors, writeSafetensors } from "../../www/js/bench/safetensors.js";
import { randomVideo, randomWeights, ropeTables, swapChannelsAndFrames } from "../../www/js/bench/weights.js";

const SMALL = { name: "small", frames: 2, size: 16, patch: 8, tubelet: 2, width: 24, depth: 2, heads: 2, mlp: 48 };

/** The fields of a protocol buffer message. @param {Uint8Array} bytes @returns {[number, any][]} */
function fields(bytes) {
  /** @type {[number, any][]} */
  const found = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    if ((key & 7) === 0) found.push([key >> 3, varint()]);
    else {
      const length = (key & 7) === 5 ? 4 : Number(varint());
      found.push([key >> 3, bytes.subarray(at, (at += length))]);
    }
  }
  return found;
}

/** @param {[number, any][]} list @param {number} field */
const all = (list, field) => list.filter(([number]) => number === field).map(([, value]) => value);
const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);

test("protocol buffers: the examples of the format's documentation", () => {
  assert.deepEqual([...new Message().int(1, 150).finish()], [0x08, 0x96, 0x01]);
  assert.deepEqual([...new Message().string(2, "testing").finish()], [0x12, 7, ...new TextEncoder().encode("testing")]);
  assert.deepEqual([...new Message().message(3, new Message().int(1, 150)).finish()], [0x1a, 3, 0x08, 0x96, 0x01]);
  assert.deepEqual([...new Message().int(1, -1).finish()], [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  assert.deepEqual([...new Message().float(2, 1).finish()], [0x15, 0, 0, 0x80, 0x3f]);
});

test("an ONNX graph uses only what is there, holds every weight, and ends in the features", () => {
  const weights = randomWeights(SMALL, 1);
  for (const attention of /** @type {const} */ (["mha", "matmul"])) {
    const model = fields(encoderOnnx(SMALL, weights, attention, 3));
    const graph = fields(all(model, 7)[0]);
    const initializers = all(graph, 5).map(fields);
    const known = new Set(["pixel_values_videos", ...initializers.map((tensor) => text(all(tensor, 8)[0]))]);
    const used = new Set();
    for (const node of all(graph, 1).map(fields)) {
      for (const input of all(node, 1).map(text)) {
        assert.ok(known.has(input), `${text(all(node, 4)[0])} reads ${input} before it is made`);
        used.add(input);
      }
      all(node, 2).forEach((output) => known.add(text(output)));
    }
    assert.ok(known.has("last_hidden_state"));
    for (const tensor of initializers) {
      const [name, shape] = [text(all(tensor, 8)[0]), all(tensor, 1).map(Number)];
      const values = all(tensor, 9)[0].length / (Number(all(tensor, 2)[0]) === 1 ? 4 : 8);
      assert.equal(
        shape.reduce((a, b) => a * b, 1),
        values,
        name,
      );
      assert.ok(used.has(name), `${name} is not used`);
    }
    const floats = initializers.filter(
      (tensor) => Number(all(tensor, 2)[0]) === 1 && !/rope|scale/.test(text(all(tensor, 8)[0])),
    );
    const stored = floats.reduce((sum, tensor) => sum + all(tensor, 9)[0].length / 4, 0);
    assert.equal(
      stored,
      [...weights.values()].reduce((sum, { data }) => sum + data.length, 0),
    );
    const shape = fields(all(fields(all(fields(all(fields(all(graph, 12)[0]), 2)[0]), 1)[0]), 2)[0]);
    assert.deepEqual(
      all(shape, 1).map((side) => Number(all(fields(side), 1)[0])),
      [3, 4, 24],
    );
  }
});

test("safetensors come back as they went", () => {
  const weights = randomWeights(SMALL, 7);
  const again = readSafetensors(writeSafetensors(weights));
  assert.deepEqual(again, weights);
  assert.notDeepEqual(randomWeights(SMALL, 8), weights);
});

test("channels and frames change places, and back", () => {
  const video = randomVideo({ ...SMALL, frames: 4 }, 2, 1);
  const g = { ...SMALL, frames: 4 };
  const framesFirst = swapChannelsAndFrames(video, g, 3);
  const plane = 16 * 16;
  assert.deepEqual(framesFirst.subarray(plane, 2 * plane), video.subarray(4 * plane, 5 * plane)); // frame 0, channel 1
  assert.deepEqual(swapChannelsAndFrames(framesFirst, g, 4), video);
});

test("rotary tables tile the angles, with the sign of the pair operator in the sines", () => {
  const { cos, sin } = ropeTables([1, 1, 3], 32, [2]);
  // ten channels an axis, five angles twice; columns come third; two channels stay
  const angles = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4].map((i) => 2 * 10000 ** (-i / 5));
  angles.forEach((angle, i) => {
    assert.ok(Math.abs(cos[20 + i] - Math.cos(angle)) < 1e-6);
    assert.ok(Math.abs(sin[20 + i] - (i % 2 ? 1 : -1) * Math.sin(angle)) < 1e-6);
  });
  assert.deepEqual([...cos.subarray(30)], [1, 1]);
  assert.equal(cos[0], 1);
});

test("the reference is a function of weights and clip, normalised at the end", () => {
  const weights = randomWeights(SMALL, 1);
  const gain = weights.get("encoder.layernorm.weight");
  const bias = weights.get("encoder.layernorm.bias");
  gain?.data.fill(1);
  bias?.data.fill(0);
  const features = referenceFeatures(SMALL, weights, randomVideo(SMALL, 1, 1));
  assert.equal(features.length, tokens(SMALL) * SMALL.width);
  for (let start = 0; start < features.length; start += SMALL.width) {
    const row = features.subarray(start, start + SMALL.width);
    assert.ok(Math.abs(row.reduce((a, b) => a + b) / SMALL.width) < 1e-9);
    assert.ok(Math.abs(row.reduce((a, b) => a + b * b, 0) / SMALL.width - 1) < 1e-4);
  }
  assert.equal(difference(features, features), 0);
  assert.equal(difference([1, NaN], [1, 2]), Infinity);
  assert.equal(difference([1], [1, 2]), Infinity);
  assert.equal(difference([1, 2], [1, 2.5]), 0.5);
});

test("clips have the tokens they promise, and operations follow the formula", () => {
  assert.deepEqual(grid(withTokens(VIT_TI, 256)), [4, 8, 8]);
  for (const count of [32, 64, 1024, 8192]) assert.equal(tokens(withTokens(VIT_TI, count)), count);
  assert.throws(() => withTokens(VIT_TI, 100), /choose one of/);
  const [n, d] = [256, 192];
  assert.equal(flops(VIT_TI, 2), 2 * (2 * n * 1536 * d + 12 * (2 * n * d * 12 * d + 4 * n * n * d)));
});

test("masks hide blocks through the whole clip, the same number of tokens in each", () => {
  for (const jepa of Object.values(PRESETS)) {
    const [depth, rows, columns] = grid(jepa.encoder);
    for (const { context, target } of masks(jepa, 1)) {
      assert.equal(context.length, jepa.batch);
      assert.equal(new Set(context.map((list) => list.length)).size, 1);
      assert.equal(new Set(target.map((list) => list.length)).size, 1);
      context.forEach((list, clip) => {
        assert.ok(list.length > 0 && target[clip].length > 0);
        assert.equal(new Set([...list, ...target[clip]]).size, list.length + target[clip].length);
        assert.ok(list.length + target[clip].length <= depth * rows * columns);
      });
    }
  }
});

test("pairs take turns; ratios are of pairs, not of medians", async () => {
  let clock = 0;
  /** @type {string[]} */
  const order = [];
  const side = (/** @type {string} */ name, /** @type {number[]} */ durations) => async () => {
    order.push(name);
    clock += durations.shift() ?? 0;
  };
  const sides = { ours: side("ours", [1, 10, 3]), theirs: side("theirs", [2, 5, 3]) };
  const times = await timePairs(
    sides,
    3,
    () => {},
    () => clock,
  );
  assert.deepEqual(order, ["ours", "theirs", "ours", "theirs", "ours", "theirs"]);
  assert.deepEqual(summary(times), { ratio: 1, ours: 3, theirs: 3, pairs: 3 });
  assert.deepEqual(summary({ ours: [], theirs: [4, 6] }), { ratio: null, ours: null, theirs: 5, pairs: 2 });
  assert.equal(median([]), null);
});

/** As much of WebGPU's classes as the probe looks at. */
function fakeWebGpu() {
  class GPUAdapter {
    features = new Set(["timestamp-query"]);
    /** @param {any} descriptor */
    async requestDevice(descriptor) {
      return Object.assign(new GPUDevice(), { asked: descriptor });
    }
  }
  class GPUDevice {
    features = new Set();
    queue = new GPUQueue();
    /** @param {any} descriptor */
    createBuffer({ size }) {
      return { size };
    }
    createShaderModule() {
      return {};
    }
    createComputePipeline() {
      return {};
    }
    async createComputePipelineAsync() {
      return {};
    }
    createCommandEncoder() {
      return new GPUCommandEncoder();
    }
  }
  class GPUQueue {
    submit() {}
  }
  class GPUCommandEncoder {
    beginComputePass() {
      return new GPUComputePassEncoder();
    }
  }
  class GPUComputePassEncoder {
    dispatchWorkgroups() {}
    dispatchWorkgroupsIndirect() {}
  }
  return { GPUAdapter, GPUDevice, GPUQueue, GPUCommandEncoder, GPUComputePassEncoder };
}

test("the probe counts between marks, asks for timestamps, and leaves no trace", async () => {
  const scope = fakeWebGpu();
  const original = scope.GPUComputePassEncoder.prototype.dispatchWorkgroups;
  const probe = installProbe(scope);
  const device = /** @type {any} */ (await new scope.GPUAdapter().requestDevice({ requiredFeatures: ["shader-f16"] }));
  assert.deepEqual(device.asked.requiredFeatures, ["shader-f16", "timestamp-query"]);
  device.createBuffer({ size: 100 });
  const mark = probe.mark();
  const module = device.createShaderModule({ code: "// kernel: softmax\n@compute fn main() {}" });
  device.createComputePipeline({ compute: { module } });
  await device.createComputePipelineAsync({ compute: { module, entryPoint: "main" } });
  device.createBuffer({ size: 8 });
  const pass = device.createCommandEncoder().beginComputePass();
  for (let i = 0; i < 3; i++) pass.dispatchWorkgroups(1);
  device.queue.submit([]);
  assert.deepEqual(probe.since(mark), { dispatches: 3, passes: 1, submits: 1, pipelines: 2, buffers: 1, bytes: 8 });
  assert.deepEqual(await probe.kernels(async () => device.createCommandEncoder().beginComputePass()), []);
  probe.stop();
  assert.equal(scope.GPUComputePassEncoder.prototype.dispatchWorkgroups, original);
  assert.equal(installProbe({}).mark().dispatches, 0); // no WebGPU here: nothing to count
});

/** @returns {import("../../www/js/bench/bench.js").Results} */
function someResults() {
  const counts = { dispatches: 120, passes: 1, submits: 1, pipelines: 0, buffers: 2, bytes: 1e6 };
  const ours = {
    name: "vjepa-web, WebGPU",
    difference: 2e-6,
    firstMs: 50,
    counts,
    setup: { ...counts, pipelines: 9 },
    liveBytes: 2e6,
    kernels: [
      { name: "gemm", calls: 49, ms: 3 },
      { name: "norm", calls: 12, ms: 1 },
    ],
  };
  const theirs = { name: "onnxruntime-web, WebGPU", failed: "No graph agrees." };
  return {
    machine: {
      date: "2026-01-01 00:00 UTC",
      userAgent: "a browser",
      cores: 8,
      adapter: "a GPU",
      software: false,
      timestamps: true,
      isolated: false,
    },
    options: {
      only: ["webgpu"],
      pairs: 20,
      caseMs: 60_000,
      cpuTokens: [],
      gpuTokens: [256],
      presets: [],
      curveMs: 1,
      given: "",
    },
    forward: [
      {
        what: "encoder, 256 tokens",
        device: "webgpu",
        tokens: 256,
        flops: 3e9,
        ours,
        theirs,
        times: { ratio: null, ours: 12.345, theirs: null, pairs: 20 },
      },
    ],
    training: [],
    alone: [],
    sharing: [],
    matmul: [],
    curve: [],
    notes: ["something | to know"],
  };
}

test("a report has the facts, a table for what was measured, and none for what was not", () => {
  const report = markdown(someResults());
  assert.match(report, /a browser/);
  assert.match(report, /WebGPU adapter: a GPU; 8 cores/);
  assert.match(report, /onnxruntime-web, WebGPU has no time\. No graph agrees\./);
  assert.match(report, /## Encoder, forward\n/);
  assert.match(report, /\| encoder, 256 tokens \| onnxruntime-web, WebGPU \| 12\.3 \| – \| – \| 20 \|/);
  assert.match(report, /GPU time by kernel: encoder, 256 tokens, vjepa-web, WebGPU/);
  assert.doesNotMatch(report, /Training step|Downloads|undefined|NaN|null/);
  for (const block of report.split("\n\n").filter((part) => part.startsWith("|"))) {
    assert.equal(
      new Set(
        block
          .trim()
          .split("\n")
          .map((line) => line.split("|").length),
      ).size,
      1,
      "a ragged table",
    );
  }
});

test("our side is told once, however many peers it meets, and kernels without names are not told", () => {
  const results = someResults();
  const [entry] = results.forward;
  const nameless = { name: "jax-js, WebGPU", kernels: [{ name: "main", calls: 900, ms: 7 }] };
  results.forward.push({ ...entry, theirs: nameless });
  const report = markdown(results);
  assert.equal(report.match(/GPU time by kernel/g)?.length, 1);
  assert.equal(report.match(/\| encoder, 256 tokens \| vjepa-web, WebGPU \| 120 /g)?.length, 1);
  assert.match(report, /\| encoder, 256 tokens \| jax-js, WebGPU \|/);
});

test("engines that share work are told by how many times as fast they are", () => {
  const times = { ours: 1750, theirs: 2900, ratio: 0.6, pairs: 5 };
  const sharing = [{ what: "3 training steps", preset: "learner", engines: 2, times }];
  const results = { ...someResults(), sharing };
  assert.match(markdown(results), /\| 3 training steps \| learner \| 2 \| 1,750 \| 2,900 \| 1\.67 \| 5 \|/);
  assert.deepEqual(budgets(results).at(-1), {
    what: "3 training steps of learner, 2 engines over one",
    value: "1.67",
    limit: ">= 1.6",
    met: true,
  });
});

test("a first visit is told by network, in seconds", () => {
  const row = { rttMs: 60, bitsPerSecond: 9e6, what: "the page", requests: 14, bytes: 3_456_789, ms: 4321 };
  const network = { measured: "2026-11-29 15:00 UTC", load: "2.0", times: 3, rows: [row, { ...row, ms: null }] };
  const site = { versions: {}, downloads: [], first: [], native: null, nativeWhy: "", network };
  const report = markdown(someResults(), site);
  assert.match(report, /Medians of 3, in turns; 2026-11-29 15:00 UTC, load average 2\.0\./);
  assert.match(report, /\| 60 ms, 9 Mbit\/s \| the page \| 14 \| 3\.46 \| 4\.3 \|\n.* 3\.46 \| – \|/);
});

test("native forward passes are told by width", () => {
  const cases = [192, 1024].map((width) => ({
    what: `encoder of width ${width}, 256 tokens`,
    threads: 1,
    ...{ ours: 10, theirs: 20, ratio: 0.5, pairs: 3 },
  }));
  const native = { remark: "Ours against theirs.", cases };
  const site = { versions: {}, downloads: [], first: [], native, nativeWhy: "", network: null };
  assert.match(
    markdown(someResults(), site),
    /Ours against theirs\.[\s\S]*\| encoder of width 192, 256 tokens \| 1 \| 10\.0 \| 20\.0 \| 0\.50 \|\n\| encoder of width 1024/,
  );
});

test("a link has a round trip, and a bandwidth that connections share", async (t) => {
  const server = createServer((_, response) => response.end(Buffer.alloc(50_000)));
  server.keepAliveTimeout = 1; // it hangs up long before all has arrived
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const link = await slowLink(`http://127.0.0.1:${port}/`, { rttMs: 100, bitsPerSecond: 2e6 });
  t.after(link.close);
  const get = () => fetch(link.url).then((answer) => answer.arrayBuffer());
  const took = async (/** @type {number} */ count) => {
    const began = performance.now();
    for (const { byteLength } of await Promise.all(Array.from({ length: count }, get)))
      assert.equal(byteLength, 50_000);
    return performance.now() - began;
  };
  // A handshake, a request, and 0.2 s for each body; a busy machine only adds to it.
  const [one, three] = [await took(1), await took(3)];
  assert.ok(one >= 380, `${one} ms`);
  assert.ok(three >= 650, `${three} ms for three at once, ${one} for one`);
});

test("budgets judge only what was measured", () => {
  assert.deepEqual(budgets(someResults()), [
    { what: "dispatches, forward of 12 blocks", value: "120", limit: "<= 100", met: false },
  ]);
});
