// @ts-check
/** A language is a table and a line: the page's modules with a small third one, whose table is far from whole. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fakePage } from "./support/elements.js";

const GERMAN = `export default {
  words: { "tour.at": "Schritt {step} von {steps}" },
  messages: {
    "cancelled.exam": "Die Prüfung wurde abgebrochen.",
    "device.failed": "Es läuft auf der CPU, denn WebGPU ging nicht ({why}).",
  },
};
`;

test("it has its button, its address, its readers and its sentences; what it lacks is English", async (context) => {
  const copy = mkdtempSync(join(tmpdir(), "vjepa-language-"));
  context.after(() => rmSync(copy, { recursive: true }));
  cpSync(fileURLToPath(new URL("../../www/js", import.meta.url)), join(copy, "js"), { recursive: true });
  writeFileSync(join(copy, "package.json"), '{"type": "module"}');
  writeFileSync(join(copy, "js/language/de.js"), GERMAN);
  const list = join(copy, "js/language/languages.js");
  const line = '  de: spoken({ tag: "de", name: "Deutsch", joint: " ", table: () => import("./de.js") }),\n';
  writeFileSync(list, readFileSync(list, "utf8").replace(/^};$/m, `${line}};`));
  const page = fakePage();
  const { document } = /** @type {any} */ (globalThis);
  Object.assign(document, { querySelectorAll: () => [], documentElement: {} });
  /** @param {string} path */
  const load = (path) => import(pathToFileURL(join(copy, "js", path)).href);
  const { language, locale, preferred, t, setLanguage } = await load("language/words.js");
  const { translate } = await load("language/translate.js");
  const { checked, readSettings } = await load("settings/settings.js");
  const { message } = await load("base/messages.js");
  const { LanguageView } = await load("rooms/stage/language-view.js");

  assert.deepEqual([["de-AT", "en"], ["fr", "de"], ["zh-TW", "de"], ["fr"]].map(preferred), ["de", "de", "zh", "en"]);
  assert.deepEqual(checked({ lang: "de" }), { lang: "de" });
  assert.match(readSettings("?lang=fr").problems[0].message, /auto, de, en or zh|auto, en, zh or de/);

  const root = /** @type {any} */ (page.dialog());
  const view = new LanguageView(root, "de");
  const shown = root.children.map((/** @type {any} */ button) => [
    button.getAttribute("value"),
    button.getAttribute("lang"),
    button.textContent || button.children.join(""),
  ]);
  assert.deepEqual(shown.sort(), [
    ["de", "de", "Deutsch"],
    ["en", "en", "English"],
    ["zh", "zh-CN", "简体中文"],
  ]);
  void view;

  await setLanguage("de");
  assert.deepEqual([language(), document.documentElement.lang, locale()], ["de", "de", "de"]);
  assert.equal(t("tour.at", { step: 2, steps: 7 }), "Schritt 2 von 7");
  assert.equal(t("tour.next"), "Next");
  const cancelled = message("cancelled.exam", "The exam was cancelled.");
  const lost = message("device-lost", "The GPU device was lost ({why}).", { why: "x" });
  const failed = message("device.failed", "The CPU runs it: WebGPU was tried and failed ({why}).", { why: lost });
  assert.equal(translate([cancelled, lost]), "Die Prüfung wurde abgebrochen. The GPU device was lost (x).");
  assert.equal(translate(failed), "Es läuft auf der CPU, denn WebGPU ging nicht (The GPU device was lost (x)).");
});
