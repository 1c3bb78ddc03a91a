// @ts-check
/** What somebody who goes by keyboard would lose the place to: what goes away, or is greyed out, while it has the focus. */

/** What may have the focus in place of something in it that is gone. */
const PLACES = ["SECTION", "DIALOG", "ASIDE", "MAIN"];

/** @param {Element} element */
const gone = (element) => !element.isConnected || Boolean(element.closest("[hidden]"));

/** From now on, for the whole document. */
export function keepFocus() {
  /** What has the focus, and the places around it, from the inside out. @type {HTMLElement[]} */
  let chain = [];
  document.addEventListener("focusin", ({ target }) => {
    chain = target === document ? [] : [/** @type {HTMLElement} */ (target)];
    for (let at = chain[0]?.parentElement; at; at = at.parentElement) if (PLACES.includes(at.tagName)) chain.push(at);
  });
  // A pointer takes the focus away on purpose.
  document.addEventListener("pointerdown", () => (chain = []), true);
  new MutationObserver(() => {
    const [at] = chain;
    if (!at || !gone(at)) return;
    const { activeElement: active, body } = document;
    if (active && active !== body && active !== at) return; // it was given to something else
    const place = chain.find((one) => !gone(one));
    if (!place) return;
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["hidden"] });
  document.addEventListener(
    "click",
    (event) => {
      if (!(event.target instanceof Element && event.target.closest("[aria-disabled=true]:not([data-law])"))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
}
