/** GPU memory while training: what buffers hold after a few steps, and after many. */

const STEPS = [10, 1000];

/**
 * @param {import("playwright-core").Browser} browser @param {string} url of the site
 * @typedef {import("../www/js/bench/report.js").Memory} Memory
 * @returns {Promise<Memory>}
 */
export async function measureMemory(browser, url) {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`${url}bench.html`);
  await page.evaluate(async () => {
    const { watchGpu } = await import("./js/worker/watch-gpu.js");
    const { openOurs } = await import("./js/bench/ours.js");
    window.gpu = watchGpu({ lost() {}, error() {} });
    window.trainer = (await openOurs("webgpu")).trainer("nano", 1);
  });
  const bytes = [];
  for (const [i, steps] of STEPS.entries()) {
    await page.evaluate(
      async (steps) => {
        for (let i = 0; i < steps; i++) await window.trainer.step();
      },
      steps - (STEPS[i - 1] ?? 0),
    );
    await page.requestGC(); // buffers that were let go count until they are collected
    bytes.push(await page.evaluate(() => window.gpu.bytes()));
  }
  await page.close();
  return { steps: STEPS, bytes, ratio: bytes[1] / bytes[0] };
}
