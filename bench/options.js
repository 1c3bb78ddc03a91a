/** The command line of `make bench`. */
import { parseArgs } from "node:util";

export const HELP = `make bench ARGS="..."
  --only LIST            of cpu, webgpu, training, actor, sharing, matmul, curve, first,
                         sizes, memory, native, network; all by default
  --keep                 results of the other parts stay as they are
  --sent                 measure nothing: only put the files of bench/results into RESULTS.md
  --pairs N              interleaved pairs a case, at most (20)
  --case-seconds N       about as long a case may take (60); never fewer than 3 pairs
  --curve-seconds N      the curve ends where one run would take longer
  --cpu-tokens LIST      clips for the CPU engines: 32,64,256
  --gpu-tokens LIST      clips for WebGPU
  --presets LIST         for the training step: nano,tiny
  --given FOLDER         also measure published weights: config.json, model.safetensors, io.safetensors
  --hardware             the machine's own graphics adapter instead of one in software
  --headed               show the browser
  --serve                only serve the page, for your own browser
  --out FOLDER           where RESULTS.md and results.json go (bench)`;

/** Measured in the page; the rest here. */
const IN_PAGE = ["cpu", "webgpu", "training", "actor", "sharing", "matmul", "curve"];
const HERE = ["first", "sizes", "memory", "native", "network"];

/** @param {string[]} args */
export function readOptions(args) {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  const { values } = parseArgs({
    args,
    options: {
      only: text,
      pairs: text,
      "case-seconds": text,
      "curve-seconds": text,
      "cpu-tokens": text,
      "gpu-tokens": text,
      presets: text,
      given: text,
      out: text,
      hardware: flag,
      headed: flag,
      serve: flag,
      keep: flag,
      sent: flag,
      help: flag,
    },
  });
  const list = (value) => value?.split(",").filter(Boolean);
  const numbers = (value) => list(value)?.map(Number);
  const only = list(values.only) ?? [...IN_PAGE, ...HERE];
  const unknown = only.find((name) => ![...IN_PAGE, ...HERE].includes(name));
  if (unknown) throw new Error(`There is nothing called "${unknown}" to measure.\n${HELP}`);
  return {
    ...values,
    parts: only,
    here: only.filter((name) => HERE.includes(name)),
    page: defined({
      only: only.filter((name) => IN_PAGE.includes(name)),
      pairs: values.pairs && Number(values.pairs),
      caseMs: values["case-seconds"] && 1000 * Number(values["case-seconds"]),
      curveMs: values["curve-seconds"] && 1000 * Number(values["curve-seconds"]),
      cpuTokens: numbers(values["cpu-tokens"]),
      gpuTokens: numbers(values["gpu-tokens"]),
      presets: list(values.presets),
    }),
  };
}

/** Without what was not given. */
const defined = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
