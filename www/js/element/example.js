// @ts-check
/** element.html: what a page does with the element. */
import "./vjepa-surprise.js";

const [sensor, list] = ["vjepa-surprise", "#alarms"].map((name) => document.querySelector(name));
sensor?.addEventListener("alarm", (event) => {
  const { peak } = /** @type {CustomEvent<import("./watch.js").Reading>} */ (event).detail;
  list?.append(Object.assign(document.createElement("li"), { textContent: `${peak.toFixed(1)} deviations` }));
});
