// @ts-check
/** Every message there is, as it stands in the sources of page and engine: its key, its English, and where. */
import { readFileSync, readdirSync } from "node:fs";
import { codeOf } from "../../../scripts/imports.js";
import { MODULES, textOf } from "./modules.js";

/** @typedef {{key: string, text: string, where: string}} Found */

const SRC = new URL("../../../src/", import.meta.url);
const RUST = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".rs") && !name.startsWith("bin/"))
  .sort()
  .map((name) => ({ name, code: readFileSync(new URL(name, SRC), "utf8").split("#[cfg(test)]")[0] ?? "" }));

/** A literal as it is written, without its quotes. @param {string} literal */
const unescaped = (literal) => literal.replace(/\\\n\s*/g, "").replace(/\\(["\\])/g, "$1");

/** @param {string} name  in camel case, of a variant */
const kebab = (name) => name.replace(/(?!^)([A-Z])/g, "-$1").toLowerCase();

/** Those of the page's modules. @returns {Found[]} */
export const ofPage = () =>
  MODULES.flatMap((where) =>
    [...codeOf(textOf(where)).matchAll(/\b(?:new FailureError|message)\(\s*"([^"]+)",\s*"((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = "", text = ""]) => ({ key, text: unescaped(text), where }),
    ),
  );

/** Calls that make a message of something other than two literals. @returns {string[]} */
export const unreadable = () =>
  MODULES.filter((where) => !/^(base|bench)\//.test(where)).flatMap((where) =>
    [
      ...codeOf(textOf(where)).matchAll(
        /\b(?:new FailureError|message)\((?!\s*"[^"]+",\s*"(?:[^"\\]|\\.)*"\s*[,)])[^\n]*/g,
      ),
    ].map(([call]) => `${where}: ${call}`),
  );

/** The names of an error's values, from its fields as they are written. @param {string} fields */
const valuesOf = (fields) =>
  fields.startsWith("(")
    ? ["0"]
    : [...fields.matchAll(/(?:rename = "(\w+)"|\b(\w+):)/g)].map(([, as, name]) => as ?? name);

/** Those of the engine: errors by their type and variant, and what `message!` makes. @returns {(Found & {values: string[]})[]} */
export const ofEngine = () =>
  RUST.flatMap(({ name: where, code }) => [
    ...made(code, where),
    ...enums(code, where),
    ...structs(code, where),
  ]).filter(
    ({ text }) => text !== "{message}", // what a reader of files says is the page's own
  );

/** @param {string} code @param {string} where */
const made = (code, where) =>
  [...code.matchAll(/\b(message|of_value)!\(\s*"([^"]+)",\s*"((?:[^"\\]|\\[\s\S])*)"/g)].map((call) => {
    const [all, macro, key = "", text = ""] = call;
    // To the end of its statement, or where another one begins.
    const given = code.slice(call.index + all.length).split(/;\n|message!|=> /)[0] ?? "";
    const values =
      macro === "of_value" ? ["key", "value"] : [...given.matchAll(/(\w+) = /g)].map(([, name = ""]) => name);
    return { key, text: unescaped(text), where, values };
  });

const VARIANT = /#\[error\(\s*"((?:[^"\\]|\\[\s\S])*)"[^\n]*\s*\)\]\s*(\w+)(\([^)]*\)| \{[^}]*\})?/g;

/** @param {string} code @param {string} where */
const enums = (code, where) =>
  [...code.matchAll(/pub enum (\w*)Error \{[\s\S]*?\n\}/g)].flatMap(([body, type = ""]) =>
    [...body.matchAll(VARIANT)].map(([, text = "", variant = "", fields = ""]) => ({
      key: [type.toLowerCase(), kebab(variant)].filter(Boolean).join("."),
      text: unescaped(text),
      where,
      values: valuesOf(fields.trim()),
    })),
  );

/** @param {string} code @param {string} where */
const structs = (code, where) =>
  [...code.matchAll(/#\[error\(\s*"((?:[^"\\]|\\[\s\S])*)"[^\n]*\)\]\s*pub struct (\w+)Error (\{[\s\S]*?\n\})/g)].map(
    ([, text = "", type = "", fields = ""]) => ({
      key: type.toLowerCase(),
      text: unescaped(text),
      where,
      values: valuesOf(fields),
    }),
  );

/** Words of the engine within its sentences, which are messages of their own. @returns {Found[]} */
export const ofTerms = () => {
  // Of a configuration the names of fields are said, which are the same everywhere; but for what has heads.
  const words = new Set([
    "encoder",
    "predictor",
    ...RUST.filter(({ name }) => name !== "config/mod.rs" && name !== "config/causal.rs").flatMap(({ code }) =>
      [
        ...[...code.matchAll(/\b(?:share|within|span|usable)\(\s*"([^"]+)"/g)],
        ...[...code.matchAll(/\bwhat: "([^"]+)"/g)],
        ...[...code.matchAll(/\bwhat = if [^{]*\{ "([^"]+)" \} else \{ "([^"]+)" \}/g)],
        ...[...code.matchAll(/\("([a-z' ]+ [a-z' ]+)", (?:self|world|[a-z_.]*)\b/g)],
        ...[...code.matchAll(/Self::\w+ => "((?:something|gravity) could [^"]+)"/g)],
      ].flatMap(([, ...found]) => found.filter(Boolean)),
    ),
  ]);
  return [...words].map((text) => ({
    key: `term.${text.toLowerCase().replaceAll(" ", "-").replaceAll("'", "")}`,
    text,
    where: "src",
  }));
};
