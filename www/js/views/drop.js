// @ts-check

/**
 * Files dropped anywhere on the page; while one hovers, the root element has `data-dropping`.
 *
 * @param {Document} page
 * @param {(file: File) => void} take
 */
export function onDrop(page, take) {
  const { dataset } = page.documentElement;
  /** @param {DragEvent} event */
  const holdsFile = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  page.addEventListener("dragover", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    dataset["dropping"] = "";
  });
  page.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) delete dataset["dropping"];
  });
  page.addEventListener("drop", (event) => {
    delete dataset["dropping"];
    const file = event.dataTransfer?.files[0];
    if (!holdsFile(event)) return;
    event.preventDefault();
    if (file) take(file);
  });
}
