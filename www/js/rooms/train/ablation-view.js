// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";

/** @typedef {import("../../engine/protocol.js").Recipe} Recipe */

/** Of each there are words on what it is for, and on what happens without it. The last is no part of V-JEPA. */
const PARTS = /** @type {const} */ (["ema", "stopGradient", "predictor", "regulariser"]);

/** @param {Recipe | null} recipe @param {import("./training.js").Part} part */
const holds = (recipe, part) =>
  part === "regulariser" ? (recipe?.regulariser.kind ?? "none") !== "none" : (recipe?.ablation[part] ?? true);

/** Those that keep features apart: without stop-gradient or predictor the others of V-JEPA don't. @param {Recipe | null} recipe */
const keeping = (recipe) =>
  PARTS.filter(
    (part) =>
      holds(recipe, part) && (part === "regulariser" || (holds(recipe, "stopGradient") && holds(recipe, "predictor"))),
  );

/**
 * Switches that take V-JEPA apart, and one for a term that can take their place. Dispatches "switch" {part, on} on the root
 * it is given.
 */
export class AblationView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.rows = PARTS.map((part) => {
      const note = el(
        "p",
        { class: "note", id: `part-${part}` },
        t(part === "regulariser" ? "part.regulariser.off" : `part.${part}.on`),
      );
      const input = el("input", {
        type: "checkbox",
        role: "switch",
        checked: part !== "regulariser",
        "aria-describedby": `part-${part}`,
      });
      input.addEventListener("change", () => emit(root, "switch", { part, on: input.checked }));
      return {
        part,
        note,
        input,
        element: el(
          "div",
          { class: "part" },
          el("label", { class: "switch" }, input, el("span", keyed({ text: `part.${part}` }))),
          note,
        ),
      };
    });
    this.alive = el("p", { class: "alive", role: "status" });
    this.element = el(
      "section",
      { class: "lever breaking", ...keyed({ "aria-label": "breaking" }) },
      el("h3", keyed({ text: "breaking" })),
      el("p", { class: "note", ...keyed({ text: "breaking.note" }) }),
      ...this.rows.map(({ element }) => element),
      this.alive,
    );
  }

  /** @param {Recipe | null} recipe */
  update(recipe) {
    this.element.toggleAttribute("inert", !recipe);
    for (const { part, note, input, element } of this.rows) {
      const held = holds(recipe, part);
      if (input.checked !== held) input.checked = held;
      element.toggleAttribute("data-off", !held && part !== "regulariser");
      setText(note, t(held ? `part.${part}.on` : `part.${part}.off`));
    }
    const parts = keeping(recipe)
      .map((part) => t(`part.${part}`))
      .join(t("breaking.and"));
    setText(this.alive, parts ? t("breaking.alive", { parts }) : t("breaking.nothing"));
  }
}

/** Says that it collapsed, and offers the way back. Dispatches "rewind" {step, whole} on the root it is given. */
export class CollapseView {
  #step = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.text = el("p");
    this.button = el("button", {
      type: "button",
      onclick: () => emit(root, "rewind", { step: this.#step, whole: true }),
    });
    this.box = el("div", { class: "alarm", hidden: true }, this.text, this.button);
    this.element = el("div", { role: "alert" }, this.box);
  }

  /** @param {import("./training.js").Alarm | null} alarm */
  update(alarm) {
    this.box.hidden = !alarm;
    if (!alarm) return;
    const { step, reason, healthy } = alarm;
    this.#step = healthy ?? 0;
    const what = t("collapse.said", { step: step.toLocaleString("en") });
    const more = [translate(reason) || t("collapse.flat"), ...(healthy === null ? [t("collapse.lost")] : [])].join(" ");
    if (this.text.firstChild?.textContent !== what) this.text.replaceChildren(el("b", {}, what), ` ${more}`);
    this.button.hidden = healthy === null;
    setText(this.button, t("collapse.rewind", { step: this.#step.toLocaleString("en") }));
  }
}
