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
    style: { setProperty() {} },
    open: false,
    disabled: false,
    value: attributes.get("value") ?? "",
    textContent: "",
    append: (/** @type {any[]} */ ...children) => void node.children.push(...adopted(children)),
    prepend: (/** @type {any[]} */ ...children) => void node.children.unshift(...adopted(children)),
    remove: () => void node.parent?.children.splice(node.parent.children.indexOf(node), 1),
    parent: /** @type {any} */ (null),
    setAttribute: (/** @type {string} */ name, /** @type {string} */ value) => void attributes.set(name, value),
    getAttribute: (/** @type {string} */ name) => attributes.get(name) ?? null,
    removeAttribute: (/** @type {string} */ name) => void attributes.delete(name),
    toggleAttribute: (/** @type {string} */ name, /** @type {boolean} */ on) => void (on ? attributes.set(name, "") : attributes.delete(name)),
    getContext: () => ({ createImageData: (/** @type {number} */ width, /** @type {number} */ height) => ({ data: new Uint8Array(width * height * 4) }), putImageData() {} }),
    focus() {},
    click: () => node.dispatchEvent(new Event("click")),
    showModal: () => void (node.open = true),
    close: () => void (node.open = false),
  });
  /** @param {any[]} children */
  const adopted = (children) => children.map((child) => (typeof child === "string" ? child : Object.assign(child, { parent: node })));
  return node;
}

/** Every element below one. @param {any} root @returns {any[]} */
export const below = (root) => root.children.flatMap((/** @type {any} */ child) => (typeof child === "string" ? [] : [child, ...below(child)]));

/** What the page is to views; `still`: this visitor wants less motion. */
export function fakePage({ still = true } = {}) {
  const nothing = class {
    observe() {}
    disconnect() {}
  };
  Object.assign(globalThis, {
    document: { createElement: element, hidden: false },
    matchMedia: () => ({ matches: still, addEventListener() {} }),
    ResizeObserver: nothing,
    IntersectionObserver: nothing,
  });
  return { dialog: () => element("dialog") };
}
