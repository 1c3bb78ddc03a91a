// @ts-check
/** The other side of scaler.js. */
import { bitmapOf } from "./scaler.js";

const port = /** @type {import("../worker/host.js").Port} */ (/** @type {unknown} */ (globalThis));

port.onmessage = async ({ data }) => {
  const { frame, cut } = /** @type {import("./scaler.js").ScaleRequest} */ (data);
  try {
    const bitmap = await bitmapOf(frame, cut);
    port.postMessage({ bitmap }, [bitmap]);
  } catch (error) {
    port.postMessage({ error: String(error) }, []);
  } finally {
    frame.close();
  }
};
