// @ts-check
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";

/** @typedef {import("./charts-view.js").RunData} RunData */

/**
 * The runs in the charts: which colour is which, and what they are called. Dispatches "rename" {id, name}, "hide" {id,
 * hidden}, "remove" {id}, "export-run" and "import-run" {file} on the root it is given.
 */
export class RunsView {
  /** @type {Map<string, ReturnType<RunsView["row"]>>} */
  #rows = new Map();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.list = el("ul", { class: "runs" });
    this.file = el("input", { type: "file", accept: ".safetensors", hidden: true, onchange: () => this.#chosen() });
    this.export = el("button", {
      type: "button",
      ...keyed({ text: "runs.export" }),
      onclick: () => emit(root, "export-run"),
    });
    const open = el("button", { type: "button", ...keyed({ text: "runs.import" }), onclick: () => this.file.click() });
    this.element = el(
      "section",
      { class: "lever", ...keyed({ "aria-label": "runs" }) },
      el("h3", keyed({ text: "runs" })),
      this.list,
      el("div", { class: "buttons" }, this.export, open, this.file),
      el("p", { class: "note", ...keyed({ text: "runs.note" }) }),
    );
  }

  /** @param {RunData[]} runs  the current one last @param {boolean} ready  there is one to export */
  update(runs, ready) {
    this.export.disabled = !ready;
    const inside = this.list.contains(document.activeElement);
    for (const [id, { element }] of this.#rows)
      if (!runs.some((run) => run.id === id)) (element.remove(), this.#rows.delete(id));
    // The current run first. Rows stay where they are while somebody writes in one.
    const ordered = [...runs].reverse();
    ordered.forEach((run, i) => {
      const row = this.#rows.get(run.id) ?? this.row(run.id);
      this.#rows.set(run.id, row);
      row.show(run, i === 0);
      if (this.list.children[i] !== row.element) this.list.insertBefore(row.element, this.list.children[i] ?? null);
    });
    const last = this.#rows.get(runs[0]?.id ?? "");
    if (inside && !this.list.contains(document.activeElement)) last?.name.focus(); // the row that had the focus is gone
  }

  /** @param {string} id */
  row(id) {
    const seen = el("input", {
      type: "checkbox",
      onchange: () => emit(this.root, "hide", { id, hidden: !seen.checked }),
    });
    const name = el("input", { type: "text", class: "name", maxlength: 40, spellcheck: "false" });
    name.addEventListener("change", () => emit(this.root, "rename", { id, name: name.value }));
    name.addEventListener("keydown", (event) => event.key === "Enter" && name.blur());
    const steps = el("span", { class: "soft" });
    const remove = el(
      "button",
      { type: "button", class: "remove", onclick: () => emit(this.root, "remove", { id }) },
      "×",
    );
    const element = el("li", {}, seen, name, steps, remove);
    /** @param {RunData} run @param {boolean} current */
    const show = (run, current) => {
      element.style.setProperty("--run", `var(--run-${run.colour})`);
      element.toggleAttribute("data-current", current);
      seen.checked = !run.hidden;
      seen.setAttribute("aria-label", t("runs.show", { name: run.name }));
      name.setAttribute("aria-label", t("runs.name", { name: run.name }));
      if (document.activeElement !== name) name.value = run.name;
      setText(
        steps,
        t(run.before ? "runs.after" : "runs.steps", {
          step: run.step.toLocaleString("en"),
          before: run.before.toLocaleString("en"),
        }),
      );
      remove.setAttribute("aria-label", t("runs.remove", { name: run.name }));
      remove.title = t(current ? "runs.open" : "runs.remove.title");
      remove.disabled = current;
    };
    return { element, name, show };
  }

  #chosen() {
    const [file] = this.file.files ?? [];
    this.file.value = ""; // so that the same file once more counts as a change
    if (file) emit(this.root, "import-run", { file });
  }
}
