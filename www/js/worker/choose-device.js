// @ts-check
/**
 * `device: "auto"`: decides behind the running CPU session whether WebGPU would be faster here, and moves the session,
 * weights, optimiser and clip, when it is. Both engines are timed on throw-away copies of the session, in jobs of one
 * call each, so that the page's requests go on in between.
 *
 * @typedef {import("./host.js").Host} Host
 * @typedef {import("../base/messages.js").Message} Message
 * @typedef {import("./wasm-modules.js").OpenModule} OpenModule
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {import("../engine/protocol.js").WasmEngine} WasmEngine
 * @typedef {{look: number, step: number}} Timing   milliseconds; `step` is 0 if it was not measured
 */
import { toFailure } from "../base/errors.js";
import { message } from "../base/messages.js";
import { release } from "./wasm-modules.js";

/** A CPU that needs longer for one look is not asked for a training step: the page would feel it. */
const DEAR_LOOK_MS = 1500;

const noWorkerGpu = () =>
  message(
    "device.no-worker-webgpu",
    "The CPU runs it: this browser offers no WebGPU in workers; choose WebGPU to try it on the page itself.",
  );
const noAdapter = () => message("device.no-adapter", "The CPU runs it: this browser found no WebGPU adapter.");
/** @param {string} name  of the adapter */
const onlySoftware = (name) =>
  message("device.software", "The CPU runs it: the only WebGPU adapter ({name}) is software, which is slower.", {
    name,
  });

/**
 * The engine that "auto" runs a checkpoint on: these models are too large to be tried on both.
 * @param {import("./host.js").Environment} realm @returns {Promise<{kind: DeviceKind, why: Message}>}
 */
export async function deviceFor(realm) {
  if (!realm.webgpu) return { kind: "cpu", why: noWorkerGpu() };
  const adapter = await realm.findAdapter();
  if (!adapter) return { kind: "cpu", why: noAdapter() };
  if (adapter.software) return { kind: "cpu", why: onlySoftware(adapter.name) };
  return {
    kind: "webgpu",
    why: message("device.large", "WebGPU runs it: a model of this size is slow on a CPU."),
  };
}

/**
 * Ends with an `engine` notice that says which engine runs, and why; never rejects.
 * @param {Host} host
 * @param {AbortSignal} signal   aborted when the page opens something else
 */
export async function upgrade(host, signal) {
  let why;
  try {
    why = await consider(host, signal);
  } catch (error) {
    why = message("device.failed", "The CPU runs it: WebGPU was tried and failed ({why}).", { why: toFailure(error) });
  }
  // Between two requests: an engine in the middle of a call can't be asked for its step.
  await host.exclusive(() => {
    if (signal.aborted) return;
    host.why = [why];
    host.notify({ notice: "engine", opened: host.opened() });
  });
}

/** @param {Host} host @param {AbortSignal} signal @returns {Promise<Message>} why the engine that now runs was kept */
async function consider(host, signal) {
  if (!host.realm.webgpu && host.realm.onPage)
    return message("device.no-webgpu", "The CPU runs it: this browser offers no WebGPU here.");
  if (!host.realm.webgpu) return noWorkerGpu();
  const adapter = await host.realm.findAdapter();
  if (!adapter) return noAdapter();
  if (adapter.software) return onlySoftware(adapter.name);

  const [cpu, gpu] = [await host.module("cpu"), await host.module("webgpu")];
  const copy = await atomic(host, signal, "cpu", () => session(host).engine.snapshot());
  const onGpu = await measure(host, signal, "webgpu", gpu, copy, true);
  const onCpu = await measure(host, signal, "cpu", cpu, copy, false);
  const [label, cpuMs, gpuMs] = compare(onCpu, onGpu);
  const figures = message("device.figures", "{label} {gpu} on {name}, {cpu} on the CPU", {
    label,
    gpu: format(gpuMs),
    name: adapter.name,
    cpu: format(cpuMs),
  });
  if (gpuMs >= cpuMs)
    return message("device.cpu-faster", "The CPU runs it because it is faster for this model: {figures}.", { figures });
  const why = message("device.webgpu-faster", "WebGPU runs it because it is faster: {figures}.", { figures });
  await host.exclusive(() => move(host, signal, gpu, why));
  return why;
}

/** @param {Host} host */
function session(host) {
  if (!host.session) throw new Error("no session");
  return host.session;
}

/** One guarded call between two requests. @template T @param {Host} host @param {AbortSignal} signal @param {DeviceKind} kind @param {() => Promise<T>} call */
function atomic(host, signal, kind, call) {
  return host.exclusive(() => {
    signal.throwIfAborted();
    return host.guard(kind, call);
  });
}

/**
 * Times a look and a training step of a copy on a procedural clip, after one of each to warm up.
 * @param {Host} host @param {AbortSignal} signal @param {DeviceKind} kind @param {OpenModule} open
 * @param {Uint8Array} copy     a snapshot of the session
 * @param {boolean} apart       the warm-up may overlap requests: its engine is another wasm instance, and waits for a GPU
 * @returns {Promise<Timing>}
 */
async function measure(host, signal, kind, open, copy, apart) {
  const trial = open.module.Engine.restore(copy);
  const model = JSON.parse(trial.info());
  const look = () => trial.look("short");
  const step = () => trial.train(1, host.sharing({ kind, model }));
  /** @param {() => Promise<any>} call */
  const warm = (call) => (apart ? host.guard(kind, call) : atomic(host, signal, kind, call));
  /** @param {() => Promise<any>} call */
  const timed = (call) => atomic(host, signal, kind, () => time(host, call));
  try {
    trial.setWorld("", 0);
    trial.advanceWorld(Math.max(0, model.frames - trial.framesHeld()));
    await warm(look);
    const lookMs = await timed(look);
    if (kind === "cpu" && lookMs > DEAR_LOOK_MS) return { look: lookMs, step: 0 };
    await warm(step);
    if (kind === "cpu") await host.helpers.started();
    return { look: lookMs, step: await timed(step) };
  } finally {
    release(trial);
  }
}

/** @param {Host} host @param {() => Promise<any>} call */
async function time(host, call) {
  const began = host.realm.now();
  await call();
  return host.realm.now() - began;
}

/** Compares by the training step, the dearer of the two, where both were timed. @param {Timing} cpu @param {Timing} gpu @returns {[Message, number, number]} */
function compare(cpu, gpu) {
  return cpu.step && gpu.step
    ? [message("device.step", "a training step takes"), cpu.step, gpu.step]
    : [message("device.look", "a look takes"), cpu.look, gpu.look];
}

/** @param {number} ms */
const format = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** The move itself, between two requests: whatever was trained meanwhile comes along. @param {Host} host @param {AbortSignal} signal @param {OpenModule} gpu @param {Message} why */
async function move(host, signal, gpu, why) {
  signal.throwIfAborted();
  const snapshot = await host.guard("cpu", () => session(host).engine.snapshot());
  const engine = gpu.module.Engine.restore(snapshot);
  host.clip.replay(engine);
  host.prefersGpu = true;
  const { device, constants } = gpu;
  host.adopt({ kind: "webgpu", engine, device, constants, model: JSON.parse(engine.info()) }, [why]);
}
