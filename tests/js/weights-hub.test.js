// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { parseAddress } from "../../www/js/weights/address.js";
import { choose, labelsOf, shardsOf } from "../../www/js/weights/choose-files.js";
import { resolveWeights } from "../../www/js/weights/hub.js";
import { Store } from "../../www/js/weights/store.js";
import { FakeDirectory } from "./support/opfs.js";
import { bytesAt, serveWeights } from "./support/weights-server.js";

/** @typedef {import("./support/weights-server.js").Behaviour} Behaviour */

const QUICK = { delays: [1], stallMs: 2000 };
const RESOLVED = "https://huggingface.co/o/n/resolve/main/";

/** @param {string} text @returns {Behaviour} */
const text = (text) => ({ size: 0, body: Buffer.from(text) });
/** @param {number} [seed] @returns {Behaviour} */
const weights = (seed) => ({ size: 5000, seed });
const config = JSON.stringify({ model_type: "vjepa2", id2label: { 1: "drop", 0: "push" } });
const index = JSON.stringify({
  weight_map: {
    b: "model-00002-of-00002.safetensors",
    a: "model-00001-of-00002.safetensors",
    c: "model-00002-of-00002.safetensors",
  },
});

/** @param {string} name @param {Record<string, Behaviour>} files @param {(host: Awaited<ReturnType<typeof serveWeights>>) => Promise<void>} body */
function hosted(name, files, body) {
  test(name, { timeout: 20_000 }, async () => {
    const host = await serveWeights(files);
    try {
      await body(host);
    } finally {
      await host.close();
    }
  });
}

/** @param {Promise<any>} work @param {string} code */
async function assertFails(work, code) {
  await assert.rejects(work, (/** @type {any} */ error) => {
    assert.equal(error.code, code, error.stack);
    assert.match(error.message, /^[\p{L}\d][^\n]{10,300}\.$/u);
    return true;
  });
}

/** @param {import("../../www/js/weights/hub.js").Weights} model */
async function closeAll({ weights }) {
  for (const reader of weights) await reader.close();
}

test("what people paste is understood", () => {
  for (const [pasted, base, file] of /** @type {const} */ ([
    ["o/n", RESOLVED, null],
    [" o/n@v1.0 ", "https://huggingface.co/o/n/resolve/v1.0/", null],
    ["https://huggingface.co/o/n", RESOLVED, null],
    ["https://huggingface.co/o/n/", RESOLVED, null],
    ["huggingface.co/o/n", RESOLVED, null],
    ["https://hf.co/o/n#usage", RESOLVED, null],
    [
      "https://huggingface.co/o/n/tree/refs%2Fpr%2F1/sub",
      "https://huggingface.co/o/n/resolve/refs%2Fpr%2F1/sub/",
      null,
    ],
    ["https://huggingface.co/o/n/blob/main/model.safetensors", RESOLVED, "model.safetensors"],
    ["https://huggingface.co/o/n/resolve/main/a/w.pth?download=true", `${RESOLVED}a/`, "w.pth"],
    ["https://huggingface.co/o/n/blob/main/config.json", RESOLVED, null],
    ["https://example.org/m/vitl16.pth.tar", "https://example.org/m/", "vitl16.pth.tar"],
    ["https://example.org/m/w.pt?key=1/2", "https://example.org/m/", "w.pt?key=1/2"],
    ["http://127.0.0.1:8000/m/", "http://127.0.0.1:8000/m/", null],
  ])) {
    const address = parseAddress(pasted);
    assert.deepEqual([address.base, address.file], [base, file], pasted);
  }
  assert.equal(parseAddress("o/n", { revision: "abc" }).base, "https://huggingface.co/o/n/resolve/abc/");
  assert.equal(parseAddress("o/n").hub?.list, "https://huggingface.co/api/models/o/n/revision/main?blobs=true");
  assert.equal(parseAddress("https://huggingface.co/o/n/blob/main/a/w.pt").hub?.folder, "a/");
  assert.equal(parseAddress("o/n").name, "o/n");
  assert.equal(parseAddress("https://example.org/m/vit%20l.pt").name, "vit l.pt");
});

test("what is no address of weights is refused", () => {
  for (const bad of [
    "",
    "vjepa",
    "file:///w.pt",
    "https://huggingface.co/datasets/o/n",
    "https://huggingface.co/o",
    "https://huggingface.co/o/n/discussions/1",
  ]) {
    assert.throws(() => parseAddress(bad), { code: "bad-address" }, bad);
  }
});

test("the weights among many files", () => {
  assert.deepEqual(choose(["a/README.md", "a/config.json", "a/model.safetensors", "a/pytorch_model.pt"]), {
    config: "a/config.json",
    preprocessor: null,
    index: null,
    weights: "a/model.safetensors",
  });
  assert.deepEqual(choose(["vitl16.pth.tar"]), {
    config: null,
    preprocessor: null,
    index: null,
    weights: "vitl16.pth.tar",
  });
  const torch = [
    "m/training_args.bin",
    "m/pytorch_model.bin",
    "m/config.json",
    "m/preprocessor_config.json",
    "preprocessor_config.json",
  ];
  assert.deepEqual(choose(torch), {
    config: "m/config.json",
    preprocessor: "m/preprocessor_config.json",
    index: null,
    weights: "m/pytorch_model.bin",
  });
  assert.equal(
    choose([...torch, "m/video_preprocessor_config.json"]).preprocessor,
    "m/video_preprocessor_config.json",
    "that of videos counts",
  );
  assert.equal(choose([...torch, "m/model.safetensors"]).weights, "m/model.safetensors");
  assert.equal(
    choose(["pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin"]).index,
    "pytorch_model.bin.index.json",
  );
  assert.throws(() => choose(["pytorch_model-00001-of-00002.bin"]), { code: "no-index" });
  for (const alone of ["vjepa.bin", "last.ckpt"]) assert.equal(choose([alone]).weights, alone);
  assert.deepEqual(
    choose(["config.json", "model.safetensors.index.json", "model-00001-of-00001.safetensors"]).index,
    "model.safetensors.index.json",
  );
  assert.equal(choose(["old/config.json", "x/model.safetensors", "x/config.json"]).config, "x/config.json");
  assert.equal(choose([".cache/model.safetensors", "w.pt"]).weights, "w.pt");
  assert.throws(() => choose(["config.json", "README.md"]), { code: "no-weights" });
  assert.throws(() => choose(["a.pt", "b.pth"]), { code: "several-weights", message: /a\.pt, b\.pth/ });
  assert.throws(() => choose(["model-00001-of-00002.safetensors"]), { code: "no-index" });
});

test("an index names its shards; anything else is refused", () => {
  assert.deepEqual(shardsOf(index, "i"), ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]);
  for (const bad of [
    "",
    "{}",
    '{"weight_map":{}}',
    '{"weight_map":{"a":"../x"}}',
    '{"weight_map":{"a":"https://x/y"}}',
    '{"weight_map":{"a":1}}',
  ]) {
    assert.throws(() => shardsOf(bad, "i"), { code: "bad-index" }, bad);
  }
  assert.deepEqual(labelsOf(config), ["push", "drop"]);
  for (const none of [null, "{", "{}", '{"id2label":{"1":"a"}}']) assert.equal(labelsOf(none), null);
});

test("files that were picked: one, shards, or not enough", async () => {
  const file = (/** @type {string} */ name, body = "0123") => /** @type {File} */ (new File([body], name));
  const one = await resolveWeights({ files: [file("config.json", config), file("model.safetensors")] });
  assert.deepEqual(
    [one.config, one.index, one.name, one.weights.length, one.labels?.[0]],
    [config, null, "model.safetensors", 1, "push"],
  );
  assert.equal(new TextDecoder().decode(await one.weights[0].read(1, 2)), "12");
  const prepared = await resolveWeights({
    files: [file("video_preprocessor_config.json", "{}"), file("model.safetensors")],
  });
  assert.deepEqual([prepared.preprocessor, one.preprocessor], ["{}", null]);
  const parts = [file("model.safetensors.index.json", index), file("model-00002-of-00002.safetensors", "second")];
  await assertFails(resolveWeights({ files: parts }), "shard-missing");
  const both = await resolveWeights({ files: [...parts, file("model-00001-of-00002.safetensors")] });
  assert.deepEqual(
    both.weights.map(({ name, size }) => [name, size]),
    [
      ["model-00001-of-00002.safetensors", 4],
      ["model-00002-of-00002.safetensors", 6],
    ],
  );
  const folder = [file("config.json", config), file("w.pt")].map((inside) =>
    Object.defineProperty(inside, "webkitRelativePath", { value: `m/${inside.name}` }),
  );
  assert.equal((await resolveWeights({ files: folder })).config, config);
  await assertFails(resolveWeights({ files: [file("notes.txt")] }), "no-weights");
  await assertFails(resolveWeights({ files: [] }), "no-weights");
});

hosted(
  "a folder of any host",
  { "m/config.json": text(config), "m/model.safetensors": weights() },
  async ({ base }) => {
    const model = await resolveWeights({ address: `${base}m/` }, QUICK);
    assert.deepEqual([model.config, model.index, model.name, model.weights[0].size], [config, null, "m", 5000]);
    assert.deepEqual(await model.weights[0].read(10, 20), bytesAt(10, 20));
    await closeAll(model);
  },
);

const SHARDED = {
  "m/config.json": text(config),
  "m/model.safetensors.index.json": text(index),
  "m/model-00001-of-00002.safetensors": weights(1),
  "m/model-00002-of-00002.safetensors": weights(2),
};

const BIN_INDEX = JSON.stringify({ weight_map: { a: "pytorch_model-00001-of-00001.bin" } });
const PREPARED = '{"image_mean": [0.5, 0.5, 0.5]}';

hosted(
  "folders from before there was safetensors, and how their frames are prepared",
  {
    "m/config.json": text(config),
    "m/pytorch_model.bin": weights(),
    "m/preprocessor_config.json": text(PREPARED),
    "n/pytorch_model.bin.index.json": text(BIN_INDEX),
    "n/pytorch_model-00001-of-00001.bin": weights(3),
  },
  async ({ base, asked }) => {
    const model = await resolveWeights({ address: `${base}m/` }, QUICK);
    assert.deepEqual(
      [model.weights[0].name, model.config, model.preprocessor],
      ["pytorch_model.bin", config, PREPARED],
    );
    const before = asked.length;
    const shards = await resolveWeights({ address: `${base}n/` }, QUICK);
    assert.deepEqual(await shards.weights[0].read(0, 5000), bytesAt(0, 5000, 3));
    assert.equal(shards.preprocessor, null);
    assert.ok(
      !asked.slice(before).some((path) => String(path).includes("preprocessor")),
      "not asked for where there is no configuration",
    );
    for (const opened of [model, shards]) await closeAll(opened);
  },
);

hosted("a folder with shards", SHARDED, async ({ base, files }) => {
  const model = await resolveWeights({ address: `${base}m/` }, QUICK);
  assert.equal(model.index, index);
  assert.deepEqual(await model.weights[1].read(0, 5000), bytesAt(0, 5000, 2));
  assert.deepEqual(await model.weights[0].read(0, 5000), bytesAt(0, 5000, 1));
  await closeAll(model);
  delete files["m/model-00002-of-00002.safetensors"];
  await assertFails(resolveWeights({ address: `${base}m/` }, QUICK), "shard-missing");
});

hosted(
  "a file, with or without a configuration beside it",
  { "m/w.pth.tar": weights(), "n/w.pt": weights(), "n/config.json": text(config) },
  async ({ base, files }) => {
    const bare = await resolveWeights({ address: `${base}m/w.pth.tar` }, QUICK);
    assert.deepEqual([bare.config, bare.name], [null, "w.pth.tar"]);
    const full = await resolveWeights({ address: `${base}n/w.pt` }, QUICK);
    assert.equal(full.config, config);
    files["n/config.json"] = { ...text("<html>"), type: "text/html" };
    const page = await resolveWeights({ address: `${base}n/w.pt` }, QUICK);
    assert.equal(page.config, null);
    for (const model of [bare, full, page]) await closeAll(model);
    await assertFails(resolveWeights({ address: `${base}n/other.pt` }, QUICK), "not-found");
    await assertFails(resolveWeights({ address: `${base}empty/` }, QUICK), "no-weights");
  },
);

hosted(
  "a compressed configuration",
  { "m/config.json": { ...text(config), gzip: true }, "m/model.safetensors": weights() },
  async ({ base }) => {
    const model = await resolveWeights({ address: `${base}m/` }, QUICK);
    assert.equal(model.config, config);
    await closeAll(model);
  },
);

const HASH = "0123456789abcdef".repeat(4);
const COMMIT = "c0ffee1234".repeat(4);
const LIST = JSON.stringify({
  sha: COMMIT,
  siblings: [
    { rfilename: "runs/model.safetensors" },
    { rfilename: "config.json" },
    { rfilename: "vitg.pt", lfs: { sha256: HASH, size: 5000 } },
  ],
});
const AT = `o/n/resolve/${COMMIT}/`;
const REPO = {
  "api/models/o/n/revision/main": text(LIST),
  [`${AT}config.json`]: text(config),
  [`${AT}vitg.pt`]: weights(),
};

hosted("a model of the hub: its list tells what there is and its hash", REPO, async ({ base, asked }) => {
  const model = await resolveWeights({ address: "o/n" }, { ...QUICK, hub: base });
  assert.deepEqual(
    [model.name, model.config, model.weights[0].name, model.weights[0].sha256],
    ["o/n", config, "vitg.pt", HASH],
  );
  assert.equal(asked.length, 3);
  await closeAll(model);
  const page = await resolveWeights({ address: `${base}o/n/blob/main/vitg.pt` }, { ...QUICK, hub: base });
  assert.equal(page.weights[0].sha256, HASH);
  await closeAll(page);
});

hosted("a commit never changes, whatever the storages behind it call the file", REPO, async ({ base, files }) => {
  const file = files[`${AT}vitg.pt`];
  Object.assign(file, { size: 8 << 20, etag: '"a"' });
  const model = await resolveWeights({ address: "o/n" }, { ...QUICK, hub: base });
  file.etag = '"b"';
  assert.deepEqual(await model.weights[0].read(5 << 20, 20), bytesAt(5 << 20, 20));
  file.size = 9 << 20;
  await assertFails(model.weights[0].read(10, 20), "changed");
  await closeAll(model);
});

hosted("a model of a hub without a list", { "o/n/resolve/v2/model.safetensors": weights() }, async ({ base }) => {
  const model = await resolveWeights({ address: "o/n", revision: "v2" }, { ...QUICK, hub: base });
  assert.deepEqual([model.config, model.weights[0].sha256], [null, null]);
  await closeAll(model);
});

hosted(
  "a gated model",
  {
    "api/models/o/n/revision/main": text(LIST),
    [`${AT}vitg.pt`]: { size: 1, refusals: [{ status: 401, headers: { "x-error-code": "GatedRepo" } }] },
  },
  async ({ base }) => {
    await assertFails(resolveWeights({ address: "o/n" }, { ...QUICK, hub: base }), "forbidden");
  },
);

hosted("a model that was read needs no network the second time", { ...REPO, ...SHARDED }, async (host) => {
  const directory = new FakeDirectory();
  const store = () =>
    new Store(directory, { storage: undefined, now: Date.now, onProblem: (problem) => assert.fail(problem.message) });
  for (const [address, hub] of [
    ["o/n", host.base],
    [`${host.base}m/`, undefined],
  ]) {
    const first = await resolveWeights({ address: String(address) }, { ...QUICK, hub, store: store() });
    for (const reader of first.weights) {
      await reader.read(100, 4000);
      await reader.finish("ab");
      await reader.close();
    }
  }
  await host.close();
  const asked = host.asked.length;
  const one = await resolveWeights({ address: "o/n" }, { ...QUICK, hub: host.base, store: store() });
  assert.deepEqual([one.config, one.weights[0].sha256], [config, HASH]);
  assert.deepEqual(await one.weights[0].read(200, 300), bytesAt(200, 300));
  const two = await resolveWeights({ address: `${host.base}m/` }, { ...QUICK, store: store() });
  assert.deepEqual(await two.weights[1].read(100, 4000), bytesAt(100, 4000, 2));
  assert.equal(host.asked.length, asked);
  for (const model of [one, two]) await closeAll(model);
});
