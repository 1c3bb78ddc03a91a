// @ts-check
/**
 * Which bytes of a file are kept, and where: a list without overlaps, ascending by offset.
 *
 * @typedef {[offset: number, length: number, at: number]} Extent   `length` bytes of the file from `offset` on lie at `at`
 * @typedef {{offset: number, length: number, at: number | null}} Piece   `at` is null where the bytes are not kept
 */

/** With one more, which must not overlap the others. @param {Extent[]} extents @param {Extent} extent @returns {Extent[]} */
export function withExtent(extents, extent) {
  const sorted = [...extents, extent].sort((a, b) => a[0] - b[0]);
  /** @type {Extent[]} */
  const merged = [];
  for (const [offset, length, at] of sorted) {
    const last = merged.at(-1);
    if (last && last[0] + last[1] === offset && last[2] + last[1] === at) last[1] += length;
    else merged.push([offset, length, at]);
  }
  return merged;
}

/** `count` bytes from `offset` on, cut where they begin or cease to be kept. @param {Extent[]} extents @param {number} offset @param {number} count */
export function pieces(extents, offset, count) {
  /** @type {Piece[]} */
  const found = [];
  const end = offset + count;
  let next = offset;
  for (const [start, length, at] of extents) {
    const [from, to] = [Math.max(next, start), Math.min(end, start + length)];
    if (from >= to) continue;
    if (from > next) found.push({ offset: next, length: from - next, at: null });
    found.push({ offset: from, length: to - from, at: at + from - start });
    next = to;
  }
  if (next < end) found.push({ offset: next, length: end - next, at: null });
  return found;
}

/** @param {Extent[]} extents */
export const bytesIn = (extents) => extents.reduce((sum, [, length]) => sum + length, 0);

/** The least length of the data file that holds them. @param {Extent[]} extents */
export const endOf = (extents) => extents.reduce((end, [, length, at]) => Math.max(end, at + length), 0);

/** Whole numbers, ascending, without overlaps: read from a file, they are not trusted before. @param {any} extents @returns {extents is Extent[]} */
export function areExtents(extents) {
  if (!Array.isArray(extents)) return false;
  let end = 0;
  return extents.every((extent) => {
    const whole =
      Array.isArray(extent) && extent.length === 3 && extent.every((n) => Number.isSafeInteger(n) && n >= 0);
    if (!whole || extent[0] < end || extent[1] === 0) return false;
    end = extent[0] + extent[1];
    return true;
  });
}
