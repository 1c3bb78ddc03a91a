// @ts-check
/** What the element draws, in the colours that its style gives: `color` of each canvas. */

/** The strongest place is never more opaque, so that the picture stays visible. */
const MOST = 0.75;

/**
 * A veil over the places that are further off than usual; what is at the alarm's threshold is as opaque as it gets.
 * @param {HTMLCanvasElement} canvas @param {{heat: Float32Array, rows: number, columns: number, threshold: number}} reading
 */
export function drawHeat(canvas, { heat, rows, columns, threshold }) {
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  ctx.clearRect(0, 0, columns, rows);
  ctx.fillStyle = getComputedStyle(canvas).color;
  heat.forEach((deviations, place) => {
    ctx.globalAlpha = opacity(deviations, threshold);
    ctx.fillRect(place % columns, Math.floor(place / columns), 1, 1);
  });
}

/** @param {number} deviations @param {number} threshold @returns {number} 0..MOST */
export function opacity(deviations, threshold) {
  const share = Math.min(1, Math.max(0, deviations) / threshold);
  return Number.isFinite(share) ? MOST * share * share : 0;
}

/**
 * The last peaks, newest right, and where the alarm rings.
 * @param {HTMLCanvasElement} canvas @param {number[]} peaks @param {number} length  as many as fit @param {number} threshold
 */
export function drawCurve(canvas, peaks, length, threshold) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * devicePixelRatio));
  if (!width || !height) return;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  const top = Math.max(1.5 * threshold, ...peaks.filter(Number.isFinite));
  const y = (/** @type {number} */ peak) => height - 1 - (Math.max(0, peak) / top) * (height - 2);
  ctx.clearRect(0, 0, width, height);
  ctx.strokeStyle = getComputedStyle(canvas).color;
  ctx.globalAlpha = 0.5;
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  ctx.moveTo(0, y(threshold));
  ctx.lineTo(width, y(threshold));
  ctx.stroke();
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  peaks.forEach(
    (peak, i) => Number.isFinite(peak) && ctx.lineTo(((i + length - peaks.length) / (length - 1)) * width, y(peak)),
  );
  ctx.stroke();
}
