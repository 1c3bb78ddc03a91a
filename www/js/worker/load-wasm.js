// @ts-check
/**
 * Fetches and instantiates one of the two wasm engines, compiled as it arrives, reporting bytes.
 *
 * @typedef {import("../engine/protocol.js").EngineModule} EngineModule
 * @typedef {import("../engine/protocol.js").DeviceKind} DeviceKind
 * @typedef {(loaded: number, total: number) => void} Progress   bytes; total is 0 where the server does not say
 */
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";
import { mayCompile, refusedBy } from "../base/content-policy.js";
import { preloaded } from "../base/preloaded.js";

// (module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

export const ENGINE_NAMES = {
  cpu: message("engine.cpu", "CPU engine"),
  webgpu: message("engine.webgpu", "WebGPU engine"),
};

export const hasSimd = () => Boolean(globalThis.WebAssembly?.validate(SIMD_PROBE));

/** Where an engine is. @param {DeviceKind} kind */
export function engineFiles(kind) {
  const folder = new URL(`../../engine/${kind}/`, import.meta.url);
  return { module: new URL("vjepa_web.js", folder), wasm: new URL("vjepa_web_bg.wasm", folder) };
}

/** A module is cached by its address, crashed or not: each load after the first in a realm has another one. */
const loads = { cpu: 0, webgpu: 0 };

/** What each was compiled to, for workers that want the same. @type {WeakMap<EngineModule, WebAssembly.Module>} */
const COMPILED = new WeakMap();

/** Null where it isn't known. @param {EngineModule} module */
export const compiledOf = (module) => COMPILED.get(module) ?? null;

/**
 * @param {DeviceKind} kind @param {Progress} progress
 * @param {Promise<WebAssembly.Module | null>} [compiled]  elsewhere; null: it could not be @returns {Promise<EngineModule>}
 */
export async function loadEngine(kind, progress, compiled) {
  const fresh = loads[kind]++ ? `?load=${loads[kind]}` : "";
  const files = engineFiles(kind);
  try {
    const [module, wasm] = await Promise.all([
      import(files.module.href + fresh),
      compiled?.then((given) => given ?? fetchEngine(files.wasm, progress)) ?? fetchEngine(files.wasm, progress),
    ]);
    await module.default({ module_or_path: wasm });
    COMPILED.set(module, wasm);
    return module;
  } catch (error) {
    throw await failure(kind, files, /** @type {Error} */ (error));
  }
}

/**
 * Why an engine could not be loaded, as what can be done about it. Imports don't say what is wrong, so its files are asked for again.
 * @param {DeviceKind} kind @param {{module: URL, wasm: URL}} files @param {Error} error
 */
async function failure(kind, { module, wasm }, error) {
  const engine = ENGINE_NAMES[kind];
  if (!mayCompile()) {
    return new FailureError(
      "wasm-refused",
      "The security policy of this page forbids WebAssembly: its server has to add 'wasm-unsafe-eval' to script-src in the Content-Security-Policy.",
    );
  }
  for (const url of [module, wasm]) {
    const file = url.pathname.split("/").slice(-3).join("/");
    const answer = await fetch(url).catch(() => null);
    answer?.body?.cancel();
    const directive = answer ? null : await refusedBy(url.href);
    if (directive)
      return new FailureError(
        "policy.file",
        "The security policy of this page does not let it fetch {file}: its server has to allow that in {directive} of the Content-Security-Policy.",
        { file, directive },
      );
    if (answer && !answer.ok)
      return new FailureError(
        "engine-missing.server",
        "The {engine} is missing on the server ({file}: HTTP {status}): all files of the page have to be copied there.",
        { engine, file, status: answer.status },
      );
    const type = answer?.headers.get("content-type") ?? "nothing";
    const wrong = url === module ? !/\b(java|ecma)script\b/i.test(type) : /^text\/html\b/i.test(type);
    if (answer && wrong)
      return new FailureError(
        "engine-missing.type",
        "The {engine} cannot be loaded, because {file} is served as {type}: its server has to send the file itself, with its own type.",
        { engine, file, type },
      );
  }
  return new FailureError(
    "engine-missing",
    "The {engine} could not be loaded ({why}): check the connection and reload the page.",
    { engine, why: error.message },
  );
}

/** Compiled as it arrives. @param {URL} url @param {Progress} progress */
const fetchEngine = async (url, progress) => WebAssembly.compileStreaming(counted(await fetch(url), progress));

/**
 * An engine that preload.js has asked for, for another realm.
 * @param {DeviceKind} kind @param {Progress} progress @returns {Promise<WebAssembly.Module | null> | undefined} null: it can't be had
 */
export function compilePreloaded(kind, progress) {
  return preloaded(engineFiles(kind).wasm)
    ?.then((response) => WebAssembly.compileStreaming(counted(response, progress)))
    .catch(() => null);
}

/** With the type that browsers compile as it arrives, which not every server knows. @param {Response} response @param {Progress} progress */
function counted({ ok, url, status, body, headers }, progress) {
  if (!ok || !body) throw new Error(`${url}: HTTP ${status}`);
  return new Response(body.pipeThrough(countBytes(headers, progress)), {
    headers: { "content-type": "application/wasm" },
  });
}

/** @param {Headers} headers @param {Progress} progress @returns {TransformStream<Uint8Array, Uint8Array>} */
export function countBytes(headers, progress) {
  // The length of a compressed answer is not the number of bytes that will be read here.
  const total = headers.has("content-encoding") ? 0 : Number(headers.get("content-length") ?? 0);
  let loaded = 0;
  return new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      progress(loaded, total);
      controller.enqueue(chunk);
    },
  });
}
