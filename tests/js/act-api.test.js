// @ts-check
/** `window.vjepa.act` on hosts with fake engines: a room, a goal, decisions, an exam, and a lost device in the middle of it. */
import assert from "node:assert/strict";
import test from "node:test";
import { decided } from "./support/actor.js";
import { page } from "./support/page.js";

/** @param {any} host */
const actor = (host, kind = "cpu") => host[kind].actors.at(-1);

test("a goal is set, approached step by step, and reached; the state is plain JSON", async () => {
  const { api, host } = await page();
  assert.equal(api.act.state(), null, "the room was not opened");
  const idle = await api.act.setGoal([0.43, 0.5]);
  assert.deepEqual([idle.phase, idle.room?.goal, idle.actions, idle.decision], ["stopped", [0.43, 0.5], 0, null]);
  const one = await api.act.step();
  assert.deepEqual([one.phase, one.actions, one.decision?.action], ["stopped", 1, [1, 0]]);
  assert.deepEqual(one.outcome, { surprise: 0.3, rings: false });
  const there = await api.act.go();
  assert.deepEqual([there.phase, there.actions, there.room?.arrived], ["arrived", 2, true]);
  assert.deepEqual([there.scores.map(({ mode, arrived }) => [mode, arrived])], [[["check", 1]]]);
  assert.deepEqual(api.act.state(), JSON.parse(JSON.stringify(there)));
  assert.equal((await api.act.go([0.6, 0.5])).phase, "arrived");
  assert.equal((await api.act.setGoal(null)).room?.goal, null);
  await assert.rejects(api.act.step(), { code: "no-goal", message: "There is no goal yet: choose a place first." });
  assert.equal(actor(host()).calls[0], "open file 7");
});

test("another room, the way to decide, the planner, pushes, and what is changed in the room", async () => {
  const { api, host } = await page();
  const entered = await api.act.enter({ blocks: 2, seed: 5 });
  assert.deepEqual([entered.phase, entered.blocks], ["idle", 2]);
  await api.act.enter();
  assert.deepEqual([(await api.act.setMode("plan")).mode, actor(host()).mode], ["plan", "plan"]);
  assert.equal((await api.act.setPlanner({ horizon: 4 })).planner?.horizon, 4);
  await assert.rejects(api.act.setPlanner({ horizon: 99 }), { code: "bad-plan" });
  assert.equal(api.act.state()?.planner?.horizon, 4);
  assert.equal((await api.act.meddle({ door: false })).room?.truth.door.open, false);
  const pushed = await api.act.push([0, 1]);
  assert.deepEqual(pushed.room?.truth.agent.position, [0.2, 0.6]);
  const { calls } = actor(host());
  assert.deepEqual(
    calls.filter((/** @type {string} */ call) => call.startsWith("enter")),
    ["enter 5 2", "enter 6 0"],
  );
  for (const wrong of [[0.5], [NaN, 0], "ab", 7]) {
    const refused = { code: "bad-setting", message: /is not two numbers/ };
    await assert.rejects(api.act.setGoal(/** @type {any} */ (wrong)), refused);
    await assert.rejects(api.act.push(/** @type {any} */ (wrong)), refused);
  }
});

test("a mode that is refused is not the agent's, and what went wrong is said once", async () => {
  const { api, host } = await page();
  await api.act.enter();
  actor(host()).setMode = () => {
    throw Object.assign(new Error("The settings could not be read: mode."), { code: "bad-settings" });
  };
  await assert.rejects(api.act.setMode(/** @type {any} */ ("dream")), { code: "bad-settings" });
  const { mode, problem } = await api.act.meddle({ door: true });
  assert.deepEqual([mode, problem?.code], ["check", "bad-settings"]);
});

test("a run is stopped from outside, and its caller learns how far it came", async () => {
  const { api, host } = await page();
  await api.act.enter();
  actor(host()).steps = Array.from({ length: 50 }, () => decided([0, 0]));
  const run = api.act.go([0.9, 0.5]);
  while ((api.act.state()?.actions ?? 0) < 2) await new Promise(setImmediate);
  assert.equal((await api.act.stop()).phase, "stopped");
  assert.equal((await run).phase, "stopped");
});

test("an exam of the agent, ended early or not, one at a time", async () => {
  const { api } = await page();
  const report = await api.act.exam({ episodes: 2, conditions: ["random", "check"] });
  assert.deepEqual([report?.done, report?.portions], [4, 4]);
  const other = api.act.exam();
  while (!api.act.state()?.exam.running) await new Promise(setImmediate);
  await assert.rejects(api.act.exam(), { code: "busy" });
  await api.act.endExam();
  assert.ok(((await other)?.done ?? 0) < 100);
  assert.equal(api.act.state()?.exam.running, false);
});

test("a model that can't be put into a room is said each time", async () => {
  const { api, host } = await page();
  const { Actor } = host().cpu;
  const { open } = Actor;
  Actor.open = async () => {
    throw Object.assign(new Error("This file was damaged."), { code: "bad-checkpoint" });
  };
  for (let i = 0; i < 2; i++) await assert.rejects(api.act.go([0.5, 0.5]), { code: "bad-checkpoint" });
  assert.equal(api.act.state()?.phase, "closed");
  Actor.open = open;
  assert.equal((await api.act.go([0.5, 0.5])).phase, "arrived");
});

for (const when of ["next", "act"])
  test(`a device lost in the middle of a run (${when}): the run goes on to its goal on another engine`, async () => {
    const { app, api, hosts, host, acting } = await page({ settings: { device: "webgpu" } });
    await api.act.setMode("plan");
    await api.act.meddle({ wall: 0.125 });
    const first = actor(host(), "gpu");
    let recovered = false;
    app.addEventListener("change", () => (recovered ||= acting().recovering));
    first.hook = () => {
      if (first.calls.filter((/** @type {string} */ call) => call === when).length < 2) return;
      host().lose();
      return new Promise(() => {}); // a call into a lost device never ends
    };
    const state = await api.act.go([0.9, 0.5]);
    assert.deepEqual([state.phase, state.problem, hosts.length], ["arrived", null, 2]);
    const again = actor(host(), "gpu");
    assert.deepEqual(again.calls.slice(0, 5), [
      "open file 7",
      "mode plan",
      "planner 6",
      `meddle ${JSON.stringify({ door: true, wall: 0.125, place: first.position })}`,
      "go 0.9 0.5",
    ]);
    assert.equal(state.actions, 7, "all of one run");
    assert.deepEqual([state.scores[0]?.runs, state.scores[0]?.arrived], [1, 1]);
    assert.deepEqual([recovered, acting().recovering], [true, false], "it is said meanwhile");
  });

test("an exam goes on over a lost device with its first episodes anew", async () => {
  const { api, hosts, host } = await page({ settings: { device: "webgpu" } });
  await api.act.enter();
  const first = actor(host(), "gpu");
  const { examine } = first;
  first.examine = async () => {
    if (first.exam.done < 2) return examine.call(first);
    host().lose();
    return new Promise(() => {});
  };
  const report = await api.act.exam({ episodes: 4, conditions: ["check"] });
  assert.deepEqual([report?.done, hosts.length, actor(host(), "gpu").exam.done], [4, 2, 4]);
});
