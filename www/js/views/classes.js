// @ts-check
import { AnswerView } from "./answer.js";
import { ClassCard, counted } from "./class-card.js";
import { ConfusionView } from "./confusion.js";
import { el, emit, setText } from "./dom.js";

/**
 * @typedef {import("./answer.js").AnswerData} AnswerData
 *
 * @typedef {object} OwnData
 * @property {boolean} ready            a model is open
 * @property {number | null} held       the class that is being recorded
 * @property {import("../protocol.js").FewshotReport | null} report
 * @property {{words: string, why: string}[]} aside   projects that the engine does not hold
 * @property {string} unkept            why classes are not kept over a reload, or ""
 *
 * @typedef {Omit<AnswerData, "recording"> & OwnData} ClassesData
 */

/**
 * Classes of the reader's own. Dispatches on its root, with the detail in brackets: "teach" (what is to change), "hold" {id}
 * and "release", "record" {id: one clip}, "save-project", "load-project" {file}; of what was put aside "bring-back",
 * "save-aside" and "forget-aside" {index}.
 */
export class ClassesView {
  /** @type {Map<number, ClassCard>} */
  #cards = new Map();
  #aside = "";
  #shown = "";
  /** @type {ClassesData["examples"]} */
  #examples = null;
  /** The name that was asked for last. */
  #asked = "";
  /** Clips of the class that is being recorded, when that began. @type {{id: number, clips: number, name: string} | null} */
  #recorded = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.list = el("ul", { class: "classes" });
    this.name = el("input", { type: "text", id: "new-class", maxlength: 60, spellcheck: "false", autocomplete: "off" });
    this.add = el("button", { type: "submit" }, "Add a class");
    this.form = el("form", { class: "adding" }, el("label", { for: "new-class" }, "Name"), this.name, this.add);
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#ask()));
    this.undo = this.#step("undo", "Undo", "Ctrl+Z");
    this.redo = this.#step("redo", "Redo", "Ctrl+Shift+Z");
    this.file = el("input", { type: "file", accept: ".safetensors", hidden: true, onchange: () => this.#chosen() });
    this.save = el("button", { type: "button", onclick: () => emit(root, "save-project") }, "Save the project");
    this.open = el("button", { type: "button", onclick: () => this.file.click() }, "Load a project…");
    this.room = el("p", { class: "note room" });
    this.unkept = el("p", { class: "note bad", role: "status" });
    this.waiting = el("ul", { class: "aside-projects", "aria-label": "Kept for later" });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    this.answer = new AnswerView();
    this.confusion = new ConfusionView();
    root.append(
      el("div", { class: "ask" }, this.form, el("div", { class: "buttons" }, this.undo, this.redo, this.save, this.open), this.file, this.room),
      this.waiting, this.unkept, this.list, el("div", { class: "results" }, this.answer.element, this.confusion.element), this.said);
    root.addEventListener("keydown", (event) => this.#pressed(event));
    this.clear();
  }

  /** @param {ClassesData} data */
  update({ ready, examples, held, answer, guesses, problem, report, thumbnails, aside, unkept }) {
    const { classes = [], usage = null, undo = 0, redo = 0 } = examples ?? {};
    const idle = !ready || !examples;
    this.name.disabled = this.add.disabled = this.open.disabled = idle;
    this.save.disabled = idle || !classes.length;
    this.name.placeholder = nextName(classes.map(({ name }) => name));
    // Taken: it is a class now.
    if (this.#asked && classes.some(({ name }) => name === this.#asked)) this.name.value = this.#asked = "";
    can(this.undo, !idle && undo > 0);
    can(this.redo, !idle && redo > 0);
    setText(this.room, usage && usage.clips ? roomOf(usage) : "");
    setText(this.unkept, unkept);
    this.#showAside(aside);
    this.#showCards(examples, held, ready, thumbnails);
    this.answer.element.hidden = !classes.length;
    this.answer.update({ answer, examples, guesses, problem, recording: held !== null, thumbnails });
    this.confusion.update(report);
    this.#say(examples, held);
  }

  clear() {
    this.update({ ready: false, examples: null, held: null, answer: null, guesses: [], problem: "", report: null, thumbnails: new Map(), aside: [], unkept: "" });
  }

  /** Those that are there stay where they are. @param {ClassesData["examples"]} examples @param {number | null} held @param {boolean} ready @param {Map<number, Uint8Array>} thumbnails */
  #showCards(examples, held, ready, thumbnails) {
    const { classes = [], examples: all = [] } = examples ?? {};
    const key = JSON.stringify([held, ready, [...thumbnails.keys()]]);
    if (key === this.#shown && examples === this.#examples) return;
    [this.#shown, this.#examples] = [key, examples];
    /** @type {Map<number, number[]>} */
    const own = new Map(classes.map(({ id }) => [id, []]));
    for (const example of all) own.get(example.class)?.push(example.id);
    const inside = this.list.contains(document.activeElement);
    for (const [id, { element }] of this.#cards) if (!classes.some((each) => each.id === id)) element.remove(), this.#cards.delete(id);
    if (inside && !this.list.contains(document.activeElement)) this.name.focus(); // its card is gone
    classes.forEach(({ id, name }, i) => {
      const card = this.#cards.get(id) ?? new ClassCard(this.root, id);
      this.#cards.set(id, card);
      card.update({ name, examples: own.get(id) ?? [], recording: held === id, ready, thumbnails });
      if (this.list.children[i] !== card.element) this.list.insertBefore(card.element, this.list.children[i] ?? null);
    });
  }

  /** @param {ClassesData["aside"]} aside */
  #showAside(aside) {
    const key = JSON.stringify(aside);
    if (key === this.#aside) return;
    this.#aside = key;
    this.waiting.hidden = !aside.length;
    this.waiting.replaceChildren(...aside.map(({ words, why }, index) => {
      const act = (/** @type {string} */ event, /** @type {string} */ text) => el("button", { type: "button", "aria-label": `${text}: ${words}`, onclick: () => emit(this.root, event, { index }) }, text);
      return el("li", {}, el("p", {}, el("b", {}, `Kept for later: ${words}.`), ` ${why}`),
        el("div", { class: "buttons" }, act("bring-back", "Bring back"), act("save-aside", "Save as a file"), act("forget-aside", "Forget")));
    }));
  }

  /** What a recording came to. @param {ClassesData["examples"]} examples @param {number | null} held */
  #say(examples, held) {
    const clips = (/** @type {number} */ id) => examples?.examples.filter((example) => example.class === id).length ?? 0;
    if (held === (this.#recorded?.id ?? null)) return;
    if (this.#recorded) setText(this.said, `${this.#recorded.name}: ${clips(this.#recorded.id) - this.#recorded.clips} recorded, ${counted(clips(this.#recorded.id))} in all.`);
    const name = examples?.classes.find(({ id }) => id === held)?.name ?? "";
    this.#recorded = held === null ? null : { id: held, clips: clips(held), name };
    if (this.#recorded) setText(this.said, `Recording ${name}`);
  }

  #ask() {
    this.#asked = (this.name.value || this.name.placeholder).trim();
    emit(this.root, "teach", { do: "add-class", name: this.#asked });
  }

  /** It keeps its focus when there is nothing more to do. @param {"undo" | "redo"} what @param {string} text @param {string} keys */
  #step(what, text, keys) {
    const button = el("button", { type: "button", title: keys, "aria-keyshortcuts": keys.replace("Ctrl", "Control") }, text);
    button.addEventListener("click", () => button.getAttribute("aria-disabled") !== "true" && emit(this.root, "teach", { do: what }));
    return button;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
    if (!(ctrlKey || metaKey) || altKey || !/^[zy]$/i.test(key) || isBeingWritten(target)) return;
    event.preventDefault();
    (shiftKey || /y/i.test(key) ? this.redo : this.undo).click();
  }

  #chosen() {
    const [file] = this.file.files ?? [];
    this.file.value = ""; // so that the same file once more counts as a change
    if (file) emit(this.root, "load-project", { file });
  }
}

/** The browser itself undoes what is written in it. @param {EventTarget | null} target */
function isBeingWritten(target) {
  if (!(target instanceof HTMLInputElement) || target.type !== "text") return false;
  return target.value !== (target.dataset["name"] ?? "");
}

/** @param {HTMLButtonElement} button @param {boolean} now */
function can(button, now) {
  button.setAttribute("aria-disabled", String(!now));
}

/** What a class is called that nobody names. @param {string[]} names @returns {string} */
export function nextName(names) {
  for (let i = names.length + 1; ; i++) if (!names.includes(`Class ${i}`)) return `Class ${i}`;
}

/** @param {{clips: number, most: number}} usage @returns {string} */
export function roomOf({ clips, most }) {
  return `${clips.toLocaleString("en")} of ${most.toLocaleString("en")} clips`;
}
