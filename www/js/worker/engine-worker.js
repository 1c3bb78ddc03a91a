// @ts-check
/** host.js behind a module worker's own port. */
import { openHost } from "./open-host.js";

openHost(/** @type {any} */ (globalThis), { script: new URL(import.meta.url) });
