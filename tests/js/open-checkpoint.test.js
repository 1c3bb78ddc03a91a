// @ts-check
/** Checkpoints in the host: from the address to an engine that holds them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { released } from "../../www/js/catalogue/catalogue.js";
import { chosenPrecision } from "../../www/js/worker/open-checkpoint.js";
import { blobOf } from "../../www/js/worker/exported-folder.js";
import { prove } from "../../www/js/worker/reference-check.js";
import { checkHashes } from "../../www/js/worker/verify-files.js";
import { Store } from "../../www/js/weights/store.js";
import { CONSTANTS, settle } from "./support/engine.js";
import { setUp } from "./support/host.js";
import { FakeDirectory } from "./support/opfs.js";
import { bytesAt, serveWeights } from "./support/weights-server.js";

const SIZE = 50_000;
const HASH = createHash("sha256").update(bytesAt(0, SIZE)).digest("hex");
const OPEN = { type: "open", settings: { device: "cpu", family: "vjepa2", preset: "tiny", seed: 1 } };

/** @param {any} source @param {any} [more] */
const load = (source, { device = "auto", precision = "auto", frames = 0 } = {}) => ({
  type: "open",
  settings: { ...OPEN.settings, device, checkpoint: { source, precision, frames } },
});

const newStore = () =>
  new Store(/** @type {any} */ (new FakeDirectory()), { storage: undefined, now: () => 1, onProblem() {} });

/** A host of files and a host of engines. @param {string} name @param {Record<string, any>} files @param {(all: any) => Promise<void>} body @param {any} [options] */
function hosted(name, files, body, options = {}) {
  test(name, { timeout: 20_000 }, async () => {
    const server = await serveWeights(files);
    const store = newStore();
    try {
      await body({ server, store, ...setUp({ store, ...options }) });
    } finally {
      await server.close();
    }
  });
}

const MODEL = () => ({
  "m/model.safetensors": { size: SIZE },
  "m/config.json": { size: 0, body: Buffer.from('{"crop_size": 2}') },
});

hosted(
  "a checkpoint at an address is read, kept, and read again without its host",
  MODEL(),
  async ({ server, ask, gpu, notices, host }) => {
    await ask(OPEN);
    const source = { from: "url", url: `${server.base}m/` };
    const { value } = await ask(load(source, { frames: 8 }));
    assert.equal(value.device.kind, "webgpu");
    assert.match(value.why, /^WebGPU runs it: .*\. f16: .*\.$/);
    assert.deepEqual(gpu.loads, [
      { name: "m", config: '{"crop_size": 2}', frames: 8, precision: "f16", preprocessor: null },
    ]);
    const { report, model } = value;
    assert.deepEqual(
      [model.checkpoint, report.bytes, report.sha256, report.verified, report.kept],
      [true, SIZE, HASH, "", true],
    );
    assert.equal(report.whole, undefined);
    const loading = notices("loading");
    assert.match(loading[0].what, /^Loading /);
    assert.deepEqual([loading[0].total, loading.at(-1).loaded, loading.at(-1).total], [0, SIZE, SIZE]);
    const asked = server.asked.length;
    await ask(load(source));
    assert.equal(server.asked.length, asked, "nothing is asked of the host");
    const {
      value: { kept, usage },
    } = await ask({ type: "kept" });
    assert.deepEqual([kept.length, kept[0].bytes, kept[0].complete, kept[0].sha256], [1, SIZE, true, HASH]);
    assert.ok(usage);
    assert.deepEqual((await ask({ type: "forget", key: kept[0].key })).value.kept, []);
    assert.deepEqual([host.session?.kind, gpu.engines.filter(({ freed }) => !freed).length], ["webgpu", 1]);
  },
);

test("notices of loading come at most ten times a second, but for the last one", async () => {
  const { ask, notices, clock } = setUp();
  const file = new File([/** @type {any} */ (bytesAt(0, SIZE))], "model.safetensors");
  clock.now = 1000;
  await ask(load({ from: "files", files: [file] }));
  assert.deepEqual(
    notices("loading").map(({ loaded }) => loaded),
    [0, SIZE],
    "the clock stood still",
  );
});

test("files are read where they are, and none is kept", async () => {
  const { ask, gpu } = setUp({ store: newStore() });
  const file = new File([/** @type {any} */ (bytesAt(0, SIZE))], "vitl16.pth.tar");
  const { value } = await ask(load({ from: "files", files: [file] }));
  assert.deepEqual([value.report.sha256, value.report.kept, value.report.verified], [HASH, false, ""]);
  const [{ name, config }] = gpu.loads;
  assert.deepEqual(
    [name, JSON.parse(config)],
    ["vitl16.pth.tar", { crop_size: 224, frames_per_clip: 16 }],
    "what its tensors do not tell",
  );
});

test("frames reach a checkpoint as they are, a picture at once, and training is refused", async () => {
  const { ask, host } = setUp();
  const file = new File([/** @type {any} */ (bytesAt(0, 100))], "a.safetensors");
  await ask(load({ from: "files", files: [file] }));
  const engine = /** @type {any} */ (host.session?.engine);
  const bitmap = { width: 6, height: 4, close() {} };
  assert.deepEqual((await ask({ type: "frame", bitmap })).value, { held: 1 });
  assert.deepEqual((await ask({ type: "frame", bitmap, times: 2 })).value, { held: 3 });
  assert.deepEqual((await ask({ type: "still", bitmap })).value, { held: 4 });
  assert.deepEqual(engine.pictures, ["6×4", "6×4", "6×4", "still 6×4"]);
  assert.equal((await ask({ type: "train", steps: 1 })).error.code, "frozen");
  const { value } = await ask({ type: "export", dtype: "f16" });
  assert.equal(await value.text(), "PKf16a.safetensors");
});

test("weights that are refused leave the old model open; what lies beside them reaches the engine", async () => {
  const { ask, gpu, host } = setUp();
  await ask(OPEN);
  const before = host.session;
  const said = '"encoder.norm.bias" holds values that are no finite numbers: save the weights again, as float32.';
  /** @type {any} */
  let asked = null;
  gpu.Engine.load = async (/** @type {any} */ _, /** @type {string} */ options) => {
    asked = JSON.parse(options);
    throw Object.assign(new Error(said), { code: "bad-checkpoint" });
  };
  const files = [
    new File([/** @type {any} */ (bytesAt(0, 100))], "model.safetensors"),
    new File(['{"image_mean": [0, 0, 0]}'], "preprocessor_config.json"),
  ];
  const { error } = await ask(load({ from: "files", files }));
  assert.deepEqual([error.code, error.message], ["bad-checkpoint", said]);
  assert.equal(asked.preprocessor, '{"image_mean": [0, 0, 0]}');
  assert.equal(host.session, before);
});

hosted(
  "cancelling answers at once, and the old model stays",
  { "w.safetensors": { size: SIZE, stalls: [20_000] } },
  async ({ server, ask, host, gpu, store }) => {
    await ask(OPEN);
    const loading = ask(load({ from: "url", url: `${server.base}w.safetensors` }));
    while (!gpu.loads.length) await settle();
    assert.equal((await ask({ type: "cancel-load" })).ok, true);
    assert.deepEqual((await loading).error, { code: "cancelled", message: "Loading was cancelled." });
    assert.equal(host.session?.model.preset, "tiny");
    assert.equal((await ask({ type: "train", steps: 1 })).ok, true);
    const [kept] = await store.list();
    assert.equal(kept.complete, false, "what was read goes on from there next time");
    assert.equal((await store.remove(kept.key), (await store.list()).length), 0, "it was closed");
  },
);

test("files that are read can be cancelled too, even before it is their turn", async () => {
  const { ask, gpu } = setUp();
  const file = new File([/** @type {any} */ (bytesAt(0, SIZE))], "a.safetensors");
  const loading = ask(load({ from: "files", files: [file] }));
  await ask({ type: "cancel-load" });
  assert.equal((await loading).error.code, "cancelled");
  assert.equal(gpu.engines.length, 0);
});

hosted(
  "what cannot be loaded leaves the old model, and nothing open",
  { "other.safetensors": { size: SIZE } },
  async ({ server, ask, host, store }) => {
    await ask(OPEN);
    const refused = await ask(load({ from: "url", url: `${server.base}other.safetensors` }));
    assert.equal(refused.error.code, "bad-checkpoint");
    assert.equal((await ask(load({ from: "url", url: `${server.base}none.safetensors` }))).error.code, "not-found");
    assert.equal(host.session?.model.preset, "tiny");
    for (const { key } of await store.list()) await store.remove(key);
  },
);

hosted(
  "a file of another hash than its host announces is refused and forgotten",
  {
    "w.safetensors": { size: SIZE, headers: { "x-linked-etag": `"${"0".repeat(64)}"` } },
    "v.safetensors": { size: SIZE, headers: { "x-linked-etag": `"${HASH}"` } },
  },
  async ({ server, ask, gpu, host, store }) => {
    const { error } = await ask(load({ from: "url", url: `${server.base}w.safetensors` }));
    assert.equal(error.code, "hash-mismatch");
    assert.match(
      error.message,
      /^w\.safetensors is not the file that was published.*begins 000000000000… and not [0-9a-f]{12}…/,
    );
    assert.ok(gpu.engines.every(({ freed }) => freed));
    assert.equal(host.session, undefined);
    assert.deepEqual(await store.list(), []);
    const { value } = await ask(load({ from: "url", url: `${server.base}v.safetensors` }));
    assert.match(value.report.verified, /^Its SHA-256 is the one that was published\.$/);
  },
);

test("hashes are compared with the catalogue where the host tells none", async () => {
  const known = released("vjepa2-vitl-fpc64-256");
  const readers = /** @type {any[]} */ ([{ name: "model.safetensors", sha256: null }]);
  const hub = /** @type {const} */ ({ from: "hub", repo: "facebook/vjepa2-vitl-fpc64-256" });
  assert.match(await checkHashes(readers, [known?.sha256 ?? ""], hub, known), /published/);
  await assert.rejects(checkHashes(readers, [HASH], hub, known), { code: "hash-mismatch" });
  assert.equal(
    await checkHashes(readers, [HASH], { ...hub, revision: "abc" }, known),
    "",
    "another revision is another file",
  );
  assert.equal(await checkHashes(readers, [], hub, known), "", "not all of it was read");
  assert.equal(await checkHashes(readers, [HASH], { from: "files", files: [] }, undefined), "");
  assert.match(
    await checkHashes(readers, [known?.sha256 ?? ""], { from: "files", files: [] }, undefined),
    /ViT-L, 256/,
  );
});

for (const [what, options, device, kind, why] of /** @type {[string, any, string, string, RegExp][]} */ ([
  [
    "a software adapter",
    { adapter: { name: "SwiftShader", software: true } },
    "auto",
    "cpu",
    /SwiftShader\) is software/,
  ],
  ["no adapter", { adapter: null }, "auto", "cpu", /no WebGPU adapter/],
  ["the CPU by choice", {}, "cpu", "cpu", /chosen in the settings/],
  [
    "WebGPU by choice",
    { adapter: { name: "SwiftShader", software: true } },
    "webgpu",
    "webgpu",
    /chosen in the settings/,
  ],
])) {
  test(`the engine of a checkpoint for ${what}: ${kind}, with its precision and why`, async () => {
    const { ask, cpu, gpu } = setUp(options);
    const file = new File([/** @type {any} */ (bytesAt(0, 100))], "a.safetensors");
    const { value } = await ask(load({ from: "files", files: [file] }, { device, precision: "int8" }));
    assert.match(value.why, why);
    assert.equal(value.device.kind, kind);
    const [{ precision }] = kind === "cpu" ? cpu.loads : gpu.loads;
    assert.equal(precision, kind === "cpu" ? "f32" : "int8");
  });
}

test("automatic precision goes by shapes, or by the size of an unknown file", () => {
  const { bytes } = CONSTANTS;
  const gpu = (/** @type {number | null} */ memoryBytes) => ({
    kind: /** @type {const} */ ("webgpu"),
    memoryBytes,
    bytes,
  });
  const weights = /** @type {any} */ ({ weights: [{ size: 3e9 }, { size: 3e9 }] });
  const known = released("vjepa2-vitl-fpc64-256");
  assert.equal(chosenPrecision("auto", known, weights, gpu(null)).precision, "f16");
  assert.equal(chosenPrecision("auto", undefined, weights, gpu(8e9)).precision, "f16");
  assert.equal(chosenPrecision("auto", undefined, weights, gpu(4e9)).precision, "int8");
  assert.match(chosenPrecision("auto", undefined, weights, gpu(4e9)).why, /int8, because f16 would take 3\.0 GB/);
  assert.equal(chosenPrecision("f32", known, weights, gpu(4e9)).precision, "f32");
});

test("a checkpoint is neither tried on another engine nor saved", async () => {
  const { ask, notices } = setUp();
  const file = new File([/** @type {any} */ (bytesAt(0, 100))], "a.safetensors");
  await ask(load({ from: "files", files: [file] }));
  await settle(100);
  assert.deepEqual([notices("engine").length, notices("snapshot").length], [0, 0]);
});

test("without a place to keep files there are none", async () => {
  const { ask } = setUp();
  assert.deepEqual((await ask({ type: "kept" })).value, { kept: [], usage: null });
  assert.deepEqual((await ask({ type: "forget", key: "x" })).value, { kept: [], usage: null });
});

test("an export becomes a Blob in parts, in its order", async () => {
  const blob = await blobOf(async (sink) => {
    for (let i = 0; i < 10; i++) await sink(new Uint8Array(3).fill(i));
  }, 7);
  assert.deepEqual(
    [...new Uint8Array(await blob.arrayBuffer())],
    Array.from({ length: 30 }, (_, i) => Math.floor(i / 3)),
  );
  assert.equal(blob.type, "application/zip");
});

test("the proof runs every fixture that is listed", async () => {
  const get = /** @type {any} */ (
    async (/** @type {string} */ url) =>
      url.endsWith("index.json")
        ? Response.json(["a.safetensors", "b.safetensors"])
        : new Response(url.split("/").at(-1))
  );
  const { realm, ask } = setUp();
  realm.fetch = get;
  const { value } = await ask({ type: "prove" });
  assert.deepEqual(
    value.map(({ fixture }) => fixture),
    ["a.safetensors", "b.safetensors"],
  );
  await assert.rejects(
    prove(
      async () => "[]",
      async () => new Response("", { status: 404 }),
    ),
    { code: "proof-missing" },
  );
});
