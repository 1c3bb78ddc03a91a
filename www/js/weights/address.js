// @ts-check
/**
 * What people paste, as the place it means.
 *
 * @typedef {object} Address
 * @property {string} base         ends with a slash; files lie below it
 * @property {string | null} file  the weights themselves, where they were named; null: look around in the folder
 * @property {string} name         for people
 * @property {HubPlace | null} hub
 *
 * @typedef {object} HubPlace
 * @property {string} list         address of the hub's list of the files of this revision
 * @property {string} folder       in the repository; ends with a slash, or is empty
 * @property {(commit: string) => string} at   `base` at a commit, where files never change
 */
import { message } from "../base/messages.js";
import { FailureError } from "../base/errors.js";

export const HUB = "https://huggingface.co/";
const ALIASES = new Set(["huggingface.co", "www.huggingface.co", "hf.co"]);
const REPO = /^[\w.-]+\/[\w.-]+$/;
/** First parts of hub addresses that are no owner of models. */
const NOT_MODELS = new Set([
  "datasets",
  "spaces",
  "papers",
  "docs",
  "blog",
  "collections",
  "api",
  "models",
  "organizations",
]);

/**
 * "owner/name", "owner/name@revision", a page or file of the hub, a file anywhere, or a folder anywhere (with a slash
 * at its end) that is laid out as one of the hub.
 * @param {string} text @param {{hub?: string, revision?: string}} [options] @returns {Address}
 */
export function parseAddress(text, { hub = HUB, revision = "main" } = {}) {
  const trimmed = text.trim();
  const [, repo, at] = /^([^@\s]+)(?:@(\S+))?$/.exec(trimmed) ?? [];
  if (repo && REPO.test(repo)) return hubAddress(hub, { repo, revision: at ?? revision, path: "" });
  const url = toUrl(trimmed);
  url.hash = "";
  const path = hubPath(url, hub);
  if (path !== null) return hubAddress(hub, hubParts(path, revision));
  return below(url.href);
}

/** @param {string} text */
function toUrl(text) {
  try {
    const url = new URL(/^[\w-]+(\.[\w-]+)+(:\d+)?\//.test(text) ? `https://${text}` : text);
    // With a name and a password no browser fetches it.
    if (/^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  } catch {
    // said below
  }
  throw badAddress();
}

export const badAddress = (
  hint = message(
    "address.give",
    "give a model of huggingface.co as owner/name, or the address of a file of weights that begins with https://",
  ),
) => new FailureError("bad-address", "This address cannot be used: {hint}.", { hint });

/** The path on the hub; null of another host. @param {URL} url @param {string} hub */
function hubPath({ href, host, pathname }, hub) {
  if (href.startsWith(hub)) return href.slice(hub.length).split("?")[0];
  return hub === HUB && ALIASES.has(host) ? pathname.slice(1) : null;
}

/** @param {string} path @param {string} revision */
function hubParts(path, revision) {
  const [owner = "", name = "", kind, at, ...rest] = path.split("/").filter(Boolean);
  const repo = `${owner}/${name}`;
  if (NOT_MODELS.has(owner) || !REPO.test(repo))
    throw badAddress(
      message("address.no-model", "it is not that of a model on the hub, which has the form owner/name"),
    );
  if (kind === undefined) return { repo, revision, path: "" };
  if (kind === "tree")
    return { repo, revision: decoded(at ?? revision), path: rest.map((part) => `${part}/`).join("") };
  if (["blob", "resolve", "raw"].includes(kind) && rest.length)
    return { repo, revision: decoded(at), path: rest.join("/") };
  throw badAddress(
    message("address.no-file", "it is neither the page of a model on the hub nor that of one of its files"),
  );
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badAddress();
  }
}

/** @param {string} text  perhaps with half a character in it */
function encoded(text) {
  try {
    return encodeURIComponent(text);
  } catch {
    throw badAddress();
  }
}

/** @param {string} hub @param {{repo: string, revision: string, path: string}} place  the path of a folder ends with a slash, or is empty */
function hubAddress(hub, { repo, revision, path }) {
  const branch = encoded(revision);
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const address = below(`${hub}${repo}/resolve/${branch}/${path}`);
  const name = address.file ? `${repo}/${decoded(address.file)}` : repo;
  const list = `${hub}api/models/${repo}/revision/${branch}?blobs=true`;
  const at = (/** @type {string} */ commit) => `${hub}${repo}/resolve/${commit}/${folder}`;
  return { ...address, name, hub: { list, folder: decoded(folder), at } };
}

/** A folder by its slash, else a file; a file that describes weights means the folder it lies in. @param {string} href @returns {Address} */
function below(href) {
  const path = href.split("?")[0];
  const base = path.slice(0, path.lastIndexOf("/") + 1);
  const file = href.slice(base.length) || null;
  const last = decoded(path.split("/").filter(Boolean).pop() ?? "");
  const means = last === "config.json" ? null : file;
  return { base, file: means, name: last, hub: null };
}
