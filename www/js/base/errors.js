// @ts-check
/**
 * Errors as the page shows them: a stable code and a sentence by its key (see messages.js). See `Failure` in protocol.js.
 *
 * @typedef {import("../engine/protocol.js").Failure} Failure
 */
import { filled, message } from "./messages.js";

/** An Error with a `Failure` inside; `message` is its sentence in English, written for the person at the page. */
export class FailureError extends Error {
  /**
   * @param {string} key   of its sentence. Up to a point it is the code: "cancelled.exam" is one way to be "cancelled"
   * @param {string} text  English, with holes such as `{name}` @param {import("./messages.js").Values} [values]
   */
  constructor(key, text, values = {}) {
    super(filled(text, values));
    this.name = "FailureError";
    this.code = key.split(".")[0] ?? key;
    this.key = key;
    this.values = values;
  }
}

/** Codes after which an engine is gone and has to be built anew. */
const CRASHES = new Set(["device-lost", "engine-crashed"]);

/** @param {any} error */
export const isCrash = (error) => CRASHES.has(error?.code);

/**
 * Any thrown value as a Failure. A wasm trap (a Rust panic ends in one) leaves the engine unusable: "engine-crashed".
 * @param {any} error @returns {Failure}
 */
export function toFailure(error) {
  if (isTrap(error)) return failed(message("engine-crashed", "The engine crashed ({why}).", { why: error.message }));
  const { code, key = "", values = {}, message: words } = error ?? {};
  if (isUnread(error))
    return failed(message("device-lost.silent", "The GPU no longer answers ({why}).", { why: lastCause(values[0]) }));
  if (typeof code === "string") return { code, key, values, message: words };
  return { code: "unexpected", key: "", values: {}, message: String(words ?? error) };
}

/** An engine could not read from its device, which is mostly because that is gone. @param {any} error */
export const isUnread = (error) => error?.key === "read";

/** The innermost cause of an error that a driver tells over many lines. @param {unknown} text */
function lastCause(text) {
  const [causes = ""] = String(text).split(/\n\s*Backtrace:/);
  return (
    causes
      .trim()
      .split(/\s*\n\s*/)
      .at(-1) ?? ""
  );
}

/** A message as a Failure, with the code that its key begins with. @param {import("./messages.js").Message} said @returns {Failure} */
export const failed = (said) => ({ code: said.key.split(".")[0] ?? said.key, ...said });

/** @param {Failure} failure */
export const fromFailure = (failure) => Object.assign(new FailureError(failure.key ?? "", failure.message), failure);

/** A wasm stack overflow is no RuntimeError, but leaves the engine as broken as one. @param {any} error */
export function isTrap(error) {
  return (
    (globalThis.WebAssembly && error instanceof WebAssembly.RuntimeError) ||
    (error instanceof RangeError && /call stack/i.test(error.message))
  );
}

/**
 * Which browser's advice applies. Only ever used to word an explanation, never to decide what runs.
 * @param {string} userAgent @returns {"firefox"|"safari"|"chrome"}
 */
export function browserOf(userAgent) {
  if (/firefox|fxios/i.test(userAgent)) return "firefox";
  if (/safari/i.test(userAgent) && !/chrome|chromium|crios|edg/i.test(userAgent)) return "safari";
  return "chrome";
}

const WEBGPU_ADVICE = {
  chrome: message(
    "webgpu-advice.chrome",
    "Chrome and Edge have it from version 113 (on Linux: start with --enable-unsafe-webgpu or allow it in chrome://flags), and hardware acceleration must be on in the settings",
  ),
  firefox: message(
    "webgpu-advice.firefox",
    "Firefox has it from version 141 on Windows and 145 on macOS; elsewhere set dom.webgpu.enabled in about:config",
  ),
  safari: message(
    "webgpu-advice.safari",
    "Safari has it from version 26; in 18 turn it on in Settings, Apps, Safari, Advanced, Feature Flags",
  ),
};

const SECURE_ONLY = message(
  "webgpu-advice.insecure",
  "open the page over https or from localhost, because browsers give it to no other",
);

const SIMD_ADVICE = {
  chrome: message("simd-advice.chrome", "update Chrome or Edge to version 97 or later"),
  firefox: message("simd-advice.firefox", "update Firefox to version 90 or later"),
  safari: message("simd-advice.safari", "update to Safari 16.4 or later"),
};

/** @param {string} userAgent @param {import("./messages.js").Message} found  what is missing: no `navigator.gpu`, or no adapter */
export function noWebGpu(userAgent, found) {
  const advice = globalThis.isSecureContext === false ? SECURE_ONLY : WEBGPU_ADVICE[browserOf(userAgent)];
  return new FailureError("no-webgpu", "{found}: {advice}; or choose the CPU.", { found, advice });
}

/** @param {string} userAgent */
export function noSimd(userAgent) {
  if (!globalThis.WebAssembly) {
    return new FailureError(
      "no-wasm",
      "WebAssembly, which both engines need, is off in this browser: turn it on, or Lockdown Mode off for this site.",
    );
  }
  return new FailureError("no-simd", "This browser cannot run WebAssembly SIMD, which both engines need: {advice}.", {
    advice: SIMD_ADVICE[browserOf(userAgent)],
  });
}
