// @ts-check
/**
 * Whether a tag may be released, and what is said about it:  node scripts/release.js TAG NOTES
 * The tag is the crate's version, CHANGELOG.md has a section for it with its date; NOTES gets that section.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** @param {string} cargo  the text of Cargo.toml @returns {string} */
export function versionOf(cargo) {
  const [, version] = /^version = "([^"]+)"/m.exec(cargo) ?? [];
  if (!version) throw new Error("Cargo.toml names no version.");
  return version;
}

/** A version's section, without its heading. @param {string} changelog @param {string} version @returns {string} */
export function notesOf(changelog, version) {
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((text) => text.split(/\s/, 1)[0] === version);
  if (!section) throw new Error(`CHANGELOG.md has no section for ${version}: name it "## ${version} - YYYY-MM-DD".`);
  const [heading = "", ...lines] = section.split("\n");
  if (!/^\S+ - \d{4}-\d\d-\d\d$/.test(heading))
    throw new Error(`CHANGELOG.md gives no date for ${version}: "${heading}".`);
  const notes = lines.join("\n").trim();
  if (!notes) throw new Error(`CHANGELOG.md says nothing about ${version}.`);
  return `${notes}\n`;
}

/**
 * @param {string} tag @param {string} cargo @param {string} changelog  the texts of the files
 * @returns {string} what is said about it
 */
export function releaseOf(tag, cargo, changelog) {
  const version = versionOf(cargo);
  if (tag !== `v${version}`) throw new Error(`The tag is ${tag}, but Cargo.toml names version ${version}.`);
  return notesOf(changelog, version);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [tag = "", notes] = process.argv.slice(2);
  if (!notes) throw new Error("usage: node scripts/release.js TAG NOTES");
  const [cargo, changelog] = ["Cargo.toml", "CHANGELOG.md"].map((name) =>
    readFileSync(new URL(`../${name}`, import.meta.url), "utf8"),
  );
  writeFileSync(notes, releaseOf(tag, String(cargo), String(changelog)));
}
