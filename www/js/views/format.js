// @ts-check

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
 * @param {number | null | undefined} ms
 * @returns {string} "42 ms", "1.3 s"; a dash for what was not measured
 */
export function duration(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–";
  return ms >= 1000 ? `${(ms / 1000).toFixed(ms >= 1e4 ? 0 : 1)} s` : `${ms.toFixed(ms >= 10 ? 0 : 1)} ms`;
}

/**
 * @param {number} part
 * @param {number} whole
 * @returns {string}
 */
export function percent(part, whole) {
  return `${Math.round((100 * part) / Math.max(1, whole))} %`;
}
