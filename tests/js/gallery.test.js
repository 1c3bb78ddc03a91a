// @ts-check
/** The gallery of matched pairs: what it asks for, and what it says of what it gets. */
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { setUp } from "./support/host.js";
import { below, fakePage } from "./support/elements.js";

const page = fakePage();
mock.timers.enable({ apis: ["setInterval"] });
// Views ask the page about itself as soon as they are imported.
const { GalleryView, placeOf } = await import("../../www/js/rooms/play/gallery-view.js");
const { hueOf, nameOf, sentenceOf } = await import("../../www/js/rooms/play/truth-view.js");

/** @typedef {import("../../www/js/engine/protocol.js").PairRequest} PairRequest */
/** @typedef {import("../../www/js/engine/protocol.js").Truth} Truth */

/** @type {Truth} */
const DISC = {
  id: 0,
  position: [0.5, 0.5],
  velocity: [0.02, 0],
  radius: 0.1,
  shape: "disc",
  pattern: "plain",
  colour: [220, 40, 30],
  visible: 1,
};

/** @param {PairRequest} wish @returns {import("../../www/js/engine/protocol.js").MatchedPair} */
const pairFor = ({ size, frames }) => {
  const pictures = () => new Uint8Array(frames * size * size * 4);
  const truths = () => Array.from({ length: frames }, () => [DISC]);
  return {
    possible: pictures(),
    impossible: pictures(),
    moment: 11,
    object: 0,
    truths: [truths(), truths().map((all, i) => (i < 11 ? all : []))],
  };
};

function gallery() {
  const root = page.dialog();
  const view = new GalleryView(root);
  /** @type {PairRequest[]} */
  const wishes = [];
  root.addEventListener("pair", (/** @type {any} */ event) => wishes.push(event.detail));
  view.open(["vanish", "shape"]);
  const wish = () => /** @type {PairRequest} */ (wishes.at(-1));
  return {
    root,
    view,
    wishes,
    wish,
    button: (/** @type {string} */ text) =>
      below(root).find(({ tag, children }) => tag === "button" && children[0] === text),
  };
}

test("opening asks for a scene, and each choice for another", () => {
  const { root, view, wishes, wish, button } = gallery();
  assert.deepEqual(wishes, [{ world: "standard", violation: "vanish", seed: 0, size: 128, frames: 24 }]);
  assert.equal(root.getAttribute("aria-busy"), "true");
  view.update({ wish: wish(), pair: pairFor(wish()) });
  assert.equal(root.getAttribute("aria-busy"), null);
  view.close();
  view.open(["vanish", "shape"]);
  assert.equal(wishes.length, 1, "what hangs there stays");
  view.kind.value = "shape";
  view.kind.dispatchEvent(new Event("change"));
  view.world.value = "rich";
  view.world.dispatchEvent(new Event("change"));
  button("Another scene").click();
  assert.deepEqual(wish(), { world: "rich", violation: "shape", seed: 1, size: 128, frames: 24 });
});

test("it says to whom it happens and when, or why it can't", () => {
  const { view, wish, button } = gallery();
  const first = wish();
  view.update({ wish: first, pair: pairFor(first) });
  assert.equal(view.note.textContent, "The red disc vanishes in full view, at frame 12.");
  button("Another scene").click();
  view.update({ wish: first, pair: pairFor(first) });
  assert.equal(view.root.getAttribute("aria-busy"), "true", "an answer to what was asked before");
  view.update({ wish: wish(), problem: "The simple world has no such scene." });
  assert.equal(view.note.textContent, "The simple world has no such scene.");
  assert.equal(view.slider.disabled, true);
});

test("both clips are scrubbed together, by hand until they are played", () => {
  const { view, wish } = gallery();
  view.update({ wish: wish(), pair: pairFor(wish()) });
  mock.timers.tick(1000);
  assert.equal(
    view.where.textContent,
    "frame 1 of 24, before it happens",
    "less motion is wanted: nothing plays by itself",
  );
  Object.assign(view.slider, { valueAsNumber: 11 });
  view.slider.dispatchEvent(new Event("input"));
  assert.equal(view.where.textContent, "frame 12 of 24, it happens");
  const said = view.canvases.map((canvas) => canvas.getAttribute("aria-label"));
  assert.deepEqual(said, ["Possible: red disc", "Impossible: nothing"]);
  view.play.click();
  mock.timers.tick(130);
  assert.equal(view.where.textContent, "frame 13 of 24, after it happened");
});

test("truth in words", () => {
  assert.equal(placeOf(23, 24, 23), "frame 24 of 24, it happens");
  assert.deepEqual(
    [
      [255, 0, 0],
      [255, 128, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 0, 128],
    ].map((colour) => Math.round(hueOf(/** @type {any} */ (colour)))),
    [0, 30, 120, 240, 330],
  );
  assert.equal(nameOf({ colour: [40, 60, 220], pattern: "stripes", shape: "ring" }), "striped blue ring");
  assert.equal(
    sentenceOf([DISC, { ...DISC, visible: 0 }, { ...DISC, visible: 0.4 }]),
    "red disc; red disc, hidden; red disc, partly hidden",
  );
});

test("the engine draws pairs before a model is open", async () => {
  const { ask, cpu } = setUp();
  /** @type {PairRequest[]} */
  const drawn = [];
  Object.assign(cpu, {
    drawPair: (/** @type {string} */ text) => (
      drawn.push(JSON.parse(text)),
      {
        possible: new Uint8Array(4),
        impossible: new Uint8Array(4),
        facts: '{"moment": 9, "object": 1, "truths": [[], []]}',
      }
    ),
  });
  const wish = { world: "rich", violation: "size", seed: 3, size: 8, frames: 24 };
  const { ok, value } = await ask({ type: "pair", wish });
  assert.deepEqual(drawn, [wish]);
  assert.deepEqual([ok, value.moment, value.object, value.possible.length], [true, 9, 1, 4]);
});
