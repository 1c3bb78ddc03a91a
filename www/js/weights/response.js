// @ts-check
/**
 * One answer to a request for a file from some byte on: whether it is what was asked for, and what it tells of the file.
 *
 * @typedef {import("./weight-errors.js").Place} Place
 *
 * @typedef {object} Facts           what is known of a file without reading it
 * @property {number | null} size    null while unknown, as of an answer compressed on the way
 * @property {string | null} etag
 * @property {string | null} modified
 *
 * @typedef {Facts & {from: number, to: number | null, whole?: boolean}} Answer   the bytes it brings; `to` is null where only
 *   its end tells; `whole`: no part, though one was asked for
 */
import { message } from "../base/messages.js";
import { OtherBytes, badLength, changed, noRanges, notWeights, refused } from "./weight-errors.js";

/**
 * @param {Response} response  to a request for all bytes from `at` on @param {number} at
 * @param {Facts} known  all null at first @param {Place} place
 * @param {boolean} [plain]  no part was asked for, since this host's headers do not speak of the bytes that come
 * @returns {Answer}
 */
export function readAnswer(response, at, known, place, plain = false) {
  if (response.status === 416) throw unsatisfied(response, at, known, place);
  if (response.status !== 200 && response.status !== 206) throw refused(response, place);
  if (/^text\/html\b/i.test(response.headers.get("content-type") ?? ""))
    throw notWeights(place, message("sent.page", "a web page"));
  if (plain && response.status === 206)
    throw badLength(place, message("sent.unasked", "sends a part that nobody asked for"));
  const answer = plain
    ? { ...whole(response), size: null, to: null }
    : response.status === 206
      ? partial(response, at, place)
      : whole(response);
  compare(answer, known, place);
  return { ...answer, to: answer.to ?? known.size };
}

/** @param {Response} response @returns {Answer} */
function whole(response) {
  const size = contentLength(response);
  return { ...validators(response), size, from: 0, to: size, whole: true };
}

/** @param {Response} response @param {number} at @param {Place} place @returns {Answer} */
function partial(response, at, place) {
  const length = contentLength(response);
  const header = response.headers.get("content-range");
  const encoded = response.headers.has("content-encoding");
  if (encoded) throw new OtherBytes(noRanges(place)); // parts of a compressed stream cannot be read alone
  // Hosts that do not show Content-Range to other origins: what was asked for is what came.
  if (!header)
    return {
      ...validators(response),
      size: length === null ? null : at + length,
      from: at,
      to: length === null ? null : at + length,
    };
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header.trim());
  if (!range)
    throw badLength(place, message("sent.describes", "describes the part it sends in a way that makes no sense"));
  const [from, to, size] = [Number(range[1]), Number(range[2]) + 1, range[3] === "*" ? null : Number(range[3])];
  if (from !== at) throw badLength(place, message("sent.another", "sent another part of the file than was asked for"));
  const contradiction = badLength(place, message("sent.contradicts", "contradicts itself about how much it sends"));
  if (to <= from || (size !== null && to > size)) throw contradiction;
  // Hosts that do not show Content-Encoding to other origins tell the length of what is compressed.
  if (length !== null && length !== to - from) throw new OtherBytes(contradiction);
  return { ...validators(response), size, from, to };
}

/** A file that ends before the byte asked for. @param {Response} response @param {number} at @param {Facts} known @param {Place} place */
function unsatisfied(response, at, known, place) {
  const size = /^bytes \*\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (at === 0) return notWeights(place, message("sent.nothing", "nothing at all"));
  if (size !== undefined && known.size !== null && Number(size) !== known.size) return changed(place);
  return badLength(place, message("sent.lacks", "does not have the bytes it announced"));
}

/** The same file as before? @param {Answer} answer @param {Facts} known @param {Place} place */
function compare(answer, known, place) {
  const differs = (/** @type {"etag" | "modified" | "size"} */ what) =>
    answer[what] !== null && known[what] !== null && answer[what] !== known[what];
  const sameTag = answer.etag !== null && answer.etag === known.etag;
  if (differs("etag") || (!sameTag && differs("modified"))) throw changed(place);
  if (differs("size"))
    throw sameTag
      ? badLength(place, message("sent.wavers", "says now this and now that about the length of the file"))
      : changed(place);
}

/** @param {Response} response */
function validators({ headers }) {
  return { etag: headers.get("etag"), modified: headers.get("last-modified") };
}

/** Null where unknown, or no number: of a compressed answer it is not what will be read. @param {Response} response */
function contentLength({ headers }) {
  const length = headers.get("content-length") ?? "";
  return /^\d{1,15}$/.test(length) && !headers.has("content-encoding") ? Number(length) : null;
}
