// @ts-check
/**
 * GPU time by kernel. While it measures, every dispatch is replayed in a compute pass of its own with a timestamp at
 * each end; that costs time between kernels, none within. Browsers round timestamps to 0.1 ms unless started with
 * --enable-webgpu-developer-features.
 *
 * @typedef {import("./gpu-probe.js").KernelTime} KernelTime
 * @typedef {{device: GPUDevice, set: GPUQuerySet, names: string[]}} Log   names of the kernels, two timestamps each
 */

/** Timestamps of one query set: the most that WebGPU allows. */
const QUERIES = 4096;
const BYTES = 8 * QUERIES;

export class KernelTimer {
  /** @type {WeakMap<object, string>} */
  #names = new WeakMap();
  /** @type {WeakMap<object, GPUDevice>} */
  #devices = new WeakMap();
  /** @type {Log[]} */
  #logs = [];
  #measuring = false;

  /** @template {object} T @param {T} thing @param {string} name a pipeline or module @returns {T} */
  named(thing, name) {
    this.#names.set(thing, name);
    return thing;
  }

  /** @param {object} thing */
  nameOf(thing) {
    return this.#names.get(thing) ?? "";
  }

  /** @template {object} T @param {T} encoder @param {GPUDevice} device @returns {T} */
  owned(encoder, device) {
    this.#devices.set(encoder, device);
    return encoder;
  }

  /**
   * A compute pass, or while measuring what looks like one.
   * @param {object} encoder @param {(descriptor?: GPUComputePassDescriptor) => any} begin
   */
  begin(encoder, begin) {
    const device = this.#measuring ? this.#devices.get(encoder) : undefined;
    if (!device?.features.has("timestamp-query")) return begin();
    return new TimedPass((pipeline) => begin({ timestampWrites: this.#stamps(device, this.nameOf(pipeline)) }));
  }

  /** @param {() => Promise<unknown>} body @returns {Promise<KernelTime[]>} */
  async measure(body) {
    this.#measuring = true;
    try {
      await body();
    } finally {
      this.#measuring = false;
    }
    const logs = this.#logs.splice(0);
    /** @type {Map<string, KernelTime>} */
    const kernels = new Map();
    for (const log of logs) {
      const stamps = await readStamps(log);
      log.names.forEach((name, i) => {
        const kernel = kernels.get(name) ?? { name, calls: 0, ms: 0 };
        kernels.set(name, kernel);
        kernel.calls++;
        kernel.ms += Math.max(0, Number(stamps[2 * i + 1] - stamps[2 * i])) / 1e6;
      });
    }
    return [...kernels.values()].sort((a, b) => b.ms - a.ms);
  }

  /**
   * Room for two timestamps.
   * @param {GPUDevice} device @param {string} name @returns {GPUComputePassTimestampWrites}
   */
  #stamps(device, name) {
    let log = this.#logs.filter((log) => log.device === device).at(-1);
    if (!log || log.names.length === QUERIES / 2) {
      log = { device, set: device.createQuerySet({ type: "timestamp", count: QUERIES }), names: [] };
      this.#logs.push(log);
    }
    const at = 2 * log.names.length;
    log.names.push(name);
    return { querySet: log.set, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
  }
}

/** Takes the calls of a compute pass and replays what a dispatch needs. */
class TimedPass {
  label = "";
  /** @type {any} */
  #pipeline;
  /** @type {Map<number, any[]>} */
  #groups = new Map();
  /** @type {any[][]} */
  #immediates = [];
  #begin;

  /** @param {(pipeline: object) => any} begin */
  constructor(begin) {
    this.#begin = begin;
  }

  /** @param {any} pipeline */
  setPipeline(pipeline) {
    this.#pipeline = pipeline;
  }

  /**
   * @param {number} index @param {any} group @param {any} [offsets] @param {number} [start] @param {number} [length]
   */
  setBindGroup(index, group, offsets = [], start = 0, length = offsets.length) {
    // Copied: the offsets may lie in the memory of a wasm module that goes on.
    this.#groups.set(index, [index, group, Array.from(offsets).slice(start, start + length)]);
  }

  /** @param {number} at @param {any} data @param {number} [start] @param {number} [size] */
  setImmediates(at, data, start = 0, size) {
    const buffer = ArrayBuffer.isView(data)
      ? /** @type {any} */ (data).slice(start, size && start + size)
      : data.slice(start, size && start + size);
    this.#immediates.push([at, buffer]);
  }

  /** @param {any[]} sizes */
  dispatchWorkgroups(...sizes) {
    this.#replay("dispatchWorkgroups", sizes);
  }

  /** @param {any[]} where */
  dispatchWorkgroupsIndirect(...where) {
    this.#replay("dispatchWorkgroupsIndirect", where);
  }

  /** @param {string} dispatch @param {any[]} args */
  #replay(dispatch, args) {
    const pass = this.#begin(this.#pipeline);
    pass.setPipeline(this.#pipeline);
    for (const group of this.#groups.values()) pass.setBindGroup(...group);
    for (const data of this.#immediates) pass.setImmediates(...data);
    pass[dispatch](...args);
    pass.end();
  }

  pushDebugGroup() {}
  popDebugGroup() {}
  insertDebugMarker() {}
  end() {}
}

/** @param {Log} log */
async function readStamps({ device, set, names }) {
  const { COPY_DST, COPY_SRC, MAP_READ, QUERY_RESOLVE } = /** @type {any} */ (globalThis).GPUBufferUsage;
  const resolved = device.createBuffer({ size: BYTES, usage: QUERY_RESOLVE | COPY_SRC });
  const readable = device.createBuffer({ size: BYTES, usage: COPY_DST | MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.resolveQuerySet(set, 0, 2 * names.length, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, readable, 0, BYTES);
  device.queue.submit([encoder.finish()]);
  await readable.mapAsync(1 /* READ */);
  const stamps = new BigUint64Array(readable.getMappedRange().slice(0));
  for (const thing of [set, resolved, readable]) thing.destroy();
  return stamps;
}
