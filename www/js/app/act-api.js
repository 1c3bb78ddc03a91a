// @ts-check
/**
 * `window.vjepa.act`: the agent of the room Act. It acts only while it is seen, so whatever is asked of it opens its room.
 *
 * @typedef {import("./vjepa.d.ts").ActState} ActState
 *
 * @typedef {object} Agent            of that room
 * @property {import("../rooms/act/acting.js").Acting} acting
 * @property {import("../rooms/act/act-exam.js").ActExaminer} examiner
 *
 * @typedef {object} ActDoor
 * @property {Agent | undefined} agent   once the room was opened
 * @property {() => Promise<Agent>} open   shows the room
 */
import { FailureError, fromFailure } from "../base/errors.js";

/** @param {ActDoor} door @returns {import("./vjepa.d.ts").Act} */
export function makeActApi(door) {
  /** Rejects with what goes wrong meanwhile. @param {(agent: Agent) => Promise<any>} work @returns {Promise<Agent>} in its room */
  const ask = async (work) => {
    const agent = await door.open();
    const { acting } = agent;
    const before = acting.problem;
    await acting.open();
    if (acting.info) await work(agent);
    const { problem } = acting;
    if (problem && problem !== before) throw fromFailure(problem);
    return agent;
  };
  /** @param {(acting: Agent["acting"]) => Promise<any>} work @returns {Promise<ActState>} as it is then */
  const after = async (work) => stateOf(await ask(({ acting }) => work(acting)));
  return {
    state: () => (door.agent ? stateOf(door.agent) : null),
    enter: ({ blocks = 0, seed } = {}) => after((acting) => acting.enter(blocks, seed)),
    setGoal: (goal) => after((acting) => acting.go(goal && pairOf(goal), 0)),
    setMode: (mode) => after((acting) => acting.setMode(mode)),
    setPlanner: (change) => after((acting) => acting.setPlanner(change)),
    step: () => after((acting) => acting.goOn(1)),
    go: (goal) => after((acting) => (goal ? acting.go(pairOf(goal)) : acting.goOn())),
    stop: () => after((acting) => acting.stop()),
    push: (push) => after((acting) => acting.push(pairOf(push))),
    meddle: (how) => after((acting) => acting.meddle(how)),
    async exam({ episodes = 20, conditions } = {}) {
      const { examiner } = await ask(({ examiner }) => examiner.take(episodes, conditions));
      if (examiner.problem) throw fromFailure(examiner.problem);
      return structuredClone(examiner.report);
    },
    endExam: async () => door.agent?.examiner.stop(),
  };
}

/** @param {Agent} agent @returns {ActState} a copy */
function stateOf({ acting, examiner }) {
  const { phase, info, mode, planner, blocks, room, actions, decision, outcome, problem, scores } = acting;
  const { running, report } = examiner;
  const exam = { running, report };
  return structuredClone({
    ...{ phase, info, mode, planner, blocks, room, actions, decision, outcome, problem },
    ...{ scores: scores.rows, exam },
  });
}

/** @param {unknown} given @returns {[number, number]} */
function pairOf(given) {
  const [x, y] = Array.isArray(given) ? given : [];
  if (Number.isFinite(x) && Number.isFinite(y)) return [x, y];
  throw new FailureError("bad-setting.pair", "“{given}” is not two numbers: give x and y, such as [0.5, 0.5].", {
    given: String(given),
  });
}
