// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { browserOf, noWebGpu, toFailure } from "../../www/js/base/errors.js";
import { findAdapter, watchGpu } from "../../www/js/worker/watch-gpu.js";
import { countBytes, hasSimd } from "../../www/js/worker/load-wasm.js";
import { settle, trap } from "./support/engine.js";

/** A GPUAdapter class whose device can be lost. */
function fakeAdapterClass() {
  /** @type {any} */
  const device = new EventTarget();
  device.createBuffer = (/** @type {{size: number}} */ { size }) => ({ size, destroy() {} });
  device.lost = new Promise((resolve) => (device.destroy = () => resolve({ reason: "destroyed", message: "" })));
  class Adapter {
    async requestDevice() {
      return device;
    }
  }
  return { Adapter, device };
}

test("bytes of live buffers are counted, each destroyed one once", async () => {
  const { Adapter, device } = fakeAdapterClass();
  const watch = watchGpu({ lost() {}, error() {} }, Adapter);
  await new Adapter().requestDevice();
  const [a] = [device.createBuffer({ size: 100 }), device.createBuffer({ size: 50 })];
  assert.equal(watch.bytes(), 150);
  a.destroy();
  a.destroy();
  assert.equal(watch.bytes(), 50);
});

test("subgroups are asked for where the adapter has them", async () => {
  const { Adapter, device } = fakeAdapterClass();
  /** @type {any[]} */
  const wishes = [];
  Adapter.prototype.requestDevice = async (/** @type {any} */ wish) => (wishes.push(wish), device);
  const watch = watchGpu({ lost() {}, error() {} }, Adapter);
  /** @type {any} */
  const adapter = new Adapter();
  await adapter.requestDevice({ requiredFeatures: ["shader-f16"], requiredLimits: {} });
  assert.deepEqual(wishes.pop(), { requiredFeatures: ["shader-f16"], requiredLimits: {} });
  assert.equal(watch.subgroup(), null);
  Object.assign(adapter, { features: new Set(["subgroups"]), info: { subgroupMinSize: 16 } });
  device.features = adapter.features;
  await adapter.requestDevice({ requiredFeatures: ["shader-f16"], requiredLimits: {} });
  assert.deepEqual(wishes.pop(), { requiredFeatures: ["shader-f16", "subgroups"], requiredLimits: {} });
  assert.equal(watch.subgroup(), 16);
});

test("a lost device and uncaptured errors are told, until watching stops", async () => {
  const { Adapter, device } = fakeAdapterClass();
  const original = Adapter.prototype.requestDevice;
  /** @type {string[]} */
  const told = [];
  const watch = watchGpu({ lost: (reason) => told.push(reason), error: (message) => told.push(message) }, Adapter);
  await new Adapter().requestDevice();
  device.dispatchEvent(Object.assign(new Event("uncapturederror"), { error: { message: "bad binding" } }));
  watch.loseDevice();
  await settle();
  assert.deepEqual(told, ["bad binding", "destroyed"]);
  watch.stop();
  assert.equal(Adapter.prototype.requestDevice, original);
});

test("software adapters are recognised by flag or by name", async () => {
  /** @param {any} info */
  const found = (info) => findAdapter(/** @type {any} */ ({ requestAdapter: async () => ({ info }) }));
  assert.deepEqual(await found({ vendor: "google", architecture: "swiftshader" }), {
    name: "google swiftshader",
    software: true,
  });
  assert.deepEqual(await found({ description: "Some GPU", isFallbackAdapter: true }), {
    name: "Some GPU",
    software: true,
  });
  assert.deepEqual(await found({ vendor: "apple", architecture: "metal-3" }), {
    name: "apple metal-3",
    software: false,
  });
  assert.equal(await findAdapter(/** @type {any} */ ({ requestAdapter: async () => null })), null);
  assert.equal(await findAdapter(undefined), null);
});

test("the SIMD probe is valid here, and bytes are counted as they pass", async () => {
  assert.equal(hasSimd(), true);
  /** @type {number[][]} */
  const seen = [];
  const body = new Blob(["12345"]).stream();
  const counted = body.pipeThrough(
    countBytes(new Headers({ "content-length": "5" }), (...numbers) => seen.push(numbers)),
  );
  assert.equal(await new Response(counted).text(), "12345");
  assert.deepEqual(seen.at(-1), [5, 5]);
});

test("a trap is a crash, a coded error keeps its code", () => {
  assert.equal(toFailure(trap()).code, "engine-crashed");
  assert.deepEqual(toFailure(Object.assign(new Error("no"), { code: "no-clip" })), {
    code: "no-clip",
    key: "",
    values: {},
    message: "no",
  });
  assert.equal(toFailure("odd").code, "unexpected");
});

test("each browser gets its own advice", () => {
  const agents = {
    firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    safari: "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    chrome: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
  };
  const sentences = Object.entries(agents).map(([name, agent]) => {
    assert.equal(browserOf(agent), name);
    return noWebGpu(agent, "No WebGPU").message;
  });
  assert.equal(new Set(sentences).size, 3);
});
