// @ts-check
/** As much of a page as a view needs to be made and asked: elements that keep what they are told, and draw nothing. */

/** @param {string} tag @returns {any} */
function element(tag) {
  /** @type {Map<string, string>} */
  const attributes = new Map();
  const node = Object.assign(new EventTarget(), {
    tag,
    attributes,
    children: /** @type {any[]} */ ([]),
    dataset: {},
    style: /** @type {any} */ ({ setProperty() {} }),
    open: false,
    disabled: false,
    value: attributes.get("value") ?? "",
    textContent: "",
    matches: (/** @type {string} */ tags) => tags.split(", ").includes(tag),
    append: (/** @type {any[]} */ ...children) => node.replaceChildren(...node.children, ...children),
    replaceChildren(/** @type {any[]} */ ...children) {
      for (const child of node.children) if (typeof child !== "string") child.parent = null;
      node.children = children;
      for (const child of children) if (typeof child !== "string") child.parent = node;
    },
    insertBefore(/** @type {any} */ child, /** @type {any} */ next) {
      child.remove();
      const others = node.children.slice();
      others.splice(next ? others.indexOf(next) : others.length, 0, child);
      node.replaceChildren(...others);
    },
    remove: () =>
      node.parent?.replaceChildren(...node.parent.children.filter((/** @type {any} */ other) => other !== node)),
    contains: (/** @type {any} */ other) => other === node || below(node).includes(other),
    prepend: (/** @type {any[]} */ ...children) => node.replaceChildren(...children, ...node.children),
    parent: /** @type {any} */ (null),
    setAttribute: (/** @type {string} */ name, /** @type {string} */ value) => void attributes.set(name, value),
    getAttribute: (/** @type {string} */ name) => attributes.get(name) ?? null,
    removeAttribute: (/** @type {string} */ name) => void attributes.delete(name),
    toggleAttribute: (/** @type {string} */ name, /** @type {boolean} */ on) =>
      void (on ? attributes.set(name, "") : attributes.delete(name)),
    getContext: () => ({
      createImageData: (/** @type {number} */ width, /** @type {number} */ height) => ({
        data: new Uint8Array(width * height * 4),
      }),
      putImageData() {},
    }),
    focus: () => void Object.assign(document, { activeElement: node }),
    click: () => node.dispatchEvent(new Event("click")),
    showModal: () => void (node.open = true),
    close: () => void (node.open = false),
  });
  return node;
}

/** Every element below one. @param {any} root @returns {any[]} */
export const below = (root) =>
  root.children.flatMap((/** @type {any} */ child) => (typeof child === "string" ? [] : [child, ...below(child)]));

/** What the page is to views; `still`: this visitor wants less motion. */
export function fakePage({ still = true } = {}) {
  const nothing = class {
    observe() {}
    disconnect() {}
  };
  Object.assign(globalThis, {
    document: Object.assign(new EventTarget(), { createElement: element, hidden: false }),
    matchMedia: () => ({ matches: still, addEventListener() {} }),
    ResizeObserver: nothing,
    IntersectionObserver: nothing,
  });
  return { dialog: () => element("dialog"), section: () => element("section") };
}
