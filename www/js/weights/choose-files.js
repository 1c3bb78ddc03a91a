// @ts-check
/**
 * Which of many files are the weights.
 *
 * @typedef {object} Choice
 * @property {string | null} config
 * @property {string | null} preprocessor   how frames are to be prepared
 * @property {string | null} index     says which shards there are
 * @property {string | null} weights   the one file, where there is no index
 */
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";

export const WHOLE = "model.safetensors";
export const INDEX = "model.safetensors.index.json";
/** The same as transformers wrote them before there was safetensors. */
export const WHOLE_TORCH = "pytorch_model.bin";
export const INDEX_TORCH = "pytorch_model.bin.index.json";
export const CONFIG = "config.json";
/** Where Hugging Face folders say how frames are prepared, the one that counts first. */
export const PREPROCESSORS = ["video_preprocessor_config.json", "preprocessor_config.json", "processor_config.json"];
const SHARD = /-\d{5}-of-\d{5}\.(safetensors|bin)$/i;
/** Formats, the preferred ones first. What a trainer leaves beside a model ends with .bin as well. */
const FORMATS = [/\.safetensors$/i, /\.(pth?|pt\.tar|pth\.tar|tar|ckpt)$/i, /\.bin$/i];
/** Which of several files a folder means, the preferred ones first. */
const MAIN = [
  /(^|\/)model\.safetensors$/,
  /\.safetensors\.index\.json$/i,
  /(^|\/)pytorch_model\.bin$/,
  /\.bin\.index\.json$/i,
];

/** @param {string} path */
export const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);
/** @param {string} path  with the slash; empty of a plain name */
export const folderOf = (path) => path.slice(0, path.lastIndexOf("/") + 1);

/** @param {string} name */
export const isIndex = (name) => /\.(safetensors|bin)\.index\.json$/i.test(name);

/** @param {string[]} paths @returns {Choice} */
export function choose(paths) {
  const shown = paths
    .filter((path) => !path.split("/").some((part) => part.startsWith(".")))
    .sort((a, b) => depth(a) - depth(b));
  const main = MAIN.map((pattern) => shown.find((path) => pattern.test(path))).find(Boolean) ?? onlyOne(shown);
  const beside = (/** @type {string} */ name) =>
    shown.find((path) => baseName(path) === name && folderOf(path) === folderOf(main));
  const config = beside(CONFIG) ?? shown.find((path) => baseName(path) === CONFIG) ?? null;
  const preprocessor = PREPROCESSORS.map(beside).find(Boolean) ?? null;
  return { config, preprocessor, ...(isIndex(main) ? { index: main, weights: null } : { index: null, weights: main }) };
}

/** @param {string} path */
const depth = (path) => path.split("/").length;

/** @param {string[]} paths */
function onlyOne(paths) {
  for (const format of FORMATS) {
    const found = paths.filter((path) => format.test(path));
    if (found.some((path) => SHARD.test(path))) {
      throw new FailureError("no-index", "{name} is one of several parts: choose {index} and all parts together.", {
        name: baseName(found[0]),
        index: INDEX,
      });
    }
    if (found.length > 1) {
      const first = found.slice(0, 4).map(baseName).join(", ");
      const names = found.length > 4 ? message("and-more", "{names} and more", { names: first }) : first;
      throw new FailureError("several-weights", "There are several files of weights ({names}): choose one of them.", {
        names,
      });
    }
    if (found.length === 1) return found[0];
  }
  throw new FailureError(
    "no-weights",
    "There are no weights among these files: choose a .safetensors, .pt, .pth, .pth.tar or .bin file.",
  );
}

/** The shards that an index names, in their order. @param {string} text @param {string} name  of the index @returns {string[]} */
export function shardsOf(text, name) {
  /** @type {unknown[]} */
  let shards = [];
  try {
    shards = [...new Set(Object.values(JSON.parse(text).weight_map))].sort();
  } catch {
    // said below
  }
  const plain = shards.every(
    (shard) => typeof shard === "string" && /^[\w.-]+(\/[\w.-]+)*$/.test(shard) && !shard.split("/").includes(".."),
  );
  if (!shards.length || !plain)
    throw new FailureError("bad-index", "{name} does not say which files hold the weights: download it again.", {
      name,
    });
  return /** @type {string[]} */ (shards);
}

/** Names of classes, in their order, where a configuration has some. @param {string | null} config @returns {string[] | null} */
export function labelsOf(config) {
  try {
    const names = JSON.parse(config ?? "null")?.id2label;
    const count = Object.keys(names ?? {}).length;
    const labels = Array.from({ length: count }, (_, id) => names[id]);
    return count && labels.every((label) => typeof label === "string") ? labels : null;
  } catch {
    return null; // whoever reads the configuration says what is wrong with it
  }
}
