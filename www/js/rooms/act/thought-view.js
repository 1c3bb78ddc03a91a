// @ts-check
/** What an agent imagines, drawn over its room: the paths of all candidates, and the energy of places. */
import { isNumber } from "../../ui/format.js";
import { paintRamp } from "../../ui/ramp.js";
import { theme } from "../../ui/theme.js";

/**
 * @typedef {import("../../engine/protocol.js").Place} Place
 * @typedef {import("../../engine/protocol.js").Thought} Thought
 * @typedef {{path: Place[], strength: number}} Candidate   `strength`: 0..1, of its line
 */

/** How much fainter a round is than the one after it. */
const FADE = 0.35;
/** The faintest line, of the dearest candidate. */
const FAINTEST = 0.06;

/** All candidates, the strongest last; with a decision (`chosen`), only the cheapest ones of the last round beside the best. @param {Thought} thought @param {boolean} chosen @returns {Candidate[]} */
export function candidatesOf({ rounds }, chosen) {
  const shown = chosen ? rounds.slice(-1) : rounds;
  const all = shown.flatMap(({ paths, costs }, round) => {
    const fade = FADE ** (shown.length - 1 - round);
    const ranks = costs.map((_, i) => i).sort((a, b) => (costs[a] ?? 0) - (costs[b] ?? 0));
    return ranks.map((candidate, rank) => {
      const share = 1 - rank / ranks.length;
      const strength = Math.max(FAINTEST, share * share * 0.7) * fade * (chosen ? 0.3 : 1);
      return { path: paths[candidate] ?? [], strength };
    });
  });
  return all.filter(({ path }) => path.length).sort((a, b) => a.strength - b.strength);
}

/** The path of the cheapest candidate of all rounds. @param {Thought} thought @returns {Place[]} none without a candidate */
export function bestOf({ rounds }) {
  /** @type {{path: Place[], cost: number}} */
  let best = { path: [], cost: Infinity };
  for (const { paths, costs } of rounds) {
    for (const [i, cost] of costs.entries()) if (cost < best.cost) best = { path: paths[i] ?? [], cost };
  }
  return best.path;
}

/** @param {CanvasRenderingContext2D} ctx @param {number} side  of the picture @param {Place} from  where the agent is @param {Thought} thought @param {boolean} chosen */
export function drawThought(ctx, side, from, thought, chosen) {
  const { cool, hidden } = theme();
  ctx.lineJoin = ctx.lineCap = "round";
  for (const { path, strength } of candidatesOf(thought, chosen)) {
    ctx.globalAlpha = strength;
    line(ctx, side, [from, ...path], 1.5, cool);
  }
  ctx.globalAlpha = 1;
  const best = bestOf(thought);
  if (!best.length) return;
  const path = [from, ...best];
  line(ctx, side, path, chosen ? 6 : 4, "#fff");
  line(ctx, side, path, chosen ? 3 : 2, hidden);
  for (const [x, y] of best) dot(ctx, x * side, y * side, chosen ? 3.5 : 2.5, hidden);
}

/** @param {CanvasRenderingContext2D} ctx @param {number} side @param {Place[]} path @param {number} width @param {string} colour */
function line(ctx, side, path, width, colour) {
  ctx.beginPath();
  for (const [i, [x, y]] of path.entries()) {
    if (i) ctx.lineTo(x * side, y * side);
    else ctx.moveTo(x * side, y * side);
  }
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} radius @param {string} colour */
function dot(ctx, x, y, radius, colour) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.lineWidth = 1;
  ctx.strokeStyle = "#fff";
  ctx.stroke();
}

/** Energies as colours, dark where they are low; clear where the agent doesn't fit. @param {Float32Array} energies @returns {Uint8ClampedArray} RGBA */
export function landscapeOf(energies) {
  const known = energies.filter(isNumber);
  const [low, high] = [known.reduce((a, b) => Math.min(a, b), Infinity), known.reduce((a, b) => Math.max(a, b), 0)];
  const rgba = new Uint8ClampedArray(energies.length * 4);
  paintRamp(
    energies.map((energy) => (2 * (energy - low)) / Math.max(high - low, 1e-9) - 1),
    rgba,
  );
  return rgba;
}
