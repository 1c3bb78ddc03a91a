// @ts-check

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
    else node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
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
 * A small "?" that explains on hover, focus and touch.
 *
 * @param {string} id       of the explanation, unique on the page
 * @param {string} label    what the button says to a screen reader
 * @param {string} text
 * @returns {HTMLElement}
 */
export function hint(id, label, text) {
  return el(
    "span",
    { class: "hint" },
    el("button", { type: "button", "aria-label": label, "aria-describedby": id }, "?"),
    el("span", { id, role: "tooltip" }, text),
  );
}
