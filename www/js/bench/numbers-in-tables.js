// @ts-check
/** Numbers as the tables of results have them. @typedef {number | null | undefined} Maybe */

export const NONE = "–";

/** Milliseconds, three digits. @param {Maybe} value */
export const ms = (value) =>
  value == null ? NONE : value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
/** @param {Maybe} value */
export const ratio = (value) => (value == null ? NONE : value.toFixed(2));
/** A small difference. @param {Maybe} value */
export const tiny = (value) => (value == null ? NONE : value.toExponential(0));
/** Megabytes. @param {Maybe} bytes */
export const size = (bytes) => (bytes == null ? NONE : (bytes / 1e6).toFixed(2));
/** Billions. @param {Maybe} value */
export const giga = (value) => (value == null ? NONE : (value / 1e9).toPrecision(3));
