// @ts-check
/** Laws of physics that are broken in the live world: what can be pressed, what comes of it, and how it adds up. */
import assert from "node:assert/strict";
import test from "node:test";
import { below, fakePage } from "./support/elements.js";
import { page } from "./support/page.js";

const site = fakePage();
Object.assign(document, { querySelectorAll: () => [], documentElement: {} });
const { LawsView } = await import("../../www/js/rooms/stage/laws-view.js");
const { ScoreView, sentenceOf } = await import("../../www/js/rooms/watch/score-view.js");
const { message } = await import("../../www/js/base/messages.js");
const { setLanguage } = await import("../../www/js/language/words.js");

/** @typedef {import("../../www/js/rooms/stage/laws-view.js").LawsData} LawsData */

const BLOCK = message("law.block", "This scene has no block to go through: begin a new one.");

/** @param {Partial<LawsData>} [more] @returns {LawsData} */
const data = (more = {}) => ({
  shown: true,
  calibrated: true,
  ringing: false,
  lacking: [
    ["teleport", null],
    ["colour", null],
    ["pass-through", BLOCK],
  ],
  pending: null,
  outcome: null,
  refused: null,
  ...more,
});

function view() {
  const root = site.section();
  /** @type {[string, any][]} */
  const asked = [];
  for (const name of ["break", "scene"])
    root.addEventListener(name, (/** @type {any} */ event) => asked.push([name, event.detail]));
  const shown = new LawsView(root);
  const buttons = () => below(shown.grid);
  /** @param {Partial<LawsData>} [more] */
  const update = (more) => (shown.update(data(more)), buttons());
  return { root, shown, asked, update };
}

test("a law is broken by its button, and one that can't be says what the scene lacks", () => {
  const { shown, asked, update } = view();
  const [teleport, colour, through] = update();
  assert.deepEqual(
    [teleport, colour, through].map((button) => [
      button.getAttribute("aria-disabled") === "true",
      button.title,
      button.children.join("") || button.textContent,
    ]),
    [
      [false, "An object is suddenly elsewhere.", "Teleport"],
      [false, "An object changes colour.", "Recolour"],
      [true, BLOCK.message, "Pass through"],
    ],
  );
  assert.equal(shown.told.textContent, "Each happens as soon as it can be seen.");
  through.click();
  assert.deepEqual([shown.told.textContent, asked], [BLOCK.message, []], "pressed in vain, it says why");
  update();
  assert.equal(shown.told.textContent, BLOCK.message, "until something happens");
  update({ pending: "colour" });
  assert.equal(shown.told.textContent, "Recolour: does the model notice?");
  update();
  teleport.click();
  shown.scene.click();
  assert.deepEqual(asked, [
    ["break", { violation: "teleport" }],
    ["scene", null],
  ]);
});

test("nothing is broken while it is not known what is usual, nor while an alarm rings, nor two at once", () => {
  const { root, update } = view();
  /** @param {Partial<LawsData>} more */
  const why = (more) => update(more).map((button) => button.getAttribute("aria-disabled") === "true" && button.title);
  const [first, , third] = why({ calibrated: false });
  assert.deepEqual([first, third], ["The model is finding out what is usual here.", BLOCK.message]);
  assert.equal(why({ ringing: true })[0], "The alarm rings: wait until it is over.");
  assert.deepEqual(why({ pending: "colour", ringing: true }).slice(0, 2), [
    "Another law is being broken.",
    "Another law is being broken.",
  ]);
  assert.equal(why({ lacking: [] })[1], "The model is finding out what is usual here.", "of the next scene");
  update({ shown: false });
  assert.equal(root.hidden, true);
});

test("what is pending, noticed, missed and refused is said", async () => {
  const { shown, update } = view();
  const said = () => [shown.told.textContent, shown.told.dataset.outcome];
  const [, colour] = update({ pending: "colour" });
  assert.deepEqual(said(), ["Recolour: does the model notice?", "none"]);
  assert.equal(colour.attributes.has("data-pending"), true);
  // What follows a violation is waited for, and the outcome is known already.
  update({ pending: "colour", outcome: { violation: "colour", noticed: true } });
  assert.deepEqual(said(), ["Recolour: noticed.", "noticed"]);
  update({ outcome: { violation: "teleport", noticed: false } });
  assert.deepEqual(said(), ["Teleport: missed.", "missed"]);
  const refused = { code: "no-law", ...message("law.gravity", "Nothing falls in this scene: begin a new one.") };
  update({ refused, outcome: { violation: "teleport", noticed: true } });
  assert.deepEqual(said(), ["Nothing falls in this scene: begin a new one.", "none"], "in no colour of an outcome");
  await setLanguage("zh");
  update({ refused });
  assert.equal(shown.told.textContent, "这个场景里没有东西会下落：请开始新的场景。");
  await setLanguage("en");
});

test("the score counts in sentences", () => {
  const kinds = /** @type {any} */ ([]);
  const none = { broken: 0, noticed: 0, windows: 3, falseAlarms: 1, kinds };
  assert.equal(sentenceOf(none), "You have broken no law yet. 3 windows without, 1 false alarm.");
  const one = { broken: 1, noticed: 0, windows: 12, falseAlarms: 0, kinds };
  assert.equal(sentenceOf(one), "You broke 1 law, it noticed 0. 12 windows without, 0 false alarms.");
  const more = { broken: 7, noticed: 6, windows: 1214, falseAlarms: 2, kinds };
  assert.equal(sentenceOf(more), "You broke 7 laws, it noticed 6. 1,214 windows without, 2 false alarms.");
});

test("the score names each law that was broken", () => {
  const root = site.section();
  const score = new ScoreView(root);
  score.update(null);
  assert.equal(root.hidden, true);
  const kinds = [
    { violation: /** @type {const} */ ("teleport"), broken: 2, noticed: 1 },
    { violation: /** @type {const} */ ("gravity-off"), broken: 1, noticed: 1 },
  ];
  score.update({ broken: 3, noticed: 2, windows: 40, falseAlarms: 0, kinds });
  const written = (/** @type {any} */ node) =>
    typeof node === "string" ? node : node.children.map(written).join("") || node.textContent;
  assert.equal(root.hidden, false);
  const items = /** @type {any} */ (score.kinds).children;
  assert.deepEqual(items.map(written), ["Teleport 1/2", "Gravity off 1/1"]);
  score.update({ broken: 3, noticed: 2, windows: 41, falseAlarms: 0, kinds });
  assert.equal(/** @type {any} */ (score.kinds).children[0], items[0], "a window more changes no list");
});

/** A page that watches a world, and knows what is usual. */
async function calibrated() {
  const made = await page();
  const { app } = made;
  await app.look();
  const { watching } = app;
  const engine = /** @type {any} */ (made.host().host.session?.engine);
  /** One window a heat. @param {number[]} heat */
  const see = async (...heat) => {
    engine.heat = heat.concat(0);
    for (const _ of heat) await watching.watch();
  };
  watching.choose(true);
  await see(0, 0);
  const { summary } = watching;
  assert.equal(summary.missing, 1);
  await see(0);
  return { ...made, watching, engine, see };
}

test("a law that is broken is marked when it happens, and counted by what the alarm does", async () => {
  const { watching, see, api, app } = await calibrated();
  const state = () => /** @type {any} */ (api.state().surprise.laws);
  const before = state().score.windows;
  await watching.breakLaw("teleport");
  assert.equal(watching.laws?.pending, "teleport", "before the next window says so");
  await see(0);
  assert.deepEqual([state().happened, state().outcome, watching.outcome], ["teleport", null, null]);
  await see(9);
  assert.deepEqual(
    watching.history.marks.map(({ what, violation }) => [what, violation]),
    [
      ["law", "teleport"],
      ["alarm", undefined],
    ],
  );
  assert.deepEqual(watching.outcome, { violation: "teleport", noticed: true });
  await see(0, 0);
  assert.deepEqual([state().pending, watching.outcome?.noticed], [null, true], "the outcome stays to be read");
  await watching.breakLaw("colour");
  assert.equal(watching.outcome, null, "that of the law before");
  await see(0, 0, 0);
  assert.deepEqual(watching.outcome, { violation: "colour", noticed: false });
  const { score } = state();
  assert.deepEqual([score.broken, score.noticed, score.falseAlarms], [2, 1, 0]);
  assert.equal(score.windows, before + 1, "windows about a law are not counted as quiet");
  assert.deepEqual(score.kinds, [
    { violation: "teleport", broken: 1, noticed: 1 },
    { violation: "colour", broken: 1, noticed: 0 },
  ]);
  await watching.breakLaw("teleport");
  await app.newScene();
  assert.deepEqual([watching.outcome, watching.laws?.pending], [null, null], "nothing was broken in another scene");
  assert.equal(watching.laws?.score.broken, 2);
});

test("a law that can't be broken is refused in a sentence, and another failure is the page's to say", async () => {
  const { watching, engine, app, see } = await calibrated();
  assert.deepEqual(watching.lacking.at(-1), ["pass-through", "block"]);
  await watching.breakLaw("pass-through");
  assert.match(watching.refused?.message ?? "", /^This scene has no block/);
  assert.deepEqual([app.error, watching.laws?.pending], [null, null]);
  await watching.breakLaw("teleport");
  assert.equal(watching.refused, null);
  await watching.breakLaw("colour");
  assert.match(watching.refused?.message ?? "", /^A law is being broken already/);
  await see(0, 0, 0);
  engine.breakLaw = () => {
    throw Object.assign(new Error("There is no such law."), { code: "bad-call" });
  };
  await assert.rejects(watching.breakLaw("teleport"), { code: "bad-call" });
  assert.equal(watching.laws?.pending, null);
});

test("a new scene is another world, and another model begins without a score", async () => {
  const { watching, api, app, engine, see } = await calibrated();
  await watching.breakLaw("teleport");
  await see(9, 0);
  assert.ok(watching.outcome);
  const { world } = engine;
  await app.newScene();
  assert.notEqual(engine.world, world);
  assert.equal(engine.world % 2, 1, "never one that is trained on");
  await api.configure({ seed: 5 });
  assert.deepEqual([watching.laws, watching.outcome, watching.lacking], [null, null, []]);
});
