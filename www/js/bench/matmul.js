// @ts-check
/**
 * What this adapter can do in plain matrix products of the encoder's own sizes: a few good kernels written by hand, of
 * which the fastest counts.
 *
 * @typedef {import("./geometry.js").Product} Product
 * @typedef {{name: string, code: string, tile: [number, number]}} Kernel   rows and columns of one workgroup
 * @typedef {Product & {kernel: string, ms: number}} Measured               ms: one dispatch
 */
import { flopsOf } from "./geometry.js";
import { time } from "./pairs.js";

/** Long enough to be timed well. */
const ENOUGH_MS = 20;
const TRIES = 3;
const MOST_REPEATS = 200;

const BINDINGS = `
struct Sizes { m: u32, k: u32, n: u32, n4: u32 }
@group(0) @binding(0) var<storage, read> a: array<A_TYPE>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(3) var<uniform> size: Sizes;`;

/**
 * Each thread keeps `rows` x 4 `quads` sums in registers and reads straight from memory: no workgroup memory, no
 * barriers.
 * @param {number} rows @param {number} quads @returns {Kernel}
 */
function registers(rows, quads) {
  const name = `registers ${rows}x${4 * quads}`;
  const each = (/** @type {(r: number, q: number) => string} */ line) =>
    Array.from({ length: rows * quads }, (_, i) => line(Math.floor(i / quads), i % quads)).join("\n");
  const rowsOf = (/** @type {(r: number) => string} */ line) =>
    Array.from({ length: rows }, (_, r) => line(r)).join("\n");
  const quadsOf = (/** @type {(q: number) => string} */ line) =>
    Array.from({ length: quads }, (_, q) => line(q)).join("\n");
  // Past the edge the last row or column is read again and not written.
  const code = `// kernel: matmul_registers_${rows}x${4 * quads}
${BINDINGS.replace("A_TYPE", "vec4f")}
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * ${rows}u;
  let column = id.x * ${quads}u;
  if (row >= size.m || column >= size.n4) { return; }
  let k4 = size.k / 4u;
  let b0 = id.z * size.k * size.n4;
  ${rowsOf((r) => `let a${r} = (id.z * size.m + min(row + ${r}u, size.m - 1u)) * k4;`)}
  ${quadsOf((q) => `let column${q} = min(column + ${q}u, size.n4 - 1u);`)}
  ${each((r, q) => `var sum${r}_${q} = vec4f();`)}
  for (var i = 0u; i < k4; i++) {
    ${rowsOf((r) => `let left${r} = a[a${r} + i];`)}
    var at = b0 + 4u * i * size.n4;
    ${["x", "y", "z", "w"]
      .map(
        (part) => `{
      ${quadsOf((q) => `let right${q} = b[at + column${q}];`)}
      ${each((r, q) => `sum${r}_${q} = fma(vec4f(left${r}.${part}), right${q}, sum${r}_${q});`)}
      at += size.n4;
    }`,
      )
      .join("\n")}
  }
  let c0 = id.z * size.m * size.n4;
  ${each(
    (r, q) => `if (row + ${r}u < size.m && column + ${q}u < size.n4) {
    c[c0 + (row + ${r}u) * size.n4 + column + ${q}u] = sum${r}_${q};
  }`,
  )}
}`;
  return { name, code, tile: [8 * rows, 32 * quads] };
}

/**
 * A workgroup of 16 x 16 threads brings 64 x 16 and 16 x 64 values into shared memory and makes 64 x 64 of the product.
 * @returns {Kernel}
 */
function tiled() {
  const lines = (/** @type {(r: number) => string} */ line) => [0, 1, 2, 3].map(line).join("\n");
  const code = `// kernel: matmul_tiled_64x64
${BINDINGS.replace("A_TYPE", "f32")}
var<workgroup> left: array<array<f32, 64>, 16>; // by k, then row: a column of threads reads neighbours
var<workgroup> right: array<array<vec4f, 16>, 16>;
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = group.y * 64u;
  let column = group.x * 16u + local.x;
  let column_read = min(column, size.n4 - 1u);
  let a0 = group.z * size.m * size.k;
  let b0 = group.z * size.k * size.n4;
  ${lines((r) => `var sum${r} = vec4f();`)}
  for (var k0 = 0u; k0 < size.k; k0 += 16u) {
    for (var i = 0u; i < 4u; i++) {
      let from_row = min(row + local.y * 4u + i, size.m - 1u);
      let from_k = k0 + local.x;
      let value = a[a0 + from_row * size.k + min(from_k, size.k - 1u)];
      left[local.x][local.y * 4u + i] = select(0.0, value, from_k < size.k);
    }
    let from_k = k0 + local.y;
    let values = b[b0 + min(from_k, size.k - 1u) * size.n4 + column_read];
    right[local.y][local.x] = select(vec4f(), values, from_k < size.k);
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let values = right[k][local.x];
      ${lines((r) => `sum${r} = fma(vec4f(left[k][local.y * 4u + ${r}u]), values, sum${r});`)}
    }
    workgroupBarrier();
  }
  if (column >= size.n4) { return; }
  let c0 = group.z * size.m * size.n4 + column;
  let first = row + local.y * 4u;
  ${lines((r) => `if (first + ${r}u < size.m) { c[c0 + (first + ${r}u) * size.n4] = sum${r}; }`)}
}`;
  return { name: "tiled 64x64", code, tile: [64, 64] };
}

export const KERNELS = [registers(4, 1), registers(8, 1), registers(4, 2), registers(8, 2), tiled()];

/**
 * The fastest kernel for each product. Sizes must be multiples of four.
 * @param {Product[]} products @param {(done: string) => void} tick @returns {Promise<Measured[]>}
 */
export async function bestMatmuls(products, tick) {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("There is no WebGPU adapter here.");
  const device = await adapter.requestDevice();
  try {
    const compiled = [];
    for (const kernel of KERNELS) {
      const built = await compile(device, kernel);
      if (await isRight(device, built)) compiled.push(built);
    }
    if (compiled.length === 0) throw new Error("None of the matrix products came out right on this adapter.");
    const best = [];
    for (const product of products) {
      tick(`${product.what} ${product.m}x${product.k}x${product.n}`);
      best.push(await measure(device, compiled, product));
    }
    return best;
  } finally {
    device.destroy();
  }
}

/** Milliseconds of all products of a forward pass at those speeds. @param {Measured[]} measured */
export const totalMs = (measured) => measured.reduce((sum, { ms, times }) => sum + ms * times, 0);

/** @param {Measured} measured operations a second */
export const rate = (measured) => flopsOf({ ...measured, times: 1 }) / (measured.ms / 1000);

/** @typedef {Kernel & {pipeline: GPUComputePipeline}} Built */

/** @param {GPUDevice} device @param {Kernel} kernel @returns {Promise<Built>} */
async function compile(device, kernel) {
  const module = device.createShaderModule({ code: kernel.code });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } });
  return { ...kernel, pipeline };
}

/**
 * The fastest kernel for one product.
 * @param {GPUDevice} device @param {Built[]} kernels @param {Product} product @returns {Promise<Measured>}
 */
async function measure(device, kernels, product) {
  const matrices = allocate(device, product);
  let best = { ...product, kernel: "", ms: Infinity };
  for (const kernel of kernels) {
    const run = (/** @type {number} */ repeats) => multiply(device, kernel, product, matrices, repeats);
    await run(1);
    const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.ceil(ENOUGH_MS / Math.max(await run(1), 0.1))));
    for (let i = 0; i < TRIES; i++) {
      const ms = (await run(repeats)) / repeats;
      if (ms < best.ms) best = { ...product, kernel: kernel.name, ms };
    }
  }
  matrices.forEach((buffer) => buffer.destroy());
  return best;
}

/** Whether a kernel multiplies small odd matrices as it should. @param {GPUDevice} device @param {Built} kernel */
async function isRight(device, kernel) {
  const product = { what: "check", m: 37, k: 20, n: 36, together: 2, times: 1 };
  const { m, k, n, together } = product;
  const matrices = allocate(device, product);
  await multiply(device, kernel, product, matrices, 1);
  const size = 4 * together * m * n;
  const readable = device.createBuffer({ size, usage: 0x8 | 0x1 /* COPY_DST | MAP_READ */ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(matrices[2], 0, readable, 0, size);
  device.queue.submit([encoder.finish()]);
  await readable.mapAsync(1 /* READ */);
  const found = new Float32Array(readable.getMappedRange().slice(0));
  [...matrices, readable].forEach((buffer) => buffer.destroy());
  return found.every((value, i) => {
    const [z, row, column] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    let sum = 0;
    for (let j = 0; j < k; j++) sum += filling((z * m + row) * k + j) * filling((z * k + j) * n + column);
    return Math.abs(sum - value) < 1e-4;
  });
}

/** Values to multiply: not zeros, on which some hardware is faster. @param {number} i */
const filling = (i) => ((i * 7919) % 257) / 257 - 0.5;

/** Two factors, the product, and the sizes. @param {GPUDevice} device @param {Product} product */
function allocate(device, { m, k, n, together }) {
  const [factors, storage, uniform] = [2, 0x80 | 0x8 | 0x4, 0x40 | 0x8]; // STORAGE, UNIFORM, COPY_DST, COPY_SRC
  const matrices = [together * m * k, together * k * n, together * m * n].map((values, i) => {
    const buffer = device.createBuffer({ size: 4 * values, usage: storage });
    if (i < factors)
      device.queue.writeBuffer(
        buffer,
        0,
        Float32Array.from({ length: values }, (_, j) => filling(j)),
      );
    return buffer;
  });
  const sizes = device.createBuffer({ size: 16, usage: uniform });
  device.queue.writeBuffer(sizes, 0, Uint32Array.of(m, k, n, n / 4));
  return [...matrices, sizes];
}

/**
 * Milliseconds from submission to completion.
 * @param {GPUDevice} device @param {Built} kernel @param {Product} product @param {GPUBuffer[]} buffers
 * @param {number} repeats
 */
async function multiply(device, { pipeline, tile }, { m, n, together }, buffers, repeats) {
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(Math.ceil(n / tile[1]), Math.ceil(m / tile[0]), together);
  pass.end();
  return time(() => {
    device.queue.submit([encoder.finish()]);
    return device.queue.onSubmittedWorkDone();
  });
}
