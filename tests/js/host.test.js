// @ts-check
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { buffersOf } from "../../www/js/worker/host.js";
import { CONSTANTS, settle, trap } from "./support/engine.js";
import { setUp } from "./support/host.js";
import { inEnglish } from "../../www/js/base/messages.js";

const OPEN = { type: "open", settings: { device: "auto", family: "vjepa2", preset: "tiny", seed: 1 } };

test("auto answers on the CPU, then moves a session to a faster GPU with its steps and its clip", async () => {
  const { host, ask, notices, cpu, gpu } = setUp();
  const { device, constants } = (await ask(OPEN)).value;
  assert.deepEqual([device.kind, constants], ["cpu", CONSTANTS]);
  await ask({ type: "world", seed: 9 });
  await ask({ type: "look", mask: "short", advance: 3 });
  await ask({ type: "train", steps: 5 });
  await settle(100);
  const [{ opened }] = notices("engine");
  assert.equal(opened.device.kind, "webgpu");
  assert.equal(opened.device.adapter, "Fine GPU");
  assert.deepEqual(opened.constants, CONSTANTS, "as the new engine tells them");
  assert.equal(opened.step, 5);
  assert.match(inEnglish(opened.why), /WebGPU.*faster.*1\.0 ms on Fine GPU, 10 ms on the CPU/);
  const moved = /** @type {any} */ (host.session?.engine);
  assert.deepEqual([moved.world, moved.advanced, moved.framesHeld()], [9, 7, 4]);
  assert.ok(
    [...cpu.engines, ...gpu.engines].filter((engine) => engine !== moved).every(({ freed }) => freed),
    "all others are freed",
  );
});

test("frames go on on the GPU where they stopped on the CPU", async () => {
  const { host, ask } = setUp();
  await ask(OPEN);
  for (let i = 0; i < 6; i++) await ask({ type: "frame", bitmap: null });
  await settle(100);
  assert.equal(host.session?.kind, "webgpu");
  assert.equal(host.session?.engine.framesHeld(), 4);
});

test("a frame that was held is as many frames of the clip", async () => {
  const { host, ask } = setUp({ adapter: null });
  await ask(OPEN);
  await ask({ type: "clear" });
  assert.deepEqual((await ask({ type: "frame", bitmap: null, times: 3 })).value, { held: 3 });
  assert.deepEqual(
    (await ask({ type: "frame", bitmap: null, times: 1e9 })).value,
    { held: 4 },
    "no more than a clip has",
  );
  assert.equal(host.session?.engine.framesHeld(), 4);
});

for (const [what, options, why] of /** @type {[string, any, RegExp][]} */ ([
  ["a slower GPU", { gpuMs: 20 }, /CPU runs it because it is faster.*20 ms on Fine GPU, 10 ms on the CPU/],
  ["a software adapter", { adapter: { name: "SwiftShader", software: true } }, /SwiftShader.*software/],
  ["no adapter", { adapter: null }, /no WebGPU adapter/],
])) {
  test(`auto stays on the CPU for ${what} and says why`, async () => {
    const { host, ask, notices, order, loaded, gpu } = setUp(options);
    await ask(OPEN);
    await settle(100);
    assert.equal(host.session?.kind, "cpu");
    assert.match(inEnglish(notices("engine")[0].opened.why), why);
    assert.ok(order.indexOf("reply") < order.indexOf("engine"), "the outcome comes after the reply that it corrects");
    assert.equal(loaded.includes("webgpu"), what === "a slower GPU", "the large engine is fetched only to be used");
    assert.ok(gpu.engines.every(({ freed }) => freed));
  });
}

test("a GPU engine that traps on trial costs nothing but the trial", async () => {
  const { host, ask, notices, gpu, stray } = setUp();
  const create = gpu.Engine.restore;
  gpu.Engine.restore = (bytes) => {
    const engine = create(bytes);
    engine.hook = () => {
      stray(Object.assign(trap(), { stack: "at http://host/engine/webgpu/vjepa_web.js" }));
      return new Promise(() => {});
    };
    return engine;
  };
  await ask(OPEN);
  await settle(100);
  assert.equal(notices("lost").length, 0);
  assert.match(inEnglish(notices("engine")[0].opened.why), /tried and failed/);
  assert.equal((await ask({ type: "train", steps: 1 })).value.step, 1);
  assert.equal(host.session?.kind, "cpu");
});

test("opening another model ends the trial of the first", async () => {
  const { ask, notices, host } = setUp({ gpuMs: 20 });
  await ask(OPEN);
  await ask({ ...OPEN, settings: { ...OPEN.settings, preset: "small" } });
  await settle(100);
  assert.equal(notices("engine").length, 1);
  assert.equal(host.session?.model.preset, "small");
});

test("requests run one after another", async () => {
  const { host, ask } = setUp({ adapter: null });
  await ask(OPEN);
  const engine = /** @type {any} */ (host.session?.engine);
  /** @type {(value?: any) => void} */
  let finish = () => {};
  engine.hook = () => new Promise((resolve) => (finish = resolve));
  const [train, look] = [ask({ type: "train", steps: 2 }), ask({ type: "look", mask: "long", advance: 0 })];
  await settle();
  assert.deepEqual(engine.calls, ["train 2"]);
  finish();
  await Promise.all([train, look]);
  assert.deepEqual(engine.calls, ["train 2", "look long"]);
});

test("a trap in a request is told as a crash, in the reply and as a notice", async () => {
  const { host, ask, notices } = setUp({ adapter: null });
  await ask(OPEN);
  /** @type {any} */ (host.session?.engine).hook = () => {
    throw trap();
  };
  const reply = await ask({ type: "train", steps: 1 });
  assert.deepEqual([reply.ok, reply.error.code], [false, "engine-crashed"]);
  assert.equal(notices("lost")[0].error.code, "engine-crashed");
});

test("a lost device answers the request that would wait for ever", async () => {
  const { host, ask, notices, lose } = setUp();
  await ask({ ...OPEN, settings: { ...OPEN.settings, device: "webgpu" } });
  /** @type {any} */ (host.session?.engine).hook = () => new Promise(() => {});
  const reply = ask({ type: "train", steps: 1 });
  await settle();
  lose();
  assert.equal((await reply).error.code, "device-lost");
  assert.equal(notices("lost").length, 1);
});

/** As the engine rejects when it waits for an answer of a device that goes. */
const UNREAD = {
  code: "device-lost",
  key: "read",
  values: { 0: "It failed\nCaused by:\n  It failed\nCaused by:\n  the buffer could not be mapped\nBacktrace:\nNone" },
  message: "Reading from the device failed (It failed\nCaused by …). Reload the page.",
};

test("an engine that can't read is told by what the browser says of the device, if it says anything", async () => {
  const { host, realm, ask, notices, lose } = setUp();
  await ask({ ...OPEN, settings: { ...OPEN.settings, device: "webgpu" } });
  /** @type {() => void} */
  let wake = () => {};
  realm.sleep = () => new Promise((resolve) => (wake = resolve));
  /** @type {any} */ (host.session?.engine).hook = () => {
    throw Object.assign(new Error(UNREAD.message), UNREAD);
  };
  /** @type {string[]} */
  const order = [];
  const reply = ask({ type: "look", mask: "long" }).then((told) => (order.push("reply"), told));
  await settle();
  assert.deepEqual(order, [], "the browser has a moment to say it");
  lose();
  assert.match(notices("lost")[0].error.message, /^The GPU device was lost/);
  wake();
  assert.equal((await reply).error.message, "The GPU no longer answers (the buffer could not be mapped).");
});

test("a save that fails with its device is no error of its own", async () => {
  for (const goes of [true, false]) {
    const { host, realm, ask, lose } = setUp();
    await ask({ ...OPEN, settings: { ...OPEN.settings, device: "webgpu" } });
    /** @type {() => void} */
    let wake = () => {};
    realm.sleep = () => new Promise((resolve) => (wake = resolve));
    /** @type {any} */ (host.session?.engine).snapshot = async () => {
      throw Object.assign(new Error(UNREAD.message), UNREAD);
    };
    const error = mock.method(console, "error", () => {});
    await ask({ type: "train", steps: 1 });
    await settle();
    if (goes) lose();
    wake();
    await settle();
    error.mock.restore();
    const said = error.mock.calls.map(({ arguments: [what] }) => what);
    assert.deepEqual(said, goes ? [] : ["Autosave failed:"]);
  }
});

test("a GPU that goes while its device is opened is lost, and one that is not there is not", async () => {
  for (const [adapter, code] of /** @type {[any, string][]} */ ([
    [undefined, "device-lost"],
    [null, "no-device"],
  ])) {
    const { ask, gpu, realm } = setUp();
    gpu.openDevice = async () => {
      if (adapter === null) realm.findAdapter = async () => null;
      throw Object.assign(new Error("No usable device: vulkan not requested."), { code: "no-device", key: "device" });
    };
    const { error } = await ask({ ...OPEN, settings: { ...OPEN.settings, device: "webgpu" } });
    assert.equal(error.code, code);
  }
});

test("a model that cannot be made leaves the old one at work", async () => {
  const { host, ask } = setUp({ adapter: null });
  await ask(OPEN);
  const reply = await ask({ ...OPEN, settings: { ...OPEN.settings, preset: "huge" } });
  assert.deepEqual(reply.error, {
    code: "bad-config",
    key: "",
    values: {},
    message: "Too large: choose a smaller preset.",
  });
  assert.equal(host.session?.model.preset, "tiny");
  assert.equal((await ask({ type: "train", steps: 1 })).ok, true);
});

test("without SIMD or WebGPU the reply says what this browser needs", async () => {
  assert.match((await setUp({ simd: false }).ask(OPEN)).error.message, /SIMD.*Firefox to version/);
  const webgpu = { ...OPEN, settings: { ...OPEN.settings, device: "webgpu" } };
  const { error } = await setUp({ adapter: null }).ask(webgpu);
  assert.deepEqual([error.code, /dom\.webgpu\.enabled/.test(error.message)], ["no-webgpu", true]);
});

test("training is saved at first, then every ten seconds of it, and when it pauses", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { ask, notices } = setUp({ adapter: null, cpuMs: 1000 });
    await ask(OPEN);
    const saves = [];
    for (let step = 0; step < 22; step++) {
      await ask({ type: "train", steps: 1 });
      await settle();
      saves.push(notices("snapshot").length);
    }
    assert.deepEqual(
      saves.map((count, i) => count > (saves[i - 1] ?? 0)).flatMap((saved, i) => (saved ? [i + 1] : [])),
      [1, 11, 21],
    );
    mock.timers.tick(2000);
    await settle();
    assert.deepEqual(
      notices("snapshot").map(({ step }) => step),
      [1, 11, 21, 22],
    );
  } finally {
    mock.timers.reset();
  }
});

test("a recipe is read, changed and held; one that is refused leaves the old one", async () => {
  const { ask } = setUp({ adapter: null });
  await ask(OPEN);
  assert.deepEqual((await ask({ type: "recipe" })).value, { batch: 2 });
  assert.equal((await ask({ type: "set-recipe", recipe: { batch: 8 } })).value, null);
  assert.equal((await ask({ type: "set-recipe", recipe: { batch: 65 } })).error.code, "bad-recipe");
  assert.deepEqual((await ask({ type: "set-rates", rates: { momentum: 0.5 } })).value, { batch: 8, momentum: 0.5 });
});

test("moments are kept, shown and gone back to", async () => {
  const { host, ask } = setUp({ adapter: null });
  await ask(OPEN);
  await ask({ type: "train", steps: 3 });
  assert.deepEqual((await ask({ type: "keep-model" })).value, [{ step: 3 }]);
  await ask({ type: "train", steps: 2 });
  await ask({ type: "show-kept-model", step: 3 });
  await ask({ type: "show-kept-model", step: null });
  assert.deepEqual(
    /** @type {any} */ (host.session?.engine).calls.filter((/** @type {string} */ call) => call.startsWith("show")),
    ["show 3", "show undefined"],
  );
  assert.deepEqual((await ask({ type: "rewind", step: 3 })).value, { step: 3 });
  assert.deepEqual((await ask({ type: "kept-models" })).value, [{ step: 3 }]);
});

test("a run goes out and comes back with its notes, its world and its model; a broken one changes nothing", async () => {
  const { host, ask } = setUp({ adapter: null });
  await ask(OPEN);
  await ask({ type: "world", seed: 9, world: "simple" });
  await ask({ type: "train", steps: 3 });
  const { value: bytes } = await ask({ type: "export-run", notes: "mine" });
  await ask({ ...OPEN, settings: { ...OPEN.settings, preset: "small" } });
  assert.equal((await ask({ type: "import-run", bytes: new TextEncoder().encode("{}") })).error.code, "bad-checkpoint");
  assert.equal(host.session?.model.preset, "small");
  const { value: run } = await ask({ type: "import-run", bytes });
  assert.deepEqual(
    [run.step, run.notes, run.source, run.opened.model.preset],
    [3, "mine", { kind: "world", seed: 9 }, "tiny"],
  );
  const engine = /** @type {any} */ (host.session?.engine);
  assert.deepEqual([engine.worlds, engine.framesHeld()], [[""], 4]);
});

test("a model starts from the weights of a file, and kernels are made ready once", async () => {
  const { host, ask, loaded } = setUp();
  const settings = { ...OPEN.settings, device: "webgpu" };
  assert.deepEqual([(await ask({ type: "prepare", device: "webgpu" })).ok, loaded], [true, ["webgpu"]]);
  const { value: opened } = await ask({ ...OPEN, settings, start: new TextEncoder().encode("learner") });
  assert.deepEqual([opened.step, opened.model.preset], [0, "learner"]);
  const engine = /** @type {any} */ (host.session?.engine);
  assert.deepEqual([engine.calls, loaded], [["start", "prewarm"], ["webgpu"]]);
  await ask({ type: "world", seed: 9 });
  assert.deepEqual((await ask({ type: "bank" })).value, { clips: 4, bytes: 64, budget: 1000 });
  assert.equal((await ask({ ...OPEN, settings, start: new Uint8Array(0) })).error.code, "bad-checkpoint");
  assert.equal(host.session?.engine, engine, "a damaged file leaves the model at work");
});

test("a world is shown before a model is open, by an engine that is let go of; not on WebGPU", async () => {
  const { host, ask, cpu, gpu } = setUp();
  const { settings } = OPEN;
  const { value } = await ask({ type: "preview", settings: { ...settings, device: "cpu" }, world: 7 });
  assert.deepEqual([...value.grid, value.size, value.tubelet], [2, 2, 2, 2, 2]);
  assert.ok(value.frames.length > 0);
  const [engine] = cpu.engines;
  assert.deepEqual([engine?.world, engine?.advanced, engine?.freed, host.session], [7, 4, true, undefined]);
  assert.equal((await ask({ type: "preview", settings: { ...settings, device: "webgpu" }, world: 7 })).value, null);
  assert.equal(gpu.engines.length, 0);
});

test("an engine that can't be is not prepared", async () => {
  assert.equal((await setUp({ adapter: null }).ask({ type: "prepare", device: "webgpu" })).error.code, "no-webgpu");
  assert.match((await setUp({ simd: false }).ask({ type: "prepare", device: "auto" })).error.message, /SIMD/);
});

test("whole buffers are moved, parts of one are copied", () => {
  const whole = new Float32Array(4);
  const part = new Uint8Array(new ArrayBuffer(8), 0, 4);
  assert.deepEqual(buffersOf({ whole, part, text: "x" }), [whole.buffer]);
  assert.deepEqual(buffersOf(whole), [whole.buffer]);
  assert.deepEqual(buffersOf(null), []);
});
