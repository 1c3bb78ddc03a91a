// @ts-check
/** The model with actions that comes with the page. It is fetched when somebody wants to see it act, and not before. */
import { FailureError } from "../../base/errors.js";
import { SITE } from "../../base/site.js";

/** @param {typeof fetch} get @returns {Promise<Uint8Array>} */
export async function fetchActor(get) {
  const answer = await get(new URL("assets/actor.safetensors", SITE)).catch(() => null);
  if (!answer?.ok)
    throw new FailureError(
      "not-found.actor",
      "The model of this room could not be fetched: check the connection, then open the room again.",
    );
  return new Uint8Array(await answer.arrayBuffer());
}
