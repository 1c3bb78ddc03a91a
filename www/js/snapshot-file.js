// @ts-check

/** The metadata key of a snapshot's header; src/checkpoint/snapshot.rs writes it. */
const HEADER = "vjepa-web";
/** No header is longer. */
const MAX_HEADER = 100e6;

/** Whether a file is a session saved by this page, rather than a checkpoint. @param {File} file */
export async function isSnapshot(file) {
  if (file.size < 8) return false;
  const length = Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
  if (length > Math.min(MAX_HEADER, file.size - 8)) return false;
  try {
    const header = JSON.parse(await file.slice(8, 8 + length).text());
    return Object.hasOwn(header?.__metadata__ ?? {}, HEADER);
  } catch {
    return false; // no safetensors file
  }
}
