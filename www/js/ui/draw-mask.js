// @ts-check
import { theme } from "./theme.js";

/** What became of a token. Neither: the collator cuts the lists of a batch to one length, so some tokens are in no list. */
export const UNUSED = 0;
export const CONTEXT = 1;
export const TARGET = 2;

/**
 * @param {number} tokens
 * @param {Uint32Array} context
 * @param {Uint32Array} target
 * @returns {Uint8Array} [tokens] of UNUSED, CONTEXT, TARGET
 */
export function rolesOf(tokens, context, target) {
  const roles = new Uint8Array(tokens);
  for (const token of context) roles[token] = CONTEXT;
  for (const token of target) roles[token] = TARGET;
  return roles;
}

/**
 * Cells with one role, as an area and as the line around it.
 *
 * @param {Uint8Array} roles   [rows, columns] of one tubelet
 * @param {number} columns
 * @param {number} role
 * @param {number} cell        pixels a side
 * @returns {{area: Path2D, edge: Path2D, any: boolean}}
 */
export function region(roles, columns, role, cell) {
  const area = new Path2D();
  const edge = new Path2D();
  let any = false;
  /** @type {(row: number, column: number) => boolean} */
  const has = (row, column) => column >= 0 && column < columns && roles[row * columns + column] === role;
  for (let i = 0; i < roles.length; i++) {
    if (roles[i] !== role) continue;
    any = true;
    const [row, column] = [Math.floor(i / columns), i % columns];
    const [x, y, r, b] = [column * cell, row * cell, (column + 1) * cell, (row + 1) * cell];
    area.rect(x, y, cell, cell);
    if (!has(row, column - 1)) (edge.moveTo(x, y), edge.lineTo(x, b));
    if (!has(row, column + 1)) (edge.moveTo(r, y), edge.lineTo(r, b));
    if (!has(row - 1, column)) (edge.moveTo(x, y), edge.lineTo(r, y));
    if (!has(row + 1, column)) (edge.moveTo(x, b), edge.lineTo(r, b));
  }
  return { area, edge, any };
}

/**
 * Draws one tubelet's mask over a square picture: context clear, targets veiled and hatched, unused veiled and dotted.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Uint8Array} roles   [rows, columns] of one tubelet
 * @param {number} columns
 * @param {number} side        of the picture, pixels
 */
export function drawMask(ctx, roles, columns, side) {
  const { veil, hidden, soft } = theme();
  const cell = side / columns;
  const pitch = Math.max(4, side / 56);
  const target = region(roles, columns, TARGET, cell);
  if (target.any) {
    fill(ctx, target.area, veil, hidden, () => hatch(ctx, side, pitch));
    ctx.lineWidth = Math.max(1, side / 300);
    ctx.strokeStyle = hidden;
    ctx.stroke(target.edge);
  }
  const unused = region(roles, columns, UNUSED, cell);
  if (unused.any) fill(ctx, unused.area, veil, soft, () => dots(ctx, side, pitch * 1.4));
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Path2D} area
 * @param {string} veil
 * @param {string} colour
 * @param {() => void} texture
 */
function fill(ctx, area, veil, colour, texture) {
  ctx.save();
  ctx.clip(area);
  ctx.fillStyle = veil;
  ctx.fill(area);
  ctx.strokeStyle = ctx.fillStyle = colour;
  texture();
  ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} side
 * @param {number} pitch
 */
function hatch(ctx, side, pitch) {
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = Math.max(0.6, pitch / 9);
  ctx.beginPath();
  for (let x = -side; x < side; x += pitch) {
    ctx.moveTo(x, side);
    ctx.lineTo(x + side, 0);
  }
  ctx.stroke();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} side
 * @param {number} pitch
 */
function dots(ctx, side, pitch) {
  ctx.globalAlpha = 0.7;
  const size = Math.max(1, pitch / 6);
  for (let y = pitch / 2; y < side; y += pitch) {
    for (let x = pitch / 2; x < side; x += pitch) ctx.fillRect(x, y, size, size);
  }
}

/** Around all cells between two corners. @param {CanvasRenderingContext2D} ctx @param {[number, number]} a  row, column @param {[number, number]} b @param {number} cell  pixels a side @param {string} colour */
export function outline(ctx, a, b, cell, colour) {
  const [top, left] = [Math.min(a[0], b[0]) * cell, Math.min(a[1], b[1]) * cell];
  const [height, width] = [(Math.abs(a[0] - b[0]) + 1) * cell, (Math.abs(a[1] - b[1]) + 1) * cell];
  for (const [colours, thickness] of /** @type {const} */ ([
    [theme().paper, 5],
    [colour, 2],
  ])) {
    ctx.strokeStyle = colours;
    ctx.lineWidth = thickness;
    ctx.strokeRect(left, top, width, height);
  }
}
