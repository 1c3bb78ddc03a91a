// @ts-check
/**
 * Fetches one file of another host for courier.js and hands on what comes, a chunk at a time. All that the host is told is
 * the address and which part is wanted: no body, no cookies, no page that it comes from.
 *
 * @typedef {import("./courier.js").Asked} Asked
 * @typedef {import("./courier.js").Told} Told
 */
import { refusedBy } from "./content-policy.js";

const port = /** @type {any} */ (globalThis);
/** @type {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined} */
let reader;

/** @param {Told} told @param {Transferable[]} [transfer] */
const tell = (told, transfer = []) => port.postMessage(told, transfer);

/** @param {MessageEvent<Asked>} event */
port.onmessage = async ({ data }) => {
  try {
    if (data === "more") await hand();
    else await open(data);
  } catch {
    tell({ failed: true, directive: data === "more" ? null : await refusedBy(data.url) });
  }
};

/** @param {Exclude<Asked, "more">} asked */
async function open({ url, range, cache }) {
  const response = await fetch(url, {
    headers: range ? { range } : {},
    cache,
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  reader = response.body?.getReader();
  const { status, redirected } = response;
  tell({ head: { status, headers: [...response.headers], url: response.url, redirected } });
}

async function hand() {
  const chunk = (await reader?.read())?.value;
  if (chunk) tell({ chunk }, [chunk.buffer]);
  else tell({});
}
