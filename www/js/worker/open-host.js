// @ts-check
/** The host of this realm, behind a port. It is all that a realm loads to have one. */
import { Host } from "./host.js";
import { browserEnvironment } from "./environment.js";

/** @param {import("./host.js").Port} port @param {import("./environment.js").Given} given */
export const openHost = (port, given) => new Host(port, browserEnvironment(given));
