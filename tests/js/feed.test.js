// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { Pace, centreSquare, framesPerSecond } from "../../www/js/feed.js";
import { cameraFailure, checkVideo, sentence } from "../../www/js/source.js";

/** How many of the ticks are due, at a tick each `step` ms. @param {number} step @param {number} ms */
function countDue(step, ms) {
  const pace = new Pace(8);
  let due = 0;
  for (let now = 0; now < ms; now += step) if (pace.due(now)) due += 1;
  return due;
}

test("eight frames a second come out of any faster rate, without drift", () => {
  for (const fps of [24, 25, 30, 50, 60, 144]) assert.equal(countDue(1000 / fps, 60_000), 480, `${fps} fps`);
});

test("a checkpoint gets frames at the pace it was evaluated with", () => {
  const model = { size: 256, frames: 16 };
  assert.equal(framesPerSecond(model), 8);
  assert.equal(framesPerSecond({ ...model, family: "vjepa1" }), 8, "a new model of that family");
  const paces = /** @type {const} */ (["vjepa1", "vjepa2", "vjepa21"]).map((family) => framesPerSecond({ ...model, family, checkpoint: true }));
  assert.deepEqual(paces, [7.5, 4, 4]);
});

test("a slower source gives every frame", () => assert.equal(countDue(200, 60_000), 300));

test("after a gap nothing is caught up", () => {
  const pace = new Pace(8);
  assert.deepEqual([0, 5000, 5001, 5124, 5125].map((now) => pace.due(now)), [true, true, false, false, true]);
});

test("frames are cut to the centred square", () => {
  assert.deepEqual(centreSquare(640, 480), { x: 80, y: 0, side: 480 });
  assert.deepEqual(centreSquare(480, 641), { x: 0, y: 80, side: 480 });
  assert.deepEqual(centreSquare(7680, 4320), { x: 1680, y: 0, side: 4320 });
});

const video = { name: "“a.webm”", duration: 5, width: 256, height: 256 };

test("a video without picture, or of less than two frames, is refused", () => {
  assert.throws(() => checkVideo({ ...video, width: 0, height: 0 }), { code: "file-no-video" });
  assert.throws(() => checkVideo({ ...video, duration: 0.2 }), { code: "file-short", message: /0\.20 s/ });
  for (const duration of [0.25, 5, Infinity]) assert.equal(checkVideo({ ...video, duration }).duration, duration);
});

test("a short video is looped and a large one is slow, and the page says so", () => {
  assert.equal(sentence(video, 8), undefined);
  assert.equal(sentence({ ...video, duration: Infinity }, 8), undefined);
  assert.match(sentence({ ...video, duration: 0.5 }, 8) ?? "", /0\.5 s and a clip 1\.0 s.*loop/);
  assert.match(sentence({ ...video, width: 7680, height: 4320 }, 8) ?? "", /7680×4320.*scaled/);
});

test("each way a camera fails has its own code", () => {
  const names = ["NotAllowedError", "NotFoundError", "NotReadableError", "TypeError"];
  const codes = names.map((name) => cameraFailure({ name, message: "" }).code);
  assert.deepEqual(codes, ["camera-refused", "no-camera", "camera-busy", "camera-failed"]);
});
