// @ts-check
/** The frame of a time, of a video that shows frames before their time has come. */
import assert from "node:assert/strict";
import test from "node:test";
import { Shown } from "../../www/js/sources/shown-frame.js";

/** A video that shows what it is told to, in seconds. */
function setUp() {
  let open = 0;
  class VideoFrame {
    /** @param {any} source */
    constructor(source) {
      this.timestamp = source.shows * 1e6;
      open += 1;
    }
    clone() {
      return new VideoFrame({ shows: this.timestamp / 1e6 });
    }
    close() {
      open -= 1;
    }
  }
  Object.assign(globalThis, { VideoFrame });
  /** @type {any} */
  const video = {
    srcObject: null,
    currentTime: 0,
    shows: 0,
    called: null,
    handle: 0,
    requestVideoFrameCallback(/** @type {any} */ callback) {
      return ((this.called = callback), ++this.handle);
    },
    cancelVideoFrameCallback(/** @type {number} */ handle) {
      if (handle === this.handle) this.called = null;
    },
  };
  const shown = new Shown(video);
  shown.start();
  /** The video shows another frame. @param {number} currentTime @param {number} shows */
  const present = (currentTime, shows) => (
    Object.assign(video, { currentTime, shows }),
    video.called?.(0, { mediaTime: shows })
  );
  const at = (/** @type {number} */ time) => {
    video.currentTime = time;
    const frame = /** @type {any} */ (shown.now());
    frame.close();
    return frame.timestamp / 1e6;
  };
  return { video, shown, present, at, open: () => open };
}

test("a frame that is shown early waits for its time", () => {
  const { present, at, shown, open } = setUp();
  present(4, 4);
  assert.deepEqual([4, 5, 6].map(at), [4, 4, 4]);
  present(6.2, 8);
  present(6.22, 8.3);
  assert.deepEqual([6.3, 7.9, 8.01, 8.2, 8.3].map(at), [4, 4, 8, 8, 8.3]);
  present(8.4, 8.4);
  assert.equal(at(8.41), 8.4);
  assert.ok(open() <= 2, `${open()} frames are open`);
  shown.stop();
  assert.equal(open(), 0);
});

test("a steady video is shown as it is, a little early or late, in a loop and after a jump", () => {
  const { present, at, shown, open } = setUp();
  for (const [time, shows] of /** @type {[number, number][]} */ ([
    [0, 0],
    [0.1, 0.133],
    [0.2, 0.167],
    [4.9, 4.9],
    [0.05, 0.033],
    [9, 9],
    [3, 3],
  ])) {
    present(time, shows);
    assert.equal(at(time), shows);
  }
  present(3.1, 5);
  assert.equal(at(3.1), 3);
  present(0.1, 0.1);
  assert.deepEqual([0.1, 5].map(at), [0.1, 0.1], "what was kept of the time before is gone");
  shown.stop();
  assert.equal(open(), 0);
});

test("a stream's stamps are no time of the page, and decoders are left their frames", () => {
  const { video, present, at, shown, open } = setUp();
  at(0);
  for (let i = 1; i < 20; i++) present(0.01, i);
  assert.ok(open() <= 4, `${open()} frames are open`);
  video.srcObject = {};
  present(1, 500);
  assert.equal(at(1), 500);
  shown.stop();
  assert.deepEqual([open(), video.called], [0, null]);
});
