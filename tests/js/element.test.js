// @ts-check
/** The sensor of the element: when it asks, what it passes on, and that nothing outlives it. */
import assert from "node:assert/strict";
import test from "node:test";
import { addressOf, deviceOf, sourceOf, thresholdOf } from "../../www/js/element/attributes.js";
import { opacity } from "../../www/js/element/draw.js";
import { Watch } from "../../www/js/element/watch.js";
import { Engine } from "../../www/js/engine/client.js";
import { settle } from "./support/engine.js";

const MODEL = { frames: 4, tubelet: 2, grid: [2, 3, 5], size: 2 };
const READING = { heat: new Float32Array(15), peak: 1, missing: 0, began: null, verdict: "none" };

/** A file of weights as the page ships them. @param {any} [header] */
function weights(header = { config: { family: "vjepa1", name: "learner" } }) {
  const text = new TextEncoder().encode(JSON.stringify({ __metadata__: { "vjepa-web": JSON.stringify(header) } }));
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** A Watch whose hosts answer by a table, and keep account of what they were asked. */
function setUp({ connect = () => Promise.resolve(), answers = {} } = {}) {
  /** @type {{asked: any[], closed: boolean, receive: (message: any) => void}[]} */
  const hosts = [];
  /** @type {any[]} */
  const readings = [];
  /** @type {any[]} */
  const failures = [];
  let held = 0;
  /** @type {Record<string, (request: any) => any>} */
  const table = {
    open: () => ({ model: MODEL, constants: { threshold: 5.5 }, why: "" }),
    frame: () => ({ held: (held = Math.min(4, held + 1)) }),
    surprise: () => READING,
    ...answers,
  };
  const engine = (/** @type {any} */ notify) =>
    new Engine(notify, async (device, receive) => {
      await connect();
      const host = { asked: /** @type {any[]} */ ([]), closed: false, receive };
      hosts.push(host);
      const post = (/** @type {any} */ request) => {
        host.asked.push(request);
        setImmediate(() => {
          if (host.closed) return;
          try {
            receive({ id: request.id, ok: true, value: table[request.type]?.(request) ?? null });
          } catch (error) {
            receive({ id: request.id, ok: false, error });
          }
        });
      };
      return { post, close: () => (host.closed = true), suits: () => true };
    });
  const watch = new Watch(engine, {
    reading: (reading) => readings.push(reading),
    failed: (error) => failures.push(error),
  });
  const bitmap = () => {
    const made = { closed: false, close: () => void (made.closed = true) };
    return /** @type {ImageBitmap & {closed: boolean}} */ (/** @type {unknown} */ (made));
  };
  const frames = async (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) await watch.frame(bitmap());
  };
  const asked = () => hosts.flatMap((host) => host.asked.map(({ type }) => type));
  return { watch, hosts, readings, failures, frames, bitmap, asked };
}

test("it opens the model of the file, with an empty clip and the page's threshold", async () => {
  const { watch, hosts } = setUp();
  await watch.open(weights(), "cpu", 4);
  const open = hosts[0]?.asked.find(({ type }) => type === "open");
  assert.deepEqual(open.settings, { device: "cpu", family: "vjepa1", preset: "learner", seed: 0 });
  assert.ok(open.start.length);
  assert.deepEqual(
    hosts[0]?.asked.slice(-2).map(({ type, threshold }) => [type, threshold]),
    [
      ["clear", undefined],
      ["alarm", 4],
    ],
  );
});

test("without a threshold of the page's the alarm rings from the engine's own", async () => {
  const { watch, hosts } = setUp();
  await watch.open(weights(), "cpu", null);
  const last = () => hosts[0]?.asked.at(-1);
  assert.deepEqual([last().type, last().threshold, watch.threshold], ["alarm", 5.5, null]);
  await watch.setThreshold(3);
  await watch.setThreshold(null);
  assert.deepEqual([last().threshold, watch.threshold], [5.5, null]);
});

test("it asks once a tubelet, from the first full clip on", async () => {
  const { watch, readings, frames, asked } = setUp();
  await watch.open(weights(), "cpu", 6);
  await frames(3);
  assert.equal(readings.length, 0);
  await frames(1);
  assert.equal(readings.length, 1);
  await frames(1);
  assert.equal(readings.length, 1, "half a tubelet is no reading");
  await frames(3);
  assert.deepEqual([readings.length, readings[0].rows, readings[0].columns], [3, 3, 5]);
  assert.ok(!("verdict" in readings[0]), "there is no label to judge");
  assert.equal(asked().filter((type) => type === "surprise").length, 3);
});

test("frames before a model is open, and after the end, are let go", async () => {
  const { watch, frames, bitmap, asked, readings } = setUp();
  const early = bitmap();
  await watch.frame(early);
  await watch.open(weights(), "cpu", 6);
  await frames(4);
  watch.close();
  const late = bitmap();
  await watch.frame(late);
  assert.deepEqual([early.closed, late.closed, readings.length], [true, true, 1]);
  assert.equal(asked().filter((type) => type === "frame").length, 4);
});

test("a frame that was held counts for its instants, and nothing is asked across a gap", async () => {
  const { watch, bitmap, asked, readings } = setUp();
  await watch.open(weights(), "cpu", 6);
  for (const times of [1, 1, 1, 1]) await watch.frame(bitmap(), times);
  await watch.frame(bitmap(), 2);
  assert.equal(readings.length, 2, "two instants are a tubelet");
  await watch.frame(bitmap());
  watch.gap();
  for (let i = 0; i < 3; i++) await watch.frame(bitmap());
  assert.equal(readings.length, 2, "the clip is of both sides of the gap");
  await watch.frame(bitmap());
  assert.equal(readings.length, 3);
  assert.equal(asked().filter((type) => type === "clear").length, 1, "what is usual is still known");
});

test("closing while its worker starts leaves no worker behind", async () => {
  let started = () => {};
  const { watch, hosts } = setUp({ connect: () => new Promise((resolve) => (started = () => resolve(undefined))) });
  const opening = watch.open(weights(), "cpu", 6);
  opening.catch(() => {});
  await settle();
  watch.close();
  started();
  await settle(60);
  await opening.catch(() => {});
  assert.deepEqual(
    hosts.map(({ closed }) => closed),
    [true],
  );
});

test("another engine gets the threshold again; what cannot be is said", async () => {
  const { watch, hosts, asked } = setUp();
  await watch.open(weights(), "auto", 3);
  hosts[0]?.receive({ notice: "engine", opened: {} });
  await settle();
  assert.equal(asked().filter((type) => type === "alarm").length, 2);
  assert.equal(hosts[0]?.asked.at(-1).threshold, 3);

  const refusing = setUp({
    answers: {
      alarm: ({ threshold }) => {
        if (threshold <= 0) throw { code: "bad-threshold", message: "The threshold must be above 0." };
      },
    },
  });
  await refusing.watch.open(weights(), "cpu", 6);
  await assert.rejects(refusing.watch.setThreshold(-1), { code: "bad-threshold" });
  assert.equal(refusing.watch.threshold, 6);
});

test("a file that is no model is refused before anything is started", async () => {
  const { watch, hosts } = setUp();
  await assert.rejects(watch.open(new Uint8Array(20), "cpu", 6), { code: "bad-model" });
  await assert.rejects(watch.open(weights({}), "cpu", 6), { code: "bad-model" });
  assert.equal(hosts.length, 0);
});

test("an answer that fails is told, once a question, and it goes on", async () => {
  const { watch, failures, readings, frames } = setUp({
    answers: {
      surprise: () => {
        throw { code: "unexaminable", message: "It has no predictor." };
      },
    },
  });
  await watch.open(weights(), "cpu", 6);
  await frames(6);
  assert.deepEqual([failures.map(({ code }) => code), readings.length], [["unexaminable", "unexaminable"], 0]);
});

test("heat is clear at what is usual and strongest at the threshold", () => {
  assert.deepEqual([opacity(-2, 6), opacity(0, 6), opacity(6, 6), opacity(60, 6)], [0, 0, 0.75, 0.75]);
  assert.ok(opacity(3, 6) < 0.2);
});

test("an attribute that can't be leaves the default, and says so", () => {
  for (const text of ["", " ", "high", "-1", "0", "NaN", "Infinity", "6px", "1e39", "1e-60"]) {
    const { value, problem } = thresholdOf(text);
    assert.equal(value, null, text);
    assert.match(problem ?? "", /^The threshold “[^”]*” is no number above 0, so the usual one is used\.$/);
  }
  for (const [text, value] of /** @type {const} */ ([
    [null, null],
    ["4", 4],
    [" 0.05 ", 0.05],
    ["1e1", 10],
  ]))
    assert.deepEqual(thresholdOf(text), { value, problem: null });
  for (const text of ["", "gpu", "cuda"])
    assert.match(deviceOf(text).problem ?? "", /none of auto, cpu, webgpu, so auto is used\.$/);
  for (const [text, value] of /** @type {const} */ ([
    [null, "auto"],
    ["cpu", "cpu"],
    [" WebGPU ", "webgpu"],
  ]))
    assert.deepEqual(deviceOf(text), { value, problem: null });
});

test("a source is a camera, an address, or inside; what is no address is refused in a sentence", () => {
  const base = "https://example.org/a/";
  assert.deepEqual(
    [sourceOf(null, base), sourceOf(" ", base), sourceOf("Camera ", base), sourceOf("b.webm", base)],
    [null, null, "camera", "https://example.org/a/b.webm"],
  );
  assert.throws(() => sourceOf("https://", base), {
    code: "bad-address",
    message: "“https://” in src is no address: give one that begins with https://, or one relative to the page.",
  });
  assert.throws(() => addressOf("model", "http://[", base), { code: "bad-address", message: /in model/ });
});
