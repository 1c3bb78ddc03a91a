// @ts-check
/** What can go wrong on the way to a file of weights: one sentence each, which says what to do next. */
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";

/** @typedef {import("../base/messages.js").Message} Message */
/** @typedef {{name: string, host: string}} Place   a file and who serves it, as sentences name them */

/** A failure that may pass: worth another try until patience ends, when `failure` is thrown. */
export class TransientError extends Error {
  /** @param {FailureError} failure @param {number} [afterMs]  how long the host asks to wait */
  constructor(failure, afterMs) {
    super(failure.message);
    this.failure = failure;
    this.afterMs = afterMs;
  }
}

/** What came is not what its headers speak of, perhaps because the host compresses whatever it sends: asked for as a whole, it may be. */
export class OtherBytes extends Error {
  /** @param {FailureError} failure  what to say if that was done */
  constructor(failure) {
    super(failure.message);
    this.failure = failure;
  }
}

const BY_HAND = message("by-hand", "download it with your browser and drop it here");

/** @param {string} url @returns {Place} */
export function placeOf(url) {
  const { pathname, host } = new URL(url);
  const last = pathname.split("/").filter(Boolean).pop() ?? host;
  try {
    return { name: decodeURIComponent(last), host };
  } catch {
    return { name: last, host };
  }
}

export const cancelled = () => new FailureError("cancelled.loading", "Loading was cancelled.");

/** @param {Place} place */
export const unreachable = ({ name, host }) =>
  new FailureError(
    "unreachable",
    "{name} could not be fetched: check the connection; if it works, {host} may not let pages read its files, so {hand}.",
    { name, host, hand: BY_HAND },
  );

/** @param {Place} place @param {string} directive */
export const notAllowed = ({ name, host }, directive) =>
  directive === "sandbox"
    ? new FailureError(
        "policy.sandbox",
        "This frame is sandboxed and lets nothing be fetched from {host}: open the page by its own address, or {hand}.",
        { host, hand: BY_HAND },
      )
    : policyRefuses({ name, host }, directive);

/** @param {Place} place @param {string} directive */
const policyRefuses = ({ name, host }, directive) =>
  new FailureError(
    "policy",
    "The security policy of this page does not let it fetch {name} from {host}: its server has to allow that in {directive} of the Content-Security-Policy, or {hand}.",
    { name, host, directive, hand: BY_HAND },
  );

/** @param {Place} place */
export const connectionLost = ({ name, host }) =>
  new FailureError(
    "connection-lost",
    "The connection to {host} broke off again and again while {name} was read: check it and start again.",
    { host, name },
  );

/** @param {Place} place */
export const stalled = ({ name, host }) =>
  new FailureError("stalled", "{host} stopped sending {name}: check the connection and start again.", { host, name });

/** @param {Place} place */
export const noRanges = ({ name, host }) =>
  new FailureError("no-ranges", "{host} cannot send parts of a file, which {name} needs: {hand}.", {
    host,
    name,
    hand: BY_HAND,
  });

/** @param {Place} place */
export const changed = ({ name, host }) =>
  new FailureError("changed", "{name} changed at {host} while it was read: start again.", { name, host });

/** @param {Place} place @param {Message} how */
export const badLength = ({ name, host }, how) =>
  new FailureError("bad-length", "{host} {how}, so what it sends of {name} cannot be trusted: {hand}.", {
    host,
    how,
    name,
    hand: BY_HAND,
  });

/** @param {string} name @param {Message} [what]  can be done */
export const tooShort = (name, what = message("download-again", "Download it again")) =>
  new FailureError("bad-length.short", "{name} ends before its contents do, so a part of it is missing. {what}.", {
    name,
    what,
  });

/** @param {Place} place @param {Message} what */
export const notWeights = ({ name, host }, what) =>
  new FailureError(
    "not-weights",
    "{host} sent {what} instead of {name}: check the address, which has to be that of the file itself.",
    { host, what, name },
  );

/** Statuses that may pass. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * An answer that is not the file, as what to throw.
 * @param {Response} response @param {Place} place @returns {FailureError | TransientError}
 */
export function refused(response, place) {
  const failure = refusal(response.status, response.headers.get("x-error-code"), place);
  return PASSING.has(response.status)
    ? new TransientError(failure, retryAfter(response.headers.get("retry-after")))
    : failure;
}

/** @param {number} status @param {string | null} code  what the Hugging Face hub says beside the status @param {Place} place */
function refusal(status, code, { name, host }) {
  const http = `(HTTP ${status})`;
  const missing = /^(Repo|Entry|Revision)NotFound$/.test(code ?? "");
  if (status === 404 || status === 410 || missing) {
    return new FailureError("not-found", "There is no {name} at this address of {host} {http}: check the address.", {
      name,
      host,
      http,
    });
  }
  if (status === 401 || status === 403) {
    return new FailureError(
      "forbidden",
      "{host} does not give {name} to everyone {http}: if you may have it, sign in and accept its terms there, {hand}.",
      { host, name, http, hand: BY_HAND },
    );
  }
  if (status === 429) {
    return new FailureError(
      "too-many-requests",
      "{host} has had too many requests from here {http}: try again in a few minutes.",
      { host, http },
    );
  }
  if (status >= 500)
    return new FailureError("server-failed", "{host} cannot send {name} at the moment {http}: try again later.", {
      host,
      name,
      http,
    });
  return new FailureError("http-failed", "{host} did not send {name} {http}: check the address, or {hand}.", {
    host,
    name,
    http,
    hand: BY_HAND,
  });
}

/** @param {string | null} header  seconds or a date @returns {number | undefined} milliseconds */
export function retryAfter(header, now = Date.now()) {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
