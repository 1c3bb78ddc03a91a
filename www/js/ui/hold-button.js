// @ts-check
import { el } from "./dom.js";

/**
 * A button that works for as long as it is held: by pointer, or by Space or Enter. What can only click, as some screen
 * readers do, presses it once.
 *
 * @param {string} text
 * @param {{begin: () => void, end: () => void, once: () => void}} act
 * @returns {HTMLButtonElement}
 */
export function holdButton(text, { begin, end, once }) {
  const button = el("button", { type: "button", class: "hold", "aria-pressed": "false" }, text);
  let held = false;
  /** @param {boolean} now */
  const hold = (now) => {
    if (held === now) return;
    held = now;
    if (held) begin();
    else end();
  };
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId); // let go anywhere, it is let go
    hold(true);
  });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
    button.addEventListener(type, () => hold(false));
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // of a finger that rests
  button.addEventListener("keydown", (event) => {
    if (!isPress(event)) return;
    event.preventDefault(); // neither a click at the end of it, nor a page that scrolls
    if (!event.repeat) hold(true);
  });
  button.addEventListener("keyup", (event) => {
    if (!isPress(event)) return;
    event.preventDefault();
    hold(false);
  });
  // A pointer's own click comes after its hold, and has a count.
  button.addEventListener("click", (event) => event.detail === 0 && once());
  return button;
}

/** @param {KeyboardEvent} event */
const isPress = ({ key }) => key === " " || key === "Enter";
