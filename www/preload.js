// @ts-check
/**
 * Asks for the two large files that the first features take, an engine and the weights that come with the page, as soon as
 * there is an address: the page's modules, which need them, are still on their way. js/base/preloaded.js hands them out.
 * A classic script, because it is run before modules are; it knows of settings only what decides which files these are.
 */
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const asked = new URLSearchParams(location.search);
  /** @param {string} name @param {string | undefined} usual */
  const is = (name, usual) => (asked.get(name) ?? usual) === usual;
  const engine = asked.get("device") === "webgpu" && "gpu" in navigator ? "webgpu" : "cpu";
  const files = [`engine/${engine}/vjepa_web_bg.wasm`];
  // settings/settings.js: an address that names a model wants random weights of it, unless the address says otherwise.
  const start = asked.get("start") ?? (asked.has("preset") || asked.has("family") ? "scratch" : "shipped");
  const { weights, preset, family } = script.dataset;
  if (start === "shipped" && is("preset", preset) && is("family", family) && !asked.get("model") && weights)
    files.push(weights);
  const answers = files.map((file) => {
    const { href } = new URL(file, script.src);
    // The engine is of use before the weights are: it shows the world.
    const answer = fetch(href, { priority: file === weights ? "low" : "auto" });
    answer.catch(() => {}); // the code that needs it asks again, and says what is wrong
    return /** @type {const} */ ([href, answer]);
  });
  Object.assign(globalThis, { preloaded: new Map(answers) });
})();
