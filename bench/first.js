/** From navigation to the first features, each time in a fresh profile: nothing cached, nothing compiled. */
import { summary } from "../www/js/bench/pairs.js";

const TOLERANCE = 1e-3;
const TIMEOUT = 120_000;
/** What the page has to say once it has looked at its first clip, or cannot. */
export const LOOKED = `(() => {
  const { timings, error } = window.vjepa?.state() ?? {};
  return (timings?.firstFeaturesMs || error) && { timings, error };
})()`;

/**
 * @param {import("playwright-core").Browser} browser @param {string} url of the site @param {number} pairs
 * @typedef {import("../www/js/bench/report.js").First} First
 * @returns {Promise<{first: First[], loaded: Record<string, string[]>, notes: string[]}>}
 *   `loaded`: paths of the files each engine asked for
 */
export async function measureFirst(browser, url, pairs) {
  const [first, loaded, notes] = [[], {}, []];
  for (const device of ["cpu", "webgpu"]) {
    const times = { ours: [], theirs: [] };
    const values = {};
    for (let pair = 0; pair < pairs; pair++) {
      for (const side of ["ours", "theirs"]) {
        const seen = await visit(browser, `${url}bench/first/${side}.html?device=${device}`, "window.first");
        if (seen.failed) notes.push(`first features, ${side} on ${device}: ${seen.failed}`);
        else times[side].push(seen.value.ms);
        values[side] = seen.value?.values;
        loaded[`${side}-${device}`] = seen.files;
      }
      if (times.ours.length + times.theirs.length === 0) break;
      if (
        values.ours &&
        values.theirs &&
        values.ours.some((value, i) => Math.abs(value - values.theirs[i]) > TOLERANCE)
      ) {
        notes.push(`first features on ${device}: both sides differ`);
      }
    }
    const name =
      device === "cpu" ? "CPU engine against onnxruntime-web's wasm" : "WebGPU against onnxruntime-web's WebGPU";
    first.push({ what: name, key: device, ...summary(times) });
  }
  const page = await visit(browser, `${url}?device=cpu&preset=tiny`, LOOKED);
  loaded.page = page.files;
  const ours = page.value?.timings.firstFeaturesMs;
  if (!ours) notes.push(`the page itself: ${page.failed ?? page.value.error.message}`);
  else
    first.push({
      what: "the page itself, CPU engine, with all its views",
      key: "page",
      ours,
      theirs: null,
      ratio: null,
    });
  return { first, loaded, notes: [...new Set(notes)] };
}

/** Opens a page and waits for `expression` to be something. */
async function visit(browser, url, expression) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const files = [];
  let wrong;
  const failed = new Promise((resolve) => page.on("pageerror", (error) => resolve(error.message)));
  page.on("response", (response) => response.ok() && files.push(new URL(response.url()).pathname));
  try {
    const answer = await page.goto(url);
    if (!answer.ok()) return { failed: `${new URL(url).pathname} is not there`, files };
    const waiting = page.waitForFunction(expression, undefined, { timeout: TIMEOUT, polling: 50 });
    wrong = await Promise.race([
      failed,
      waiting.then(
        () => null,
        (error) => error.message.split("\n")[0],
      ),
    ]);
    return wrong ? { failed: wrong, files } : { value: await page.evaluate(expression), files: [...files] };
  } finally {
    await context.close();
  }
}
