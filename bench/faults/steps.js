/** Training for very long: what the page holds after so many steps. */
import { state } from "../../tests/e2e/support/ask.js";
import { launch } from "../../tests/e2e/support/browser.js";
import { heaps, inMegabytes } from "./heaps.js";
import { enter, watchedPage } from "./watched.js";

/** Weights, their average and two moments in f32, of each model that is kept: at steps 0, 10, 20, 50, 100 and so on. */
const BYTES_A_PARAM = 16;
/** From the second mark on nothing may grow any more but by models that are kept, and by so much, in bytes: what is measured wavers. */
export const BOUNDS = { page: 4e6, workers: 1e6, wasm: 5e6, gpu: 5e6, files: 2e6, renderer: 60e6, gpuProcess: 60e6 };

/**
 * @param {{url: string, device: "cpu" | "webgpu", marks: number[], say: (line: string) => void}} how   `marks`: steps at which it is measured
 * @returns {Promise<{rows: any[], problems: string[]}>}
 */
export async function trainLong({ url, device, marks, say }) {
  const browser = await launch({ camera: "none", noWebGpu: device === "cpu" }, "");
  const { page, problems } = await watchedPage(await browser.newContext());
  await enter(page, `${url}?device=${device}&preset=nano&source=world&seed=1&start=scratch&workers=1#train`);
  await page.evaluate(async () => {
    await window.vjepa.setRecipe({ ...(await window.vjepa.recipe()), batch: 1 });
  });
  const measure = await heaps(browser, page);
  const rows = [];
  for (const mark of marks) {
    const began = performance.now();
    const from = (await state(page)).step;
    await page.evaluate((steps) => window.vjepa.train(steps).then(({ step }) => step), mark - from);
    const ms = (performance.now() - began) / (mark - from);
    const held = await measure();
    const { step, loss, saved, moments, model } = await state(page);
    if (!loss.every(Number.isFinite)) problems.push(`a loss before step ${step} is no number`);
    rows.push({
      step,
      ms,
      losses: loss.length,
      saved: saved.step,
      kept: moments.length * BYTES_A_PARAM * model.params,
      ...held,
    });
    say(
      `step ${step}: ${ms.toFixed(1)} ms a step; MB: ${inMegabytes(held).join(" ")}; ${loss.length} losses kept, saved at ${saved.step}; ${moments.length} models kept`,
    );
  }
  await browser.close();
  return { rows, problems: [...problems, ...grown(rows)] };
}

/** What grew after the second mark. @param {any[]} rows */
export function grown(rows) {
  const [from, to] = [rows[1] ?? rows[0], rows.at(-1)];
  // They lie where the engine has its tensors, and so in what its process takes.
  const kept = (to.kept ?? 0) - (from.kept ?? 0);
  const lies = new Set(["wasm", "gpu", "renderer", "gpuProcess"]);
  return Object.entries(BOUNDS)
    .filter(([what, most]) => to[what] - from[what] > most + (lies.has(what) ? kept : 0))
    .map(([what]) => `${what} grew from ${from[what]} bytes at step ${from.step} to ${to[what]} at step ${to.step}`);
}
