// @ts-check
/** What is no number: views show a dash, draw nothing of it, and give it to no meter; the page says it once. */
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { FailureError } from "../../www/js/base/errors.js";
import { Runs } from "../../www/js/rooms/train/runs.js";
import { below, fakePage } from "./support/elements.js";

const site = fakePage();
Object.assign(globalThis, {
  getComputedStyle: () => ({ getPropertyValue: () => "#000", fontFamily: "serif", color: "#000" }),
});
Object.assign(document, { documentElement: {}, body: {} });
const { createElement } = document;
Object.assign(document, {
  createElement: (/** @type {string} */ tag) => Object.assign(createElement(tag), { parentElement: {} }),
});
mock.timers.enable({ apis: ["setInterval"] });
const format = await import("../../www/js/ui/format.js");
const { VIEWS, textOf, view } = await import("./support/modules.js");

/** All that JSON and typed arrays may have in the place of a number. */
const NONE = /** @type {any[]} */ ([NaN, Infinity, -Infinity, null, undefined]);
const WRONG = /NaN|Infinity|undefined|null/;

/** Every text, attribute and style that a reader or a screen reader comes across. @param {any} root @returns {string[]} */
function texts(root) {
  return [root, ...below(root)].flatMap((node) => [
    String(node.textContent),
    ...node.children.filter((/** @type {any} */ child) => typeof child === "string"),
    ...node.attributes.values(),
    ...Object.values(node.dataset),
    ...Object.values(node.style).filter((value) => typeof value === "string"),
  ]);
}

/** @param {any} root @param {string} name */
function isSound(root, name) {
  for (const text of texts(root)) assert.doesNotMatch(text, WRONG, name);
  // A meter throws a TypeError for anything else, which nobody would catch.
  for (const node of [root, ...below(root)])
    if (["meter", "progress"].includes(node.tag))
      assert.ok(Number.isFinite(Number(node.value)), `${name}: <${node.tag}> of ${node.value}`);
}

/** Keeps what is drawn; throws for a place that is none. */
function paper() {
  /** @type {[string, any[]][]} */
  const calls = [];
  const set = (/** @type {any} */ _, /** @type {string} */ name, /** @type {any} */ value) => {
    if (name === "globalAlpha") assert.ok(Number.isFinite(value), "a canvas ignores such an opacity");
    if (name === "globalAlpha") calls.push([name, [value]]);
    return true;
  };
  const get = (/** @type {any} */ _, /** @type {string} */ name) =>
    name === "measureText"
      ? () => ({ width: 0 })
      : (/** @type {any[]} */ ...args) => {
          for (const arg of args) assert.ok(typeof arg !== "number" || Number.isFinite(arg), `${name}(${args})`);
          calls.push([name, args]);
        };
  return {
    ctx: /** @type {any} */ (new Proxy({}, { get, set })),
    of: (/** @type {string} */ name) => calls.filter(([called]) => called === name).map(([, args]) => args),
  };
}

test("no number is a dash in every form, and 0 to a meter", () => {
  const forms = [
    format.decimal,
    format.plain,
    format.scientific,
    format.hundredths,
    format.percent,
    format.finePercent,
    format.duration,
  ];
  for (const none of NONE) {
    for (const form of forms) assert.equal(/** @type {any} */ (form)(none, 2), "–", `${form.name} of ${none}`);
    assert.deepEqual(
      [format.finite(none), format.finite(none, 1), format.wide(none), format.isNumber(none)],
      [0, 1, "0.0%", false],
    );
  }
  assert.deepEqual(
    [0.365, 12.34, -128].map((value) => format.decimal(value, 1)),
    ["0.4", "12.3", "-128.0"],
  );
  assert.deepEqual([0.5, 12.34, 128.4, -2].map(format.plain), ["0.50", "12.3", "128", "-2.00"]);
  assert.deepEqual([0, 0.004, 0.0996, 0.64, 1].map(format.finePercent), ["0 %", "0.4 %", "10 %", "64 %", "100 %"]);
  assert.deepEqual([format.hundredths(0.645), format.percent(0.645), format.wide(0.645)], ["65", "65 %", "64.5%"]);
});

test("views format numbers in one place", () => {
  // Steps of an axis, and what somebody set himself, are no numbers of the engine.
  const own = /\/(format|smooth|tuning-view|terms-view)\.js$/;
  const names = VIEWS.filter((path) => !own.test(path));
  assert.ok(names.length > 40);
  const formats = names.filter((name) => /\.to(Fixed|Precision|Exponential)\(|Math\.round\(100 \*/.test(textOf(name)));
  assert.deepEqual(formats, []);
});

test("no view shows a number where there is none", async () => {
  const nothing = "";
  for (const none of NONE) {
    const share = { n: 3, value: none, low: none, high: none };
    /** @type {[string, (root: any) => any][]} */
    const shown = [
      [
        "health",
        async (root) =>
          new (await view("health")).HealthView(root).update({
            std: new Float32Array([none, none]),
            effectiveRank: none,
            verdict: "collapsed",
            reason: nothing,
            width: 32,
            history: { std: [1, none], effectiveRank: [none, 2, none] },
          }),
      ],
      [
        "guesses",
        async (root) =>
          new (await view("classifier")).ClassifierView(root).update(
            [
              { label: "a", share: none },
              { label: "b", share: 0.2 },
            ],
            1e6,
          ),
      ],
      [
        "scatter",
        async (root) => new (await view("scatter")).ScatterView(root).update(new Float32Array([none, 1, 2, none])),
      ],
      [
        "proof",
        async (root) =>
          new (await view("reference-check")).ReferenceCheckView(root).update({
            rows: [
              {
                fixture: "a",
                what: "features",
                precision: "f32",
                worst: none,
                mean: none,
                cosine: none,
                tolerance: 1e-4,
                passed: false,
              },
            ],
            running: false,
            adapter: "",
            ready: true,
          }),
      ],
      [
        "verdict",
        async (root) => {
          const verdict = new (await view("trust")).TrustView();
          root.append(verdict.element);
          verdict.update(
            {
              answer: "wait",
              label: { name: "ball", share: none },
              reason: { patches: 2, where: "top", since: { ms: none, frames: 3 } },
              places: [],
            },
            none,
            6,
          );
        },
      ],
      [
        "course",
        async (root) => {
          const course = new (await view("surprise-history")).SurpriseHistoryView();
          root.append(course.element);
          course.update(
            {
              points: [
                { at: 0, error: 1, mean: 1, max: 2, peak: 1 },
                { at: 1, error: none, mean: none, max: none, peak: none },
              ],
              marks: [],
              threshold: 6,
            },
            1e6,
          );
        },
      ],
      [
        "exam",
        async (root) =>
          new (await view("exam")).ExamView(root).update({
            step: 3,
            running: false,
            ready: true,
            report: {
              done: 1,
              portions: 1,
              skipped: [],
              peak: share,
              mean: share,
              max: share,
              alarm: none,
              features: { clips: 2, std: none, effectiveRank: none, width: 32 },
              kinds: [{ violation: "vanish", peak: share, mean: share, max: share }],
              probes: [
                {
                  asked: "position",
                  measure: "r2",
                  chance: none,
                  model: { score: none },
                  untrained: { score: none },
                  pixels: { score: none },
                },
              ],
            },
          }),
      ],
      [
        "answer",
        async (root) => {
          const answer = new (await view("answer")).AnswerView();
          root.append(answer.element);
          const classes = [
            { id: 1, name: "ball" },
            { id: 2, name: "cup" },
          ];
          const guesses = classes.map(({ id, name }) => ({ class: id, name, share: none }));
          answer.update(
            {
              answer: {
                ridge: guesses,
                knn: guesses,
                nearest: [{ example: 1, class: 1, similarity: none }],
                drift: none,
              },
              examples: { classes, examples: [{ id: 1, class: 1 }] },
              problem: "",
              recording: false,
              guesses: [{ label: "a", share: none }],
              thumbnails: new Map(),
            },
            1e6,
          );
          assert.equal(answer.drift.hidden, true);
        },
      ],
      [
        "charts",
        async (root) =>
          new (await view("charts")).ChartsView(root).update([
            {
              id: "a",
              name: "Run 1",
              colour: 0,
              hidden: false,
              step: 3,
              before: 0,
              firstStep: 0,
              losses: [1, none, 0.5],
              vitals: [{ step: 3, std: none, effectiveRank: none }],
              marks: [],
              exams: [{ step: 3, average: none }],
            },
          ]),
      ],
    ];
    for (const [name, show] of shown) {
      const root = site.section();
      await show(root);
      isSound(root, `${name} of ${none}`);
    }
    const { sentenceOf } = await view("confusion");
    const { fadingOf } = await view("imagination");
    const { wordsOf } = await view("adaptation");
    const { nameOf } = await view("alarms");
    const { sentenceOf: trickOf } = await view("trick");
    const sentences = [
      sentenceOf("Ridge", { accuracy: share, balanced: none }),
      fadingOf({ past: 1, clips: 1, predicted: [none], unchanged: [none] }),
      fadingOf({ past: 1, clips: 2, predicted: [none, 1], unchanged: [1, none] }),
      wordsOf({ stage: "running", spent: 3000, steps: 2, loss: [none, none], problem: "" }),
      nameOf({ id: 1, when: 0, peak: none }),
      trickOf({ curve: [none, none], first: 1, tubelet: 2, fps: 4 }),
    ];
    for (const sentence of sentences) {
      assert.doesNotMatch(sentence, WRONG, `of ${none}`);
      assert.match(sentence, /–/, sentence);
    }
  }
});

test("health without numbers is dashes, an empty meter and no bars", async () => {
  const root = site.section();
  const health = new (await view("health")).HealthView(root);
  health.update({
    std: new Float32Array([NaN, NaN]),
    effectiveRank: NaN,
    verdict: "collapsed",
    reason: null,
    width: 32,
    history: { std: [NaN], effectiveRank: [NaN, NaN] },
  });
  assert.deepEqual([health.rank.children, health.spread.children, health.meter.value], [["–"], ["–"], 0]);
  for (const surface of health.surfaces) {
    const { ctx, of } = paper();
    surface.draw(ctx, 100, 50);
    assert.deepEqual([of("fillRect").length, of("lineTo").length], [1, 0], "the base line alone");
  }
  // One dimension of three: the others are drawn, and scaled as if it weren't there.
  health.update({
    std: new Float32Array([0.5, NaN, 1]),
    effectiveRank: 2,
    verdict: "healthy",
    reason: null,
    width: 3,
    history: { std: [1], effectiveRank: [1, NaN, 2] },
  });
  const [line, bars] = health.surfaces.map((/** @type {any} */ surface) => {
    const { ctx, of } = paper();
    surface.draw(ctx, 100, 50);
    return of;
  });
  assert.deepEqual([line("lineTo").length, bars("fillRect").length], [2, 3]);
  assert.match(health.bars.getAttribute("aria-label"), /from/);
});

test("a chart draws the numbers there are, with a gap where there is none", async () => {
  const { Chart } = await view("chart");
  const { runningMean, thin } = await view("smooth");
  const root = site.section();
  const chart = new Chart(root, { id: "x", label: "chart.loss", empty: "chart.loss.empty" }, () => {});
  /** @param {number[]} values */
  const drawn = (values) => {
    chart.update(
      [{ name: "a", colour: 0, steps: values.map((_, i) => i), values, faint: values, marks: [], current: true }],
      [0, values.length - 1],
    );
    const { ctx, of } = paper();
    chart.point(1);
    chart.surface.draw(ctx, 300, 200);
    isSound(root, String(values));
    return of;
  };
  const whole = drawn([1, 2, 3, 4])("lineTo").length;
  const of = drawn([1, NaN, 3, 4]);
  assert.equal(of("lineTo").length, whole - 4, "two lines less in either curve");
  assert.equal(of("arc").length, 0, "nothing is marked where the pointer finds no number");
  assert.equal(chart.figure.getAttribute("data-empty"), null);
  drawn([NaN, Infinity]);
  assert.equal(chart.figure.getAttribute("data-empty"), "", "without any number it is empty");
  const means = runningMean([1, NaN, 1, 1]);
  assert.deepEqual(
    means.map((/** @type {number} */ mean) => (Number.isNaN(mean) ? mean : Number(mean.toFixed(9)))),
    [1, NaN, 1, 1],
    "no number spoils those after it",
  );
  const [thinned] = thin([Array.from({ length: 1200 }, (_, i) => (i === 3 ? NaN : 2))]);
  assert.deepEqual([thinned.length, thinned.every((/** @type {number} */ value) => value === 2)], [600, true]);
});

test("curves of surprise and clouds of clips go on around what is no number", async () => {
  const { SurpriseHistoryView } = await view("surprise-history");
  const course = new SurpriseHistoryView();
  const point = (/** @type {number} */ at, /** @type {number} */ value) => ({
    at,
    error: value,
    mean: value,
    max: value,
    peak: value,
  });
  const curves = (/** @type {number[]} */ values) => {
    course.update({ points: values.map((value, i) => point(i * 100, value)), marks: [], threshold: 6 });
    const { ctx, of } = paper();
    course.surface.draw(ctx, 300, 200);
    return of("lineTo").length;
  };
  assert.equal(curves([1, NaN, 2, 3]), curves([1, 2, 3]), "as if it were not there");
  const { ScatterView } = await view("scatter");
  const scatter = new ScatterView(site.section());
  scatter.update(new Float32Array([0, 1, NaN, 2, 3, 4]));
  const { ctx, of } = paper();
  scatter.surface.draw(ctx, 100, 100);
  assert.equal(of("arc").length, 4, "two clips, and the newest as a target");
  scatter.update(new Float32Array([NaN, NaN]));
  assert.equal(scatter.figure.getAttribute("data-empty"), "");
});

test("colour over a picture is left out where there is no number", async () => {
  const { paintRamp } = await view("ramp");
  const rgba = new Uint8ClampedArray(8);
  paintRamp(new Float32Array([NaN, 1]), rgba);
  assert.deepEqual([rgba[3], rgba[7]], [0, 255]);
  const { overlay } = await view("heat-film");
  assert.deepEqual(
    [...overlay(new Float32Array([NaN, 12]), 6)].filter((_, i) => i % 4 === 3),
    [0, 217],
  );
  const { drawHeat } = await view("clip-heat");
  const veil = paper();
  drawHeat(veil.ctx, new Float32Array([1, NaN]), 2, 10, 1);
  assert.deepEqual(
    veil.of("globalAlpha").map(([alpha]) => Math.round(100 * alpha)),
    [70, 0],
    "the tint before it is not kept",
  );
  const { opacity } = await import("../../www/js/element/draw.js");
  assert.deepEqual([opacity(NaN, 6), opacity(6, 6) > 0], [0, true]);
});

test("a run file keeps what was no number as none", () => {
  const runs = new Runs();
  const report = { step: 3, losses: [1, NaN, 0.5], health: { std: NaN, effectiveRank: 2 } };
  runs.current.trained(report);
  const other = new Runs();
  other.adopt(runs.notes(), 3);
  assert.deepEqual([other.current.losses, other.current.vitals[0]?.std], [[1, NaN, 0.5], NaN]);
});

/** As the engine says it. */
const overflow = () =>
  new FailureError(
    "not-finite",
    "The model's features are no longer usable numbers: load it again, or choose another model.",
  );

test("a model whose features are none any more is said once, shows nothing, and looks again once there is another", async () => {
  const { page } = await import("./support/page.js");
  const { settle } = await import("./support/engine.js");
  const { app, api, host } = await page({ settings: { preset: "learner", start: "shipped" } });
  const events = /** @type {string[]} */ ([]);
  const told = /** @type {string[]} */ ([]);
  app.addEventListener("blank", () => events.push("blank"));
  app.addEventListener("change", () => {
    const message = app.error?.message ?? "";
    if (message && told.at(-1) !== message) told.push(message);
  });
  await app.look();
  const engine = /** @type {any} */ (host().host.session?.engine);
  engine.look =
    engine.surprise =
    engine.embed =
      async () => {
        throw overflow();
      };
  app.classes.answer = /** @type {any} */ ({ ridge: [] });
  delete (/** @type {any} */ (app.runner).run); // the loop itself, for once
  const stop = new AbortController();
  const running = app.runner.run(stop.signal);
  for (let i = 0; i < 40 && app.runner.looking; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  await settle();
  assert.deepEqual([events, told], [["blank"], [overflow().message]]);
  assert.deepEqual(
    [app.lastLook, app.classes.answer, app.watching.reading, app.runner.looking],
    [undefined, null, null, false],
  );
  assert.deepEqual([app.watching.on, app.watching.why], [false, null], "the sensor does not say it a second time");
  assert.equal(api.state().phase, "ready");
  await assert.rejects(api.embed(new Uint8Array(64)), { code: "not-finite" });
  await assert.rejects(api.look(), { code: "not-finite" });
  await api.configure({ preset: "small" });
  for (let i = 0; i < 40 && !app.lastLook; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();
  app.runner.resume();
  await running;
  assert.deepEqual([api.state().error, Boolean(app.lastLook)], [null, true]);
});

test("other weights are looked at whatever stopped the looks before them, from a camera too", async () => {
  const { page } = await import("./support/page.js");
  const { app, api } = await page();
  app.viewing.source = "camera";
  app.runner.looking = false;
  await api.configure({ seed: 9 });
  assert.equal(app.runner.looking, true);
});

test("the element is told once, and asks no more", async () => {
  const { Watch } = await import("../../www/js/element/watch.js");
  const { settle } = await import("./support/engine.js");
  /** @type {any[]} */
  const told = [];
  let asked = 0;
  const engine = /** @type {any} */ ({
    open: async () => ({ model: { grid: [2, 2, 2], frames: 1, tubelet: 1 }, constants: { threshold: 6 } }),
    clear: async () => {},
    alarm: async () => ({}),
    frame: async () => ({ held: 1 }),
    close() {},
    surprise: async () => {
      asked += 1;
      throw overflow();
    },
  });
  const watch = new Watch(() => engine, { reading: () => {}, failed: (error) => told.push(error.code) });
  const header = JSON.stringify({
    __metadata__: { "vjepa-web": JSON.stringify({ config: { family: "vjepa2", name: "learner" } }) },
  });
  const weights = new Uint8Array(8 + header.length);
  new DataView(weights.buffer).setBigUint64(0, BigInt(header.length), true);
  weights.set(new TextEncoder().encode(header), 8);
  await watch.open(weights, "cpu", 6);
  const bitmap = () => /** @type {any} */ ({ close() {} });
  for (let i = 0; i < 4; i++) await watch.frame(bitmap());
  await settle();
  assert.deepEqual([told, asked], [["not-finite"], 1]);
});
