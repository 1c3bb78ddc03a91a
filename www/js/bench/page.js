// @ts-check
/** bench.html: buttons, progress, tables, results to copy and to save; and `window.vjepaBench` for scripts. */
import { defaults, describeMachine, GPU_SECTIONS, run, SECTIONS } from "./bench.js";
import { encoderOnnx } from "./onnx.js";
import { peerVersions } from "./peers.js";
import { markdown, tables } from "./report.js";
import { toSend } from "./sent-in.js";

/** @typedef {import("./bench.js").Results} Results */

const LABELS = {
  cpu: "encoder on the CPU",
  webgpu: "encoder on WebGPU",
  training: "training step",
  actor: "model with actions",
  sharing: "engines that share work",
  matmul: "matrix products",
  curve: "cost against size",
};

/** @template {HTMLElement} T @param {string} id @returns {T} */
const element = (id) => /** @type {T} */ (document.getElementById(id));

/** @type {Results | null} */
let latest = null;
/** Of what is measured, for the file. @type {Record<string, string>} */
let versions = {};

async function start() {
  const machine = await describeMachine();
  const options = defaults(machine);
  const slow = machine.software ? ", in software: expect minutes" : "";
  element("machine").textContent = machine.adapter
    ? `WebGPU adapter: ${machine.adapter}${slow}. ${machine.cores} cores.`
    : `This browser offers no WebGPU adapter, so only the CPU is measured. ${machine.cores} cores.`;
  drawChoices(options.only, Boolean(machine.adapter));
  element("run").addEventListener("click", () => void runChosen());
  element("copy").addEventListener("click", () => void copy());
  element("save").addEventListener("click", save);
  const found = await peerVersions();
  versions = found ?? {};
  if (!found) {
    element("notice").textContent =
      "onnxruntime-web, TensorFlow.js and jax-js are not on this server, so only this project is measured: run make " +
      "bench ARGS=--serve in a copy of the project and open the address it prints.";
  }
  element("run").removeAttribute("disabled");
}

/** @param {string[]} chosen @param {boolean} gpu */
function drawChoices(chosen, gpu) {
  for (const section of SECTIONS) {
    const box = document.createElement("input");
    const label = document.createElement("label");
    Object.assign(box, { type: "checkbox", value: section, checked: chosen.includes(section) && section !== "curve" });
    box.disabled = !gpu && GPU_SECTIONS.includes(section);
    label.append(box, LABELS[section]);
    element("choices").append(label);
  }
}

async function runChosen() {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (element("choices").querySelectorAll("input:checked"));
  const only = [...boxes].map((box) => /** @type {import("./bench.js").Section} */ (box.value));
  const given = new URLSearchParams(location.search).get("given") ?? "";
  element("run").setAttribute("disabled", "");
  await runAndDraw({ only, given });
  element("run").removeAttribute("disabled");
}

/** @param {Partial<import("./bench.js").Options>} options @param {(doing: string) => void} [tell] */
async function runAndDraw(options, tell = () => {}) {
  const results = await run(options, (doing, soFar) => {
    element("doing").textContent = doing;
    tell(doing);
    draw(soFar);
  });
  element("doing").textContent = "Done.";
  for (const id of ["copy", "save"]) element(id).removeAttribute("disabled");
  return results;
}

/** @param {Results} results */
function draw(results) {
  latest = results;
  const notes = document.createElement("ul");
  notes.replaceChildren(...results.notes.map((note) => cell("li", note)));
  element("results").replaceChildren(notes, ...tables(results).map(drawTable));
}

/** @param {import("./report.js").Table} table */
function drawTable({ title, about, head, rows }) {
  const section = document.createElement("section");
  const scroller = cell("div", "");
  const table = document.createElement("table");
  scroller.className = "scroller";
  const line = (/** @type {string} */ tag, /** @type {string[]} */ cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text) => cell(tag, text)));
    return row;
  };
  table.append(line("th", head), ...rows.map((row) => line("td", row)));
  scroller.append(table);
  section.append(cell("h2", title), cell("p", about), scroller);
  return section;
}

/** @param {string} tag @param {string} text */
function cell(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

async function copy() {
  if (!latest) return;
  const text = `# vjepa-web benchmark\n\n${markdown(latest)}`;
  try {
    await navigator.clipboard.writeText(text);
    element("doing").textContent = "Copied.";
  } catch {
    element("doing").textContent = "This browser would not let it be copied: select the text below.";
    element("results").prepend(cell("pre", text));
  }
}

/** As a file for bench/results/. */
function save() {
  if (!latest) return;
  const name = /** @type {HTMLInputElement} */ (element("name")).value;
  const json = `${JSON.stringify(toSend(latest, versions, name), null, 1)}\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([json], { type: "application/json" }));
  link.download = `${fileName(name || latest.machine.adapter || "cpu")}-${latest.machine.date.slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  element("doing").textContent = `Saved as ${link.download}. How to send it in is below.`;
}

/** Letters and digits of a machine's name. @param {string} name */
const fileName = (name) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);

Object.assign(window, { vjepaBench: { run: runAndDraw, defaults, describeMachine, markdown, encoderOnnx } });
await start();
document.documentElement.dataset.phase = "ready";
dispatchEvent(new Event("alive")); // watchdog.js has nothing more to say
