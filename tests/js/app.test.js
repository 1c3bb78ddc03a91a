// @ts-check
/** The page without its looks, on hosts with fake engines: what loading a checkpoint does to settings, source and model. */
import assert from "node:assert/strict";
import test from "node:test";
import { settle, trap } from "./support/engine.js";
import { page } from "./support/page.js";
import { bytesAt, serveWeights } from "./support/weights-server.js";
import { inEnglish } from "../../www/js/base/messages.js";

const SIZE = 20_000;

/** @param {string} [name] @returns {import("../../www/js/engine/protocol.js").CheckpointSettings} */
const fromFile = (name = "a.safetensors") => {
  const files = [new File([/** @type {any} */ (bytesAt(0, SIZE))], name)];
  return { source: { from: "files", files }, precision: "auto", frames: 0 };
};

test("files are loaded, shown, and not in the address; a preset takes their place", async () => {
  const { app, api, address, sources } = await page();
  const before = sources.flows;
  await api.load(fromFile());
  await settle();
  const { model, report, loading, error, kept } = api.state();
  assert.deepEqual([model?.checkpoint, model?.name, model?.precision], [true, "a.safetensors", "f32"]);
  assert.deepEqual([report?.bytes, loading, error, kept], [SIZE, null, null, []]);
  assert.deepEqual([address().model, address().precision], ["", "auto"]);
  assert.ok(sources.flows > before, "the source goes on");
  assert.equal((await app.look()).effectiveRank, 2);
  await assert.rejects(app.train(1), { code: "frozen" });
  await api.configure({ preset: "small" });
  assert.deepEqual(
    [api.state().model?.preset, api.state().model?.checkpoint, api.state().report],
    ["small", undefined, null],
  );
  assert.equal((await app.engine.train(1)).step, 1);
});

test("an address is in the address, is kept, and can be forgotten", async () => {
  const server = await serveWeights({ "w.safetensors": { size: SIZE } });
  try {
    const url = `${server.base}w.safetensors`;
    const { api, address, host } = await page();
    await api.load({ model: url, precision: "f32", frames: 8 });
    await settle();
    assert.deepEqual([address().model, address().precision, address().frames], [url, "f32", 8]);
    const [kept] = api.state().kept;
    assert.deepEqual([kept.name, kept.complete], ["w.safetensors", true]);
    await api.configure({ frames: 4 });
    assert.deepEqual([host().cpu.loads.at(-1).frames, address().frames, address().model], [4, 4, url]);
    await api.configure({ device: "webgpu" });
    assert.deepEqual([api.state().device, host().gpu.loads.length, address().model], ["webgpu", 1, url]);
    await api.forget(kept.key);
    assert.deepEqual([api.state().kept, (await api.kept()).kept], [[], []]);
    await api.configure({ model: "" });
    assert.deepEqual([api.state().model?.checkpoint, address().model, address().frames], [undefined, "", 0]);
  } finally {
    await server.close();
  }
});

test("a load that fails or is cancelled leaves the old model, and says so", async () => {
  const server = await serveWeights({ "w.safetensors": { size: SIZE, stalls: [2000] } });
  try {
    const { app, api, address, host } = await page();
    await assert.rejects(api.load(fromFile("other.safetensors")), { code: "bad-checkpoint" });
    assert.deepEqual(
      [api.state().error?.code, api.state().model?.preset, address().model],
      ["bad-checkpoint", "tiny", ""],
    );
    const loading = api.load({ source: { from: "url", url: `${server.base}w.safetensors` } });
    const cancelled = assert.rejects(loading, { code: "cancelled" });
    while (host().cpu.loads.length < 2) await settle();
    assert.match(api.state().loading?.what ?? "", /^Loading w\.safetensors/);
    assert.equal(app.phase, "loading");
    await api.cancelLoad();
    await cancelled;
    const { error, notice, model, loading: after } = api.state();
    assert.deepEqual([error, notice, model?.preset, after], [null, "Loading was cancelled.", "tiny", null]);
    await assert.rejects(api.load({ model: "no such thing" }), { code: "bad-setting" });
    await assert.rejects(api.load({ model: "o/n", precision: /** @type {any} */ ("f64") }), { code: "bad-setting" });
    for (const url of [
      "nonsense",
      "owner/name",
      "https://",
      "ftp://example.org/a.pt",
      "https://huggingface.co/docs/x",
      undefined,
    ]) {
      await assert.rejects(
        api.load({ source: /** @type {any} */ ({ from: "url", url }) }),
        { code: "bad-address", message: /^This address cannot be used: / },
        String(url),
      );
    }
    await assert.rejects(api.load({ source: { from: "hub", repo: "one-word" } }), { code: "bad-address" });
    for (const source of [
      "owner/name",
      { from: "disk" },
      { from: "files", files: [] },
      { from: "files", files: ["a.pt"] },
    ]) {
      await assert.rejects(
        api.load({ source: /** @type {any} */ (source) }),
        { code: "bad-source" },
        JSON.stringify(source),
      );
    }
    assert.equal((await app.engine.train(1)).step, 1);
  } finally {
    await server.close();
  }
});

test("a crash loads the checkpoint again", async () => {
  const { app, api, hosts, host, sources } = await page();
  await api.load(fromFile());
  const engine = /** @type {any} */ (host().host.session?.engine);
  engine.hook = () => {
    throw trap();
  };
  const flows = sources.flows;
  /** @type {string[]} */
  const shown = [];
  app.addEventListener("change", () => shown.push(inEnglish(app.says), api.state().error?.message ?? ""));
  await assert.rejects(app.look(), { code: "engine-crashed" });
  await app.engine.settled();
  await settle();
  assert.equal(hosts.length, 2);
  assert.deepEqual([host().cpu.loads.length, api.state().model?.name, api.state().error], [1, "a.safetensors", null]);
  assert.match(api.state().notice, /^The engine crashed .*\. The checkpoint was loaded again\.$/);
  const meanwhile = shown.filter((text) =>
    /^The engine crashed .*\. The checkpoint is being loaded again\.$/.test(text),
  );
  assert.ok(meanwhile.length > 1, "what went wrong and what is done about it, on the page and for scripts");
  assert.ok(sources.flows > flows);
});

test("a load that takes the engine down with it brings the old model back", async () => {
  const { app, api, hosts } = await page();
  await app.engine.train(3);
  await app.save();
  const crash = (/** @type {any} */ host) =>
    (host.cpu.Engine.load = async () => {
      throw trap();
    });
  crash(hosts[0]);
  const push = hosts.push.bind(hosts);
  hosts.push = (...more) => (more.forEach(crash), push(...more));
  await assert.rejects(api.load(fromFile()), { code: "engine-crashed" });
  assert.deepEqual([api.state().model?.preset, api.state().step, api.state().phase === "error"], ["tiny", 3, false]);
  assert.equal(api.state().error?.code, "engine-crashed");
});

test("the address's model is loaded behind the first one, unless its licence is to be agreed to", async () => {
  const server = await serveWeights({ "w.safetensors": { size: SIZE } });
  try {
    const { api, address } = await page({ settings: { model: `${server.base}w.safetensors`, precision: "f32" } });
    assert.deepEqual([api.state().model?.name, address().precision], ["w.safetensors", "f32"]);
    const other = await page({ settings: { model: "vjepa-vitl16-224" } });
    assert.deepEqual([other.chosen, other.api.state().model?.preset], [["vjepa-vitl16-224"], "tiny"]);
    assert.match(other.api.state().notice, /ViT-L, 224 is for no commercial use \(CC BY-NC 4\.0\)/);
    const missing = await page({ settings: { model: `${server.base}none.safetensors` } });
    assert.deepEqual([missing.api.state().model?.preset, missing.api.state().error?.code], ["tiny", "not-found"]);
  } finally {
    await server.close();
  }
});

test("a snapshot of a family that the address cannot name leaves the address alone", async () => {
  const { api, address } = await page();
  await api.load(fromFile());
  await api.restore(new TextEncoder().encode(JSON.stringify({ preset: "vjepa2.1", family: "vjepa21", steps: 4 })));
  assert.deepEqual([api.state().model?.family, api.state().step, api.state().report], ["vjepa21", 4, null]);
  assert.deepEqual([address().family, address().preset], ["vjepa2", "tiny"]);
});

test("a picture fills the clip of a checkpoint at once", async () => {
  const { app, api, host, sink } = await page();
  await api.load(fromFile());
  await api.setSource("file", {});
  await sink.still({ width: 5, height: 3, close() {} });
  assert.deepEqual(/** @type {any} */ (host().host.session?.engine).pictures, ["still 5×3"]);
  assert.equal(app.runner.looking, true);
  assert.equal(sink.model().checkpoint, true);
});

test("export, proof and the wish to keep files go through", async () => {
  const { app, api, host } = await page();
  await api.load(fromFile());
  assert.equal(await (await api.exportFolder("f16")).text(), "PKf16a.safetensors");
  host().realm.fetch = async (/** @type {string} */ url) =>
    url.endsWith("index.json") ? Response.json(["x.safetensors"]) : new Response("x");
  assert.deepEqual(
    (await api.prove()).map(({ fixture }) => fixture),
    ["x"],
  );
  assert.equal(app.files.proof?.length, 1);
  await app.files.persist();
  assert.match(inEnglish(app.notices), /did not promise/);
});

/** What an empty address asks for. */
const EMPTY = { preset: "learner", start: "shipped" };

test("an empty address opens the model that comes with the page, at step 0, and it can be trained", async () => {
  const { app, api, address } = await page({ settings: EMPTY });
  const { model, step, runs, notice, error } = api.state();
  assert.deepEqual([model?.preset, step, notice, error], ["learner", 0, "", null]);
  assert.deepEqual(
    runs.map(({ name, before }) => [name, before]),
    [["Shipped model", 6000]],
  );
  assert.deepEqual([address().preset, address().start], ["learner", "shipped"]);
  assert.equal((await app.engine.train(2)).step, 2);
  await api.configure({ seed: 4 });
  assert.deepEqual([address().start, api.state().runs[0].name, api.state().runs[0].before], ["scratch", "Run 1", 0]);
});

test("a file that is missing or damaged is said in one sentence, and weights are random", async () => {
  const gone = async () => {
    throw Object.assign(new Error("The page lacks learner.safetensors: reload it."), { code: "not-found" });
  };
  const damaged = async () => ({ bytes: new Uint8Array(0), steps: 0 });
  for (const [weights, why] of /** @type {[any, RegExp][]} */ ([
    [gone, /lacks learner/],
    [damaged, /damaged/],
  ])) {
    const { api, address } = await page({ settings: EMPTY, shipped: { list: async () => [], weights } });
    const { model, runs, notice, error, phase } = api.state();
    assert.deepEqual(
      [model?.preset, runs[0].name, runs[0].before, error, phase],
      ["learner", "Run 1", 0, null, "ready"],
    );
    assert.match(notice, /^It starts from random weights, because .*\.\)?\.?$/);
    assert.match(notice, why);
    assert.equal(address().start, "scratch");
  }
});

test("a mask that the engine does not have is named, and never asked for", async () => {
  /** @type {import("../../www/js/base/messages.js").Message[]} */
  const problems = [];
  const { app, api } = await page({ settings: { mask: "half" }, problems });
  assert.equal(app.settings.mask, "short");
  assert.deepEqual(
    problems.map(({ message }) => message),
    ["The setting mask cannot be “half”: it takes short, long or future; short is used."],
  );
  await assert.rejects(api.configure(/** @type {any} */ ({ mask: "half" })), { code: "bad-setting" });
  await api.configure({ mask: "future" });
  assert.equal(app.settings.mask, "future");
});

test("a device that is not there costs the device, not the weights", async () => {
  const { api, address } = await page({ settings: { ...EMPTY, device: "webgpu" }, adapter: null });
  const { model, runs, device, notice } = api.state();
  assert.deepEqual(
    [model?.preset, runs[0].name, device, address().start],
    ["learner", "Shipped model", "cpu", "shipped"],
  );
  assert.match(notice, /no WebGPU adapter/);
});

test("before a checkpoint no other weights are fetched", async () => {
  const shipped = { list: async () => [], weights: async () => assert.fail("they were fetched") };
  const { api } = await page({ settings: { ...EMPTY, model: "vjepa-vitl16-224" }, shipped });
  assert.equal(api.state().model?.preset, "learner");
});

test("weights from a file are not those that come with the page", async () => {
  const { api, address } = await page({ settings: EMPTY });
  await api.restore(await api.save());
  assert.deepEqual([address().preset, address().start], ["learner", "scratch"]);
});

test("a crash before the first save goes on from what the model started from", async () => {
  const { app, api, host } = await page({ settings: EMPTY });
  /** @type {any} */ (host().host.session?.engine).hook = () => {
    throw trap();
  };
  await assert.rejects(app.look(), { code: "engine-crashed" });
  await app.engine.settled();
  await settle();
  assert.deepEqual(/** @type {any} */ (host().host.session?.engine).calls, ["start"]);
  assert.deepEqual([api.state().model?.preset, api.state().runs[0].before], ["learner", 6000]);
});
