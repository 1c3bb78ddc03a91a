// @ts-check
/**
 * Has an engine compute what the reference implementation computed, from the fixtures that come with the page.
 *
 * @typedef {import("../engine/protocol.js").EngineModule} EngineModule
 * @typedef {import("../engine/protocol.js").ProofRow} ProofRow
 */
import { FailureError } from "../base/errors.js";

/** A list of the names of the files beside it. */
const INDEX = new URL("../../assets/proof/index.json", import.meta.url);

/**
 * @param {(fixture: Uint8Array) => Promise<string>} run   JSON ProofRow[] of one file
 * @param {typeof fetch} get @returns {Promise<ProofRow[]>}
 */
export async function prove(run, get) {
  /** @type {ProofRow[]} */
  const rows = [];
  for (const name of await (await asked(INDEX, get)).json()) {
    const file = await asked(new URL(name, INDEX), get);
    rows.push(...JSON.parse(await run(new Uint8Array(await file.arrayBuffer()))));
  }
  return rows;
}

/** @param {URL} url @param {typeof fetch} get */
async function asked(url, get) {
  const response = await get(url.href).catch(() => null);
  if (response?.ok) return response;
  throw new FailureError(
    "proof-missing",
    "{name} could not be fetched, so nothing can be compared: check the connection and try again.",
    { name: url.pathname.split("/").at(-1) ?? "" },
  );
}
