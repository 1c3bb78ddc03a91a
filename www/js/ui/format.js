// @ts-check
/**
 * Numbers in words: views format no number otherwise. What is none (NaN, infinity, null in JSON) is a dash, and is drawn as nothing.
 *
 * @typedef {number | null | undefined} Perhaps
 */

const NONE = "–";

/** @param {Perhaps} value @returns {value is number} */
export const isNumber = (value) => Number.isFinite(value);

/** For a meter, a width or a scale, which take no other. @param {Perhaps} value @param {number} [otherwise] @returns {number} */
export const finite = (value, otherwise = 0) => (isNumber(value) ? value : otherwise);

/** Nothing is no less than nothing. @param {Perhaps} value @param {number} digits  after the point @returns {string} "0.37" */
export const decimal = (value, digits) => (isNumber(value) ? value.toFixed(digits).replace(/^-(?=[0.]+$)/, "") : NONE);

/** As many digits as tell values apart in a chart. @param {Perhaps} value @returns {string} "128", "12.8", "1.28" */
export const plain = (value) =>
  decimal(value, Math.abs(finite(value)) >= 100 ? 0 : Math.abs(finite(value)) >= 10 ? 1 : 2);

/** @param {Perhaps} value @returns {string} "2e-6", "0" */
export function scientific(value) {
  if (!isNumber(value)) return NONE;
  return value === 0 ? "0" : value.toExponential(value.toExponential(1).includes(".0e") ? 0 : 1);
}

/** Of a share, for a sentence with a sign of its own. @param {Perhaps} share @returns {string} "64" */
export const hundredths = (share) => (isNumber(share) ? String(Math.round(100 * share)) : NONE);

/** @param {Perhaps} share @returns {string} "64 %" */
export const percent = (share) => (isNumber(share) ? `${hundredths(share)} %` : NONE);

/** The same with a digit more where it is small. @param {Perhaps} share @returns {string} "64 %", "0.4 %" */
export function finePercent(share) {
  const value = 100 * finite(share);
  return isNumber(share) && value !== 0 && value < 9.95 ? `${decimal(value, 1)} %` : percent(share);
}

/** As wide as a share, for a style. @param {Perhaps} share @returns {string} "64.0%" */
export const wide = (share) => `${decimal(100 * finite(share), 1)}%`;

/**
 * @param {number} n
 * @returns {string} "1.03 B", "1.02 M", "86 k", "640"
 */
export function count(n) {
  if (n >= 999.5e6) return `${(n / 1e9).toPrecision(3)} B`;
  if (n >= 1e6) return `${(n / 1e6).toPrecision(3)} M`;
  if (n >= 1e4) return `${Math.round(n / 1e3)} k`;
  return String(n);
}

/**
 * @param {number} n
 * @returns {string} "3.3 MB", "640 kB", "12 B"
 */
export function bytes(n) {
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)} GB`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)} MB`;
  if (n >= 1e3) return `${Math.round(n / 1e3)} kB`;
  return `${n} B`;
}

/**
 * @param {Perhaps} ms
 * @returns {string} "42 ms", "1.3 s"; a dash for what was not measured
 */
export function duration(ms) {
  if (!isNumber(ms)) return NONE;
  return ms >= 1000 ? `${(ms / 1000).toFixed(ms >= 1e4 ? 0 : 1)} s` : `${ms.toFixed(ms >= 10 ? 0 : 1)} ms`;
}
