// @ts-check
/** An agent's runs on hosts with fake engines: to the goal, stopped, thought over, surprised, out of sight, through a lost engine. */
import assert from "node:assert/strict";
import test from "node:test";
import { FailureError } from "../../www/js/base/errors.js";
import { ActExaminer } from "../../www/js/rooms/act/act-exam.js";
import { Acting } from "../../www/js/rooms/act/acting.js";
import { fetchActor } from "../../www/js/rooms/act/actor-file.js";
import { PLANNER, decided, planned, thinking } from "./support/actor.js";
import { settle } from "./support/engine.js";
import { setUp } from "./support/host.js";

const OPEN = { type: "open", settings: { device: "cpu", family: "vjepa2", preset: "tiny", seed: 1 } };

/** A room on a host, entered. @param {any} [options]  `own`: the engine's own model; `enter`: unless false */
async function visit({ own = false, enter = true, preset = "tiny" } = {}) {
  const machine = setUp({ adapter: null });
  await machine.ask({ ...OPEN, settings: { ...OPEN.settings, preset } });
  const state = {
    away: false,
    now: 0,
    waited: /** @type {number[]} */ ([]),
    changes: 0,
    settled: 0,
    crash: 0,
    still: 0,
  };
  /** @type {string[]} */
  const said = [];
  const acting = new Acting(
    {
      /** @param {any} request */
      async ask(request) {
        if (state.crash && state.crash-- > 0) throw new FailureError("engine-crashed", "The engine crashed ({why}).");
        const { ok, value, error } = await machine.ask(request);
        if (!ok) throw Object.assign(new Error(error.message), error);
        return value;
      },
      settled: async () => void (state.settled += 1),
      model: async () => (own ? null : new Uint8Array([1])),
      size: () => 4,
      away: () => state.away,
      now: () => state.now,
      async wait(ms) {
        state.waited.push(ms);
        await settle(1);
      },
      still: () => state.still,
      changed() {
        state.changes += 1;
        if (acting && said.at(-1) !== acting.said.kind) said.push(acting.said.kind);
      },
    },
    7,
  );
  if (enter) await acting.open();
  return { ...machine, acting, said, state, actor: () => /** @type {any} */ (machine.cpu.actors.at(-1)) };
}

test("it goes to the goal, action by action, and the numbers are kept", async () => {
  const { acting, actor, said } = await visit();
  assert.deepEqual([acting.phase, acting.info?.name, acting.room?.goal], ["idle", "actor", null]);
  assert.deepEqual(actor().calls, ["open file 7", "mode check"]);
  await acting.go([0.52, 0.5]);
  assert.deepEqual([acting.phase, acting.actions, acting.said], ["arrived", 3, { kind: "arrived", count: 3 }]);
  assert.deepEqual(said, ["idle", "reflex", "arrived"]);
  assert.deepEqual([acting.frame?.side, acting.frame?.rgba[0]], [4, 50]);
  assert.deepEqual(acting.scores.rows, [
    { mode: "check", runs: 1, arrived: 1, actions: 3, ms: 0, frames: 3, planned: 0 },
  ]);
  acting.forgetScores();
  assert.deepEqual(acting.scores.rows, []);
});

test("while it thinks the rounds are shown, and the future of the plan; the check says why it waits", async () => {
  const { acting, actor, said } = await visit();
  actor().steps = [
    thinking(1, "fruitless"),
    planned({ wait: "fruitless" }),
    decided([1, 0], { planned: true, frames: 0 }),
  ];
  await acting.go([0.43, 0.5]);
  assert.deepEqual(actor().calls.slice(2), ["go 0.43 0.5", "next", "next", "future", "act", "next", "act"]);
  assert.ok(said.includes("fruitless"), said.join());
  assert.equal(acting.said.kind, "fruitless", "it stays to be read");
  assert.deepEqual([acting.thought?.rounds.length, acting.future?.length], [2, 48]);
  const [{ frames, planned: share, mode }] = /** @type {any} */ (acting.scores.rows);
  assert.deepEqual([mode, frames, share], ["check", 48, 1]);
});

test("who plans always thinks, and has no reason to wait", async () => {
  const { acting, actor, said } = await visit();
  await acting.setMode("plan");
  actor().steps = [thinking(1), planned()];
  await acting.go([0.33, 0.5]);
  assert.deepEqual(said, ["idle", "thinking", "plan", "arrived"]);
  assert.deepEqual([actor().mode, acting.scores.rows[0]?.mode], ["plan", "plan"]);
});

test("a reason to wait stays for two and a half seconds of the clock, and then the last word is read", async () => {
  const { acting, actor, state } = await visit();
  actor().rings = [true];
  await acting.go([0.33, 0.5]);
  assert.deepEqual([acting.phase, acting.said.kind], ["arrived", "surprise"]);
  assert.ok(state.waited.includes(2500), "somebody draws it again then");
  state.now += 2499;
  assert.equal(acting.said.kind, "surprise");
  state.now += 1;
  assert.equal(acting.said.kind, "arrived");
});

test("a surprise is shown beside what was imagined, until the next goal", async () => {
  const { acting, actor } = await visit();
  actor().rings = [true];
  await acting.go([0.33, 0.5]);
  assert.deepEqual(acting.surprised?.imagined, new Uint8Array(16).fill(7));
  assert.deepEqual([acting.surprised?.saw.length, acting.surprised?.side], [64, 4]);
  assert.deepEqual(acting.outcome, { surprise: 2, rings: true });
  await acting.go([0.4, 0.5]);
  assert.equal(acting.surprised, null);
});

test("stopped in the middle of a thought, it thinks no further, and the engine answers", async () => {
  const { acting, actor, ask } = await visit();
  /** @type {(value?: any) => void} */
  let finish = () => {};
  actor().steps = Array.from({ length: 50 }, () => thinking(3));
  actor().hook = () => new Promise((resolve) => (finish = resolve));
  const run = acting.go([0.9, 0.5]);
  await settle();
  assert.equal(acting.phase, "thinking");
  const stopped = acting.stop();
  actor().hook = () => undefined;
  finish();
  await Promise.all([run, stopped]);
  assert.deepEqual([acting.phase, acting.said.kind], ["stopped", "stopped"]);
  assert.deepEqual(actor().calls.slice(-2), ["next", "stop"]);
  assert.equal((await ask({ type: "look", mask: "short", advance: 0 })).ok, true);
  assert.deepEqual(acting.scores.rows, [], "nothing was decided");
  await acting.goOn();
  assert.equal(acting.phase, "arrived");
});

test("another goal in the middle of an action ends the run before; its action counts for none", async () => {
  const { acting, actor } = await visit();
  /** @type {(value?: any) => void} */
  let finish = () => {};
  const run = acting.go([0.9, 0.5]);
  actor().hook = () => new Promise((resolve) => (finish = resolve));
  await settle();
  const other = acting.go([0.2, 0.5]);
  actor().hook = () => undefined;
  finish();
  await Promise.all([run, other]);
  assert.deepEqual([acting.phase, acting.room?.goal], ["arrived", [0.2, 0.5]]);
  assert.equal(actor().calls.filter((/** @type {string} */ call) => call.startsWith("go")).length, 2);
  assert.equal(acting.scores.rows[0]?.arrived, 1);
});

test("where nobody looks it stops after the action that is under way", async () => {
  const { acting, actor, state } = await visit();
  let acted = 0;
  actor().hook = () => (state.away = actor().calls.at(-1) === "act" && ++acted === 2);
  await acting.go([0.9, 0.5]);
  assert.deepEqual([acting.phase, acting.actions], ["stopped", 2]);
  const { length } = actor().calls;
  await settle(50);
  assert.equal(actor().calls.length, length, "nothing more is asked");
  state.away = false;
  actor().hook = () => undefined;
  await acting.goOn();
  assert.equal(acting.phase, "arrived");
  assert.deepEqual([acting.scores.rows[0]?.runs, acting.scores.rows[0]?.actions], [1, acting.actions], "one run");
});

test("a thought that nobody looks at is let go", async () => {
  const { acting, actor, state } = await visit();
  actor().steps = Array.from({ length: 50 }, () => thinking(3));
  actor().hook = () => (state.away = true);
  await acting.go([0.9, 0.5]);
  assert.deepEqual([acting.phase, actor().calls.slice(-2)], ["stopped", ["next", "stop"]]);
});

test("a goal that no action leads to is given up", async () => {
  const { acting, actor } = await visit();
  actor().steps = Array.from({ length: 100 }, () => decided([0, 0]));
  await acting.go([0.9, 0.5]);
  assert.deepEqual([acting.phase, acting.said], ["stopped", { kind: "lost", count: 60 }]);
  assert.deepEqual([acting.scores.rows[0]?.runs, acting.scores.rows[0]?.arrived], [1, 0]);
});

test("the visitor drives: a push is an action, one at a time, and ends a run", async () => {
  const { acting, actor } = await visit();
  const pushes = [acting.push([1, 0]), acting.push([1, 0])];
  await Promise.all(pushes);
  assert.equal(actor().calls.filter((/** @type {string} */ call) => call === "act").length, 1);
  assert.deepEqual([acting.phase, acting.said.kind, acting.outcome?.rings], ["idle", "driving", false]);
  actor().rings = [true];
  await acting.push([0, 1]);
  assert.equal(acting.said.kind, "surprise");
});

test("the room is changed in the middle of a run, and another one ends it", async () => {
  const { acting, actor } = await visit();
  await acting.meddle({ door: false });
  assert.equal(acting.room?.truth.door.open, false);
  await acting.enter(2);
  assert.deepEqual(actor().calls.slice(-2), ['meddle {"door":false}', "enter 8 2"]);
  assert.deepEqual([acting.phase, acting.blocks], ["idle", 2]);
});

test("the landscape is asked for while it is shown, for each goal", async () => {
  const { acting, actor } = await visit();
  await acting.go([0.3, 0.5]);
  assert.equal(acting.landscape, null);
  await acting.showLandscape(true);
  await settle();
  assert.deepEqual([acting.landscape?.side, acting.landscape?.energies.length], [16, 256]);
  await acting.go([0.4, 0.5]);
  await settle();
  assert.equal(actor().calls.filter((/** @type {string} */ call) => call === "landscape").length, 2);
  await acting.showLandscape(false);
  assert.equal(acting.landscape, null);
});

test("settings of the planner that can't be are refused with the engine's sentence, and the old ones stay", async () => {
  const { acting } = await visit();
  await acting.setPlanner({ horizon: 4 });
  assert.deepEqual(acting.planner, { ...PLANNER, horizon: 4 });
  await assert.rejects(acting.setPlanner({ horizon: 99 }), { code: "bad-plan", message: /horizon must be between/ });
  assert.equal(acting.planner?.horizon, 4);
});

test("an engine that went in the middle of a request is asked once more when it is back", async () => {
  const { acting, cpu, state } = await visit();
  state.crash = 1;
  await acting.ask({ type: "actor-stop" });
  assert.deepEqual([state.settled, cpu.actors.length], [1, 1], "the agent was still there");
});

test("an engine that went takes the agent along: it is opened again, where it was, with its goal", async () => {
  const { acting, cpu, ask, stray, actor } = await visit();
  await acting.setMode("plan");
  await acting.go([0.4, 0.5]);
  await acting.meddle({ door: false });
  const { position } = /** @type {any} */ (acting.room).truth.agent;
  stray(Object.assign(new WebAssembly.RuntimeError("unreachable"), { stack: "engine/cpu/vjepa_web.js" }));
  await settle();
  const { error } = await ask({ type: "actor-next" });
  assert.deepEqual([error.code, /open its room again/.test(error.message)], ["no-actor", true]);
  await acting.go([0.6, 0.5]);
  assert.equal(cpu.actors.length, 2);
  assert.deepEqual(actor().calls.slice(0, 6), [
    "open file 7",
    "mode plan",
    `planner ${PLANNER.horizon}`,
    `meddle ${JSON.stringify({ door: false, wall: 0, place: position })}`,
    "go 0.4 0.5",
    "go 0.6 0.5",
  ]);
  assert.equal(acting.phase, "arrived");
});

test("the wall is where it was slid to, and the agent as fast as it was", async () => {
  const { acting, stray, actor } = await visit();
  await acting.meddle({ wall: 0.25, shove: [0, 1] });
  stray(Object.assign(new WebAssembly.RuntimeError("unreachable"), { stack: "engine/cpu/vjepa_web.js" }));
  await settle();
  await acting.meddle({ door: false });
  assert.deepEqual(actor().calls.slice(3), [
    `meddle ${JSON.stringify({ door: true, wall: 0.25, place: [0.2, 0.5] })}`,
    `meddle ${JSON.stringify({ shove: [0, 1] })}`,
    `meddle ${JSON.stringify({ door: false })}`,
  ]);
  assert.deepEqual([acting.room?.truth.wall.at, acting.room?.truth.agent.velocity], [0.75, [0, 1]]);
});

test("blocks stand where they were pushed to", async () => {
  const { acting, stray, actor } = await visit();
  await acting.enter(2);
  const pushed = (actor().blocks = [
    [0.3, 0.25],
    [0.7, 0.5],
  ]);
  await acting.push([1, 0]);
  stray(Object.assign(new WebAssembly.RuntimeError("unreachable"), { stack: "engine/cpu/vjepa_web.js" }));
  await settle();
  await acting.push([1, 0]);
  assert.deepEqual(actor().blocks, pushed);
  assert.deepEqual(acting.room?.truth.blocks, pushed);
});

test("an engine that goes while the room is opened, or opened again, is waited for", async () => {
  const { acting, cpu, state, stray } = await visit({ enter: false });
  state.crash = 1;
  await acting.open();
  assert.deepEqual([acting.phase, acting.problem, state.settled], ["idle", null, 1]);
  stray(Object.assign(new WebAssembly.RuntimeError("unreachable"), { stack: "engine/cpu/vjepa_web.js" }));
  await settle();
  const { open } = cpu.Actor;
  cpu.Actor.open = async (model, seed) => {
    Object.assign(cpu.Actor, { open });
    assert.equal(acting.recovering, true, "and it is said");
    state.crash = 1; // what is asked of it next
    return open(model, seed);
  };
  await acting.go([0.3, 0.5]);
  assert.deepEqual([acting.phase, acting.recovering, acting.problem], ["arrived", false, null]);
});

test("a request that every engine breaks at is given up, and the run can go on", async () => {
  const { acting, state } = await visit();
  state.crash = 4;
  await acting.go([0.3, 0.5]);
  assert.deepEqual([acting.phase, acting.problem?.code, state.settled], ["stopped", "engine-crashed", 3]);
  assert.equal(acting.recovering, false);
  await acting.go([0.3, 0.5]);
  assert.deepEqual([acting.phase, acting.problem], ["arrived", null]);
});

test("who wants less motion sees a still of each action", async () => {
  const { acting, state } = await visit();
  state.still = 1000;
  await acting.go([0.43, 0.5]);
  assert.deepEqual(state.waited, [1000, 1000]);
});

test("the engine's own model, if it has actions; otherwise why not, and the room may be opened again", async () => {
  const own = await visit({ own: true, preset: "actor" });
  assert.deepEqual(own.actor().calls[0], "open engine 7");
  const other = await visit({ own: true });
  assert.deepEqual([other.acting.phase, other.acting.problem?.code], ["closed", "no-actions"]);
  await other.acting.go([0.5, 0.5]);
  assert.equal(other.acting.phase, "closed", "there is nobody to go");
});

test("another model is another agent, with nothing of the one before", async () => {
  const { acting, cpu, actor } = await visit();
  actor().rings = [true];
  await acting.go([0.4, 0.5]);
  acting.close();
  assert.deepEqual([acting.phase, acting.said.kind, acting.room, acting.surprised], ["closed", "idle", null, null]);
  await acting.open();
  assert.deepEqual([acting.phase, acting.room?.goal, cpu.actors.length], ["idle", null, 2]);
  assert.deepEqual(actor().calls, ["open file 7", "mode check"]);
});

test("a model without a reflex plans", async () => {
  const { acting, cpu } = await visit({ enter: false });
  const { open } = cpu.Actor;
  cpu.Actor.open = async (model, seed) => Object.assign(await open(model, seed), { reflex: false });
  await acting.open();
  assert.deepEqual([acting.mode, cpu.actors[0]?.mode], ["plan", "plan"]);
});

test("what goes wrong in a run is said, and the run is over", async () => {
  const { acting, actor } = await visit();
  actor().hook = () => {
    throw Object.assign(new Error("This model has no reflex: let it plan instead."), { code: "no-reflex" });
  };
  await acting.go([0.5, 0.5]);
  assert.deepEqual([acting.phase, acting.problem?.code], ["stopped", "no-reflex"]);
});

test("the host lets go of the agent before only when the new one stands", async () => {
  const { ask, cpu } = await visit();
  const [first] = cpu.actors;
  const broken = await ask({ type: "actor-open", model: new Uint8Array(0), seed: 1, size: 4 });
  assert.deepEqual([broken.error.code, first?.freed], ["bad-checkpoint", false]);
  const opened = await ask({ type: "actor-open", model: new Uint8Array([1]), seed: 3, size: 4 });
  assert.deepEqual([opened.value.info.name, opened.value.frame.length, first?.freed], ["actor", 64, true]);
});

test("an action costs one round trip: outcome, room and picture, and what was imagined if it was surprised", async () => {
  const { ask, actor } = await visit();
  actor().rings = [false, true];
  const [calm, surprised] = [
    await ask({ type: "actor-do", x: 1, y: 0, size: 4 }),
    await ask({ type: "actor-do", x: 1, y: 0, size: 4 }),
  ];
  assert.deepEqual(Object.keys(calm.value).sort(), ["expected", "frame", "outcome", "room"]);
  assert.deepEqual([calm.value.expected.length, surprised.value.expected.length], [0, 16]);
  const goal = { type: "actor-render", size: 3, goal: true };
  assert.equal((await ask(goal)).value.length, 0, "there is none yet");
  await ask({ type: "actor-goal", goal: [0.5, 0.5], size: 4 });
  assert.equal((await ask(goal)).value.length, 36);
  assert.equal((await ask({ type: "actor-goal", goal: null, size: 4 })).value.room.goal, null);
});

test("an exam goes episode by episode, rests while nobody looks, and keeps what it has when it is stopped", async () => {
  const { acting, actor } = await visit();
  /** @type {(() => void)[]} */
  const waiting = [];
  let [present, rested] = [true, false];
  const examiner = new ActExaminer({
    ask: async (request) => (await settle(1), acting.ask(request)),
    end: () => acting.ask({ type: "actor-end-exam" }),
    present: () => (present ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    changed: () => void (examiner.report?.done === 4 && !rested && (rested = !(present = false))),
  });
  const taken = examiner.take(20, ["random", "check"]);
  await settle(100);
  assert.deepEqual([examiner.running, examiner.report?.done, waiting.length], [true, 4, 1]);
  present = true;
  actor().exam = null; // the agent was opened again
  waiting.splice(0).forEach((go) => go());
  await settle(4);
  examiner.stop();
  await taken;
  assert.ok((examiner.report?.done ?? 0) >= 1);
  assert.deepEqual([examiner.running, examiner.problem, actor().calls.at(-1)], [false, null, "end exam"]);
  present = true;
  await examiner.take(1, ["check"]);
  assert.deepEqual([examiner.report?.done, examiner.running], [1, false]);
});

test("the model of the room is fetched, or it is said that it can't be", async () => {
  /** @type {string[]} */
  const asked = [];
  const get = /** @type {any} */ (async (/** @type {URL} */ url) => (asked.push(url.pathname), new Response("abc")));
  assert.deepEqual(await fetchActor(get), new TextEncoder().encode("abc"));
  assert.match(asked[0] ?? "", /www\/assets\/actor\.safetensors$/);
  for (const failing of [async () => new Response("", { status: 404 }), async () => Promise.reject(new Error("gone"))])
    await assert.rejects(fetchActor(/** @type {any} */ (failing)), {
      code: "not-found",
      message: /open the room again/,
    });
});
