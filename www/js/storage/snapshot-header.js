// @ts-check

/** The metadata key of a snapshot's header; src/checkpoint/snapshot.rs writes it. */
const HEADER = "vjepa-web";
/** That of a project of taught classes; src/fewshot/project.rs writes it. */
const CLASSES = "vjepa-web-classes";
/** No header is longer. */
const MAX_HEADER = 100e6;

/** Whether a file is a session saved by this page, rather than a checkpoint. @param {Blob} file */
export async function isSnapshot(file) {
  return typeof (await metadataOf(file))[HEADER] === "string";
}

/** Whether a file is a project of taught classes. @param {Blob} file */
export async function isProject(file) {
  return typeof (await metadataOf(file))[CLASSES] === "string";
}

/** What a session's file says besides its tensors, unchecked; null if it is no such file. @param {Blob} file @returns {Promise<any>} */
export async function headerOf(file) {
  try {
    return JSON.parse((await metadataOf(file))[HEADER]);
  } catch {
    return null;
  }
}

/** The metadata of a safetensors file; empty if it is none. @param {Blob} file @returns {Promise<Record<string, any>>} */
async function metadataOf(file) {
  if (file.size < 8) return {};
  const length = Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
  if (length > Math.min(MAX_HEADER, file.size - 8)) return {};
  try {
    const header = JSON.parse(await file.slice(8, 8 + length).text());
    return header?.__metadata__ ?? {};
  } catch {
    return {}; // no safetensors file
  }
}
