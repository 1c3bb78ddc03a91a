// @ts-check
/** Models that come with the page: the list, the file itself, and a page that lacks them. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { makeShipped } from "../../www/js/catalogue/shipped-models.js";
import { SETTINGS } from "../../www/js/settings/settings.js";

/** @type {any} Files of the page as a server would give them. */
const served = async (/** @type {URL} */ url) => {
  const body = await readFile(url).catch(() => null);
  return new Response(body, { status: body ? 200 : 404 });
};

const INITIAL = { family: SETTINGS.family.initial, preset: SETTINGS.preset.initial };

test("the initial settings are a model that comes with the page, and its file says how long it was trained", async () => {
  const shipped = makeShipped(served);
  const [model] = await shipped.list();
  assert.deepEqual({ family: model?.family, preset: model?.preset }, INITIAL);
  const { bytes, steps } = await shipped.weights(INITIAL);
  assert.ok(bytes.length > 1e6);
  assert.ok(steps > 1000, `${steps} steps`);
});

test("a model that went on from another one was trained by both runs", async () => {
  const file = (/** @type {object} */ header) => {
    const text = new TextEncoder().encode(JSON.stringify({ __metadata__: { "vjepa-web": JSON.stringify(header) } }));
    return new Uint8Array([...new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer), ...text]);
  };
  for (const [header, expected] of /** @type {[object, number][]} */ ([
    [{ step: 30, before: 1000 }, 1030],
    [{ step: 30 }, 30],
    [{ step: 30, before: "many" }, 0],
    [{ step: -30 }, 0],
  ])) {
    /** @type {any} */
    const get = async (/** @type {URL} */ url) =>
      url.pathname.endsWith(".json") ? served(url) : new Response(file(header));
    assert.equal((await makeShipped(get).weights(INITIAL)).steps, expected, JSON.stringify(header));
  }
});

test("another model, a file that is missing and one that says nothing", async () => {
  await assert.rejects(makeShipped(served).weights({ ...INITIAL, preset: "nano" }), {
    code: "not-found",
    message: /No trained nano/,
  });
  /** @type {any} */
  const without = async (/** @type {URL} */ url) =>
    url.pathname.endsWith(".json") ? served(url) : new Response(null, { status: 404 });
  await assert.rejects(makeShipped(without).weights(INITIAL), {
    code: "not-found",
    message: /The page lacks learner\.safetensors/,
  });
  /** @type {any} */
  const noise = async (/** @type {URL} */ url) =>
    url.pathname.endsWith(".json") ? served(url) : new Response(new Uint8Array(64));
  assert.equal((await makeShipped(noise).weights(INITIAL)).steps, 0);
});

test("a page without models, or without a network, has an empty list", async () => {
  /** @type {any[]} */
  const answers = [
    async () => new Response("no", { status: 404 }),
    async () => new Response("<html>"),
    async () => {
      throw new TypeError("offline");
    },
  ];
  for (const answer of answers) {
    const shipped = makeShipped(answer);
    assert.deepEqual(await shipped.list(), []);
    await assert.rejects(shipped.weights(INITIAL), { code: "not-found" });
  }
});
