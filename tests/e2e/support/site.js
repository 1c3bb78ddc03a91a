/** The built site in a browser: a fresh page for each test, which fails on whatever the page reports as wrong. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch } from "./browser.js";
import { cameraFile } from "./camera.js";
import { ARTEFACTS, DIST } from "./places.js";
import { serve } from "./server.js";

/** Nothing here is about speed: a test that hangs is stopped, one that is slow is not. */
const TIMEOUT = 10 * 60_000;

/**
 * @param {import("./browser.js").Machine} [machine]
 * @returns {(name: string, options: PageOptions, body: (page: import("playwright-core").Page, t: any) => Promise<void>) => void}
 *
 * @typedef {"watch" | "inside" | "train" | "play" | "act" | "teach" | "models"} Room
 *
 * @typedef {object} PageOptions
 * @property {string} [query]          settings in the address
 * @property {Room} [room]             that is open; "inside" if not given, where looks come
 * @property {number} [width]          of the window
 * @property {number} [height]
 * @property {"light" | "dark"} [scheme]
 * @property {boolean} [touch]         a phone's screen
 * @property {"reduce"} [reducedMotion]
 * @property {"active"} [forcedColors]
 * @property {RegExp[]} [allow]        what this test provokes the console to say
 * @property {boolean} [unready]       do not wait for the first features
 * @property {(page: import("playwright-core").Page) => Promise<void>} [prepare]   before the page is opened
 */
export function site(machine = {}) {
  /** @type {import("playwright-core").Browser} */
  let browser;
  let server;
  before(async () => {
    assert.ok(existsSync(join(DIST, "engine/webgpu/vjepa_web_bg.wasm")), `no built site in ${DIST}: run make build`);
    mkdirSync(ARTEFACTS, { recursive: true });
    server = await serve(DIST);
    browser = await launch(machine, await cameraFile());
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  return (name, options, body) =>
    test(name, { timeout: TIMEOUT }, async (t) => {
      const page = await open(browser, options);
      const problems = watch(page, options.allow ?? []);
      try {
        await page.goto(server.url + addressOf(options));
        if (!options.unready) await page.evaluate(() => window.vjepa.ready);
        await body(page, t);
        await report(page, t);
      } catch (error) {
        await shot(page, `failed ${name}`).catch(() => {});
        if (problems.length) error.message += `\nThe page said:\n${problems.join("\n")}`;
        throw error;
      } finally {
        await page.context().close();
      }
      assert.deepEqual(problems, [], "the page reported errors");
    });
}

/** @param {PageOptions} options */
function addressOf({ query = "", room = "inside" }) {
  return query.includes(".html") ? query : `${query}#${room}`;
}

/** Opens a room by its tab. @param {import("playwright-core").Page} page @param {Room} room */
export async function enter(page, room) {
  await page.locator(`#tab-${room}`).click();
  await page.locator(`#room-${room}`).waitFor();
}

/** @param {PageOptions} options */
async function open(browser, { width = 1280, height = 900, scheme = "light", touch = false, prepare, ...wishes }) {
  const { reducedMotion = null, forcedColors = null } = wishes;
  const phone = { hasTouch: touch, isMobile: touch };
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion,
    forcedColors,
    ...phone,
  });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration, startTime } of list.getEntries()) window.longTasks.push({ duration, startTime });
    }).observe({ type: "longtask", buffered: true });
  });
  await prepare?.(page);
  return page;
}

/** Console errors, of workers too, and exceptions; an uncaptured WebGPU error is logged as an error by the page. */
function watch(page, allow) {
  const problems = [];
  const note = (text) => allow.some((pattern) => pattern.test(text)) || problems.push(text);
  page.on("pageerror", (error) => note(`exception: ${error.stack ?? error}`));
  page.on("crash", () => note("the page crashed"));
  page.on("requestfailed", (request) => request.url().startsWith("http") && failed(request, note));
  page.on("console", (message) => {
    const { url } = message.location();
    const warned = message.type() === "warning" && /GPU|shader/i.test(message.text());
    if (message.type() === "error" || warned) note(`${message.text()} (${url})`);
  });
  page.on("request", (request) => {
    if (/^https?:/.test(request.url()) && !/^http:\/\/127\.0\.0\.1/.test(request.url()))
      note(`asks another host: ${request.url()}`);
  });
  return problems;
}

/** A video that is no longer wanted is cut off; anything else has to arrive. */
function failed(request, note) {
  const { errorText } = request.failure() ?? {};
  if (request.resourceType() !== "media" && errorText !== "net::ERR_ABORTED") note(`${request.url()}: ${errorText}`);
}

/** Figures for the reader; nothing is asserted of them. */
async function report(page, t) {
  const [tasks, state] = await page.evaluate(() => [window.longTasks, window.vjepa?.state()]);
  const list = tasks.map(
    ({ duration, startTime }) => `${Math.round(duration)} ms at ${(startTime / 1000).toFixed(1)} s`,
  );
  t.diagnostic(`main-thread tasks over 50 ms: ${list.join(", ") || "none"}`);
  if (state) t.diagnostic(`${state.model?.preset} on ${state.device}: ${JSON.stringify(state.timings)}`);
}

/** Keeps a picture of the whole page. */
export function shot(page, name) {
  return page.screenshot({ path: join(ARTEFACTS, `${name.replace(/\W+/g, "-")}.png`), fullPage: true });
}
