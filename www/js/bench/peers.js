// @ts-check
/** Where `make bench` puts the engines to compare with; the site does without. */

export const PEERS = new URL("../../bench/peers/", import.meta.url);

/** @typedef {Record<string, string>} Versions   of the npm packages, by name */

/** @returns {Promise<Versions | null>} null if they are not here */
export async function peerVersions() {
  const answer = await fetch(new URL("versions.json", PEERS)).catch(() => null);
  return answer?.ok ? answer.json() : null;
}
