/** Questions that tests ask a page. */
import assert from "node:assert/strict";

/** `window.vjepa.state()` */
export const state = (page) => page.evaluate(() => window.vjepa.state());

/** Resolves when the state is as wanted. @param {(state: any, argument: any) => boolean} wanted runs in the page */
export async function until(page, wanted, argument, timeout = 300_000) {
  const test = `(${wanted})(window.vjepa.state(), ${JSON.stringify(argument)})`;
  // Not waitForFunction: it evaluates a text again by itself, which Trusted Types refuse.
  for (const end = Date.now() + timeout; !(await page.evaluate(test)); await page.waitForTimeout(100))
    if (Date.now() > end) assert.fail(`never came: ${wanted}\nstate: ${JSON.stringify(await brief(page))}`);
  return state(page);
}

/** The worker that the engine runs in, bundled or as it is written: the page has others, in any order. */
export async function engineWorker(page) {
  const isEngine = (worker) => /\bjs\/(built\/engine-worker-\w+|worker\/engine-worker)\.js$/.test(worker.url());
  return page.workers().find(isEngine) ?? page.waitForEvent("worker", isEngine);
}

/** The state without its long lists. */
async function brief(page) {
  const { loss, masks, ...rest } = await state(page);
  return { ...rest, losses: loss.length, masked: masks?.target.length };
}

/** Waits for clips that have been looked at from now on. */
export async function moreClips(page, more = 2) {
  const { clips } = await state(page);
  return until(page, (now, wanted) => now.clips >= wanted, clips + more);
}

/** Mean of a slice. */
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * What a canvas shows, sampled at 48x48: how many colours, their spread (standard deviation of all channels, 0..127),
 * the share that is not transparent, and a hash of it.
 */
export function picture(page, selector, index = 0) {
  return page.evaluate(
    ([selector, index]) => {
      const canvas = document.querySelectorAll(selector)[index];
      if (!canvas) throw new Error(`no canvas ${selector} number ${index}`);
      const copy = new OffscreenCanvas(48, 48).getContext("2d", { willReadFrequently: true });
      if (canvas.width && canvas.height) copy.drawImage(canvas, 0, 0, 48, 48);
      const { data } = copy.getImageData(0, 0, 48, 48);
      const colours = new Set();
      let [sum, squares, opaque, hash, count] = [0, 0, 0, 0, 0];
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 8) continue;
        opaque++;
        colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
        for (const value of data.subarray(i, i + 3)) {
          sum += value;
          squares += value * value;
          hash = (hash * 31 + value) | 0;
          count++;
        }
      }
      const spread = count ? Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) : 0;
      const sharp = canvas.width >= Math.floor(canvas.clientWidth * devicePixelRatio);
      return { colours: colours.size, spread, drawn: opaque / (48 * 48), hash, sharp };
    },
    [selector, index],
  );
}

/** Every canvas of a view shows something. @param {{colours?: number, spread?: number}} least */
export async function assertDrawn(page, selector, { colours = 8, spread = 5 } = {}) {
  await page.locator(selector).first().scrollIntoViewIfNeeded();
  await page.waitForTimeout(300); // canvases are painted when they come into sight
  const seen = await picture(page, selector);
  const all = JSON.stringify(seen);
  assert.ok(seen.drawn > 0.5 || colours <= 3, `${selector} is mostly empty: ${all}`);
  assert.ok(seen.colours >= colours, `${selector} has too few colours: ${all}`);
  assert.ok(seen.spread >= spread, `${selector} is flat: ${all}`);
  assert.ok(seen.sharp, `${selector} has fewer pixels than the screen: ${all}`);
  return seen;
}

/** Masks make sense: token numbers ascend, lie on the grid, and context and target do not overlap. */
export function assertMasks({ masks, model }) {
  const [t, h, w] = masks.grid;
  assert.equal(t * h * w, model.tokens);
  const both = [...masks.context, ...masks.target];
  assert.ok(masks.context.length > 0 && masks.target.length > 0, "one of the masks is empty");
  assert.equal(new Set(both).size, both.length, "context and target overlap");
  assert.ok(
    both.every((token) => token >= 0 && token < model.tokens),
    "a token is off the grid",
  );
  for (const list of [masks.context, masks.target]) {
    assert.ok(
      list.every((token, i) => i === 0 || token > list[i - 1]),
      "tokens do not ascend",
    );
  }
}

/** The code and sentence a call rejects with, or null. @param {(argument: any) => Promise<any>} call runs in the page */
export function rejection(page, call, argument) {
  return page.evaluate(
    async ([call, argument]) => {
      try {
        await (0, eval)(`(${call})`)(argument);
        return null;
      } catch (error) {
        return { code: error.code, message: error.message };
      }
    },
    [String(call), argument],
  );
}

/** One clear sentence that does not leak how the page is made. */
export function assertSentence(message) {
  assert.match(message, /^[\p{L}“][^\n]{15,600}[.)]$/u, `not a sentence: ${message}`);
  assert.doesNotMatch(message, /undefined|\[object|NaN|panicked|\.rs:|at http/, `not meant for readers: ${message}`);
}

/** What the page tells the reader. */
export const notice = async (page) => (await page.locator("#notice").textContent()).trim();

/** A made-up clip of the open model's size, the same for a given size. Runs in the page. */
export const embedMadeUpClip = async () => {
  const { frames, size } = window.vjepa.state().model;
  const clip = Uint8Array.from({ length: frames * size * size * 4 }, (_, i) => {
    const [pixel, channel] = [i >> 2, i & 3];
    const [x, y, t] = [pixel % size, Math.floor(pixel / size) % size, Math.floor(pixel / (size * size))];
    return channel === 3 ? 255 : 127 + 120 * Math.sin((x * (channel + 1)) / 7 + y / 5 + t * 0.9);
  });
  return Array.from(await window.vjepa.embed(clip));
};

/** Largest difference over the largest magnitude. */
export function relativeDifference(a, b) {
  assert.equal(a.length, b.length);
  assert.ok(a.length > 0 && [...a, ...b].every(Number.isFinite), "features are missing or not finite");
  const scale = Math.max(...a.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / scale;
}
