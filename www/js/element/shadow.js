// @ts-check
/** What `<vjepa-surprise>` is made of: its parts and their looks, without markup or inline styles, which content policies refuse. */

const STYLE = `
  :host { display: block; max-width: 480px; font: 14px/1.4 system-ui, sans-serif; }
  :host([hidden]) { display: none; }
  [part="stage"] { position: relative; aspect-ratio: 1; overflow: hidden; background: #8883; }
  video, ::slotted(video) { display: block; width: 100%; height: 100%; object-fit: cover; }
  [hidden] { display: none !important; }
  [part="heat"] { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; color: #e5481a; image-rendering: pixelated; }
  [part="curve"] { display: block; width: 100%; height: 48px; color: inherit; }
  [part="status"] { margin: 4px 0 0; min-height: 1lh; }`;

/** @param {HTMLElement} host */
export function furnish(host) {
  const root = host.attachShadow({ mode: "open" });
  const slot = make("slot");
  const live = make("video", { playsinline: "", crossorigin: "anonymous", hidden: "" });
  live.muted = true;
  const heat = make("canvas", { part: "heat", role: "img", "aria-label": "Where it was surprised: not known yet" });
  const curve = make("canvas", {
    part: "curve",
    role: "img",
    "aria-label": "How surprised it was lately: not known yet",
  });
  const status = make("p", { part: "status", role: "status" });
  const stage = make("div", { part: "stage" });
  stage.append(slot, live, heat);
  root.append(stage, curve, status);
  dress(root);
  return { slot, live, heat, curve, status };
}

/** @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {Record<string, string>} [attributes] */
function make(tag, attributes = {}) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** Firefox before 101 has no sheets that are made; there a page whose policy forbids inline styles shows it bare. @param {ShadowRoot} root */
function dress(root) {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } else {
    const style = document.createElement("style");
    style.textContent = STYLE;
    /** @type {ShadowRoot} */ (root).append(style);
  }
}
