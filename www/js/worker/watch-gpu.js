// @ts-check
/**
 * Watches the GPUDevice that the WebGPU engine opens for itself: lost, uncaptured errors, bytes of live buffers.
 * Rust asks the browser for the device, so the only place to see it is `GPUAdapter.prototype.requestDevice`.
 *
 * @typedef {object} GpuWatch
 * @property {() => number | null} subgroup   threads that every subgroup of the latest device has at least; null: it has none
 * @property {() => number} bytes       of buffers made and neither destroyed nor collected
 * @property {() => void} loseDevice    destroys the device, as if the driver had reset
 * @property {() => void} stop          leaves the prototype as it was found
 *
 * @typedef {object} AdapterReport
 * @property {string} name
 * @property {boolean} software
 */

const SUBGROUPS = "subgroups";
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b|software/i;

/**
 * @param {{lost: (reason: string) => void, error: (message: string) => void}} events
 * @param {any} [Adapter]  the class whose devices are watched
 * @returns {GpuWatch}
 */
export function watchGpu(events, Adapter = globalThis.GPUAdapter) {
  if (!Adapter) return { subgroup: () => null, bytes: () => 0, loseDevice() {}, stop() {} };
  const buffers = new BufferLedger();
  /** @type {GPUDevice | undefined} */
  let latest;
  /** @type {number | null} */
  let subgroup = null;
  let watching = true;
  const requestDevice = Adapter.prototype.requestDevice;

  /** @this {GPUAdapter} @param {any[]} args */
  Adapter.prototype.requestDevice = async function (wish = {}, ...args) {
    const device = await requestDevice.call(this, withSubgroups(this, wish), ...args);
    latest = device;
    const offered = device.features?.has(SUBGROUPS) && /** @type {any} */ (this.info)?.subgroupMinSize;
    subgroup = offered || null;
    buffers.follow(device);
    device.addEventListener("uncapturederror", (/** @type {GPUUncapturedErrorEvent} */ event) => {
      if (watching) events.error(event.error.message);
    });
    device.lost.then((/** @type {GPUDeviceLostInfo} */ info) => {
      if (watching) events.lost(info.message || info.reason);
    });
    return device;
  };
  return {
    subgroup: () => subgroup,
    bytes: () => buffers.bytes,
    loseDevice: () => latest?.destroy(),
    stop() {
      watching = false;
      Adapter.prototype.requestDevice = requestDevice;
    },
  };
}

/** What wgpu 30 asks of a browser lacks them. @param {GPUAdapter} adapter @param {any} wish @returns {any} */
function withSubgroups(adapter, wish) {
  if (!adapter.features?.has(SUBGROUPS)) return wish;
  return { ...wish, requiredFeatures: [...(wish.requiredFeatures ?? []), SUBGROUPS] };
}

/** Counts a device's buffers. wgpu drops most of them without `destroy`, so collected ones are counted out too. */
class BufferLedger {
  bytes = 0;
  #collected = new FinalizationRegistry((/** @type {number} */ size) => (this.bytes -= size));

  /** @param {GPUDevice} device */
  follow(device) {
    const createBuffer = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer(descriptor);
      this.#add(buffer, buffer.size);
      return buffer;
    };
  }

  /** @param {GPUBuffer} buffer @param {number} size */
  #add(buffer, size) {
    this.bytes += size;
    this.#collected.register(buffer, size, buffer);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      if (this.#collected.unregister(buffer)) this.bytes -= size;
      destroy();
    };
  }
}

/**
 * The adapter the engine would get, or null where there is none.
 * @param {GPU | undefined} gpu @returns {Promise<AdapterReport | null>}
 */
export async function findAdapter(gpu = globalThis.navigator?.gpu) {
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return null;
  const info = /** @type {any} */ (adapter.info ?? {});
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") || "unnamed adapter";
  const fallback = info.isFallbackAdapter ?? /** @type {any} */ (adapter).isFallbackAdapter ?? false;
  return { name, software: fallback || SOFTWARE.test(`${name} ${info.architecture} ${info.device}`) };
}
