// @ts-check
/**
 * How a download goes on, for people.
 *
 * @typedef {object} Progress
 * @property {number} loaded            bytes so far
 * @property {number | null} total      null where unknown
 * @property {number} startedAt         ms
 * @property {number} now               ms
 * @property {{at: number, loaded: number, rate: number}} [before]   what the last call gave as `mark`, for a smooth rate
 */

/** The rate forgets half of what it was in this time. */
const HALF_LIFE_MS = 4000;
/** Sooner, any estimate would be noise. */
const FIRST_MS = 1500;

/** @param {Progress} progress */
export function describeProgress({ loaded, total, startedAt, now, before }) {
  const rate = smoothRate({ loaded, startedAt, now, before });
  const known = now - startedAt >= FIRST_MS && rate > 0 && total !== null && total > 0;
  const secondsLeft = known ? Math.max(0, total - loaded) / rate : null;
  return {
    fraction: total ? Math.min(1, loaded / total) : null,
    rate,
    secondsLeft,
    text: [amount(loaded, total), rate > 0 ? `${bytes(rate)}/s` : "", secondsLeft === null ? "" : `${duration(secondsLeft)} left`].filter(Boolean).join(", "),
    mark: { at: now, loaded, rate },
  };
}

/** Bytes a second. @param {Pick<Progress, "loaded" | "startedAt" | "now" | "before">} progress */
function smoothRate({ loaded, startedAt, now, before }) {
  const [since, from] = before ? [before.at, before.loaded] : [startedAt, 0];
  const ms = now - since;
  if (ms <= 0) return before?.rate ?? 0;
  const rate = Math.max(0, ((loaded - from) / ms) * 1000);
  const keep = before && before.rate > 0 ? 0.5 ** (ms / HALF_LIFE_MS) : 0;
  return keep * (before?.rate ?? 0) + (1 - keep) * rate;
}

/** @param {number} loaded @param {number | null} total */
const amount = (loaded, total) => (total ? `${bytes(loaded)} of ${bytes(total)}` : bytes(loaded));

/** @param {number} count */
export function bytes(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(count < 1e10 ? 2 : 1)} GB`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
  return `${Math.round(count / 1e3)} kB`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
