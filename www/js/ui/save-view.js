// @ts-check
import { download, el, keyed } from "./dom.js";
import { theme } from "./theme.js";

/**
 * @typedef {object} Saved
 * @property {string} name                   of the files, without their endings
 * @property {HTMLElement} [within]          whose canvases make the picture; none is offered if not given
 * @property {() => Row[] | null} [rows]     data as a table; null: there is none yet
 * @property {() => unknown} [json]          data as it is, where it is no table; null: there is none yet
 *
 * @typedef {Record<string, string | number | null>} Row   by the name of the column
 */

/** Buttons that save what a view shows: the picture as PNG, the data as CSV or JSON. @param {Saved} saved @returns {HTMLElement} */
export function saveButtons({ name, within, rows, json }) {
  /** @type {[string, import("../language/words.js").Key, () => void][]} */
  const choices = [];
  if (within) choices.push(["PNG", "save.png", () => savePicture(within, name)]);
  if (rows) choices.push(["CSV", "save.csv", () => saveText(csvOf(rows() ?? []), `${name}.csv`, "text/csv")]);
  if (json) choices.push(["JSON", "save.json", () => saveText(jsonOf(json()), `${name}.json`, "application/json")]);
  const buttons = choices.map(([text, label, onclick]) =>
    el("button", { type: "button", ...keyed({ title: label }), onclick }, text),
  );
  return el("div", { class: "save" }, ...buttons);
}

/** All canvases of a part of the page as they stand, on the colour of the page. @param {HTMLElement} root @param {string} name */
async function savePicture(root, name) {
  const box = root.getBoundingClientRect();
  const scale = devicePixelRatio;
  const picture = el("canvas");
  picture.width = Math.round(box.width * scale);
  picture.height = Math.round(box.height * scale);
  const context = picture.getContext("2d");
  if (!context) return;
  context.fillStyle = theme().paper;
  context.fillRect(0, 0, picture.width, picture.height);
  for (const canvas of root.querySelectorAll("canvas")) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    if (!width || !canvas.width) continue;
    const [x, y] = [(left - box.left) * scale, (top - box.top) * scale];
    context.drawImage(canvas, x, y, width * scale, height * scale);
  }
  const blob = await new Promise((resolve) => picture.toBlob(resolve));
  if (blob) download(/** @type {Blob} */ (blob), `${name}.png`);
}

/** @param {string} text @param {string} name @param {string} type */
function saveText(text, name, type) {
  download(new Blob([text], { type }), name);
}

/** A table with a row of names; what is no number is left empty. @param {Row[]} rows */
export function csvOf(rows) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (/** @type {string | number | null | undefined} */ value) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "";
    const text = String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((row) => row.map(cell).join(",") + "\n")
    .join("");
}

/** Typed arrays as lists. @param {unknown} value */
export function jsonOf(value) {
  return JSON.stringify(value, (_, part) => (ArrayBuffer.isView(part) ? [.../** @type {any} */ (part)] : part), 1);
}
