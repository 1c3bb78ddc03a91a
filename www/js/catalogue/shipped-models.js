// @ts-check
/**
 * Models that come with the page: which there are, and their weights. What is in a file is the engine's to check.
 *
 * @typedef {(url: URL) => Promise<Response>} Get
 * @typedef {{file: string, family: import("../engine/protocol.js").Family, preset: string}} ShippedModel
 * @typedef {{bytes: Uint8Array, steps: number}} ShippedWeights   `steps`: of training that they have had
 * @typedef {{list: () => Promise<ShippedModel[]>, weights: (settings: {family: string, preset: string}) => Promise<ShippedWeights>}} Shipped
 *   `list` is empty where the page has none; `weights` rejects with "not-found" where there are none of such a model
 */
import { FailureError } from "../base/errors.js";
import { headerOf } from "../storage/snapshot-header.js";

const LIST = new URL("../../assets/shipped.json", import.meta.url);

/** @param {Get} get @returns {Shipped} */
export function makeShipped(get) {
  /** @type {Promise<ShippedModel[]> | undefined} */
  let known;
  const list = () => (known ??= listed(get));
  return {
    list,
    async weights({ family, preset }) {
      const model = (await list()).find((one) => one.family === family && one.preset === preset);
      if (!model)
        throw new FailureError("not-found.preset", "No trained {preset} comes with the page: start from scratch.", {
          preset,
        });
      const answer = await get(new URL(model.file, LIST)).catch(() => null);
      if (!answer?.ok)
        throw new FailureError("not-found.file", "The page lacks {file}: reload it, or start from scratch.", {
          file: model.file,
        });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { bytes, steps: await stepsOf(bytes) };
    },
  };
}

/** @param {Get} get @returns {Promise<ShippedModel[]>} */
async function listed(get) {
  try {
    const answer = await get(LIST);
    return answer.ok ? await answer.json() : [];
  } catch {
    return [];
  }
}

/** @param {Uint8Array} bytes  of a file that may be damaged @returns {Promise<number>} 0 if it does not say */
async function stepsOf(bytes) {
  const header = await headerOf(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]));
  const steps = (header?.step ?? 0) + (header?.before ?? 0);
  return Number.isSafeInteger(steps) && steps > 0 ? steps : 0;
}
