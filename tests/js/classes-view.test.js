// @ts-check
/** What the view of taught classes asks for, by pointer, keyboard and click, and what it says. */
import assert from "node:assert/strict";
import test from "node:test";
import { below, fakePage } from "./support/elements.js";

const page = fakePage();
Object.assign(globalThis, { HTMLInputElement: class {} });
const { ClassesView, nextName, roomOf } = await import("../../www/js/rooms/teach/classes-view.js");
const { counted } = await import("../../www/js/rooms/teach/class-card-view.js");
const { AnswerView, shownOf } = await import("../../www/js/rooms/teach/answer-view.js");
const { ConfusionView, sentenceOf } = await import("../../www/js/rooms/teach/confusion-view.js");

/** @type {import("../../www/js/engine/protocol.js").Examples} */
const EXAMPLES = {
  classes: [
    { id: 1, name: "cup" },
    { id: 2, name: "ball" },
  ],
  examples: [
    { id: 3, class: 1 },
    { id: 4, class: 2 },
    { id: 5, class: 1 },
  ],
  usage: { clips: 3, bytes: 9, budget: 99, most: 4000 },
  undo: 1,
  redo: 0,
};
const THUMBNAILS = new Map([3, 4, 5].map((id) => [id, new Uint8Array(24 * 24 * 4)]));
/** @type {import("../../www/js/rooms/teach/classes-view.js").ClassesData} */
const DATA = {
  ready: true,
  examples: EXAMPLES,
  held: null,
  answer: null,
  guesses: [],
  problem: "",
  report: null,
  thumbnails: THUMBNAILS,
  aside: [],
  unkept: false,
  unkeptWhy: "",
};
/** @type {import("../../www/js/engine/protocol.js").FewshotAnswer} */
const ANSWER = {
  ridge: [
    { class: 2, name: "ball", share: 0.7 },
    { class: 1, name: "cup", share: 0.3 },
  ],
  knn: [
    { class: 2, name: "ball", share: 1 },
    { class: 1, name: "cup", share: 0 },
  ],
  nearest: [{ example: 5, class: 1, similarity: 0.934 }],
  drift: 0,
};

function view() {
  const root = page.dialog();
  const classes = new ClassesView(root);
  /** @type {[string, any][]} */
  const asked = [];
  for (const name of [
    "teach",
    "hold",
    "release",
    "record",
    "save-project",
    "begin-anew",
    "bring-back",
    "save-aside",
    "forget-aside",
  ]) {
    root.addEventListener(name, (/** @type {any} */ event) => asked.push([name, event.detail]));
  }
  /** @param {Partial<typeof DATA>} [change] */
  const update = (change) => classes.update({ ...DATA, ...change });
  /** @param {string} label */
  const button = (label) =>
    below(root).find(
      (node) =>
        node.tag === "button" &&
        (node.getAttribute("aria-label") === label || node.children[0] === label || node.textContent === label),
    );
  update();
  return { root, classes, asked, update, button };
}

/** @param {any} node @param {string} type @param {object} [what] */
const fire = (node, type, what = {}) => node.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), what));

test("a button records while it is held, by pointer or by key, and once by a click alone", () => {
  const { asked, button } = view();
  const hold = button("Hold to record clips of cup");
  hold.setPointerCapture = () => {};
  fire(hold, "pointerdown", { button: 0, pointerId: 1 });
  fire(hold, "pointerup");
  fire(hold, "lostpointercapture");
  fire(hold, "click", { detail: 1 });
  assert.deepEqual(asked.splice(0), [
    ["hold", { id: 1 }],
    ["release", null],
  ]);
  fire(hold, "pointerdown", { button: 2, pointerId: 1 });
  assert.deepEqual(asked, [], "another button of the mouse");
  for (const key of [" ", "Enter"]) {
    fire(hold, "keydown", { key });
    fire(hold, "keydown", { key, repeat: true });
    fire(hold, "keyup", { key });
    assert.deepEqual(
      asked.splice(0).map(([name]) => name),
      ["hold", "release"],
    );
  }
  fire(hold, "keydown", { key: " " });
  fire(hold, "blur");
  assert.deepEqual(
    asked.splice(0).map(([name]) => name),
    ["hold", "release"],
    "whoever looks elsewhere has let go",
  );
  fire(hold, "click", { detail: 0 });
  assert.deepEqual(asked, [["record", { id: 1 }]]);
});

test("classes are added by name or without one, renamed, and removed", () => {
  const { classes, asked, update, button } = view();
  classes.name.value = " hand ";
  fire(classes.form, "submit");
  assert.deepEqual(asked.pop(), ["teach", { do: "add-class", name: "hand" }]);
  update();
  assert.equal(classes.name.value, " hand ", "not there yet");
  update({ examples: { ...EXAMPLES, classes: [...EXAMPLES.classes, { id: 9, name: "hand" }] } });
  assert.equal(classes.name.value, "");
  assert.equal(classes.list.children.length, 3);
  fire(classes.form, "submit");
  assert.deepEqual(asked.pop(), ["teach", { do: "add-class", name: "Class 4" }]);
  const name = below(classes.list).find((node) => node.getAttribute("aria-label") === "Name of cup");
  assert.equal(name.value, "cup");
  name.value = "mug";
  fire(name, "change");
  assert.deepEqual(asked.pop(), ["teach", { do: "rename-class", class: 1, name: "mug" }]);
  button("Remove cup and its clips").click();
  assert.deepEqual(asked.pop(), ["teach", { do: "remove-class", class: 1 }]);
  button("Remove clip 2 of 2 of cup").click();
  assert.deepEqual(asked.pop(), ["teach", { do: "remove-example", example: 5 }]);
});

test("the focus stays in the section when what had it is gone", () => {
  const { classes, update, button } = view();
  button("Remove clip 2 of 2 of cup").focus();
  const fewer = { ...EXAMPLES, examples: EXAMPLES.examples.slice(0, 2) };
  update({ examples: fewer });
  assert.equal(document.activeElement, button("Remove clip 1 of 1 of cup"));
  update({ examples: { ...fewer, examples: [{ id: 4, class: 2 }] } });
  assert.equal(document.activeElement, button("Hold to record clips of cup"));
  update({ examples: { ...fewer, classes: [{ id: 2, name: "ball" }], examples: [] } });
  assert.equal(document.activeElement, classes.name);
});

test("undo and redo by button and by key, as far as there is something", () => {
  const { root, asked, update } = view();
  const press = (/** @type {object} */ what) =>
    fire(root, "keydown", { ctrlKey: true, metaKey: false, altKey: false, shiftKey: false, ...what });
  press({ key: "z" });
  assert.deepEqual(asked.splice(0), [["teach", { do: "undo" }]]);
  press({ key: "Z", shiftKey: true });
  assert.deepEqual(asked, [], "nothing was taken back");
  update({ examples: { ...EXAMPLES, undo: 0, redo: 2 } });
  press({ key: "Z", shiftKey: true });
  press({ key: "y" });
  press({ key: "z" });
  assert.deepEqual(
    asked.map(([, { do: what }]) => what),
    ["redo", "redo"],
  );
});

test("another project begins where there is one", () => {
  const { asked, update, button } = view();
  button("Start over").click();
  assert.deepEqual(asked, [["begin-anew", null]]);
  update({ examples: { ...EXAMPLES, classes: [], examples: [] } });
  assert.equal(button("Start over").disabled, true);
});

test("what waits for its model can be brought back, saved or forgotten", () => {
  const { classes, asked, update, button } = view();
  update({ aside: [{ names: ["cup"], clips: 3, why: "These clips were seen by tiny." }] });
  assert.equal(classes.waiting.hidden, false);
  for (const what of ["Bring back", "Save as a file", "Forget"]) button(`${what}: “cup” (3 clips)`).click();
  assert.deepEqual(asked, [
    ["bring-back", { index: 0 }],
    ["save-aside", { index: 0 }],
    ["forget-aside", { index: 0 }],
  ]);
  update();
  assert.equal(classes.waiting.hidden, true);
});

test("classes that are lost with a reload are said to be", () => {
  const { classes, update } = view();
  update({ unkept: true });
  assert.match(classes.unkept.textContent ?? "", /save the project/);
  update({ unkept: true, unkeptWhy: "There is no engine." });
  assert.equal(classes.unkept.textContent, "There is no engine.");
  update();
  assert.equal(classes.unkept.textContent, "");
});

test("a recording is said when it begins and when it ends", () => {
  const { classes, update } = view();
  update({ held: 1 });
  assert.equal(classes.said.textContent, "Recording cup");
  update({ held: 1, examples: { ...EXAMPLES, examples: [...EXAMPLES.examples, { id: 7, class: 1 }] } });
  update({ examples: { ...EXAMPLES, examples: [...EXAMPLES.examples, { id: 7, class: 1 }] } });
  assert.equal(classes.said.textContent, "cup: 1 recorded, 3 clips in all.");
});

test("the answer keeps classes in their places, and says what is nearest", () => {
  assert.deepEqual(shownOf(ANSWER, EXAMPLES), [
    { name: "cup", ridge: 0.3, knn: 0, best: false },
    { name: "ball", ridge: 0.7, knn: 1, best: true },
  ]);
  const many = Array.from({ length: 20 }, (_, i) => ({ id: i, name: `c${i}` }));
  const ridge = many.map(({ id, name }) => ({ class: id, name, share: id / 190 })).reverse();
  const shown = shownOf({ ...ANSWER, ridge }, { ...EXAMPLES, classes: many });
  assert.deepEqual(
    shown.map(({ name }) => name),
    many.slice(12).map(({ name }) => name),
  );

  const answer = new AnswerView();
  const data = {
    answer: ANSWER,
    examples: EXAMPLES,
    problem: "",
    recording: false,
    guesses: [{ label: "tossing something", share: 0.41 }],
    thumbnails: THUMBNAILS,
  };
  answer.update(data, 0);
  assert.equal(answer.like.textContent, "Most like clip 2 of “cup”, cosine 0.93.");
  assert.equal(answer.said.textContent, "ball, 70 %");
  assert.deepEqual([answer.beside.hidden, answer.drift.hidden, answer.none.hidden], [false, true, true]);
  answer.update({ ...data, answer: { ...ANSWER, drift: 0.08, ridge: [...ANSWER.ridge].reverse() } }, 100);
  assert.match(answer.drift.textContent, /8 % off/);
  assert.equal(answer.said.textContent, "ball, 70 %", "not at every look");
  answer.update({ ...data, answer: null, problem: "The weights have changed." }, 200);
  assert.deepEqual([answer.none.textContent, answer.results.hidden], ["The weights have changed.", true]);
});

test("accuracy in a sentence, with its interval; confusions as a table with a caption", () => {
  /** @type {import("../../www/js/engine/protocol.js").FewshotScore} */
  const score = {
    accuracy: { n: 52, value: 0.961, low: 0.9, high: 0.994 },
    balanced: 0.96,
    confidence: 0.8,
    confusion: [
      [40, 2],
      [0, 10],
    ],
  };
  assert.equal(
    sentenceOf("Ridge regression", score),
    "Ridge regression: 96 % of 52 clips right (95 % interval: 90 to 99).",
  );
  assert.equal(
    sentenceOf("Ridge regression", { ...score, balanced: 0.5 }),
    "Ridge regression: 96 % of 52 clips right (95 % interval: 90 to 99), 50 % on average over classes.",
  );
  const view = new ConfusionView();
  view.update(null);
  assert.equal(view.element.hidden, true);
  const knn = {
    ...score,
    confusion: [
      [41, 1],
      [3, 7],
    ],
  };
  view.update({ classes: EXAMPLES.classes, counts: [42, 10], ridge: score, knn });
  const numbers = () =>
    below(view.table)
      .filter(({ tag }) => tag === "td")
      .map(({ children }) => Number(children[0]));
  assert.deepEqual(numbers(), [40, 2, 0, 10]);
  assert.deepEqual(below(view.table).filter(({ tag }) => tag === "caption").length, 1);
  assert.deepEqual(
    below(view.table)
      .filter((node) => node.getAttribute("scope") === "row")
      .map(({ children }) => children[0]),
    ["cup", "ball"],
  );
  view.which.value = "knn";
  fire(view.which, "change");
  assert.deepEqual(numbers(), [41, 1, 3, 7]);
  const many = Array.from({ length: 30 }, (_, i) => ({ id: i, name: `c${i}` }));
  const confusion = many.map((_, i) =>
    many.map((_, j) => (i === j ? 50 : i === 4 && j === 7 ? 3 : i === 2 && j === 1 ? 5 : 0)),
  );
  view.update({ classes: many, counts: many.map(() => 50), ridge: score, knn: { ...score, confusion } });
  const heads = below(view.table)
    .filter((node) => node.tag === "tr")
    .map(({ children }) => children.map((/** @type {any} */ cell) => cell.children[0]));
  assert.deepEqual(
    heads,
    [
      ["class", "predicted", "clips"],
      ["c2", "c1", "5"],
      ["c4", "c7", "3"],
    ],
    "of many classes, the mistakes",
  );
});

test("numbers in words", () => {
  assert.deepEqual([0, 1, 1200].map(counted), ["No clips yet", "1 clip", "1,200 clips"]);
  assert.equal(roomOf({ clips: 112, most: 4000 }), "112 of 4,000 clips");
  assert.deepEqual([nextName([]), nextName(["a", "Class 3"])], ["Class 1", "Class 4"]);
});
