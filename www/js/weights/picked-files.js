// @ts-check
/** Weights among files that were picked or dropped, a whole folder perhaps. */
import { FailureError } from "../base/errors.js";
import { baseName, choose, folderOf, labelsOf, shardsOf } from "./choose-files.js";
import { openBlob } from "./reader.js";

/** @param {File[]} files @returns {Promise<import("./hub.js").Weights>} */
export async function openFiles(files) {
  const byPath = new Map(files.map((file) => [file.webkitRelativePath || file.name, file]));
  const choice = choose([...byPath.keys()]);
  const text = async (/** @type {string | null} */ path) =>
    path === null ? null : ((await byPath.get(path)?.text()) ?? null);
  const [config, preprocessor, index] = [
    await text(choice.config),
    await text(choice.preprocessor),
    await text(choice.index),
  ];
  const labels = labelsOf(config);
  if (choice.weights !== null) {
    const name = baseName(choice.weights);
    return {
      config,
      preprocessor,
      index,
      name,
      labels,
      weights: [openBlob(/** @type {File} */ (byPath.get(choice.weights)), name)],
    };
  }
  const indexPath = /** @type {string} */ (choice.index);
  const weights = shardsOf(index ?? "", baseName(indexPath)).map((shard) => {
    const file = byPath.get(folderOf(indexPath) + shard);
    if (!file)
      throw new FailureError("shard-missing", "{shard} is missing: choose it together with the other parts.", {
        shard,
      });
    return openBlob(file, shard);
  });
  return {
    config,
    preprocessor,
    index,
    name: folderOf(indexPath).split("/").at(-2) ?? baseName(indexPath),
    labels,
    weights,
  };
}
