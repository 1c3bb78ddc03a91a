// @ts-check
/** Sources that are opened, waited for and given up, on a page and cameras that are made up. */
import assert from "node:assert/strict";
import test from "node:test";
import { FailureError } from "../../www/js/base/errors.js";
import { Sources } from "../../www/js/sources/sources.js";
import { orAbort, within } from "../../www/js/sources/waiting.js";
import { settle } from "./support/engine.js";
import { page } from "./support/page.js";
import { inEnglish, message } from "../../www/js/base/messages.js";

/** A camera's track. */
function makeTrack() {
  return Object.assign(new EventTarget(), {
    muted: false,
    readyState: "live",
    stop() {
      this.readyState = "ended";
    },
  });
}

/** A stream of one camera. */
function makeStream(track = makeTrack()) {
  return { track, getTracks: () => [track], getVideoTracks: () => [track] };
}

/**
 * A page whose browser answers a question about a camera when told to, and shows its first frame if `shows`.
 * @param {{shows?: boolean}} [how]
 */
function setUp({ shows = true } = {}) {
  /** @type {any[]} */
  const questions = [];
  /** @type {string[]} */
  const waits = [];
  /** @type {any[]} */
  const heard = [];
  const probe = () => ({
    play: async () => {},
    set srcObject(/** @type {any} */ stream) {
      if (stream && shows) setImmediate(() => /** @type {any} */ (this).onloadeddata());
    },
  });
  Object.defineProperty(globalThis, "document", {
    configurable: true,
    value: {
      createElement: probe,
      hidden: false,
      addEventListener() {},
      removeEventListener() {},
      baseURI: "http://localhost/",
    },
  });
  const getUserMedia = () => new Promise((resolve, reject) => questions.push({ allow: resolve, refuse: reject }));
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { mediaDevices: { getUserMedia } } });
  const live = /** @type {any} */ (
    Object.assign(new EventTarget(), {
      hidden: true,
      srcObject: null,
      play: async () => {},
      removeAttribute() {},
      videoWidth: 0,
    })
  );
  const sources = new Sources(live, {
    model: () => ({ size: 8, frames: 4 }),
    frame() {},
    still() {},
    gap: () => heard.push("gap"),
    waits: (sentence) => waits.push(sentence),
    ended: (failure) => heard.push(failure.code),
  });
  return { sources, live, questions, waits, heard, said: () => inEnglish(waits.at(-1)) };
}

test("a camera that never answers is said after some seconds, and given up for another source", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sources, live, questions, said } = setUp();
  const asked = sources.use("camera", {});
  t.mock.timers.tick(2999);
  assert.equal(said(), "");
  t.mock.timers.tick(1);
  assert.match(said(), /camera has not answered yet/);
  const cancelled = assert.rejects(asked, { code: "cancelled" });
  assert.equal(await sources.use("world", {}), undefined);
  await cancelled;
  assert.equal(said(), "");
  const stream = makeStream();
  questions[0].allow(stream);
  await settle();
  assert.deepEqual([stream.track.readyState, live.srcObject], ["ended", null], "one that comes too late is let go of");
});

test("a camera without a frame is refused in a sentence, and let go of", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { sources, live, questions, said } = setUp({ shows: false });
  const asked = sources.use("camera", {});
  const refused = assert.rejects(asked, { code: "camera-silent", message: /gives no picture: open its shutter/ });
  const stream = makeStream();
  questions[0].allow(stream);
  await settle();
  t.mock.timers.tick(3000);
  assert.match(said(), /has given no picture yet/);
  t.mock.timers.tick(12_000);
  await refused;
  assert.deepEqual([stream.track.readyState, live.srcObject, said()], ["ended", null, ""]);
});

test("the source before goes on while a camera is waited for, and when it is refused", async () => {
  const { sources, live, questions } = setUp();
  const first = makeStream();
  const opening = sources.use("camera", {});
  questions[0].allow(first);
  await opening;
  assert.equal(live.srcObject, first);
  const second = sources.use("camera", { deviceId: "b" });
  assert.equal(live.srcObject, first);
  questions[1].refuse(new DOMException("", "NotAllowedError"));
  await assert.rejects(second, { code: "camera-refused" });
  assert.deepEqual([live.srcObject, first.track.readyState], [first, "live"]);
  sources.stop();
  assert.deepEqual([live.srcObject, first.track.readyState], [null, "ended"]);
});

test("a camera that goes mute is said, and comes back by itself", async () => {
  const { sources, questions, heard, said } = setUp();
  const { track, ...stream } = makeStream();
  const opening = sources.use("camera", {});
  questions[0].allow(stream);
  await opening;
  await sources.flow();
  const event = (/** @type {string} */ name, muted = false) => (
    (track.muted = muted),
    track.dispatchEvent(new Event(name))
  );
  event("mute", true);
  assert.match(said(), /camera gives no picture just now/);
  event("unmute");
  assert.equal(said(), "");
  event("mute", true);
  await assert.rejects(sources.use("file", {}), { code: "file-none" });
  assert.match(said(), /just now/, "what fails meanwhile does not hide it");
  event("ended");
  assert.deepEqual(heard, ["camera-unplugged"]);
  sources.stop();
  assert.equal(said(), "");
  event("mute", true);
  event("ended");
  assert.deepEqual([said(), heard.length], ["", 1], "nobody listens to one that was let go of");
});

test("one that was unplugged before it could be shown is refused", async () => {
  const { sources, questions } = setUp();
  const stream = makeStream();
  const opening = sources.open("camera", {});
  questions[0].allow(stream);
  const opened = await opening;
  stream.track.readyState = "ended";
  await assert.rejects(sources.show(opened), { code: "camera-unplugged" });
});

test("a limit counts the time in which the tab is seen", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const seen = Object.assign(new EventTarget(), { hidden: true });
  Object.defineProperty(globalThis, "document", { configurable: true, value: seen });
  let over = false;
  within(new Promise(() => {}), 100).catch(() => (over = true));
  t.mock.timers.tick(1000);
  await settle();
  assert.equal(over, false);
  seen.hidden = false;
  seen.dispatchEvent(new Event("visibilitychange"));
  t.mock.timers.tick(100);
  await settle();
  assert.equal(over, true);
});

test("what is aborted before it is waited for is let go of as well", async () => {
  const aborted = AbortSignal.abort(new FailureError("cancelled", "x"));
  /** @type {number[]} */
  const gone = [];
  await assert.rejects(
    orAbort(Promise.resolve(1), aborted, (late) => gone.push(late)),
    { code: "cancelled" },
  );
  await settle();
  assert.deepEqual(gone, [1]);
});

/** A page that waits for a camera from the start on. `answer`: the camera's. */
async function waitingPage() {
  /** @type {{allow: (opening: any) => void, refuse: (error: Error) => void}[]} */
  const questions = [];
  const open = (/** @type {string} */ name) =>
    name === "camera" ? new Promise((allow, refuse) => questions.push({ allow, refuse })) : Promise.resolve({});
  return { ...(await page({ settings: { source: "camera" }, open })), questions };
}

test("a page whose camera never answers shows the world, and does all that is asked of it", async () => {
  const { api, app, address, questions } = await waitingPage();
  assert.deepEqual([api.state().source, address().source, api.state().error], ["world", "camera", null]);
  assert.equal((await app.look()).effectiveRank, 2);
  await api.configure({ preset: "small" });
  assert.equal(api.state().model?.preset, "small");
  questions[0]?.allow({});
  await settle(50);
  assert.deepEqual([api.state().source, address().source], ["camera", "camera"]);
});

test("a camera that is refused late leaves the world, and the address says so", async () => {
  const { api, address, questions } = await waitingPage();
  questions[0]?.refuse(new FailureError("camera-refused", "The camera was not allowed."));
  await settle(50);
  assert.deepEqual(
    [api.state().source, address().source, api.state().error?.code],
    ["world", "world", "camera-refused"],
  );
});

test("while a camera is waited for, models and sources can be changed", async () => {
  /** @type {(error: Error) => void} */
  let refuse = () => {};
  const { api, sources, sink, address } = await page();
  sources.open = (/** @type {string} */ name) =>
    name === "camera"
      ? new Promise((_, reject) => (refuse = reject))
      : (refuse(new FailureError("cancelled", "Another source was chosen meanwhile.")), Promise.resolve({}));
  const camera = assert.rejects(api.setSource("camera"), { code: "cancelled" });
  sink.waits(message("waits.camera", "The camera has not answered yet."));
  assert.equal(api.state().notice, "The camera has not answered yet.");
  await api.configure({ preset: "small" });
  await api.setSource("sample");
  await camera;
  const { model, source, error } = api.state();
  assert.deepEqual([model?.preset, source, error, address().source], ["small", "sample", null, "sample"]);
});
