// @ts-check
/** Why an engine could not be loaded: what is wrong with its files or the page's policy, and what to do about it. */
import assert from "node:assert/strict";
import test, { afterEach } from "node:test";

/** @type {((event: any) => void) | undefined} */
let violated;
Object.assign(globalThis, {
  addEventListener: (/** @type {string} */ name, /** @type {any} */ listener) =>
    void (name === "securitypolicyviolation" && (violated = listener)),
});
const { engineFiles, hasSimd, loadEngine } = await import("../../www/js/worker/load-wasm.js");
const { noSimd, toFailure } = await import("../../www/js/base/errors.js");
const { openUrl } = await import("../../www/js/weights/reader.js");

const { fetch: realFetch, WebAssembly: realWasm } = globalThis;
const scope = /** @type {any} */ (globalThis);
afterEach(() => Object.assign(globalThis, { fetch: realFetch, WebAssembly: realWasm }));

/** Both files of the engine as a server answers; the module itself is not there, so that importing it fails. @param {(url: string) => Response | Promise<never>} answer */
const serve = (answer) => (scope.fetch = async (/** @type {URL | string} */ url) => answer(String(url)));
const ok = (/** @type {string} */ type) => new Response("body", { headers: { "content-type": type } });

/** @param {string} code @param {RegExp} message */
async function assertSays(code, message) {
  await assert.rejects(
    loadEngine("cpu", () => {}),
    (/** @type {any} */ error) => {
      assert.equal(error.code, code, error.stack);
      assert.match(error.message, message);
      assert.match(error.message, /^[^\n]+\.$/);
      return true;
    },
  );
}

test("a policy without wasm-unsafe-eval is named, not the connection", async () => {
  serve((url) => ok(url.endsWith(".js") ? "text/javascript" : "application/wasm"));
  scope.WebAssembly = {
    ...realWasm,
    validate: realWasm.validate,
    Module: class {
      constructor() {
        throw new Error("violates the following Content Security policy directive");
      }
    },
  };
  await assertSays("wasm-refused", /'wasm-unsafe-eval'/);
});

test("files that are missing, or come as something else, are named", async () => {
  serve(() => new Response("not found", { status: 404 }));
  await assertSays("engine-missing", /CPU engine is missing on the server \(engine\/cpu\/vjepa_web\.js: HTTP 404\)/);
  serve((url) => (url.endsWith(".js") ? ok("text/plain") : ok("application/wasm")));
  await assertSays("engine-missing", /engine\/cpu\/vjepa_web\.js is served as text\/plain/);
  serve((url) => (url.endsWith(".js") ? ok("text/javascript") : ok("text/html; charset=utf-8")));
  await assertSays("engine-missing", /engine\/cpu\/vjepa_web_bg\.wasm is served as text\/html/);
});

test("the connection is blamed when it is gone, and a policy that forbids to fetch when it was that", async () => {
  serve(() => Promise.reject(new TypeError("Failed to fetch")));
  await assertSays("engine-missing", /check the connection/);
  serve(
    (url) => (
      violated?.({ blockedURI: url, effectiveDirective: "connect-src" }),
      Promise.reject(new TypeError("Failed to fetch"))
    ),
  );
  await assertSays("policy", /connect-src of the Content-Security-Policy/);
  await assert.rejects(openUrl("https://example.org/m/a.safetensors", { delays: [] }), {
    code: "policy",
    message:
      /^The security policy of this page does not let it fetch a\.safetensors from example\.org: .*connect-src.* or download it/,
  });
  assert.equal(engineFiles("cpu").wasm.pathname.endsWith("engine/cpu/vjepa_web_bg.wasm"), true);
});

test("where WebAssembly is off, that is said, and nothing stumbles over it", () => {
  scope.WebAssembly = undefined;
  assert.equal(hasSimd(), false);
  assert.equal(noSimd("Safari").code, "no-wasm");
  assert.deepEqual(toFailure(new Error("Whatever.")), {
    code: "unexpected",
    key: "",
    values: {},
    message: "Whatever.",
  });
});
