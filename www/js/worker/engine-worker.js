// @ts-check
/** host.js behind a module worker's own port. */
import { Host } from "./host.js";
import { browserEnvironment } from "./environment.js";

new Host(/** @type {any} */ (globalThis), browserEnvironment());
