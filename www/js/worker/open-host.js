// @ts-check
/** The host of this realm, behind a port. It is all that a realm loads to have one. */
import { Host } from "./host.js";
import { browserEnvironment } from "./environment.js";

/** @param {import("./host.js").Port} port @param {URL} [script]  of the worker that this is */
export const openHost = (port, script) => new Host(port, browserEnvironment(script));
