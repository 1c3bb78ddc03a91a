// @ts-check
/**
 * The engines' wasm modules, each with its device open, and the calls into them: whoever waits for an engine that broke is told.
 *
 * @typedef {import("../engine/protocol.js").DeviceInfo} DeviceInfo
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {import("../engine/protocol.js").Constants} Constants
 * @typedef {{module: import("../engine/protocol.js").EngineModule, device: DeviceInfo, constants: Constants}} OpenModule
 *   instantiated, its device open
 */
import { FailureError } from "../base/errors.js";
import { compiledOf, ENGINE_NAMES } from "./load-wasm.js";
import { chooseTiles } from "./tiles.js";

export class Modules {
  /** @type {Map<DeviceKind, Promise<OpenModule>>} */
  #open = new Map();
  /** Calls that a trap or a lost device would leave waiting for ever. @type {Set<{kind: DeviceKind, reject: (error: Error) => void}>} */
  #calls = new Set();
  /** What the page compiles, for the first load. @type {Map<DeviceKind, Promise<WebAssembly.Module | null>>} */
  #compiled = new Map();
  #realm;
  #subgroup;
  #progress;

  /**
   * @param {Pick<import("./host.js").Environment, "load" | "findAdapter" | "keptTiles">} realm
   * @param {() => number | null} subgroup  of the device that was opened @param {(progress: {loaded: number, total: number, what: import("../base/messages.js").Message}) => void} progress
   */
  constructor(realm, subgroup, progress) {
    this.#realm = realm;
    this.#subgroup = subgroup;
    this.#progress = progress;
  }

  /** The page has an engine, or will: the port says so. @param {DeviceKind} kind @param {MessagePort} port */
  compiled(kind, port) {
    /** @type {Promise<WebAssembly.Module | null>} */
    const compiled = new Promise((resolve) => {
      port.onmessage = ({ data }) => (port.close(), resolve(data));
      // Browsers let no module reach a worker of another origin, as that of a sandboxed frame is.
      port.onmessageerror = () => (port.close(), resolve(null));
    });
    this.#compiled.set(kind, compiled);
  }

  /** Fetched on first use. @param {DeviceKind} kind @returns {Promise<OpenModule>} */
  get(kind) {
    const known = this.#open.get(kind);
    if (known) return known;
    const opening = this.#load(kind);
    this.#open.set(kind, opening);
    opening.catch(() => this.#open.delete(kind));
    return opening;
  }

  /** Whether it is open or being opened; one that broke is not. @param {DeviceKind} kind */
  has(kind) {
    return this.#open.has(kind);
  }

  /** What a worker needs to have the same engine without fetching it; null where it isn't known. @param {DeviceKind} kind @returns {Promise<WebAssembly.Module | null>} */
  async compiledOf(kind) {
    return compiledOf((await this.get(kind)).module);
  }

  /**
   * Awaits a call into an engine; rejects if that engine breaks meanwhile, which the call itself may never notice.
   * @template T @param {DeviceKind} kind @param {() => Promise<T>} work @returns {Promise<T>}
   */
  async guard(kind, work) {
    /** @type {{kind: DeviceKind, reject: (error: Error) => void} | undefined} */
    let call;
    const broken = new Promise((_, reject) => this.#calls.add((call = { kind, reject })));
    try {
      return /** @type {T} */ (await Promise.race([broken, work()]));
    } finally {
      if (call) this.#calls.delete(call);
    }
  }

  /** An engine is gone, and its module with it: whoever waits for it learns now. @param {DeviceKind} kind @param {any} error */
  broke(kind, error) {
    this.#open.delete(kind);
    for (const call of this.#calls) if (call.kind === kind) call.reject(error);
  }

  /** @param {DeviceKind} kind @returns {Promise<OpenModule>} */
  async #load(kind) {
    const what = ENGINE_NAMES[kind];
    const compiled = this.#compiled.get(kind);
    this.#compiled.delete(kind);
    const module = await this.#realm.load(kind, (loaded, total) => this.#progress({ loaded, total, what }), compiled);
    const opened = JSON.parse(await this.guard(kind, () => module.openDevice()).catch((error) => this.#refused(error)));
    const device = kind === "webgpu" ? await this.#named(opened) : opened;
    if (kind === "webgpu")
      await this.guard(kind, () => chooseTiles(module, device, this.#subgroup(), this.#realm.keptTiles));
    return { module, constants: JSON.parse(module.constants()), device };
  }

  /** An adapter that comes and goes is that of a GPU whose process died just now: another engine gets it. @param {any} error @returns {Promise<never>} */
  async #refused(error) {
    if (error?.code !== "no-device" || !(await this.#realm.findAdapter())) throw error;
    throw new FailureError("device-lost.opening", "The GPU went away while it was being opened.");
  }

  /** Browsers tell JS more about an adapter than they tell Rust. @param {DeviceInfo} device @returns {Promise<DeviceInfo>} */
  async #named(device) {
    const adapter = await this.#realm.findAdapter();
    return {
      ...device,
      adapter: device.adapter || adapter?.name || "unnamed adapter",
      software: device.software || (adapter?.software ?? false),
    };
  }
}

/** Frees an engine. One that broke in the middle of a call cannot be freed, and goes with its module instead. @param {{free: () => void}} engine */
export function release(engine) {
  try {
    engine.free();
  } catch (error) {
    console.warn("An engine could not be freed:", error);
  }
}
