// @ts-check
import { t } from "../language/words.js";

/** @typedef {import("../language/words.js").Key} Key */
/** @typedef {string | number | boolean | EventListener} Prop */

/**
 * An element with attributes, listeners (`onclick` and the like) and children.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, Prop>} [props]
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else if (name === "style")
      node.style.cssText = String(value); // content policies refuse the attribute
    else node.setAttribute(name, String(value));
  }
  const key = props["data-t"];
  node.append(...(key ? [t(/** @type {Key} */ (key))] : []), ...children);
  return node;
}

/**
 * Props by which an element says these keys of words.js, in whatever language is spoken: its text, or attributes of it.
 *
 * @param {{text?: Key, "aria-label"?: Key, title?: Key}} keys
 * @returns {Record<string, string>}
 */
export function keyed({ text, ...attributes }) {
  /** @type {Record<string, string>} */
  const props = text ? { "data-t": text } : {};
  for (const [name, key] of Object.entries(attributes))
    Object.assign(props, { [name]: t(key), [`data-t-${name}`]: key });
  return props;
}

/** Another key for an attribute of an element that is there. @param {Element} element @param {{"aria-label"?: Key, title?: Key}} keys */
export function setKeys(element, keys) {
  for (const [name, value] of Object.entries(keyed(keys))) element.setAttribute(name, value);
}

/**
 * Greys a control out, or gives it back. One that has the focus keeps it: it says that it is disabled, and what is pressed
 * then does nothing (keep-focus.js).
 *
 * @param {HTMLButtonElement} control
 * @param {boolean} off
 */
export function disable(control, off) {
  const kept = off && document.activeElement === control;
  control.disabled = off && !kept;
  if (kept) control.setAttribute("aria-disabled", "true");
  else control.removeAttribute("aria-disabled");
}

/**
 * Sets the text only where it differs, so that screen readers and layout are left alone.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {HTMLElement} root
 * @param {string} name
 * @param {any} [detail]
 */
export function emit(root, name, detail) {
  root.dispatchEvent(new CustomEvent(name, { detail }));
}

/**
 * @param {string} label
 * @param {[string, string][]} choices   value, text
 * @returns {HTMLSelectElement}
 */
export function select(label, choices) {
  return el("select", { "aria-label": label }, ...choices.map(([value, text]) => el("option", { value }, text)));
}

/**
 * As `select`, in whatever language is spoken.
 *
 * @param {Key} label
 * @param {[string, Key][]} choices   value, text
 * @returns {HTMLSelectElement}
 */
export function saidSelect(label, choices) {
  return el(
    "select",
    keyed({ "aria-label": label }),
    ...choices.map(([value, text]) => el("option", { value, ...keyed({ text }) })),
  );
}

/**
 * A small "?" that explains on hover, focus and touch.
 *
 * @param {string} id       of the explanation, unique on the page
 * @param {Key} label       what the button says to a screen reader
 * @param {Key} text
 * @returns {HTMLElement}
 */
export function hint(id, label, text) {
  const button = el("button", { type: "button", ...keyed({ "aria-label": label }), "aria-describedby": id }, "?");
  const box = el("span", { class: "hint" }, button, el("span", { id, role: "tooltip", ...keyed({ text }) }));
  const closed = (/** @type {boolean} */ now) => box.toggleAttribute("data-closed", now);
  for (const begins of ["pointerenter", "focusin", "click"]) box.addEventListener(begins, () => closed(false));
  document.addEventListener("keydown", (event) => event.key === "Escape" && closed(true));
  return box;
}

/**
 * What is done about the events of a view; `act` says what went wrong.
 *
 * @param {HTMLElement} root
 * @param {(work: () => unknown) => void} act
 * @param {Record<string, (detail: any) => unknown>} handlers  by the event's name
 */
export function handle(root, act, handlers) {
  for (const [name, handler] of Object.entries(handlers)) {
    root.addEventListener(name, (event) => act(() => handler(/** @type {CustomEvent} */ (event).detail)));
  }
}

/** @param {Blob} blob @param {string} name  of the file */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
