// @ts-check
import { translate } from "../../language/translate.js";
import { t } from "../../language/words.js";
import { el, emit, keyed, setText } from "../../ui/dom.js";
import { lawKey, lawName, whatHappens } from "../../ui/laws.js";

/**
 * @typedef {import("../../engine/protocol.js").Violation} Violation
 *
 * @typedef {object} LawsData
 * @property {boolean} shown            the world is the source, and the model watches it
 * @property {boolean} calibrated       it is known what is usual
 * @property {boolean} ringing          an alarm rings
 * @property {import("../../engine/protocol.js").Surprise["lacking"]} lacking
 * @property {Violation | null} pending
 * @property {import("../../engine/protocol.js").LawReport["outcome"]} outcome   of the last law that was broken
 * @property {import("../../base/errors.js").Failure | null} refused   why the last one could not be
 */

/** Break a law of physics, and see whether it is noticed. Dispatches on its root: "break" {violation}, "scene": a new one. */
export class LawsView {
  /** @type {Map<Violation, HTMLButtonElement>} */
  #buttons = new Map();
  /** Pressed in vain: it is said why, until something happens. @type {Violation | null} */
  #asked = null;
  /** Pending and what came of the last one, as last shown. @type {[LawsData["pending"], LawsData["outcome"]]} */
  #shown = [null, null];
  /** Why a law can't be broken now, by its name. @type {Map<Violation, string>} */
  #reasons = new Map();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.grid = el("div", { class: "grid" });
    this.told = el("p", { class: "told", role: "status" });
    this.scene = el("button", { type: "button", ...keyed({ text: "laws.scene" }), onclick: () => emit(root, "scene") });
    const head = el("div", { class: "head" }, el("h2", keyed({ text: "laws.heading" })), this.scene);
    root.append(head, this.grid, this.told);
  }

  /** @param {LawsData} data */
  update(data) {
    const { shown, calibrated, ringing, lacking, pending, outcome, refused } = data;
    this.root.hidden = !shown;
    for (const [violation, lacks] of lacking.length ? lacking : this.#known()) {
      const button = this.#button(violation);
      const known = calibrated && lacking.length > 0;
      const now = pending ? "turn" : known ? (ringing ? "ringing" : null) : "calibration";
      const why = lacks ? translate(lacks) : now && t(`laws.lacks.${now}`);
      if (why) this.#reasons.set(violation, why);
      else this.#reasons.delete(violation);
      // It can still be pressed, by touch and by keys, and says why not.
      button.setAttribute("aria-disabled", String(Boolean(why)));
      button.title = why || t("laws.note", { kind: whatHappens(violation) });
      button.toggleAttribute("data-pending", violation === pending);
    }
    const law = pending ?? outcome?.violation;
    this.told.dataset.outcome = !outcome || refused ? "none" : outcome.noticed ? "noticed" : "missed";
    if (pending !== this.#shown[0] || outcome !== this.#shown[1]) this.#asked = null;
    this.#shown = [pending, outcome];
    const reason = this.#asked && this.#reasons.get(this.#asked);
    if (reason) return setText(this.told, reason);
    if (refused) return setText(this.told, translate(refused));
    const key = outcome ? (outcome.noticed ? "laws.noticed" : "laws.missed") : pending ? "laws.pending" : "laws.idle";
    setText(this.told, law ? t(key, { law: lawName(law) }) : t("laws.idle"));
  }

  /** Before anything is known of a scene. @returns {[Violation, null][]} */
  #known() {
    return [...this.#buttons.keys()].map((violation) => [violation, null]);
  }

  /** @param {Violation} violation */
  #press(violation) {
    const reason = this.#reasons.get(violation);
    if (!reason) return emit(this.root, "break", { violation });
    this.#asked = violation;
    this.told.dataset.outcome = "none";
    setText(this.told, reason);
  }

  /** @param {Violation} violation */
  #button(violation) {
    const known = this.#buttons.get(violation);
    if (known) return known;
    const button = el("button", {
      type: "button",
      "data-law": violation,
      ...keyed({ text: lawKey(violation) }),
      onclick: () => this.#press(violation),
    });
    this.#buttons.set(violation, button);
    this.grid.append(button);
    return button;
  }
}
