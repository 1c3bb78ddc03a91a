/** <vjepa-surprise> on its example page, and on a page of another origin. */
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertSentence } from "./support/ask.js";
import { DIST } from "./support/places.js";
import { serve } from "./support/server.js";
import { shot, site } from "./support/site.js";

const test = site();
const QUERY = "element.html";
const options = { query: QUERY, unready: true, prepare };
const sensor = "vjepa-surprise";
const FILM = "assets/big_buck_bunny_256.webm";
const VIDEO = { src: FILM, muted: "", loop: "", autoplay: "", playsinline: "" };

/** Elements by their attributes: the policy of the page lets nobody make them of markup. */
async function prepare(page) {
  await page.addInitScript(() => {
    window.made = (tag, attributes = {}, ...children) => {
      const node = document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      node.append(...children);
      if ("muted" in attributes) node.muted = true; // as the attribute does only of markup
      return node;
    };
  });
}

/** Notes what the element says from now on, and waits for so many readings. */
const readings = (page, count) =>
  page.evaluate(
    ([name, count]) =>
      new Promise((resolve) => {
        const seen = [];
        document.querySelector(name).addEventListener("surprise", ({ detail }) => {
          seen.push({ ...detail, heat: [...detail.heat], errors: [...detail.errors], frames: detail.frames.length });
          if (seen.length === count) resolve(seen);
        });
      }),
    [sensor, count],
  );

const engines = (page) =>
  page.workers().filter((worker) => /\bjs\/worker\/engine-worker\.js$/.test(worker.url())).length;
const status = (page) => page.locator(`${sensor} [part=status]`);

test("readings of the film arrive, and become calibrated", options, async (page, t) => {
  const first = await readings(page, 2);
  assert.ok(
    first.every(({ rows, columns, heat, errors }) => rows * columns === heat.length && heat.length === errors.length),
    "the grid does not fit",
  );
  assert.ok(
    first.every(({ error }) => error > 0),
    JSON.stringify(first.map(({ error }) => error)),
  );
  assert.ok(first[0].missing > first[1].missing, "nothing was learned between them"); // by several, if it was slow
  await status(page)
    .getByText(/^Getting used to what is usual: \d+ readings to go$/)
    .waitFor();
  await readings(page, first[1].missing + 2);
  await status(page)
    .getByText(/^(As usual|Something it did not predict)$/)
    .waitFor();
  const reading = await page.evaluate(
    (name) => ({ ...document.querySelector(name).reading, heat: null, errors: null, frames: null }),
    sensor,
  );
  assert.equal(reading.missing, 0);
  assert.equal(reading.threshold, 6);
  assert.ok(Number.isFinite(reading.peak), JSON.stringify(reading));
  t.diagnostic(JSON.stringify(reading));
  await shot(page, "element");
});

test("a low threshold rings, and each alarm is listed once", options, async (page) => {
  const { missing } = (await readings(page, 1))[0];
  await page.evaluate((name) => (document.querySelector(name).threshold = 0.05), sensor);
  const seen = await readings(page, missing + 12);
  const began = seen.filter(({ began }) => began !== null).length;
  assert.ok(began >= 1, "it never rang");
  assert.equal(await page.locator("#alarms li").count(), began);
  assert.equal(seen.at(-1).threshold.toFixed(2), "0.05");
});

test("removing it ends its workers; putting it back starts again", options, async (page) => {
  await readings(page, 1);
  assert.equal(engines(page), 1);
  await page.evaluate((name) => ((window.kept = document.querySelector(name)), window.kept.remove()), sensor);
  await page.waitForFunction((name) => !document.querySelector(name), sensor);
  for (let i = 0; i < 50 && page.workers().length; i++) await page.waitForTimeout(100);
  assert.deepEqual(
    page.workers().map((worker) => worker.url()),
    [],
  );
  assert.equal(await page.evaluate(() => window.kept.running), false);
  await page.evaluate(() => document.querySelector("#alarms").before(window.kept));
  await readings(page, 1);
  assert.equal(engines(page), 1);
});

test("removing it while it starts leaves no worker", { ...options, allow: [/net::ERR_ABORTED/] }, async (page) => {
  await page.evaluate((name) => document.querySelector(name).remove(), sensor);
  await page.waitForTimeout(3000); // what was on its way has come
  assert.deepEqual(
    page.workers().map((worker) => worker.url()),
    [],
  );
});

test("a video inside and the camera are watched as well", options, async (page) => {
  await page.evaluate(
    ([name, video]) => {
      document.querySelector(name).remove();
      document.body.append(window.made(name, {}, window.made("video", video)));
    },
    [sensor, VIDEO],
  );
  assert.ok((await readings(page, 1))[0].error > 0);
  await page.evaluate((name) => document.querySelector(name).setAttribute("src", "camera"), sensor);
  assert.ok((await readings(page, 1))[0].error > 0);
});

for (const [name, attributes, code] of [
  ["a model that is not there", { src: "camera", model: "assets/none.safetensors" }, "not-found"],
  ["a file that is no model", { src: "camera", model: "assets/favicon.svg" }, "bad-model"],
  ["nothing to watch", {}, "no-source"],
  ["an address that is none", { src: "https://" }, "bad-address"],
]) {
  test(`${name} is an error event and a sentence`, { ...options, allow: [/404|none\.safetensors/] }, async (page) => {
    const failure = await page.evaluate(
      ([name, attributes]) => {
        document.querySelector(name).remove();
        const made = window.made(name, attributes);
        const failed = new Promise((resolve) => made.addEventListener("error", ({ detail }) => resolve(detail)));
        document.body.append(made);
        return failed;
      },
      [sensor, attributes],
    );
    assert.equal(failure.code, code);
    assertSentence(failure.message);
    assert.equal(await status(page).textContent(), failure.message);
    assert.equal(await page.evaluate((name) => document.querySelector(name).running, sensor), false);
  });
}

test("attributes that can't be leave their defaults, and say so", options, async (page) => {
  const failures = await page.evaluate(
    ([name, attributes]) => {
      document.querySelector(name).remove();
      const made = window.made(name, attributes);
      const seen = [];
      made.addEventListener("error", ({ detail }) => seen.push(detail));
      document.body.append(made);
      return seen;
    },
    [sensor, { src: FILM, threshold: "high", device: "gpu" }],
  );
  assert.deepEqual(
    failures.map(({ code }) => code),
    ["bad-threshold", "bad-device"],
  );
  for (const { message } of failures) assertSentence(message);
  assert.equal((await readings(page, 1))[0].threshold, 6);
  await status(page)
    .getByText(
      /^The threshold “high” is no number above 0, so the usual one is used\. The device “gpu” .* Getting used to/,
    )
    .waitFor();
  await page.evaluate((name) => document.querySelector(name).setAttribute("threshold", "-1"), sensor);
  assert.equal((await readings(page, 2))[1].threshold, 6);
  await page.evaluate((name) => (document.querySelector(name).threshold = 4), sensor);
  assert.equal((await readings(page, 3))[2].threshold, 4);
  await status(page)
    .getByText(/^The device “gpu”/)
    .waitFor();
});

test("a video inside that comes later, is replaced or goes is followed", options, async (page) => {
  const failed = await page.evaluate((name) => {
    document.querySelector(name).remove();
    const made = document.createElement(name);
    window.failures = [];
    made.addEventListener("error", ({ detail }) => window.failures.push(detail.code));
    const failed = new Promise((resolve) =>
      made.addEventListener("error", () => resolve(window.failures), { once: true }),
    );
    document.body.append(made);
    return failed;
  }, sensor);
  assert.deepEqual(failed, ["no-source"]);
  const add = () =>
    page.evaluate(([name, video]) => document.querySelector(name).append(window.made("video", video)), [sensor, VIDEO]);
  await add();
  assert.ok((await readings(page, 1))[0].error > 0);
  await page.evaluate(
    ([name, video]) => document.querySelector(name).replaceChildren(window.made("video", video)),
    [sensor, VIDEO],
  );
  const before = (await readings(page, 6)).at(-1);
  assert.equal(engines(page), 1);
  await page.evaluate((name) => document.querySelector(name).replaceChildren(), sensor);
  await page.waitForFunction(() => window.failures.length === 2);
  assert.equal(await page.evaluate((name) => document.querySelector(name).running, sensor), false);
  await add();
  const [again] = await readings(page, 1);
  assert.ok(again.missing > before.missing, "what is usual begins anew");
  assert.deepEqual(await page.evaluate(() => window.failures), ["no-source", "no-source"]);
  await page.evaluate((name) => document.querySelector(name).stop(), sensor);
  await page.evaluate((name) => document.querySelector(name).replaceChildren(), sensor);
  await add();
  await page.waitForTimeout(300);
  assert.equal(
    await page.evaluate((name) => document.querySelector(name).running, sensor),
    false,
    "stopped by the page, it stays so",
  );
});

test("it runs on a page of another origin", options, async (page) => {
  const ours = await serve(DIST, "/elsewhere/", { "access-control-allow-origin": "*" });
  const folder = mkdtempSync(join(tmpdir(), "vjepa-page-"));
  writeFileSync(
    join(folder, "index.html"),
    `<!doctype html><title>Somebody's page</title><link rel="icon" href="data:,">
    <script type="module" src="${ours.url}js/element/vjepa-surprise.js"></script>
    <vjepa-surprise src="${ours.url}assets/big_buck_bunny_256.webm"></vjepa-surprise>`,
  );
  const theirs = await serve(folder, "/");
  try {
    await page.goto(theirs.url);
    assert.ok((await readings(page, 1))[0].error > 0);
    await page.evaluate((name) => document.querySelector(name).remove(), sensor);
    for (let i = 0; i < 50 && page.workers().length; i++) await page.waitForTimeout(100);
    assert.equal(page.workers().length, 0);
  } finally {
    await theirs.close();
    await ours.close();
  }
});
