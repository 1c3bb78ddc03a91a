// @ts-check
/**
 * How many engines share a step or an exam: the one place that decides. The engine gives none of them less than a clip.
 *
 * @typedef {import("../engine/protocol.js").ModelInfo} ModelInfo
 * @typedef {{cores: number, memoryBytes: number | null}} Machine   `memoryBytes`: null where the browser does not say
 */

/** An engine with what it computes a part of a step or of an exam in (a learner's: 121 MB), and its code; and what it takes for
 *  each parameter: weights, gradients, messages. */
const ENGINE_BYTES = 160e6;
const PARAM_BYTES = 40;
/** What all helpers together may take of the machine's memory; and of one that is not told. */
const SHARE = 0.25;
const UNKNOWN_BYTES = 4e9;

/**
 * @param {number} asked   by the settings; 0: as many as there are cores, and memory for
 * @param {Machine} machine @param {Pick<ModelInfo, "params" | "checkpoint">} model
 * @param {import("../engine/protocol.js").DeviceKind} kind   a GPU is one, however many cores there are
 */
export function engineCount(asked, { cores, memoryBytes }, { params, checkpoint }, kind) {
  if (kind !== "cpu" || checkpoint) return 1;
  if (asked) return asked;
  const fitting = Math.floor((SHARE * (memoryBytes ?? UNKNOWN_BYTES)) / (ENGINE_BYTES + PARAM_BYTES * params));
  return Math.max(1, Math.min(cores, 1 + fitting));
}
