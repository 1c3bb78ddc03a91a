// @ts-check
/**
 * Errors as the page shows them: a stable code and one clear sentence. See `Failure` in protocol.js.
 *
 * @typedef {import("../engine/protocol.js").Failure} Failure
 */

/** An Error with a `Failure` inside; `message` is written for the person at the page. */
export class FailureError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = "FailureError";
    this.code = code;
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
  if (isTrap(error)) {
    return { code: "engine-crashed", message: `The engine crashed (${error.message}).` };
  }
  if (typeof error?.code === "string") return { code: error.code, message: error.message };
  return { code: "unexpected", message: String(error?.message ?? error) };
}

/** @param {Failure} failure */
export const fromFailure = (failure) => new FailureError(failure.code, failure.message);

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
  chrome:
    "Chrome and Edge have it from version 113 (on Linux: start with --enable-unsafe-webgpu or allow it in " +
    "chrome://flags), and hardware acceleration must be on in the settings",
  firefox:
    "Firefox has it from version 141 on Windows and 145 on macOS; elsewhere set dom.webgpu.enabled in about:config",
  safari: "Safari has it from version 26; in 18 turn it on in Settings, Apps, Safari, Advanced, Feature Flags",
};

const SIMD_ADVICE = {
  chrome: "update Chrome or Edge to version 91 or later",
  firefox: "update Firefox to version 89 or later",
  safari: "update to Safari 16.4 or later",
};

/** @param {string} userAgent @param {string} found  what is missing: no `navigator.gpu`, or no adapter */
export function noWebGpu(userAgent, found) {
  return new FailureError("no-webgpu", `${found}: ${WEBGPU_ADVICE[browserOf(userAgent)]}; or choose the CPU.`);
}

/** @param {string} userAgent */
export function noSimd(userAgent) {
  if (!globalThis.WebAssembly) {
    return new FailureError(
      "no-wasm",
      "WebAssembly, which both engines need, is off in this browser: turn it on, or Lockdown Mode off for this site.",
    );
  }
  return new FailureError(
    "no-simd",
    `This browser cannot run WebAssembly SIMD, which both engines need: ${SIMD_ADVICE[browserOf(userAgent)]}.`,
  );
}
