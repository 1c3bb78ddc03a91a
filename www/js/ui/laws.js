// @ts-check
import { t } from "../language/words.js";

/**
 * What a violation of physics is called: its words are `law.NAME` and `exam.kind.NAME`.
 *
 * @typedef {import("../language/words.js").Key} Key
 * @typedef {import("../engine/protocol.js").Violation} Violation
 */

/** @param {Violation} violation @returns {Key} */
export const lawKey = (violation) => /** @type {Key} */ (`law.${violation}`);

/** In a word or two, as on a button. @param {Violation} violation */
export const lawName = (violation) => t(lawKey(violation));

/** @param {Violation} violation @returns {Key} */
export const whatKey = (violation) => /** @type {Key} */ (`exam.kind.${violation}`);

/** What an object does, after "something". @param {Violation} violation */
export const whatHappens = (violation) => t(whatKey(violation));
