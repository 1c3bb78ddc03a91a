/**
 * A night of watching: the page's own watching, by the real engine, of a camera's frames that come faster than they would.
 * The room is empty but for a visitor every quarter of an hour; it gets light, and a lamp is switched on and off.
 */
import { launch } from "../../tests/e2e/support/browser.js";
import { heaps, inMegabytes } from "./heaps.js";
import { grown } from "./steps.js";
import { watchedPage } from "./watched.js";

/** Of the page: eight frames a second, a reading for each tubelet of two. */
const READINGS_A_SECOND = 4;
/** Hours of emulated time at which it is measured. */
const MARKS = [0.05, 0.25, 1, 2, 4, 8];

/** Runs in the page: a room, what watches it, and a clock of its own. */
async function enterRoom({ preset, seed }) {
  const load = (file) => import(new URL(`js/${file}`, document.baseURI).href);
  const [{ Engine }, { Watching }, { makeShipped }] = [
    await load("engine/client.js"),
    await load("rooms/watch/watching.js"),
    await load("catalogue/shipped-models.js"),
  ];
  const engine = new Engine(() => {});
  const { bytes } = await makeShipped((url) => fetch(url)).weights({ family: "vjepa2", preset });
  const opened = await engine.open(
    { device: "cpu", family: "vjepa2", preset, seed: 0, workers: 1 },
    { start: Promise.resolve(bytes) },
  );
  await engine.clear();
  const { size, frames, tubelet } = opened.model;
  const viewing = { source: "camera", moved: 0, hasClip: () => true };
  const app = Object.assign(new EventTarget(), {
    engine,
    opened,
    viewing,
    lastLook: {},
    page: { hidden: () => false },
    runner: { training: false, resume() {} },
    classes: { answer: null },
    changed() {},
  });
  const clock = { ms: 0 };
  const watching = new Watching(app, () => clock.ms);
  watching.begin(true);
  let state = seed;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const room = Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [(i % size) / size, Math.floor(i / size) / size];
    return 90 + 50 * Math.sin(5 * x + 2 * y) + 30 * Math.cos(9 * y - 3 * x) + (x > 0.6 && y > 0.4 ? 35 : 0);
  });
  const count = {
    readings: 0,
    alarms: 0,
    visits: 0,
    noticed: 0,
    lamp: 0,
    byLamp: 0,
    unasked: 0,
    broken: 0,
    mostPoints: 0,
  };
  let visit = null;
  let lampAt = -Infinity;
  let lamp = false;
  /** A frame of this moment: a visitor is a disc that crosses the room. */
  const frame = (seconds) => {
    const light = (0.35 + (0.65 * seconds) / 28_800) * (lamp ? 1.6 : 1) * (1 + 0.02 * Math.sin(seconds * 17));
    const data = new ImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      let value = room[i];
      if (visit !== null) {
        const [x, y] = [(i % size) / size, Math.floor(i / size) / size];
        if ((x - (seconds - visit.from) / 4) ** 2 + (y - visit.y) ** 2 < 0.02) value = 230;
      }
      const noisy = value * light + 5 * (random() + random() - 1);
      data.data[4 * i] = noisy;
      data.data[4 * i + 1] = noisy * 0.95;
      data.data[4 * i + 2] = noisy * 0.85;
      data.data[4 * i + 3] = 255;
    }
    return createImageBitmap(data);
  };
  let alarms = 0;
  const one = async () => {
    const seconds = clock.ms / 1000;
    const [before, now] = [Math.floor((seconds - 0.25) / 900), Math.floor(seconds / 900)];
    if (now > before && now > 0) ((visit = { from: seconds, y: 0.3 + 0.4 * random(), seen: false }), count.visits++);
    if (visit && seconds > visit.from + 7) visit = null;
    // Twice a night somebody switches the lamp on, and off half an hour later.
    const on = [7800, 20_400].some((at) => seconds >= at && seconds < at + 1800);
    if (on !== lamp) ((lamp = on), (lampAt = seconds), count.lamp++);
    for (let i = 0; i < tubelet; i++) {
      const taken = engine.frame(await frame(seconds + i / 8), 1, frames);
      viewing.moved += 1;
      await taken;
    }
    clock.ms += 250;
    try {
      await watching.watch();
    } catch (error) {
      if (error.code !== "short-clip") throw error;
      return;
    }
    const { reading } = watching;
    count.readings++;
    const numbers = [reading.error, reading.mean, reading.max, reading.peak, reading.threshold, ...reading.heat];
    if (!numbers.every(Number.isFinite)) count.broken++;
    count.mostPoints = Math.max(count.mostPoints, watching.history.points.length);
    if (watching.alarms.count > alarms) {
      alarms = count.alarms = watching.alarms.count;
      if (visit) ((count.noticed += visit.seen ? 0 : 1), (visit.seen = true));
      else if (seconds - lampAt < 10) count.byLamp++;
      else count.unasked++;
    }
  };
  /** Until so many seconds are over. */
  window.watchUntil = async (seconds) => {
    while (clock.ms < seconds * 1000) await one();
    const { points, marks } = watching.history;
    const pictures = watching.alarms.kept.reduce((sum, { windows }) => sum + windows.length, 0);
    return { ...count, points: points.length, marks: marks.length, pictures };
  };
}

/**
 * @param {{url: string, hours: number, seed: number, preset?: string, say: (line: string) => void}} how
 * @returns {Promise<{rows: any[], problems: string[]}>}
 */
export async function watchANight({ url, hours, seed, preset = "learner", say }) {
  const browser = await launch({ camera: "none", noWebGpu: true }, "");
  const { page, problems } = await watchedPage(await browser.newContext(), [/versions\.json/, /404/]);
  await page.goto(`${url}bench.html`);
  await page.evaluate(enterRoom, { preset, seed });
  const measure = await heaps(browser, page);
  const rows = [];
  for (const hour of [...MARKS.filter((mark) => mark < hours), hours]) {
    const count = await page.evaluate((seconds) => window.watchUntil(seconds), hour * 3600);
    const held = await measure();
    rows.push({ step: count.readings, hour, ...count, ...held });
    say(`${hour} h: ${JSON.stringify(count)}; MB: ${inMegabytes(held).join(" ")}`);
    if (count.broken) problems.push(`${count.broken} readings are no numbers`);
  }
  await browser.close();
  const expected = hours * 3600 * READINGS_A_SECOND;
  if (rows.at(-1).readings < expected - 20) problems.push(`${rows.at(-1).readings} readings of ${expected}`);
  return { rows, problems: [...problems, ...grown(rows)] };
}
