// @ts-check
/**
 * Counts what any engine on this page asks of WebGPU, and times its kernels one by one.
 * Engines open their own devices, so the classes of the API are the only place to look. Install it before any opens.
 *
 * @typedef {object} Counts
 * @property {number} dispatches
 * @property {number} passes        compute passes
 * @property {number} submits
 * @property {number} pipelines     compiled
 * @property {number} buffers       made
 * @property {number} bytes         of those buffers
 *
 * @typedef {{name: string, calls: number, ms: number}} KernelTime
 *
 * @typedef {object} Probe
 * @property {() => Counts} mark                          what has been counted so far
 * @property {(mark: Counts) => Counts} since             what was counted since then
 * @property {(body: () => Promise<unknown>) => Promise<KernelTime[]>} kernels
 *   GPU time of everything `body` submits, slowest first; empty without `timestamp-query`
 * @property {() => void} stop                            leaves the classes as they were found
 */
import { KernelTimer } from "./kernel-timer.js";

/** @returns {Counts} */
const nothing = () => ({ dispatches: 0, passes: 0, submits: 0, pipelines: 0, buffers: 0, bytes: 0 });

/** @param {any} [scope]  where the classes of WebGPU are @returns {Probe} */
export function installProbe(scope = globalThis) {
  const counts = nothing();
  const timer = new KernelTimer();
  const undo = scope.GPUAdapter ? patchAll(scope, counts, timer) : [];
  return {
    mark: () => ({ ...counts }),
    since: (mark) => difference(counts, mark),
    kernels: (body) => timer.measure(body),
    stop: () => undo.forEach((restore) => restore()),
  };
}

/** @param {Counts} now @param {Counts} mark @returns {Counts} */
function difference(now, mark) {
  const change = nothing();
  for (const key of /** @type {(keyof Counts)[]} */ (Object.keys(change))) change[key] = now[key] - mark[key];
  return change;
}

/** @param {any} scope @param {Counts} counts @param {KernelTimer} timer */
function patchAll(scope, counts, timer) {
  return [...patchDevice(scope, counts), ...patchPipelines(scope, counts, timer), ...patchPasses(scope, counts, timer)];
}

/** Devices may time, buffers are counted. @param {any} scope @param {Counts} counts */
function patchDevice({ GPUAdapter, GPUDevice }, counts) {
  return [
    patch(
      GPUAdapter,
      "requestDevice",
      (original) =>
        async function (descriptor = {}) {
          const wanted = new Set(descriptor?.requiredFeatures ?? []);
          if (this.features.has("timestamp-query")) wanted.add("timestamp-query");
          return original.call(this, { ...descriptor, requiredFeatures: [...wanted] });
        },
    ),
    patch(
      GPUDevice,
      "createBuffer",
      (original) =>
        function (descriptor) {
          counts.buffers++;
          counts.bytes += descriptor.size;
          return original.call(this, descriptor);
        },
    ),
  ];
}

/** Pipelines are counted and named. @param {any} scope @param {Counts} counts @param {KernelTimer} timer */
function patchPipelines({ GPUDevice }, counts, timer) {
  const naming = (/** @type {Function} */ original) =>
    /** @this {any} @param {any} descriptor */
    function (descriptor) {
      counts.pipelines++;
      const { module, entryPoint = "" } = descriptor.compute;
      const name = timer.nameOf(module) || descriptor.label || module.label || entryPoint;
      const made = original.call(this, descriptor);
      return made.then
        ? made.then((/** @type {any} */ pipeline) => timer.named(pipeline, name))
        : timer.named(made, name);
    };
  return [
    patch(
      GPUDevice,
      "createShaderModule",
      (original) =>
        function (descriptor) {
          return timer.named(original.call(this, descriptor), kernelName(descriptor));
        },
    ),
    patch(GPUDevice, "createComputePipeline", naming),
    patch(GPUDevice, "createComputePipelineAsync", naming),
  ];
}

/**
 * Submissions, passes and dispatches are counted, and passes may be timed.
 * @param {any} scope @param {Counts} counts @param {KernelTimer} timer
 */
function patchPasses({ GPUDevice, GPUQueue, GPUCommandEncoder, GPUComputePassEncoder }, counts, timer) {
  const counting = (/** @type {Function} */ original) =>
    /** @this {any} @param {any[]} sizes */
    function (...sizes) {
      counts.dispatches++;
      return original.apply(this, sizes);
    };
  return [
    patch(
      GPUDevice,
      "createCommandEncoder",
      (original) =>
        function (descriptor) {
          return timer.owned(original.call(this, descriptor), this);
        },
    ),
    patch(
      GPUQueue,
      "submit",
      (original) =>
        function (buffers) {
          counts.submits++;
          return original.call(this, buffers);
        },
    ),
    patch(
      GPUCommandEncoder,
      "beginComputePass",
      (original) =>
        function (descriptor) {
          counts.passes++;
          return timer.begin(this, (timed) => original.call(this, timed ?? descriptor));
        },
    ),
    patch(GPUComputePassEncoder, "dispatchWorkgroups", counting),
    patch(GPUComputePassEncoder, "dispatchWorkgroupsIndirect", counting),
  ];
}

/**
 * @param {any} owner @param {string} name @param {(original: Function) => (this: any, ...args: any[]) => any} wrap
 * @returns {() => void} undoes it
 */
function patch(owner, name, wrap) {
  const original = owner.prototype[name];
  owner.prototype[name] = wrap(original);
  return () => (owner.prototype[name] = original);
}

/** The name in a comment `// kernel: NAME`, if the source has one. @param {{code?: string}} descriptor */
function kernelName({ code = "" }) {
  return /^\s*\/\/ kernel: (\S+)/m.exec(code)?.[1] ?? "";
}
