// @ts-check
/** host.js behind a module worker's own port. */
import { Host } from "./host.js";
import { browserRealm } from "./environment.js";

new Host(/** @type {any} */ (globalThis), browserRealm());
