// @ts-check

/** Endings of files that hold weights, and of what describes them. */
const WEIGHTS = /\.(safetensors|pt|pth|tar|ckpt|bin)$/i;
/** Of those that systems give no type to. */
const PICTURES = /\.(jpe?g|png|gif|webp|avif|bmp|mp4|m4v|mov|webm|mkv|ogv)$/i;
const BESIDE = /\.json$/i;

/** What file pickers offer. */
export const ACCEPT_WEIGHTS = ".safetensors,.pt,.pth,.tar,.ckpt,.bin,.json";

/**
 * What a reader wants with these files: weights with the configuration beside them, or else the first one as a source.
 *
 * @param {File[]} files
 * @returns {{weights: File[]} | {source: File | undefined}}
 */
export function sorted(files) {
  const weights = files.filter(({ name }) => WEIGHTS.test(name));
  if (weights.length) return { weights: [...weights, ...files.filter(({ name }) => BESIDE.test(name))] };
  const pictures = files.filter(({ name, type }) => (type ? /^(video|image)\//.test(type) : PICTURES.test(name)));
  return { source: pictures[0] ?? files[0] };
}

/**
 * Files and folders dropped anywhere on an element; while some hover, `mark` has `data-dropping`.
 *
 * @param {Document | HTMLElement} place
 * @param {HTMLElement} mark
 * @param {(files: File[]) => void} take
 */
export function onDrop(place, mark, take) {
  const { dataset } = mark;
  /** @param {(event: DragEvent) => void} handle @returns {(event: Event) => void} */
  const withFiles = (handle) => (event) => {
    const drag = /** @type {DragEvent} */ (event);
    if (!drag.dataTransfer?.types.includes("Files")) return;
    drag.preventDefault();
    drag.stopPropagation(); // a dialog takes what falls on it, the page what falls elsewhere
    handle(drag);
  };
  place.addEventListener(
    "dragover",
    withFiles(() => void (dataset["dropping"] = "")),
  );
  place.addEventListener("dragleave", (event) => {
    const to = /** @type {DragEvent} */ (event).relatedTarget;
    if (!(to instanceof Node && place.contains(to))) delete dataset["dropping"];
  });
  place.addEventListener(
    "drop",
    withFiles(async (event) => {
      delete dataset["dropping"];
      const files = await filesOf(/** @type {DataTransfer} */ (event.dataTransfer));
      if (files.length) take(files);
    }),
  );
}

/** @param {DataTransfer} transfer @returns {Promise<File[]>} */
async function filesOf(transfer) {
  // Both are empty after the first wait: what is needed of them is taken at once.
  const plain = [...transfer.files];
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const found = await Promise.all(entries.map((entry) => (entry ? filesIn(entry) : [])));
  return found.flat();
}

/** The files of an entry; of a folder those in it, but not in its folders. @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesIn(entry) {
  if (entry.isFile) return [await fileOf(/** @type {FileSystemFileEntry} */ (entry))];
  const inside = await entriesIn(/** @type {FileSystemDirectoryEntry} */ (entry));
  return Promise.all(
    inside.filter((each) => each.isFile).map((each) => fileOf(/** @type {FileSystemFileEntry} */ (each))),
  );
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader gives a part at a time, and none at the end. @param {FileSystemDirectoryEntry} folder */
async function entriesIn(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return all;
    all.push(...part);
  }
}
