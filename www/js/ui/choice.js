// @ts-check
import { t } from "../language/words.js";
import { el, keyed, setText } from "./dom.js";

/** @typedef {import("../language/words.js").Key} Key */

/**
 * Buttons of which one is pressed, and a line that says what it means.
 *
 * @template {string} T
 * @param {Key} label        its words are `label`, and `label.NAME` and `label.NAME.note` of each choice
 * @param {readonly T[]} choices
 * @param {(value: T) => void} choose
 */
export function choice(label, choices, choose) {
  const note = el("p", { class: "note means" });
  const key = (/** @type {string} */ name) => /** @type {Key} */ (`${label}.${name}`);
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  const segments = el("div", { class: "segments" });
  /** Others to choose from. @param {readonly T[]} choices */
  const offer = (choices) => {
    if (choices.join() === buttons.map((button) => button.dataset.value).join()) return;
    buttons = choices.map((value) =>
      el("button", {
        type: "button",
        "data-value": value,
        ...keyed({ text: key(value), title: key(`${value}.note`) }),
        onclick: () => choose(value),
      }),
    );
    segments.replaceChildren(...buttons);
  };
  offer(choices);
  const box = el(
    "div",
    { class: "choice", role: "group", ...keyed({ "aria-label": label }) },
    el("h3", keyed({ text: label })),
    segments,
    note,
  );
  /** @param {T | null} value */
  const press = (value) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === value));
    const offered = buttons.some((button) => button.dataset.value === value);
    setText(note, offered ? t(key(`${value}.note`)) : "");
  };
  return { box, segments, offer, press };
}
