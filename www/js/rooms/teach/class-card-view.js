// @ts-check
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { holdButton } from "../../ui/hold-button.js";
import { thumbnail } from "../../ui/thumbnail.js";

/** Thumbnails. */
const SHOWN = 8;

/**
 * @typedef {object} CardData
 * @property {string} name
 * @property {number[]} examples   ids, oldest first
 * @property {boolean} recording
 * @property {boolean} ready       clips can be recorded
 * @property {Map<number, Uint8Array>} thumbnails   those that are there already
 */

/**
 * A class: its name, its newest examples, and the button that records more. Dispatches "teach" (what is to change), "hold"
 * {id}, "release" and "record" {id} on the root it is given.
 */
export class ClassCard {
  /** @type {Map<number, {element: HTMLElement, button: HTMLButtonElement}>} */
  #pictures = new Map();

  /** @param {HTMLElement} root @param {number} id */
  constructor(root, id) {
    this.root = root;
    this.id = id;
    this.name = el("input", { type: "text", class: "name", maxlength: 60, spellcheck: "false", autocomplete: "off" });
    this.name.addEventListener("change", () =>
      emit(root, "teach", { do: "rename-class", class: id, name: this.name.value }),
    );
    this.name.addEventListener("keydown", (event) => {
      const { key } = event;
      if (key === "Escape") this.name.value = this.name.dataset.name ?? "";
      if (key !== "Enter" && key !== "Escape") return;
      event.preventDefault(); // or the button, which has the focus by then, would take the Enter for its own
      this.record.focus();
    });
    this.remove = el(
      "button",
      { type: "button", class: "remove", onclick: () => emit(root, "teach", { do: "remove-class", class: id }) },
      "×",
    );
    this.count = el("p", { class: "note" });
    this.strip = el("ul", { class: "examples" });
    this.record = holdButton(t("classes.hold"), {
      begin: () => emit(root, "hold", { id }),
      end: () => emit(root, "release"),
      once: () => emit(root, "record", { id }),
    });
    this.element = el(
      "li",
      { class: "class" },
      el("div", { class: "head" }, this.name, this.remove),
      this.count,
      this.strip,
      this.record,
    );
  }

  /** @param {CardData} data */
  update({ name, examples, recording, ready, thumbnails }) {
    this.element.toggleAttribute("data-recording", recording);
    this.name.setAttribute("aria-label", t("classes.name.of", { name }));
    // What is being written stays; a name that was refused goes, once it is left.
    if (document.activeElement !== this.name || this.name.value === this.name.dataset.name) this.name.value = name;
    this.name.dataset.name = name;
    this.remove.setAttribute("aria-label", t("classes.remove.name", { name }));
    this.remove.title = t("classes.remove");
    setText(this.count, counted(examples.length));
    setText(this.record, t(recording ? "classes.recording" : "classes.hold"));
    this.record.setAttribute("aria-label", t("classes.hold.name", { name }));
    this.record.setAttribute("aria-pressed", String(recording));
    this.record.disabled = !ready;
    this.#show(name, examples, thumbnails);
  }

  /** The newest first. @param {string} name @param {number[]} examples @param {Map<number, Uint8Array>} thumbnails */
  #show(name, examples, thumbnails) {
    const shown = examples
      .slice(-SHOWN)
      .filter((id) => thumbnails.has(id))
      .reverse();
    const focused = [...this.#pictures].find(([, { button }]) => button === document.activeElement)?.[0];
    for (const [id, { element }] of this.#pictures)
      if (!shown.includes(id)) (element.remove(), this.#pictures.delete(id));
    const first = Math.max(0, examples.length - SHOWN);
    shown.forEach((id, i) => {
      const picture = this.#pictures.get(id) ?? this.#picture(id, /** @type {Uint8Array} */ (thumbnails.get(id)));
      this.#pictures.set(id, picture);
      picture.button.setAttribute(
        "aria-label",
        t("classes.remove.clip.name", { clip: examples.indexOf(id, first) + 1, clips: examples.length, name }),
      );
      if (this.strip.children[i] !== picture.element)
        this.strip.insertBefore(picture.element, this.strip.children[i] ?? null);
    });
    // Whoever has just removed one can go on from here.
    if (focused !== undefined && !this.#pictures.has(focused))
      (this.#pictures.get(shown[0])?.button ?? this.record).focus();
  }

  /** @param {number} id @param {Uint8Array} rgba */
  #picture(id, rgba) {
    const button = el(
      "button",
      {
        type: "button",
        ...keyed({ title: "classes.remove.clip" }),
        onclick: () => emit(this.root, "teach", { do: "remove-example", example: id }),
      },
      thumbnail(rgba),
    );
    return { button, element: el("li", {}, button) };
  }
}

/** @param {number} clips @returns {string} */
export function counted(clips) {
  if (!clips) return t("classes.clips.none");
  return t(clips === 1 ? "classes.clips.one" : "classes.clips", { clips: clips.toLocaleString("en") });
}
