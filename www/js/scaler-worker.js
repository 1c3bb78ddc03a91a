// @ts-check
/** The other side of scaler.js. */
import { cut } from "./scaler.js";

const port = /** @type {import("./host.js").Port} */ (/** @type {unknown} */ (globalThis));

port.onmessage = async ({ data }) => {
  const { frame, square, size } = /** @type {import("./scaler.js").ScaleRequest} */ (data);
  try {
    const bitmap = await cut(frame, square, size);
    port.postMessage({ bitmap }, [bitmap]);
  } catch (error) {
    port.postMessage({ error: String(error) }, []);
  } finally {
    frame.close();
  }
};
