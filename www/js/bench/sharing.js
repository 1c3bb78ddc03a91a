// @ts-check
/**
 * Training steps and an exam on the CPU engine, shared by two engines and by one alone, in turns in one page: the host, its
 * helpers and their messages as the page has them.
 *
 * @typedef {import("./bench.js").Results} Results
 * @typedef {import("./bench.js").Tick} Tick
 * @typedef {import("./pairs.js").Summary} Summary
 * @typedef {{what: string, preset: string, engines: number, times: Summary}} Sharing   `times`: ours by so many engines, theirs by one
 */
import { Engine } from "../engine/client.js";
import { summary, time, timePairs } from "./pairs.js";

const PRESETS = ["tiny", "learner"];
const ENGINES = 2;
const SEED = 1;
/** Each run of a pair takes about so long. */
const RUN_MS = 1500;
const FEWEST_PAIRS = 3;
/** A helper has been started by then. */
const MOST_WARM = 50;
/** @type {import("../engine/protocol.js").ExamSettings} */
const EXAM = { seed: SEED, world: "simple", pairs: 2, probes: { train: 64, validation: 32, test: 32 } };

/** @param {Results} results @param {Tick} tick */
export async function measureSharing({ options, sharing }, tick) {
  for (const preset of PRESETS) {
    const engine = new Engine(() => {});
    try {
      await engine.open({ device: "cpu", family: "vjepa2", preset, seed: SEED, workers: ENGINES });
      await engine.world(SEED);
      await warm(engine);
      const stepMs = await time(() => engine.train(2)).then((ms) => ms / 2);
      const steps = Math.max(1, Math.round(RUN_MS / stepMs));
      const runs = /** @type {[string, () => Promise<unknown>][]} */ ([
        [`${steps} training steps`, () => engine.train(steps)],
        ["an exam", () => examined(engine)],
      ]);
      for (const [what, run] of runs) {
        const times = await inTurns(engine, run, options, (pair) => tick(`${preset}, ${what}: pair ${pair}`));
        sharing.push({ what, preset, engines: ENGINES, times });
      }
    } finally {
      engine.close();
    }
  }
}

/** Until the helpers share a step. @param {Engine} engine */
async function warm(engine) {
  for (let step = 0; step < MOST_WARM; step++) if ((await engine.train(1)).engines === ENGINES) return;
  throw new Error("No helper could be started here.");
}

/** @param {Engine} engine @param {() => Promise<unknown>} run @param {import("./bench.js").Options} options @param {(pair: number) => void} tick */
async function inTurns(engine, run, { pairs, caseMs }, tick) {
  const among = (/** @type {number} */ workers) => async () => {
    await run();
    await engine.setWorkers(ENGINES + 1 - workers); // of the other one, which is next
  };
  await engine.setWorkers(ENGINES);
  const pairMs = (await time(among(ENGINES))) + (await time(among(1)));
  const count = Math.min(pairs, Math.max(FEWEST_PAIRS, Math.floor(caseMs / pairMs)));
  return summary(await timePairs({ ours: among(ENGINES), theirs: among(1) }, count, tick));
}

/** @param {Engine} engine */
async function examined(engine) {
  for (let report = await engine.exam(EXAM); report.done < report.portions;) report = await engine.exam();
}
