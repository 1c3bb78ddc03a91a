// @ts-check
import { translate } from "../../language/translate.js";
import { language, t } from "../../language/words.js";
import { AnswerView } from "./answer-view.js";
import { ClassCard, counted } from "./class-card-view.js";
import { ConfusionView } from "./confusion-view.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";

/**
 * @typedef {import("./answer-view.js").AnswerData} AnswerData
 *
 * @typedef {object} OwnData
 * @property {boolean} ready            a model is open
 * @property {number | null} held       the class that is being recorded
 * @property {import("../../engine/protocol.js").FewshotReport | null} report
 * @property {Pick<import("./projects.js").Project, "names" | "clips" | "why">[]} aside   projects that the engine does not hold
 * @property {boolean} unkept           classes are not kept over a reload
 * @property {import("../../base/messages.js").Message | null} unkeptWhy   what the engine has to say to that
 *
 * @typedef {Omit<AnswerData, "recording"> & OwnData} ClassesData
 */

/** Classes of a project that are named. */
const NAMED = 4;

/**
 * Classes of the reader's own. Dispatches on its root, with the detail in brackets: "teach" (what is to change), "hold" {id}
 * and "release", "record" {id: one clip}, "save-project", "load-project" {file}, "begin-anew"; of what was put aside "bring-back",
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
    this.add = el("button", { type: "submit", ...keyed({ text: "classes.add" }) });
    this.form = el(
      "form",
      { class: "adding" },
      el("label", { for: "new-class", ...keyed({ text: "classes.name" }) }),
      this.name,
      this.add,
    );
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#ask()));
    this.undo = this.#step("undo", "Ctrl+Z");
    this.redo = this.#step("redo", "Ctrl+Shift+Z");
    this.file = el("input", { type: "file", accept: ".safetensors", hidden: true, onchange: () => this.#chosen() });
    this.save = el("button", {
      type: "button",
      ...keyed({ text: "classes.save" }),
      onclick: () => emit(root, "save-project"),
    });
    this.open = el("button", { type: "button", ...keyed({ text: "classes.load" }), onclick: () => this.file.click() });
    this.anew = el("button", {
      type: "button",
      ...keyed({ text: "classes.anew", title: "classes.anew.title" }),
      onclick: () => emit(root, "begin-anew"),
    });
    this.room = el("p", { class: "note space" });
    this.unkept = el("p", { class: "note bad", role: "status" });
    this.waiting = el("ul", { class: "aside-projects", ...keyed({ "aria-label": "classes.aside" }) });
    this.said = el("p", { class: "sr-only", "aria-live": "polite" });
    this.answer = new AnswerView();
    this.confusion = new ConfusionView();
    root.append(
      el(
        "div",
        { class: "ask" },
        this.form,
        el("div", { class: "buttons" }, this.undo, this.redo, this.save, this.open, this.anew),
        this.file,
        this.room,
      ),
      this.waiting,
      this.unkept,
      this.list,
      el("div", { class: "results" }, this.answer.element, this.confusion.element),
      this.said,
    );
    root.addEventListener("keydown", (event) => this.#pressed(event));
    this.clear();
  }

  /** @param {ClassesData} data */
  update({ ready, examples, held, answer, guesses, problem, report, thumbnails, aside, unkept, unkeptWhy }) {
    const { classes = [], usage = null, undo = 0, redo = 0 } = examples ?? {};
    const idle = !ready || !examples;
    this.name.disabled = this.add.disabled = this.open.disabled = idle;
    this.save.disabled = this.anew.disabled = idle || !classes.length;
    this.name.placeholder = nextName(classes.map(({ name }) => name));
    // Taken: it is a class now.
    if (this.#asked && classes.some(({ name }) => name === this.#asked)) this.name.value = this.#asked = "";
    can(this.undo, !idle && undo > 0);
    can(this.redo, !idle && redo > 0);
    setText(this.room, usage && usage.clips ? roomOf(usage) : "");
    setText(this.unkept, unkept ? translate(unkeptWhy) || t("classes.unkept") : "");
    this.#showAside(aside);
    this.#showCards(examples, held, ready, thumbnails);
    this.answer.element.hidden = !classes.length;
    this.answer.update({ answer, examples, guesses, problem, recording: held !== null, thumbnails });
    this.confusion.update(report);
    this.#say(examples, held);
  }

  clear() {
    this.update({
      ready: false,
      examples: null,
      held: null,
      answer: null,
      guesses: [],
      problem: null,
      report: null,
      thumbnails: new Map(),
      aside: [],
      unkept: false,
      unkeptWhy: null,
    });
  }

  /** Those that are there stay where they are. @param {ClassesData["examples"]} examples @param {number | null} held @param {boolean} ready @param {Map<number, Uint8Array>} thumbnails */
  #showCards(examples, held, ready, thumbnails) {
    const { classes = [], examples: all = [] } = examples ?? {};
    const key = JSON.stringify([language(), held, ready, [...thumbnails.keys()]]);
    if (key === this.#shown && examples === this.#examples) return;
    [this.#shown, this.#examples] = [key, examples];
    /** @type {Map<number, number[]>} */
    const own = new Map(classes.map(({ id }) => [id, []]));
    for (const example of all) own.get(example.class)?.push(example.id);
    const inside = this.list.contains(document.activeElement);
    for (const [id, { element }] of this.#cards)
      if (!classes.some((each) => each.id === id)) (element.remove(), this.#cards.delete(id));
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
    const key = language() + JSON.stringify(aside);
    if (key === this.#aside) return;
    this.#aside = key;
    this.waiting.hidden = !aside.length;
    this.waiting.replaceChildren(
      ...aside.map((project, index) => {
        const words = projectOf(project);
        const act = (/** @type {string} */ event, /** @type {string} */ text) =>
          el(
            "button",
            {
              type: "button",
              "aria-label": t("classes.aside.act", { act: text, project: words }),
              onclick: () => emit(this.root, event, { index }),
            },
            text,
          );
        return el(
          "li",
          {},
          el(
            "p",
            {},
            el("b", {}, t("classes.aside.project", { project: words })),
            ` ${translate(project.why) || t("classes.replaced")}`,
          ),
          el(
            "div",
            { class: "buttons" },
            act("bring-back", t("classes.back")),
            act("save-aside", t("classes.file")),
            act("forget-aside", t("classes.forget")),
          ),
        );
      }),
    );
  }

  /** What a recording came to. @param {ClassesData["examples"]} examples @param {number | null} held */
  #say(examples, held) {
    const clips = (/** @type {number} */ id) =>
      examples?.examples.filter((example) => example.class === id).length ?? 0;
    if (held === (this.#recorded?.id ?? null)) return;
    if (this.#recorded)
      setText(
        this.said,
        t("classes.recorded", {
          name: this.#recorded.name,
          more: clips(this.#recorded.id) - this.#recorded.clips,
          clips: counted(clips(this.#recorded.id)),
        }),
      );
    const name = examples?.classes.find(({ id }) => id === held)?.name ?? "";
    this.#recorded = held === null ? null : { id: held, clips: clips(held), name };
    if (this.#recorded) setText(this.said, t("classes.recording.name", { name }));
  }

  #ask() {
    this.#asked = (this.name.value || this.name.placeholder).trim();
    emit(this.root, "teach", { do: "add-class", name: this.#asked });
  }

  /** It keeps its focus when there is nothing more to do. @param {"undo" | "redo"} what @param {string} keys */
  #step(what, keys) {
    const button = el("button", {
      type: "button",
      title: keys,
      "aria-keyshortcuts": keys.replace("Ctrl", "Control"),
      ...keyed({ text: `classes.${what}` }),
    });
    button.addEventListener(
      "click",
      () => button.getAttribute("aria-disabled") !== "true" && emit(this.root, "teach", { do: what }),
    );
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
  for (let number = names.length + 1; ; number++) {
    const name = t("classes.unnamed", { number });
    if (!names.includes(name)) return name;
  }
}

/** @param {{clips: number, most: number}} usage @returns {string} */
export function roomOf({ clips, most }) {
  return t("classes.room", { clips: clips.toLocaleString("en"), most: most.toLocaleString("en") });
}

/** A project by the names in it. @param {Pick<import("./projects.js").Project, "names" | "clips">} project @returns {string} "“cup”, “ball” (23 clips)" */
export function projectOf({ names, clips }) {
  const first = names
    .slice(0, NAMED)
    .map((name) => t("classes.quoted", { name }))
    .join(t("classes.and"));
  const some = names.length > NAMED ? t("classes.more", { names: first, more: names.length - NAMED }) : first;
  return t(clips === 1 ? "classes.project.one" : "classes.project", {
    names: some,
    clips: clips.toLocaleString("en"),
  });
}
