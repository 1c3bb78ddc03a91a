// @ts-check
/** The host of this realm, behind a port. It is all that a realm loads to have one. */
import { Host } from "./host.js";
import { browserEnvironment } from "./environment.js";

/** @param {import("./host.js").Port} port */
export const openHost = (port) => new Host(port, browserEnvironment());
