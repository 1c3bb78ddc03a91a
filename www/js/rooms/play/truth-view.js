// @ts-check
/** The truth about a scene, in words and drawn over its picture. */
import { t } from "../../language/words.js";
import { theme } from "../../ui/theme.js";

/** @typedef {import("../../engine/protocol.js").Truth} Truth */

/** Up to which hue, in degrees, a colour is called so. */
const HUES = /** @type {const} */ ([
  [15, "red"],
  [43, "orange"],
  [68, "yellow"],
  [165, "green"],
  [195, "turquoise"],
  [255, "blue"],
  [290, "violet"],
  [345, "pink"],
  [360, "red"],
]);
/** Frames of motion that an arrow stands for. */
const AHEAD = 5;

/** @param {Truth["colour"]} colour */
export function hueOf([red, green, blue]) {
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue) || 1;
  const sixth =
    most === red ? (green - blue) / range : most === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  return (sixth * 60 + 360) % 360;
}

/** What people would call it. @param {Pick<Truth, "colour" | "pattern" | "shape">} truth */
export function nameOf({ colour, pattern, shape }) {
  const hue = hueOf(colour);
  const name = HUES.find(([end]) => hue < end)?.[1] ?? "red";
  return t(`truth.${pattern}`, { colour: t(`truth.${name}`), shape: t(`truth.${shape}`) });
}

/** What is true, in a sentence. @param {Truth[]} truths */
export function sentenceOf(truths) {
  const words = truths.map((truth) =>
    truth.visible === 1
      ? nameOf(truth)
      : t(truth.visible === 0 ? "truth.hidden" : "truth.partly", { it: nameOf(truth) }),
  );
  return words.length ? words.join(t("truth.and")) : t("truth.nothing");
}

/**
 * Circle, way and name of each object; the one that it happens to stands out.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Truth[]} truths
 * @param {number} object   the one that it happens to
 * @param {number} side     of the picture
 */
export function drawTruth(ctx, truths, object, side) {
  const { ink, paper, hidden, font } = theme();
  ctx.font = `600 ${side < 240 ? 10 : 12}px ${font}`;
  ctx.lineJoin = ctx.lineCap = "round";
  for (const truth of truths) {
    const line = new Path2D();
    const [x = 0, y = 0] = truth.position.map((v) => v * side);
    line.arc(x, y, truth.radius * side, 0, 2 * Math.PI);
    addArrow(
      line,
      [x, y],
      truth.velocity.map((v) => v * side * AHEAD),
    );
    ctx.setLineDash(truth.visible > 0 ? [] : [4, 4]);
    for (const [width, colour] of /** @type {[number, string][]} */ ([
      [4, paper],
      [1.75, truth.id === object ? hidden : ink],
    ])) {
      Object.assign(ctx, { lineWidth: width, strokeStyle: colour });
      ctx.stroke(line);
    }
    ctx.setLineDash([]);
    drawName(ctx, nameOf(truth), [x, y - truth.radius * side - 6], side, truth.id === object ? hidden : ink);
  }
}

/** @param {Path2D} path @param {[number, number]} from @param {number[]} way */
function addArrow(path, [x, y], [u = 0, v = 0]) {
  const length = Math.hypot(u, v);
  if (length < 2) return; // it hardly moves
  path.moveTo(x, y);
  path.lineTo(x + u, y + v);
  for (const side of [-1, 1]) {
    // Back from the tip by six pixels, and four to either side.
    path.moveTo(x + u, y + v);
    path.lineTo(x + u - (6 * u - side * 4 * v) / length, y + v - (6 * v + side * 4 * u) / length);
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {string} name @param {[number, number]} place  middle of its foot @param {number} side @param {string} colour */
function drawName(ctx, name, [x, y], side, colour) {
  const half = ctx.measureText(name).width / 2 + 3;
  const [left, foot] = [Math.min(Math.max(x, half), side - half), Math.max(y, 14)];
  ctx.textAlign = "center";
  Object.assign(ctx, { lineWidth: 4, strokeStyle: theme().paper, fillStyle: colour });
  ctx.strokeText(name, left, foot);
  ctx.fillText(name, left, foot);
}
