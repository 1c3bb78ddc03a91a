// @ts-check
/** Languages say the same things, and the page's markup says what its table says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { STEPS } from "../../www/js/tour/tour.js";
import { en } from "../../www/js/language/en.js";
import { zh } from "../../www/js/language/zh.js";
import { onLanguage, preferred, t, setLanguage } from "../../www/js/language/words.js";
import { MODULES, VIEWS, textOf } from "./support/modules.js";

const WWW = new URL("../../www/", import.meta.url);
const html = readFileSync(new URL("index.html", WWW), "utf8");
/** @param {string} text */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
/** @param {string} text */
const plain = (text) =>
  text
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/\s+/g, " ")
    .trim();

test("both languages have the same keys, none empty, with the same holes", () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const [key, text] of Object.entries(en)) {
    const other = /** @type {Record<string, string>} */ (zh)[key] ?? "";
    assert.ok(text.trim() && other.trim(), `${key} is empty`);
    assert.deepEqual(holes(other), holes(text), key);
  }
});

test("Chinese is Chinese: no text was left in English", () => {
  for (const [key, text] of Object.entries(zh)) {
    const words = text.replace(/\{\w+\}|V-JEPA/g, "");
    assert.ok(/\p{Script=Han}/u.test(words) || !/\p{Letter}/u.test(words), `${key}: ${text}`);
  }
});

test("the markup says what the English table says", () => {
  const said = [...html.matchAll(/<(\w+)\b[^>]*\sdata-t="([^"]+)"[^>]*>([\s\S]*?)<\/\1>/g)];
  assert.ok(said.length > 30, "no elements with keys were found");
  for (const [, , key, inner] of said) {
    const text = (inner ?? "").replace(/<(\w+)[^>]*\bdata-part="(\w+)"[^>]*>[\s\S]*?<\/\1>/g, "{$2}");
    assert.equal(plain(text), /** @type {Record<string, string>} */ (en)[key ?? ""], key);
  }
  const labels = [...html.matchAll(/aria-label="([^"]+)"\s+data-t-aria-label="([^"]+)"/g)];
  assert.ok(labels.length > 4);
  for (const [, text, key] of labels) assert.equal(text, /** @type {Record<string, string>} */ (en)[key ?? ""]);
});

test("whatever is asked for is in the table, and nothing else is", () => {
  const files = MODULES.filter((path) => !/^(bench|element|weights)\/|^language\/(en|zh)/.test(path));
  const text = [readFileSync(new URL("index.html", WWW), "utf8"), ...files.map(textOf)].join("\n");
  // Some are put together, as in `status.${phase}`.
  const prefixes = [...text.matchAll(/`([a-z]+\.(?:\w+\.)*)\$\{/g)]
    .map(([, prefix]) => prefix ?? "")
    .concat("source.", "mask.");
  const ofSteps = STEPS.flatMap(({ name, act }) =>
    ["title", "text", ...(act ? ["act", "acting", "acted"] : [])].map((which) => `tour.${name}.${which}`),
  );
  const unused = Object.keys(en).filter(
    (key) =>
      !text.includes(`"${key}"`) &&
      !ofSteps.includes(key) &&
      !prefixes.some((prefix) => prefix !== "tour." && key.startsWith(prefix)),
  );
  assert.deepEqual(unused, []);
  for (const key of ofSteps) assert.ok(Object.hasOwn(en, key), `no words for ${key}`);
});

test("the reader's first language that there is a table of", () => {
  for (const [wanted, language] of /** @type {[string[], string][]} */ ([
    [["zh-CN", "en"], "zh"],
    [["zh"], "zh"],
    [["ZH-Hant-TW"], "zh"],
    [["en-GB", "zh"], "en"],
    [["de-DE", "fr", "zh-SG", "en"], "zh"],
    [["de"], "en"],
    [[], "en"],
  ]))
    assert.equal(preferred(wanted), language, wanted.join());
});

test("saying fills holes, and another language is said from then on", async () => {
  assert.equal(t("tour.at", { step: 2, steps: 7 }), "Step 2 of 7");
  const root = { querySelectorAll: () => [], documentElement: { lang: "en" }, title: "" };
  Object.assign(globalThis, { document: root });
  let heard = 0;
  onLanguage(() => (heard += 1));
  await setLanguage("zh");
  await setLanguage("zh");
  assert.equal(t("tour.at", { step: 2, steps: 7 }), "第 2 步，共 7 步");
  assert.deepEqual([root.documentElement.lang, root.title, heard], ["zh-CN", zh["page.title"], 1]);
  await setLanguage("en");
  assert.equal(t("tour.next"), "Next");
});

test("views leave sentences to the tables", () => {
  const found = VIEWS.filter((path) => {
    const code = textOf(path)
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/(^|\s)\/\/.*/g, "");
    const texts = [...code.matchAll(/"[^"\n]*"|`[^`]*`/g)].map(([text]) => text.replace(/\$\{[^}]*\}/g, "…"));
    return texts.some((text) => /[a-z’']+,? [a-z’']+,? [a-z’']+/i.test(text));
  });
  assert.deepEqual(found, []);
});
