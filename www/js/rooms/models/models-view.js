// @ts-check
import { translate } from "../../language/translate.js";
import { language, t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { bytes, count } from "../../ui/format.js";
import { ACCEPT_WEIGHTS, onDrop, sorted } from "../../ui/drop-files.js";
import { KeptList } from "./kept-files-view.js";
import { ModelDetails } from "./details-view.js";

/**
 * @typedef {import("../../catalogue/catalogue.js").Released} Released
 * @typedef {import("../../engine/protocol.js").CheckpointSource} CheckpointSource
 * @typedef {import("../../engine/protocol.js").Kept} Kept
 * @typedef {typeof import("../../later-rooms.js").catalogue} Catalogue   handed in: views know nothing but views
 *
 * @typedef {object} ModelsData
 * @property {Omit<import("../../catalogue/cost.js").Machine, "memoryBytes"> | null} device   null until an engine is there
 * @property {number | null} memoryBytes     what the browser says there is
 * @property {Kept[]} kept
 * @property {{used: number, quota: number, persisted: boolean} | null} usage
 * @property {boolean} busy                  something is being loaded
 */

const GROUPS = /** @type {const} */ (["V-JEPA 1", "V-JEPA 2", "V-JEPA 2-AC", "V-JEPA 2.1", "Classifiers"]);
const COLUMNS = /** @type {const} */ (["models.pixels", "models.frames", "models.parameters", "models.memory"]);

/**
 * A dialog to choose a checkpoint in. Dispatches on its root: "load" {source, precision, frames}, "forget" {key}, "persist".
 */
export class ModelsView {
  /** @type {ModelsData} */
  #data = { device: null, memoryBytes: null, kept: [], usage: null, busy: false };
  #shown = "";
  /** @type {Released} */
  #selected;

  /** @param {HTMLDialogElement} root @param {Catalogue} catalogue */
  constructor(root, catalogue) {
    this.root = root;
    this.catalogue = catalogue;
    const first = catalogue.CATALOGUE.find(({ group }) => group === "V-JEPA 2");
    if (!first) throw new TypeError("no catalogue");
    this.#selected = first;
    this.details = new ModelDetails(
      catalogue,
      (load) => this.#load(load),
      () => this.#showSizes(),
    );
    this.kept = new KeptList(root);
    /** @type {Map<string, {input: HTMLInputElement, title: HTMLElement, size: HTMLElement, mark: HTMLElement}>} */
    this.rows = new Map();
    const close = el(
      "button",
      { type: "button", class: "close", ...keyed({ "aria-label": "models.close" }), onclick: () => root.close() },
      "✕",
    );
    root.setAttribute("aria-labelledby", "models-title");
    root.append(
      el(
        "header",
        {},
        el("h2", { id: "models-title", ...keyed({ text: "models.heading" }) }),
        el("p", { class: "caption", ...keyed({ text: "models.caption" }) }),
        close,
      ),
      el("div", { class: "choosing" }, this.#list(), this.details.element),
      el("div", { class: "sources" }, this.#own(), this.kept.element),
      el("div", { class: "dropzone", "aria-hidden": "true", ...keyed({ text: "models.drop" }) }),
    );
    root.addEventListener("click", (event) => event.target === root && root.close()); // on the backdrop
    onDrop(root, root, (files) => this.#took(files));
    this.#select(first);
  }

  /** @param {ModelsData} data */
  update(data) {
    const key = language() + JSON.stringify(data);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#data = data;
    this.details.update(data);
    this.kept.update(data);
    this.#showSizes();
  }

  clear() {
    this.update({ device: null, memoryBytes: null, kept: [], usage: null, busy: false });
  }

  /** @param {string} [id]  of the model to be chosen */
  open(id) {
    const model = id ? this.catalogue.released(id) : undefined;
    if (model) this.#select(model);
    if (!this.root.open) this.root.showModal();
    this.rows.get(this.#selected.id)?.input.focus();
  }

  close() {
    this.root.close();
  }

  /** Weights that were dropped on the page or picked there: to be looked at before they are loaded. @param {File[]} files */
  offer(files) {
    this.open();
    this.#took(files);
  }

  /** @param {{source: CheckpointSource, precision: string, frames: number}} load */
  #load(load) {
    this.root.close();
    emit(this.root, "load", load);
  }

  /** Files are shown and wait for "Load": precision and licence come first. @param {File[]} files */
  #took(files) {
    const found = sorted(files);
    if (!("weights" in found)) return this.details.refuse(files[0]?.name);
    this.#chose({ from: "files", files: found.weights });
  }

  /** @param {CheckpointSource} source  not from the list */
  #chose(source) {
    const known = this.catalogue.recognised(source);
    if (known) this.#select(known);
    else for (const { input } of this.rows.values()) input.checked = false;
    this.details.offer(source, known ?? null);
    this.#reveal();
  }

  /** Where there is one column, what was chosen is below the list. */
  #reveal() {
    const { element } = this.details;
    const below = element.offsetLeft <= (element.previousElementSibling?.clientWidth ?? 0) / 2;
    element.scrollIntoView({ block: below ? "start" : "nearest" });
  }

  /** @param {Released} model */
  #select(model) {
    this.#selected = model;
    const row = this.rows.get(model.id);
    if (row) row.input.checked = true;
    this.details.show(model);
  }

  #list() {
    const groups = GROUPS.map((name) => {
      const rows = this.catalogue.CATALOGUE.filter(({ group }) => group === name).map((model) => this.#row(model));
      return el(
        "fieldset",
        {},
        name === "Classifiers" ? el("legend", keyed({ text: "models.classifiers" })) : el("legend", {}, name),
        ...rows,
      );
    });
    const head = el(
      "p",
      { class: "columns", "aria-hidden": "true" },
      el("span"),
      ...COLUMNS.map((text) => el("span", keyed({ text }))),
    );
    return el("div", { class: "released" }, head, ...groups);
  }

  /** @param {Released} model */
  #row(model) {
    const input = el("input", {
      type: "radio",
      name: "released",
      value: model.id,
      onchange: () => this.#select(model),
    });
    const [title, size, mark] = [el("span"), el("span"), el("small")];
    this.rows.set(model.id, { input, title, size, mark });
    const { encoder, predictor, head } = model.params;
    return el(
      "label",
      { onpointerup: () => setTimeout(() => this.#reveal()) },
      input,
      el("span", { class: "title" }, title, " ", mark),
      el("span", {}, String(model.size)),
      el("span", {}, String(model.frames)),
      el("span", {}, count(encoder + predictor + head)),
      size,
    );
  }

  /** What they are called, weights in memory at the chosen precision, and which of them are here already. */
  #showSizes() {
    const { kept } = this.#data;
    for (const model of this.catalogue.CATALOGUE) {
      const row = this.rows.get(model.id);
      if (!row) continue;
      setText(row.title, translate(model.title));
      const weights = this.details.weightsOf(model);
      setText(row.size, weights === null ? "–" : bytes(weights));
      const here = kept.find(({ url }) => url === model.file.url);
      setText(row.mark, here ? t(here.complete ? "models.kept" : "models.begun") : "");
    }
  }

  /** Checkpoints that are not in the list. */
  #own() {
    const address = el("input", {
      type: "text",
      id: "own-address",
      "aria-describedby": "own-address-problem",
      placeholder: "owner/name, https://…",
      autocomplete: "off",
      spellcheck: "false",
    });
    const problem = el("p", { class: "note bad", role: "status", id: "own-address-problem" });
    const form = el(
      "form",
      { class: "address" },
      el("label", { for: "own-address", ...keyed({ text: "models.address" }) }),
      address,
      el("button", { type: "submit", ...keyed({ text: "models.choose" }) }),
      problem,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const source = this.catalogue.sourceNamed(address.value.trim());
      setText(problem, source ? "" : t("models.neither"));
      address.setAttribute("aria-invalid", String(!source));
      if (source) this.#chose(source);
    });
    const files = this.#picker({ multiple: true, accept: ACCEPT_WEIGHTS });
    const folder = this.#picker({ webkitdirectory: true });
    this.details.onPick(() => files.click());
    return el(
      "section",
      { class: "own" },
      el("h3", keyed({ text: "models.elsewhere" })),
      form,
      el("p", { class: "label", ...keyed({ text: "models.machine" }) }),
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "button", ...keyed({ text: "models.files" }), onclick: () => files.click() }),
        el("button", { type: "button", ...keyed({ text: "models.folder" }), onclick: () => folder.click() }),
      ),
      el("p", { class: "note", ...keyed({ text: "models.formats" }) }),
      files,
      folder,
    );
  }

  /** @param {Record<string, string | boolean>} props */
  #picker(props) {
    const input = el("input", { type: "file", hidden: true, ...props });
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      input.value = "";
      if (files.length) this.#took(files);
    });
    return input;
  }
}
