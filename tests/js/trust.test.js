// @ts-check
/** How it is said that a sure answer should wait. When it should is the engine's: src/surprise/trust.rs. */
import assert from "node:assert/strict";
import test from "node:test";
import { wordsOf } from "../../www/js/rooms/watch/trust-view.js";

/** @typedef {import("../../www/js/rooms/watch/trust-view.js").TrustData} TrustData */
/** @typedef {import("../../www/js/rooms/watch/trust-view.js").Reason} Reason */

/** @param {TrustData["answer"]} answer @param {number | null} share @param {Reason | null} [reason] */
const words = (answer, share, reason = null) =>
  wordsOf({ answer, label: share === null ? null : { name: "ball", share }, reason, places: [] });

test("sure and calm", () => {
  assert.equal(words("sure", 0.92), "“ball”, 92 % sure. The newest frames agree with the prediction.");
});

test("sure but surprised says where and since when", () => {
  assert.equal(
    words("wait", 0.92, { patches: 3, where: "bottom-left", since: { ms: 1230, frames: 14 } }),
    "“ball”, 92 % sure, but 3 patches at the bottom on the left differ from the prediction, for 1.2 s (14 frames). Treat the label with care.",
  );
  const now = words("wait", 1, { patches: 1, where: "middle", since: { ms: 0, frames: 0 } });
  assert.match(now, /one patch in the middle differs from the prediction, just now\. Treat/);
});

test("unsure and surprised gives the reason", () => {
  const said = words("unsure", 0.4, { patches: 1, where: "top-right", since: { ms: 500, frames: 6 } });
  assert.match(said, /40 % sure, and one patch at the top on the right/);
});

test("an alarm that fades out names no place", () => {
  assert.match(words("wait", 0.9, { patches: 0, where: null, since: null }), /the surprise is fading/);
});

test("an alarm that is over still counts while its clip is the label's", () => {
  assert.equal(
    words("wait", 0.9),
    "“ball”, 90 % sure, but it was surprised within the clip that this label is of. Treat the label with care.",
  );
});

test("while it is not known what is usual that is said", () => {
  assert.match(words("unknown", 0.95), /95 % sure.*[Ss]till calibrating/);
});

test("without a label it says how to get one, and still what surprises", () => {
  assert.match(words("none", null), /^There is no fast label yet: teach two classes/);
  const said = words("none", null, { patches: 1, where: "top-left", since: { ms: 300, frames: 4 } });
  assert.match(said, /^Surprise: one patch at the top on the left .*teach two classes/);
});
