/** Ten sensors on a page: all of them read, and what they took comes back when they go. */
import { launch } from "../../tests/e2e/support/browser.js";
import { heaps, inMegabytes } from "./heaps.js";
import { watchedPage } from "./watched.js";

/** Puts so many into the page and waits until each has read so often. Runs in the page. */
async function putElements({ count, readings }) {
  const all = Array.from({ length: count }, () => {
    const element = document.createElement("vjepa-surprise");
    element.setAttribute("src", "assets/big_buck_bunny_256.webm");
    element.setAttribute("device", "cpu");
    return element;
  });
  const done = all.map(
    (element) =>
      new Promise((resolve, reject) => {
        let left = readings;
        element.addEventListener("surprise", () => --left || resolve(0));
        element.addEventListener("error", ({ detail }) => reject(new Error(detail?.message ?? "failed")));
      }),
  );
  document.body.append(...all);
  await Promise.all(done);
}

/**
 * @param {{url: string, counts: number[], readings: number, say: (line: string) => void}} how   `counts`: elements, one after the other
 * @returns {Promise<{rows: any[], problems: string[]}>}
 */
export async function manyElements({ url, counts, readings, say }) {
  const browser = await launch({ camera: "none", noWebGpu: true }, "");
  const { page, problems } = await watchedPage(await browser.newContext());
  await page.goto(`${url}element.html`);
  await page.evaluate(() => customElements.whenDefined("vjepa-surprise"));
  await page.evaluate(() => document.querySelectorAll("vjepa-surprise").forEach((element) => element.remove()));
  const measure = await heaps(browser, page);
  const rows = [];
  for (const count of counts) {
    await page.evaluate(putElements, { count, readings });
    const workers = page.workers().length;
    const held = await measure();
    await page.evaluate(() => document.querySelectorAll("vjepa-surprise").forEach((element) => element.remove()));
    for (let i = 0; i < 100 && page.workers().length; i++) await page.waitForTimeout(100);
    const left = page.workers().length;
    if (left) problems.push(`${left} workers are left of ${count} elements`);
    const after = await measure();
    rows.push({ count, workers, left, held, after });
    say(
      `${count} elements: ${workers} workers; MB: ${inMegabytes(held).join(" ")}; once they are gone: ${inMegabytes(after).join(" ")}`,
    );
  }
  await browser.close();
  return { rows, problems };
}
