/** Results of before with some parts measured anew, and files of other machines. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { whyRefused } from "../www/js/bench/sent-in.js";

/** Where results of each part are: in what the page measured, and in what only this command can. */
const IN_PAGE = {
  training: ["training", "sixBlocks"],
  actor: ["alone"],
  sharing: ["sharing"],
  matmul: ["matmul"],
  curve: ["curve"],
};
const HERE = {
  first: ["first"],
  sizes: ["downloads"],
  memory: ["memory"],
  native: ["native", "nativeWhy"],
  network: ["network"],
};

/**
 * @typedef {import("../www/js/bench/bench.js").Results} Results
 * @typedef {import("../www/js/bench/report.js").Site} Site
 * @typedef {{results: Results, site: Site}} Whole
 * @param {Whole} before @param {Whole} fresh @param {string[]} parts  of `fresh` @param {string} when  and of which commit
 * @returns {Whole}
 */
export function merged(before, fresh, parts, when) {
  const devices = ["cpu", "webgpu"].filter((device) => parts.includes(device));
  const forward = before.results.forward.filter(({ device }) => !devices.includes(device));
  return {
    results: {
      alone: [],
      sharing: [],
      ...before.results,
      ...some(fresh.results, IN_PAGE, parts),
      forward: [...forward, ...fresh.results.forward].sort((a, b) => a.device.localeCompare(b.device)),
      notes: [...new Set([...before.results.notes, ...fresh.results.notes])],
    },
    site: {
      ...before.site,
      ...some(fresh.site, HERE, parts),
      versions: { ...fresh.site.versions, ...before.site.versions },
      again: { ...before.site.again, ...Object.fromEntries(parts.map((part) => [part, when])) },
    },
  };
}

/** @param {Record<string, any>} from @param {Record<string, string[]>} fields @param {string[]} parts */
const some = (from, fields, parts) =>
  Object.fromEntries(parts.flatMap((part) => fields[part] ?? []).map((field) => [field, from[field]]));

/**
 * Every file of a folder, in the order of their names; none if there is no such folder.
 * @param {string} folder @returns {Promise<import("../www/js/bench/sent-in.js").SentIn[]>}
 */
export async function readSent(folder) {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    names.map(async (name) => {
      let value;
      try {
        value = JSON.parse(await readFile(join(folder, name), "utf8"));
      } catch (error) {
        throw new Error(`${join(folder, name)} is not JSON: ${/** @type {Error} */ (error).message}`);
      }
      const why = whyRefused(value);
      if (why) throw new Error(`${join(folder, name)} can't be used: ${why}. Save it again from bench.html.`);
      return value;
    }),
  );
}
