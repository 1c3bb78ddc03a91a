// @ts-check
/** Imagination: the mask that is painted, the pictures made of patches, and how certainty fades. */
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { FailureError } from "../../www/js/base/errors.js";
import { ImaginationRequests, faded } from "../../www/js/rooms/play/imagination.js";
import { Painting } from "../../www/js/rooms/play/painted-mask-view.js";
import { middles, mosaic, originOf, placeOf } from "../../www/js/rooms/play/patches-view.js";
import { fakePage } from "./support/elements.js";

const page = fakePage();
mock.timers.enable({ apis: ["setInterval"] });
const { ImaginationView, fadingOf } = await import("../../www/js/rooms/play/imagination-view.js");

/** @type {[number, number, number]} */
const GRID = [2, 2, 3];

test("strokes, boxes and the future hide patches from a tubelet on, and nothing off the grid", () => {
  const painting = new Painting(GRID);
  assert.equal(painting.sound, false, "nothing is hidden");
  painting.stroke([0, 0], [1, 2], [0, 2], true);
  assert.deepEqual([...painting.tokens], [0, 4, 5, 6, 10, 11], "without gaps, through all tubelets");
  painting.stroke([1, 2], [1, 2], [0, 1], false);
  assert.deepEqual([...painting.tokens], [0, 4, 6, 10, 11]);
  painting.clear();
  painting.box([1, 1], [-3, 9], [1, 2]);
  assert.deepEqual([...painting.tokens], [7, 8, 10, 11]);
  assert.deepEqual([painting.hides(1, [0, 1]), painting.hides(0, [0, 1])], [true, false]);
  painting.future(1);
  assert.deepEqual([...painting.tokens], [6, 7, 8, 9, 10, 11]);
  assert.equal(painting.sound, true);
  painting.future(0);
  assert.equal(painting.sound, false, "nothing is left to see");
});

/** 2 tubelets of 2 frames, 2 by 2 patches of one pixel; a frame's pixels are its number. @type {any} */
const LAID = {
  grid: [2, 2, 2],
  size: 2,
  tubelet: 2,
  patch: 1,
  shown: 2,
  frames: Uint8Array.from([0, 1, 2, 3].flatMap((frame) => Array(16).fill(frame))),
  hidden: new Uint32Array([1, 6]),
  patches: Uint8Array.from([10, 11, 20, 21].flatMap((value) => Array(4).fill(value))),
};

test("the mosaic is the middle frames with the best patch in place of each hidden one", () => {
  const reds = (/** @type {Uint8Array} */ rgba) => [...rgba].filter((_, i) => i % 4 === 0);
  assert.deepEqual(reds(middles(LAID)), [1, 1, 1, 1, 3, 3, 3, 3]);
  assert.deepEqual(reds(mosaic(LAID)), [1, 10, 1, 1, 3, 3, 20, 3]);
});

test("patches larger than a pixel are laid row by row", () => {
  const size = 4;
  const patch = Uint8Array.from([1, 2, 3, 4].flatMap((value) => Array(4).fill(value)));
  const laid = mosaic({
    grid: [1, 2, 2],
    size,
    tubelet: 2,
    patch: 2,
    shown: 1,
    frames: new Uint8Array(2 * size * size * 4),
    hidden: new Uint32Array([3]),
    patches: patch,
  });
  assert.deepEqual(
    [...laid].filter((_, i) => i % 4 === 0),
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4],
  );
});

test("where a patch is from, in words", () => {
  assert.deepEqual(placeOf(11, 2, 3), [1, 1, 2]);
  assert.equal(originOf(0, 11, GRID), "this clip, tubelet 2, row 2, column 3");
  assert.equal(originOf(1, 0, GRID), "a clip before, tubelet 1, row 1, column 1");
  assert.equal(originOf(12, 0, GRID), "12 clips before, tubelet 1, row 1, column 1");
});

const horizon = (/** @type {number[]} */ ...mean) => ({
  errors: new Float32Array(),
  mean: Float32Array.from(mean),
  peak: new Float32Array(),
});

test("how certainty fades is the mean over clips; another past begins anew", () => {
  const one = faded(null, { past: 1, predicted: horizon(1, 2), unchanged: horizon(3, 5) });
  const two = faded(one, { past: 1, predicted: horizon(3, 4), unchanged: horizon(5, 5) });
  assert.deepEqual(two, { past: 1, clips: 2, predicted: [2, 3], unchanged: [4, 5] });
  assert.deepEqual(faded(two, { past: 2, predicted: horizon(7), unchanged: horizon(8) }), {
    past: 2,
    clips: 1,
    predicted: [7],
    unchanged: [8],
  });
  assert.equal(
    fadingOf(two),
    "Over 2 clips the error is 2.00 (nothing changes: 4.00) one tubelet ahead; 2 ahead 3.00 (nothing changes: 5.00).",
  );
  assert.equal(
    fadingOf({ past: 1, clips: 1, predicted: [2], unchanged: [4] }),
    "In one clip the error is 2.00 (nothing changes: 4.00) one tubelet ahead.",
  );
});

test("what is imagined comes with the geometry of its model, and goes with it", async () => {
  /** @type {any[]} */
  const asked = [];
  /** @type {any} */
  const app = Object.assign(new EventTarget(), {
    opened: { model: { grid: GRID, size: 6, patch: 2, tubelet: 2 } },
    changed() {},
    engine: {
      settled: async () => {},
      imagine: async (/** @type {Uint32Array} */ tokens) => {
        asked.push([...tokens]);
        if (!tokens.length) throw new FailureError("bad-mask", "Nothing is hidden: hide some patches.");
        return { hidden: tokens };
      },
      roll: async (/** @type {number} */ past, /** @type {number} */ steps) => (
        asked.push([past, steps]),
        { past, predicted: horizon(1), unchanged: horizon(2) }
      ),
    },
  });
  const imaginer = new ImaginationRequests(app);
  await imaginer.imagine(new Uint32Array([3]));
  assert.deepEqual(imaginer.imagined, { hidden: new Uint32Array([3]), grid: GRID, size: 6, patch: 2, tubelet: 2 });
  await imaginer.imagine(new Uint32Array());
  assert.equal(imaginer.problem?.message, "Nothing is hidden: hide some patches.");
  assert.deepEqual(imaginer.imagined?.hidden, new Uint32Array([3]), "what was there stays");
  await imaginer.roll(1);
  assert.deepEqual([asked, imaginer.problem], [[[3], [], [1, 1]], null]);
  assert.deepEqual(imaginer.fading?.predicted, [1]);
  app.dispatchEvent(new Event("opened"));
  assert.deepEqual([imaginer.imagined, imaginer.fading], [null, null]);
});

test("a mask is painted by keyboard, the clip stands still meanwhile, and its tokens are asked for", () => {
  const root = page.section();
  const view = new ImaginationView(root);
  /** @type {any[]} */
  const asked = [];
  for (const name of ["imagine", "roll"])
    root.addEventListener(name, (/** @type {any} */ { detail }) => asked.push(detail));
  const data = { imagined: null, fading: null, busy: false, problem: "", ready: true, tubelets: 2 };
  const clip = (/** @type {number} */ value) => ({
    frames: new Uint8Array(4 * 36 * 4).fill(value),
    size: 6,
    count: 4,
    grid: GRID,
    tubelet: 2,
  });
  view.update(data);
  assert.equal(view.imagine.disabled, true, "there is no clip yet");
  view.see(clip(1));
  const press = (/** @type {string[]} */ ...keys) =>
    keys.forEach((key) =>
      view.easel.canvas.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key })),
    );
  press("ArrowRight", "ArrowDown", " ");
  assert.equal(view.easel.said.textContent, "Row 2, column 2, hidden");
  assert.deepEqual(
    [view.imagine.disabled, view.hint.textContent],
    [false, "The clip goes on: your mask is laid over the newest one."],
  );
  view.see(clip(2));
  view.imagine.click();
  assert.deepEqual([...asked[0].tokens], [4, 10], "through all tubelets");
  view.easel.clearing.click();
  assert.equal(view.imagine.disabled, true);
  view.easel.tools[2]?.click();
  view.easel.spans[1]?.click();
  /** @type {any} */ (view.easel.strip.children[1]).click();
  press(" ", "ArrowLeft", " ");
  view.imagine.click();
  assert.deepEqual([...asked[1].tokens], [9, 10], "a box, from the second tubelet on");
  view.easel.future.click();
  view.imagine.click();
  assert.deepEqual([...asked[2].tokens], [6, 7, 8, 9, 10, 11]);
  assert.match(view.easel.canvas.getAttribute("aria-label") ?? "", /^Tubelet 2 of 2: 6 of 12 patches/);
  view.roll.click();
  assert.deepEqual(asked[3], { past: 1 });
  view.update({ ...data, problem: "The clip is too short." });
  assert.equal(view.hint.textContent, "The clip is too short.");
});
