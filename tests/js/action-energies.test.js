// @ts-check
/** The energy landscape of actions: what is asked of the engine, what becomes of the answer, what the view says. */
import assert from "node:assert/strict";
import test from "node:test";
import { below, fakePage } from "./support/elements.js";
import { setUp } from "./support/host.js";

const page = fakePage();
Object.assign(document, { querySelectorAll: () => [], documentElement: {} });
const { ActionEnergies } = await import("../../www/js/rooms/inside/action-energies.js");
const { ActionEnergiesView, bestOf, rowsOf } = await import("../../www/js/rooms/inside/action-energies-view.js");

/** A picture as wide as it says. @param {string} name @param {number} [width] @returns {any} */
const bitmap = (name, width = 4) => ({
  name,
  width,
  height: 2,
  closed: false,
  close() {
    this.closed = true;
  },
});
/** @param {any} file @param {any} [size] */
const decode = async (file, size) => {
  if (file.broken) throw new Error("broken");
  return bitmap(file.name, size?.resizeWidth ?? file.width);
};
Object.assign(globalThis, { createImageBitmap: decode });

const ENERGIES = new Float32Array([9, 8, 7, 6, 5, 4, 3, 2, 2.5]);

/** @param {(start: any, goal: any, wish: any) => Promise<Float32Array>} [answer] */
function asking(answer = async () => ENERGIES) {
  /** @type {any[]} */
  const asked = [];
  let changes = 0;
  /** @type {any} */
  const app = {
    engine: { actionEnergies: (/** @type {any[]} */ ...all) => (asked.push(all), answer(all[0], all[1], all[2])) },
    changed: () => void changes++,
  };
  const energies = new ActionEnergies(app);
  energies.of("ac");
  return { energies, asked, changes: () => changes };
}

/** @param {InstanceType<typeof ActionEnergies>} energies */
async function chosen(energies) {
  await energies.choose("start", /** @type {any} */ ({ name: "a.png", width: 4 }));
  await energies.choose("goal", /** @type {any} */ ({ name: "b.png", width: 4 }));
}

test("nothing is asked before both pictures are there", async () => {
  const { energies, asked } = asking();
  await energies.ask("xy", 3);
  await energies.choose("start", /** @type {any} */ ({ name: "a.png", width: 4 }));
  await energies.ask("xy", 3);
  assert.equal(asked.length, 0);
  await energies.choose("goal", /** @type {any} */ ({ name: "b.png", width: 4 }));
  await energies.ask("xz", 3);
  assert.deepEqual(
    asked.map(([start, goal, wish]) => [start.name, goal.name, wish]),
    [["a.png", "b.png", { axes: [0, 2], side: 3, reach: 0.05 }]],
  );
  assert.deepEqual(energies.landscape, { plane: "xz", side: 3, reach: 0.05, energies: ENERGIES });
});

test("another picture or another model makes the answer void, even one that is on its way", async () => {
  /** @type {(energies: Float32Array) => void} */
  let arrive = () => {};
  const { energies } = asking(() => new Promise((resolve) => (arrive = resolve)));
  await chosen(energies);
  const first = energies.pictures.start;
  const waiting = energies.ask("xy", 3);
  assert.equal(energies.busy, true);
  energies.of("another");
  assert.equal(energies.busy, false);
  arrive(ENERGIES);
  await waiting;
  assert.equal(energies.landscape, null);

  const again = energies.ask("xy", 3);
  arrive(ENERGIES);
  await again;
  assert.ok(energies.landscape);
  await energies.choose("start", /** @type {any} */ ({ name: "c.png", width: 9000 }));
  assert.equal(energies.landscape, null);
  assert.equal(/** @type {any} */ (first).closed, true);
  assert.equal(energies.pictures.start?.width, 4096, "larger ones are reduced");
});

test("what goes wrong is said, and asked again", async () => {
  let fails = true;
  const failure = Object.assign(new Error("The planner's …"), { code: "bad-plan", key: "", values: {} });
  const { energies } = asking(() => (fails ? Promise.reject(failure) : Promise.resolve(ENERGIES)));
  await chosen(energies);
  await energies.ask("xy", 3);
  assert.equal(energies.problem?.message, "The planner's …");
  assert.equal(energies.busy, false);
  fails = false;
  await energies.ask("xy", 3);
  assert.equal(energies.problem, null);
  await assert.rejects(energies.choose("goal", /** @type {any} */ ({ name: "no.txt", broken: true })), /no\.txt/);
  assert.ok(energies.landscape, "the picture that was there stays");
});

test("the best step, and the table", () => {
  const landscape = { plane: /** @type {const} */ ("yz"), side: 3, reach: 0.05, energies: ENERGIES };
  const best = bestOf(landscape);
  assert.deepEqual([best.column, best.row, best.energy, best.still], [1, 2, 2, 5]);
  assert.deepEqual(best.steps, [
    ["y", 0],
    ["z", 0.05],
  ]);
  const rows = rowsOf(landscape);
  assert.equal(rows.length, 9);
  assert.deepEqual(rows[5], { y: 0.05, z: 0, energy: 4 });
  assert.ok(Number.isNaN(bestOf({ ...landscape, side: 2, energies: ENERGIES.slice(0, 4) }).still));
});

test("the view asks, shows what came, and is not there for other models", () => {
  const root = page.section();
  const view = new ActionEnergiesView(root);
  /** @type {any[]} */
  const heard = [];
  root.addEventListener("weigh", (/** @type {any} */ event) => heard.push(event.detail));
  root.addEventListener("choose", (/** @type {any} */ event) => heard.push(event.detail.which));
  const drawable = () => ({ drawImage() {} });
  for (const canvas of below(root).filter((/** @type {any} */ node) => node.tag === "canvas")) {
    const { getContext } = canvas;
    canvas.getContext = () => ({ ...getContext(), ...drawable() });
  }
  const pictures = { start: bitmap("a"), goal: bitmap("b") };
  const data = { shown: true, pictures, landscape: null, busy: false, problem: null };
  view.update({ ...data, shown: false });
  assert.equal(root.hidden, true);
  view.update({ ...data, pictures: { start: null, goal: null } });
  assert.deepEqual([root.hidden, view.button.disabled, view.figure.hidden], [false, true, true]);
  view.update(data);
  assert.equal(view.button.disabled, false);
  view.plane.value = "yz";
  view.button.click();
  assert.deepEqual(heard, [{ plane: "yz", side: 9 }]);
  view.update({ ...data, busy: true });
  assert.equal(view.button.disabled, true);
  view.update({ ...data, landscape: { plane: "xy", side: 3, reach: 0.05, energies: ENERGIES } });
  assert.equal(view.figure.hidden, false);
  assert.equal(
    view.said.textContent,
    "The best of 9 steps: x 0.000, y +0.050 m, energy 2.0000; without a step 5.0000.",
  );
  view.update({ ...data, problem: { key: "", values: {}, message: "No." } });
  assert.equal(view.said.textContent, "No.");
});

test("the host gives the engine both pictures as they are", async () => {
  const { ask, cpu } = setUp();
  const settings = { device: "cpu", family: "vjepa2", preset: "nano", seed: 1 };
  await ask({ type: "open", settings });
  /** @type {any[]} */
  const asked = [];
  const engine = /** @type {any} */ (cpu.engines.at(-1));
  engine.actionEnergies = async (/** @type {any} */ start, /** @type {any} */ goal, /** @type {string} */ wish) => (
    asked.push([start.length, goal.length, JSON.parse(wish)]),
    ENERGIES
  );
  const wish = { axes: [0, 1], side: 3, reach: 0.05 };
  const reply = await ask({ type: "action-energies", start: bitmap("a", 4), goal: bitmap("b", 3), wish });
  assert.deepEqual(reply.value, ENERGIES);
  assert.deepEqual(asked, [
    [
      32,
      24,
      {
        axes: [0, 1],
        side: 3,
        reach: 0.05,
        sizes: [
          [4, 2],
          [3, 2],
        ],
      },
    ],
  ]);
});
