// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { FrameFeed, Pace, TimeLine, centreSquare, framesPerSecond } from "../../www/js/sources/feed.js";
import { cameraFailure } from "../../www/js/sources/camera.js";
import { checkVideo, noteOn } from "../../www/js/sources/video.js";

/** How many instants come in `ms`, asked each `step` ms. @param {number} step @param {number} ms */
function instants(step, ms) {
  const pace = new Pace(8);
  let due = pace.due(0);
  for (let now = step; now < ms; now += step) due += pace.due(step);
  return due;
}

test("eight frames a second, however often it is asked, without drift", () => {
  for (const hertz of [1, 3, 10, 25, 30, 60, 144])
    assert.ok(Math.abs(instants(1000 / hertz, 60_000) - 480) <= 8 / hertz + 1, `${hertz} a second`);
});

test("a checkpoint gets frames at the pace it was evaluated with", () => {
  const model = { size: 256, frames: 16 };
  assert.equal(framesPerSecond(model), 8);
  assert.equal(framesPerSecond({ ...model, family: "vjepa1" }), 8, "a new model of that family");
  const paces = /** @type {const} */ (["vjepa1", "vjepa2", "vjepa21"]).map((family) =>
    framesPerSecond({ ...model, family, checkpoint: true }),
  );
  assert.deepEqual(paces, [7.5, 4, 4]);
});

test("an instant that was missed is counted, and one of which nothing is known begins anew", () => {
  const pace = new Pace(8);
  assert.deepEqual(
    [0, 100, 24, 1, 400, 100, Infinity].map((elapsed) => pace.due(elapsed)),
    [1, 0, 0, 1, 3, 1, Infinity],
  );
});

test("a file has its own time, on which a loop is no jump and a stall no time; a stream has the page's", () => {
  let now = 0;
  const video = { srcObject: /** @type {any} */ (null), currentTime: 3, duration: 4, loop: true };
  const time = new TimeLine(video, () => now);
  const at = (/** @type {number} */ seconds) => ((now += 1000), (video.currentTime = seconds), time.elapsed());
  assert.deepEqual([3, 3.5, 3.5, 0.25].map(at), [0, 500, 0, 750]);
  video.loop = false;
  assert.equal(at(0), Infinity);
  video.srcObject = {};
  time.elapsed();
  assert.deepEqual([7, 7].map(at), [1000, 1000]);
});

/**
 * What a feed sends of a file whose frames begin at these times, for so many milliseconds of a fake clock.
 * @param {any} t @param {number[]} starts  seconds @param {number} ms @param {any} [how]
 */
async function sampled(
  t,
  starts,
  ms,
  {
    model = { size: 8, frames: 8 },
    video: more = {},
    each = () => {},
    scale = async (/** @type {any} */ shown) => shown,
  } = {},
) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  const video = {
    srcObject: null,
    duration: Infinity,
    loop: false,
    videoWidth: 8,
    videoHeight: 8,
    readyState: 4,
    paused: false,
    seeking: false,
    playbackRate: 1,
    get currentTime() {
      return (now * this.playbackRate) / 1000;
    },
    ...more,
  };
  /** @type {any[]} */
  const sent = [];
  const scaler = {
    scale: (/** @type {any} */ from) =>
      scale(
        starts.findLastIndex((start) => start <= from.currentTime + 1e-9),
        now,
      ),
    close() {},
  };
  const send = (/** @type {any} */ shown, /** @type {number} */ times) => sent.push(...Array(times).fill(shown));
  const feed = new FrameFeed(
    /** @type {any} */ (video),
    send,
    () => model,
    () => sent.push("gap"),
    { scaler: /** @type {any} */ (scaler), now: () => now },
  );
  feed.start();
  for (; now < ms; now++) {
    each(video, now, feed);
    t.mock.timers.tick(1);
    await null;
    await null;
  }
  feed.stop();
  t.mock.timers.reset();
  return sent;
}

/** As in held-frames.mp4. */
const HELD = [0, 4, ...Array.from({ length: 40 }, (_, i) => 8 + i / 10)];

for (const [what, model, fps] of /** @type {[string, any, number][]} */ ([
  ["a model of the page", { size: 8, frames: 8 }, 8],
  ["V-JEPA", { size: 8, frames: 16, checkpoint: true, family: "vjepa1" }, 7.5],
  ["V-JEPA 2", { size: 8, frames: 16, checkpoint: true, family: "vjepa2" }, 4],
])) {
  test(`each instant gets the frame that is shown then: ${what}`, async (t) => {
    const sent = await sampled(t, HELD, 12_000, { model });
    // A timer is up to 4 ms late.
    const shown = (/** @type {number} */ seconds) => HELD.findLastIndex((start) => start <= seconds + 1e-9);
    assert.equal(sent.length, 12 * fps);
    for (const [i, frame] of sent.entries())
      assert.ok([shown(i / fps), shown(i / fps + 0.006)].includes(frame), `at ${i / fps} s frame ${frame}`);
  });
}

test("a camera that holds its frame in the dark is sampled at the same pace", async (t) => {
  const sent = await sampled(t, [0, 0.5, 1, 1.5], 2000, { video: { srcObject: {} } });
  assert.deepEqual(sent, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
});

test("twice as fast is twice as often; nothing comes of a video that is paused, is sought in or has no data", async (t) => {
  const sent = await sampled(t, [0], 2000, { video: { playbackRate: 2 } });
  assert.ok(Math.abs(sent.length - 32) <= 1, `${sent.length}`);
  for (const video of [{ paused: true }, { seeking: true }, { readyState: 1 }, { videoWidth: 0 }])
    assert.deepEqual(await sampled(t, [0], 1000, { video }), []);
});

test("frames that take long to scale keep the pace, and so does one that could not be had", async (t) => {
  const late = (/** @type {number} */ frame) => new Promise((resolve) => setTimeout(() => resolve(frame), 300));
  const slow = await sampled(t, [0], 6000, { scale: late });
  assert.ok(slow.length >= 44 && slow.length <= 48, `${slow.length}`);
  t.mock.method(console, "warn", () => {});
  const failing = await sampled(t, [0], 1000, {
    scale: async (/** @type {number} */ frame, /** @type {number} */ now) =>
      now < 500 ? Promise.reject(new Error("gone")) : frame,
  });
  assert.equal(failing.length, 8);
});

test("after more than a clip that nobody saw the clip begins anew; less is made up for", async (t) => {
  const holds = (/** @type {number} */ until) => (/** @type {any} */ video, /** @type {number} */ now) =>
    (video.paused = now > 500 && now < until);
  const stream = { srcObject: {} };
  assert.deepEqual(await sampled(t, [0, 2], 2270, { video: stream, each: holds(2010) }), [0, 0, 0, 0, 0, "gap", 1, 1]);
  assert.deepEqual(await sampled(t, [0, 2], 1250, { video: stream, each: holds(1010) }), Array(10).fill(0));
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
  assert.equal(noteOn(video, 8), undefined);
  assert.equal(noteOn({ ...video, duration: Infinity }, 8), undefined);
  assert.match(noteOn({ ...video, duration: 0.5 }, 8)?.message ?? "", /0\.5 s and a clip 1\.0 s.*loop/);
  assert.match(noteOn({ ...video, width: 7680, height: 4320 }, 8)?.message ?? "", /7680×4320.*scaled/);
});

test("each way a camera fails has its own code", () => {
  const names = ["NotAllowedError", "NotFoundError", "NotReadableError", "TypeError"];
  const codes = names.map((name) => cameraFailure({ name, message: "" }).code);
  assert.deepEqual(codes, ["camera-refused", "no-camera", "camera-busy", "camera-failed"]);
});
