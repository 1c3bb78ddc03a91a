// @ts-check
import { t } from "../language/words.js";
import { decimal } from "./format.js";

/** @typedef {import("../language/words.js").Key} Key */

/**
 * What is surprising, where and since when, in the middle of a sentence.
 *
 * @param {{patches: number, where: string | null, since: {ms: number, frames: number} | null}} reason
 *   `patches`: 0 while the surprise is fading; `where`: a part of the picture, `wait.at.PART`, if there are any
 */
export function reasonOf({ patches, where, since }) {
  const at = where && t(/** @type {Key} */ (`wait.at.${where}`));
  const reason = !at
    ? t("wait.fading")
    : patches === 1
      ? t("wait.reason.one", { where: at })
      : t("wait.reason", { patches, where: at });
  if (!since) return reason;
  return since.frames <= 0
    ? t("wait.now", { reason })
    : t("wait.since", { reason, seconds: decimal(since.ms / 1000, 1), frames: since.frames });
}
