// @ts-check
/**
 * From what was pasted, picked or dropped to the files of one model, ready to be read.
 *
 * @typedef {{address: string, revision?: string} | {files: File[]}} Source   an address as parseAddress takes it
 *
 * @typedef {object} Weights
 * @property {string | null} config    the text of config.json
 * @property {string | null} preprocessor   that of the file that says how frames are prepared
 * @property {string | null} index     the text of the index that says which shard holds what
 * @property {import("./reader.js").Reader[]} weights   one file, or the shards in their order; to be closed
 * @property {string} name             for people
 * @property {string[] | null} labels  names of classes
 *
 * @typedef {import("./url-reader.js").UrlOptions & {store?: import("./store.js").Store | null, hub?: string}} Options
 *
 * @typedef {object} Found             what an address was found to hold
 * @property {string | null} config
 * @property {string | null} [preprocessor]   not there in what older versions remembered
 * @property {string | null} index
 * @property {string[]} urls           of the weights
 * @property {(string | null)[]} hashes   SHA-256 of each, where the hub tells
 */
import { FailureError, toFailure } from "../base/errors.js";
import { parseAddress } from "./address.js";
import {
  CONFIG,
  INDEX,
  INDEX_TORCH,
  PREPROCESSORS,
  WHOLE,
  WHOLE_TORCH,
  baseName,
  choose,
  folderOf,
  isIndex,
  labelsOf,
  shardsOf,
} from "./choose-files.js";
import { placeOf } from "./weight-errors.js";
import { openFiles } from "./picked-files.js";
import { openUrl } from "./reader.js";
import { UrlReader } from "./url-reader.js";

/** Configurations and indices; larger is something else. */
const TEXT_MAX = 16 << 20;
/** Without these files the others may still do. What is not there, hosts say in many ways; some hide it from other origins. */
const ABSENT = new Set(["not-found", "forbidden", "not-weights", "unreachable", "policy", "http-failed"]);

/**
 * What is kept whole of an address is used as it is and asks nothing of the host.
 * @param {Source} source @param {Options} [options] @returns {Promise<Weights>}
 */
export async function resolveWeights(source, options = {}) {
  if ("files" in source) return openFiles(source.files);
  const address = parseAddress(source.address, { hub: options.hub, revision: source.revision });
  const all = { ...options, lane: options.lane ?? { holder: null } };
  const key = address.base + (address.file ?? "");
  /** @type {Found | null} */
  const kept = (await all.store?.recall(key)) ?? null;
  const found = kept ?? (await find(address, all));
  const weights = await openAll(found, all);
  if (!kept) await all.store?.remember(key, found);
  const { config, preprocessor = null, index } = found;
  return { config, preprocessor, index, weights, name: address.name, labels: labelsOf(config) };
}

/** @param {Found} found @param {Options} options */
async function openAll({ urls, hashes }, options) {
  /** @type {import("./reader.js").Reader[]} */
  const readers = [];
  try {
    for (const [i, url] of urls.entries()) readers.push(await openUrl(url, { ...options, announced: hashes[i] }));
    return readers;
  } catch (error) {
    for (const reader of readers) await reader.close();
    throw /** @type {any} */ (error).code === "not-found" && urls.length > 1
      ? new FailureError("shard-missing.part", "A part of the model is missing. {why}", { why: toFailure(error) })
      : error;
  }
}

/** @param {import("./address.js").Address} address @param {Options} options @returns {Promise<Found>} */
async function find({ base: asked, file, hub }, options) {
  const list = hub && (await listed(hub, options));
  const base = hub && list ? hub.at(list.commit) : asked;
  const { config, preprocessor, index, weights } = await look(base, file, list && [...list.hashes.keys()], options);
  const indexText = index === null ? null : await readText(base + index, options);
  const names =
    indexText === null
      ? [/** @type {string} */ (weights)]
      : shardsOf(indexText, baseName(/** @type {string} */ (index)));
  const configText = config === null ? null : await readOptional(base + config, options);
  // Without a list of files it is guessed at where there is a configuration to guess by.
  const guessed = !list && configText !== null ? PREPROCESSORS.slice(0, 2) : [];
  return {
    config: configText,
    preprocessor: await firstOf(preprocessor === null ? guessed : [preprocessor], base, options),
    index: indexText,
    urls: names.map((name) => base + name),
    hashes: names.map((name) => list?.hashes.get(placeOf(base + name).name) ?? null),
  };
}

/**
 * @param {string} base @param {string | null} file @param {string[] | null} names  of all files there, where known
 * @param {Options} options @returns {Promise<import("./choose-files.js").Choice>}
 */
async function look(base, file, names, options) {
  const config = names && !names.includes(CONFIG) ? null : CONFIG;
  const preprocessor = PREPROCESSORS.find((name) => names?.includes(name)) ?? null;
  if (file !== null)
    return {
      config,
      preprocessor,
      ...(isIndex(file.split("?")[0]) ? { index: file, weights: null } : { index: null, weights: file }),
    };
  if (names) return choose(names);
  for (const name of [WHOLE, INDEX, WHOLE_TORCH, INDEX_TORCH]) {
    if (await exists(base + name, options))
      return {
        config,
        preprocessor,
        ...(isIndex(name) ? { index: name, weights: null } : { index: null, weights: name }),
      };
  }
  throw new FailureError(
    "no-weights.hub",
    "There is neither {whole} nor {index} at {host}: check the address, or give that of the file of weights.",
    { whole: WHOLE, index: INDEX, host: new URL(base).host },
  );
}

/** @param {string} url @param {Options} options */
async function exists(url, options) {
  const reader = new UrlReader(url, options);
  try {
    await reader.open();
    return true;
  } catch (error) {
    if (/** @type {any} */ (error).code === "not-found") return false;
    throw error;
  } finally {
    reader.close();
  }
}

/**
 * The files of a folder of the hub with their SHA-256, which answers behind a redirect do not tell, and the commit they
 * are of. It can be done without: null where the list is not to be had.
 * @param {import("./address.js").HubPlace} hub @param {Options} options
 * @returns {Promise<{commit: string, hashes: Map<string, string | null>} | null>}
 */
async function listed({ list, folder }, options) {
  try {
    /** @type {{sha: string, siblings: {rfilename: string, lfs?: {sha256?: string}}[]}} */
    const { sha, siblings } = JSON.parse(await readText(list, options));
    if (!/^[0-9a-f]{40}$/.test(sha)) return null;
    const inside = siblings.filter(({ rfilename }) => folderOf(rfilename) === folder);
    const hash = (/** @type {string | undefined} */ text) => /^[0-9a-f]{64}$/.exec(text ?? "")?.[0] ?? null;
    return {
      commit: sha,
      hashes: new Map(inside.map(({ rfilename, lfs }) => [baseName(rfilename), hash(lfs?.sha256)])),
    };
  } catch (error) {
    if (/** @type {any} */ (error)?.code === "cancelled") throw error;
    return null;
  }
}

/** @param {string} url @param {Options} options @returns {Promise<string | null>} */
async function readOptional(url, options) {
  try {
    return await readText(url, options);
  } catch (error) {
    if (ABSENT.has(/** @type {any} */ (error)?.code)) return null;
    throw error;
  }
}

/** The first of these files that is there. @param {string[]} names @param {string} base @param {Options} options */
async function firstOf(names, base, options) {
  for (const name of names) {
    const text = await readOptional(base + name, options);
    if (text !== null) return text;
  }
  return null;
}

/** @param {string} url @param {Options} options */
async function readText(url, options) {
  const reader = new UrlReader(url, { ...options, onBytes: undefined });
  try {
    return new TextDecoder().decode(await reader.readAll(TEXT_MAX));
  } finally {
    reader.close();
  }
}
