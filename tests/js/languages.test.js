// @ts-check
/** Views in both languages: made, told something, and none of it left in the other language. */
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { below, fakePage } from "./support/elements.js";
import { CONSTANTS } from "./support/engine.js";

const page = fakePage();
mock.timers.enable({ apis: ["setInterval"] });
const root = () => /** @type {any} */ (page.dialog());
const { document } = /** @type {any} */ (globalThis);
Object.assign(document, {
  addEventListener() {},
  querySelectorAll: () => [],
  querySelector: () => null,
  documentElement: Object.assign(root(), { lang: "en" }),
  activeElement: null,
});

const { createElement } = document;
document.createElement = (/** @type {string} */ tag) => {
  const node = createElement(tag);
  return Object.assign(node, {
    options: [],
    parentElement: {},
    contains: () => false,
    firstChild: null,
    classList: { toggle() {} },
    replaceChildren: (/** @type {any[]} */ ...children) =>
      void node.children.splice(0, node.children.length, ...children),
  });
};

const { inEnglish, message: told } = await import("../../www/js/base/messages.js");
const { setLanguage } = await import("../../www/js/language/words.js");
const catalogue = await import("../../www/js/catalogue/catalogue.js");
const { ControlsView } = await import("../../www/js/rooms/stage/controls-view.js");
const { AblationView, CollapseView } = await import("../../www/js/rooms/train/ablation-view.js");
const { ExamView, summaryOf } = await import("../../www/js/rooms/train/exam-view.js");
const { LoadingView } = await import("../../www/js/rooms/models/loading-view.js");
const { ModelsView } = await import("../../www/js/rooms/models/models-view.js");
const { ReferenceCheckView } = await import("../../www/js/rooms/models/reference-check-view.js");
const { ProgressView } = await import("../../www/js/rooms/train/progress-view.js");
const { ResumeView } = await import("../../www/js/rooms/train/resume-view.js");
const { StatusView } = await import("../../www/js/rooms/models/status-view.js");
const { ModelPanel } = await import("../../www/js/rooms/models/model-panel-view.js");
const { MaskChoiceView } = await import("../../www/js/rooms/inside/mask-choice-view.js");
const { LawsView } = await import("../../www/js/rooms/stage/laws-view.js");
const { ScreenView } = await import("../../www/js/rooms/stage/screen-view.js");
const { VerdictView } = await import("../../www/js/rooms/stage/verdict-view.js");
const { ScoreView } = await import("../../www/js/rooms/watch/score-view.js");
const { TimelineView } = await import("../../www/js/rooms/train/timeline-view.js");
const { TourView } = await import("../../www/js/tour/tour-view.js");
const { ActControlsView } = await import("../../www/js/rooms/act/act-controls-view.js");
const { ActExamView } = await import("../../www/js/rooms/act/act-exam-view.js");
const { ActNumbersView } = await import("../../www/js/rooms/act/act-numbers-view.js");
const { ActPicturesView } = await import("../../www/js/rooms/act/act-pictures-view.js");
const { ActPlannerView } = await import("../../www/js/rooms/act/act-planner-view.js");
const { ActVerdictView } = await import("../../www/js/rooms/act/act-verdict-view.js");
const { TwoRoomsView } = await import("../../www/js/rooms/act/two-rooms-view.js");
const { TuningView } = await import("../../www/js/rooms/train/tuning-view.js");
const { reasonOf } = await import("../../www/js/ui/reason.js");
const { STEPS } = await import("../../www/js/tour/tour.js");

/** Names, figures and units that are the same in both languages. */
const SAME =
  /V-JEPA( 2-AC)?|CEM|MPPI|WebGPU|CPU|GPU|EMA|tubelet|token|AdamW|Muon|VICReg|SIGReg|beta|Hugging Face|Big Buck Bunny|Page (Up|Down)|Enter|Esc|learner|R²|ROC AUC|f32|f16|Apple|\b(GB|MB|kB|ms|B|M|k|s)\b|vjepa2/g;
/** What a reader sees or hears of it. @param {any} view @returns {string[]} */
const texts = (view) =>
  [view, ...below(view)]
    .flatMap((node) => [
      node.textContent,
      ...node.children.filter((/** @type {any} */ child) => typeof child === "string"),
      node.getAttribute("aria-label"),
      node.getAttribute("title"),
      typeof node.title === "string" ? node.title : "",
    ])
    .filter((text) => typeof text === "string" && text.trim());
/** @param {any} view */
const english = (view) => texts(view).filter((text) => /[a-z]{2}/i.test(text.replace(SAME, "")));

const PEAK = { n: 20, value: 0.7, low: 0.55, high: 0.8 };
const SCORE = { score: 0.5 };
const REPORT = /** @type {any} */ ({
  done: 1,
  portions: 3,
  peak: PEAK,
  alarm: 0.7,
  kinds: [{ violation: "gravity-off", peak: PEAK }],
  skipped: ["vanish-hidden"],
  probes: [
    { asked: "velocity", measure: "r2", chance: 0, model: SCORE, untrained: SCORE, pixels: SCORE },
    { asked: "count", measure: "accuracy", chance: 0.3, model: SCORE, untrained: SCORE, pixels: SCORE },
  ],
  features: { effectiveRank: 3, width: 8, std: 0.5, clips: 9 },
});
const MODEL = /** @type {any} */ ({
  family: "vjepa2",
  preset: "learner",
  params: 1e6,
  width: 96,
  depth: 4,
  tokens: 288,
  grid: [8, 6, 6],
});
const RECIPE = /** @type {any} */ ({
  schedule: { learningRate: 0.001, momentum: 0.99 },
  batch: 2,
  masks: { future: 0.5 },
  ablation: { ema: false, stopGradient: true, predictor: false },
  optimiser: { muon: false, beta2: 0.999 },
  predictorMomentum: 0,
  hiddenWeight: 0.5,
  changeWeight: 0,
  scenes: { occluder: null, solid: null, gravity: null, passing: null, narrow: null, late: 0 },
  regulariser: { kind: "vicreg", weight: 0.5 },
});

/** Every law that can be broken. @type {import("../../www/js/engine/protocol.js").Violation[]} */
const KINDS = [
  "vanish",
  "vanish-hidden",
  "teleport",
  "colour",
  "shape",
  "size",
  "pass-through",
  "reverse",
  "gravity-off",
];
const READING = {
  frames: new Uint8Array(2 * 4 * 4 * 4),
  heat: new Float32Array([0, 9, 0, 0]),
  max: 9,
  peak: 9,
  missing: 0,
};

/** Every view that speaks, with something to say. @returns {[string, any][]} */
function views() {
  const [controls, status, exam, proof, loading, resume, alarm] = [
    root(),
    root(),
    root(),
    root(),
    root(),
    root(),
    root(),
  ];
  const pulse = new ProgressView();
  const [breaking, timeline, tuning] = [new AblationView(root()), new TimelineView(root()), new TuningView(root())];
  const warning = new CollapseView(alarm);
  const show = new ControlsView(controls);
  show.update({
    cameras: [],
    phase: "training",
    source: "camera",
    bank: { clips: 3, bytes: 1e6, budget: 64e6 },
  });
  new StatusView(status).update(
    /** @type {any} */ ({
      phase: "loading",
      device: { kind: "cpu", adapter: "CPU" },
      why: [told("device.cpu-chosen", "The CPU was chosen in the settings.")],
      model: MODEL,
      step: 3,
      before: 6000,
      timings: { lookMs: 4 },
    }),
  );
  new ExamView(exam).update({ report: REPORT, step: 1, running: false, ready: true });
  new ReferenceCheckView(proof).update({
    rows: [
      {
        fixture: "vjepa2",
        what: "",
        precision: "f32",
        worst: 1e-6,
        mean: 1e-7,
        cosine: 1,
        tolerance: 1e-5,
        passed: true,
      },
    ],
    running: false,
    adapter: "Apple",
    ready: true,
  });
  new LoadingView(loading).update({
    what: told("loading.checkpoint", "Loading the checkpoint"),
    loaded: 1e6,
    total: 2e6,
    tensors: 3,
    ofTensors: 9,
  });
  new ResumeView(resume).update([
    told("save.found", "“{name}” at step {step}, saved on {when}.", { name: "A", step: 3, when: "5" }),
  ]);
  pulse.update({
    training: true,
    step: 5,
    before: 7,
    planned: 100,
    stepMs: 10,
    exam: { step: 3, average: 0.5 },
    saved: /** @type {any} */ ({ state: "saved", step: 5, savedAt: 1 }),
  });
  breaking.update(RECIPE);
  timeline.update({ moments: [{ step: 0 }, { step: 10 }], shown: 10, step: 20 });
  tuning.update(RECIPE, null, { causal: true, step: 3 });
  const reason = told("health.std", "Tokens hardly differ: the features' standard deviation is {std}.", {
    std: "0.001",
  });
  warning.update({ step: 40, reason, healthy: null });
  return [
    ["controls", controls],
    ["status", status],
    ["exam", exam],
    ["proof", proof],
    ["loading", loading],
    ["resume", resume],
    ["pulse", pulse.element],
    ["breaking", breaking.element],
    ["timeline", timeline.element],
    ["tuning", tuning.element],
    ["alarm", warning.element],
    ...ofRooms(),
    ...ofAct(),
  ];
}

/** Views of the room Act, in all that they may say. @returns {[string, any][]} */
function ofAct() {
  const [numbers, exam] = [root(), root()];
  const [controls, pictures, planner] = [new ActControlsView(), new ActPicturesView(), new ActPlannerView()];
  const truth = /** @type {any} */ ({ wall: { vertical: true, at: 0.4 }, door: { open: false } });
  const modes = /** @type {const} */ (["reflex", "plan", "check"]);
  controls.update({ ready: true, mode: "check", modes, truth, drives: true, landscape: true });
  pictures.update({ surprised: null, future: new Uint8Array(16), size: 2 });
  const problem = told(
    "plan.range",
    "The planner's {what} must be between {least} and {most}, not {value}: change it.",
    {
      what: told("term.horizon", "horizon"),
      least: 1,
      most: 64,
      value: 99,
    },
  );
  planner.update({ settings: /** @type {any} */ ({ method: "cem", horizon: 6 }), problem });
  new ActNumbersView(numbers).update(
    modes.map((mode) => ({ mode, runs: 1, arrived: 1, actions: 3, ms: 4, frames: 5, planned: 0.5 })),
  );
  const acted = {
    episodes: 20,
    success: PEAK,
    detour: 1.1,
    actions: 9,
    imagined: 40,
    planned: 0.2,
    rang: PEAK,
    noticed: null,
  };
  const conditions = /** @type {any[]} */ (
    ["random", "straight", "reflex", "plan", "simulator", "check", "perturbed"].map((condition) => ({
      condition,
      ...acted,
    }))
  );
  new ActExamView(exam).update({ report: { done: 1, portions: 2, conditions }, running: true, ready: true, problem });
  const kinds = /** @type {const} */ ([
    "idle",
    "reflex",
    "plan",
    "thinking",
    "fruitless",
    "surprise",
    "arrived",
    "lost",
    "stopped",
    "driving",
  ]);
  const verdicts = kinds.map((kind) => {
    const verdict = new ActVerdictView();
    const outcome = kind === "idle" ? null : { surprise: 2, rings: true };
    const [phase, said] = [/** @type {const} */ ("stopped"), { kind, count: 1 }];
    verdict.update({ phase, said, problem: null, actions: 3, distance: 0.3, outcome, threshold: 1 });
    return /** @type {[string, any]} */ ([`verdict ${kind}`, verdict.element]);
  });
  return [
    ["act controls", controls.element],
    ["act pictures", pictures.element],
    ["act planner", planner.element],
    ["act numbers", numbers],
    ["act exam", exam],
    ["two rooms", new TwoRoomsView().element],
    ...verdicts,
  ];
}

/** Views of the stage and of what is chosen in rooms. @returns {[string, any][]} */
function ofRooms() {
  const [panel, masks, laws, screen, verdict, score] = [root(), root(), root(), root(), root(), root()];
  const settings = /** @type {any} */ ({ device: "auto", family: "vjepa2", preset: "", seed: 0, start: "scratch" });
  new ModelPanel(panel).update([], settings, true, false, []);
  new MaskChoiceView(masks).update(["short", "long", "future"], "future");
  const pillar = told("law.pillar", "This scene has no pillar to vanish behind: begin a new one.");
  const lacking = [pillar, null];
  new LawsView(laws).update({
    shown: true,
    calibrated: true,
    ringing: true,
    lacking: KINDS.map((kind, i) => [kind, lacking[i % lacking.length] ?? null]),
    pending: "teleport",
    outcome: null,
    refused: null,
  });
  const reading = /** @type {any} */ ({ ...READING, ringing: true });
  new ScreenView(screen, root()).update({ watching: true, reading, places: [1], size: 4, columns: 2, threshold: 6 });
  new VerdictView(verdict).update({
    ready: true,
    on: true,
    learned: true,
    why: "",
    reading,
    wait: true,
    reason: reasonOf({ patches: 1, where: "top", since: { ms: 500, frames: 4 } }),
    label: "",
    threshold: 6,
    warmUp: 8,
  });
  const kinds = KINDS.map((violation) => ({ violation, broken: 2, noticed: 1 }));
  new ScoreView(score).update({ broken: 18, noticed: 9, windows: 1214, falseAlarms: 1, kinds });
  return [
    ["model", panel],
    ["masks", masks],
    ["laws", laws],
    ["screen", screen],
    ["verdict", verdict],
    ["score", score],
  ];
}

test("in Chinese no view speaks English, and in English none speaks Chinese", async () => {
  await setLanguage("zh");
  for (const [name, view] of views()) {
    assert.ok(
      texts(view).some((text) => /\p{Script=Han}/u.test(text)),
      `${name} says nothing`,
    );
    assert.deepEqual(english(view), [], name);
  }
  await setLanguage("en");
  for (const [name, view] of views())
    assert.deepEqual(
      texts(view).filter((text) => /\p{Script=Han}/u.test(text)),
      [],
      name,
    );
});

test("every step of the tour has its words, and the panel says how its offer stands", async () => {
  for (const [language, at] of /** @type {["zh" | "en", string][]} */ ([
    ["zh", "第 5 步，共 7 步"],
    ["en", "Step 5 of 7"],
  ])) {
    await setLanguage(language);
    const panel = root();
    panel.contains = () => false;
    const view = new TourView(panel);
    STEPS.forEach(({ name, spot, act }, at) => {
      view.update({ at, steps: STEPS.length, name, spot, act: act ? "offered" : null });
      assert.ok(view.title.textContent && view.text.textContent, name);
      assert.equal(view.act.hidden, !act);
      if (language === "zh") assert.deepEqual(english(panel), [], name);
    });
    const collapse = { at: 4, steps: 7, name: "collapse", spot: "#desk" };
    for (const act of /** @type {const} */ (["unable", "acting", "acted"])) {
      view.update({ ...collapse, act });
      assert.equal(view.act.disabled, true);
      assert.ok(view.outcome.textContent, act);
    }
    assert.equal(view.where.textContent, at);
    view.update(null);
    assert.equal(panel.hidden, true);
  }
});

test("a sentence on an exam in both languages", async () => {
  await setLanguage("zh");
  assert.equal(
    summaryOf(PEAK, 1200),
    "训练 1,200 步后，模型在 20 对中的 70 % 里把不可能的片段排在更高（95 % 置信区间：55 至 80）：高于随机水平（50 %）。",
  );
  await setLanguage("en");
  assert.equal(
    summaryOf(PEAK, 1200),
    "After 1,200 steps it ranked the impossible clip higher in 70 % of 20 pairs (95 % interval: 55 to 80): more than chance, which is 50 %.",
  );
});

/** Names that checkpoints, what is in them and where they come from have in both languages. */
const NAMES = [
  ...catalogue.CATALOGUE.flatMap(({ id, file, page, host, licence, sha256 }) => [
    page.replace("https://", ""),
    `facebook/${id}`,
    file.name,
    host.name,
    licence.name,
    sha256,
    `${sha256.slice(0, 16)}…`,
  ]),
  "cup.safetensors",
  "huggingface.co/someone/cup",
  "someone/cup",
  "owner/name",
  "https://example.com/cup.pt",
  "cup.pt",
  "config.json",
  ".safetensors",
  ".tar",
  ".ckpt",
  ".bin",
  ".pth",
  ".pt",
  "https://",
  "SHA-256",
  "feedbeef",
  "Something-Something v2",
  "Diving48",
  "ViT-",
  "Meta",
  "int8",
  "hub",
]
  .filter(Boolean)
  .sort((a, b) => b.length - a.length);
/** @param {string} text */
const unnamed = (text) => NAMES.reduce((rest, name) => rest.replaceAll(name, ""), text);
/** @param {any} view */
const placeholders = (view) => below(view).map((node) => node.placeholder ?? node.getAttribute("placeholder") ?? "");
const KEPT = {
  key: "k",
  name: "cup.pt",
  url: catalogue.CATALOGUE[0]?.file.url,
  bytes: 1e9,
  size: 2e9,
  complete: false,
  sha256: "",
  savedAt: 1,
};
const { bytes } = CONSTANTS;
const DIALOG = /** @type {any} */ ({
  device: { kind: "webgpu", maxBufferBytes: 2 ** 27, bytes },
  memoryBytes: 8e9,
  busy: true,
  usage: { used: 1e9, quota: 9e9, persisted: false },
  kept: [
    KEPT,
    { ...KEPT, size: 0 },
    { ...KEPT, url: catalogue.CATALOGUE[3]?.file.url, complete: true, sha256: "feedbeef".repeat(8) },
  ],
});
const MACHINES = [
  DIALOG,
  { ...DIALOG, memoryBytes: null, device: { kind: "webgpu", maxBufferBytes: 0, bytes } },
  { ...DIALOG, memoryBytes: 2e9, device: null, busy: false, usage: { ...DIALOG.usage, persisted: true } },
  { ...DIALOG, memoryBytes: 64e9, device: { kind: "webgpu", maxBufferBytes: 0, bytes }, kept: [] },
  { ...DIALOG, device: { kind: "cpu", maxBufferBytes: 0, bytes }, usage: null },
];

/** @param {HTMLElement} element */
function dialogIn(element) {
  const dialog = new ModelsView(/** @type {any} */ (element), catalogue);
  dialog.details.precision.value = "auto"; // as a list of choices is by itself
  return dialog;
}

/** What is written in it, from first to last. @param {any} node @returns {string} */
const written = (node) => (typeof node === "string" ? node : node.children.map(written).join("") || node.textContent);

/** Whatever the dialog may have to say, time after time. @param {InstanceType<typeof ModelsView>} dialog @param {(what: string) => void} check */
function everything(dialog, check) {
  for (const [i, machine] of MACHINES.entries()) {
    dialog.update(machine);
    for (const { id } of catalogue.CATALOGUE) (dialog.open(id), check(`${id} on machine ${i}`));
  }
  /** @type {import("../../www/js/engine/protocol.js").CheckpointSource[]} */
  const others = [
    { from: "hub", repo: "someone/cup", revision: "1" },
    { from: "url", url: "https://example.com/cup.pt" },
    { from: "files", files: [new File([], "cup.safetensors")] },
  ];
  for (const source of others) (dialog.details.offer(source, null), check(source.from));
  dialog.details.refuse("cup.pt");
  check("what was refused");
}

test("the dialog of checkpoints, on every one of them, on machines of all kinds", async () => {
  for (const [language, wrong] of /** @type {["zh" | "en", RegExp][]} */ ([
    ["zh", /[a-z]{2}/i],
    ["en", /\p{Script=Han}/u],
  ])) {
    await setLanguage(language);
    const element = root();
    everything(dialogIn(element), (what) => {
      const found = [...texts(element), ...placeholders(element)].filter((text) =>
        wrong.test(unnamed(text).replace(SAME, "")),
      );
      assert.deepEqual(found, [], `${what} in ${language}`);
    });
  }
});

test("the dialog of checkpoints follows the language, and keeps what was chosen", async () => {
  await setLanguage("en");
  const dialog = dialogIn(root());
  dialog.update(DIALOG);
  dialog.open("vjepa2-vitl-fpc16-256-ssv2");
  const { details, kept } = dialog;
  /** What no key stands at. */
  const said = () =>
    [
      details.title,
      details.what,
      details.licence,
      details.facts,
      details.why,
      details.costs,
      kept.list,
      kept.room,
      dialog.rows.get("vjepa2-vitl-fpc16-256-ssv2")?.title,
    ].map(written);
  const english = said();
  assert.deepEqual(english.slice(0, 3), [
    "ViT-L, 256, everyday actions",
    "Names one of 174 things that hands do with objects (Something-Something v2).",
    "Licence: MIT. As its card on the hub says.",
  ]);
  details.agree.checked = true;
  await setLanguage("zh");
  dialog.update(DIALOG);
  for (const text of said()) assert.match(text, /\p{Script=Han}/u);
  assert.deepEqual([details.title.textContent, details.agree.checked], ["ViT-L, 256，日常动作", true]);
  details.refuse("cup.pt");
  const refused = details.problem.textContent;
  await setLanguage("en");
  dialog.update(DIALOG);
  assert.deepEqual(said(), english);
  assert.notEqual(details.problem.textContent, refused, "what was refused follows, too");
  // In English a release is called as the catalogue does, which notices do, too.
  for (const { id, title } of catalogue.CATALOGUE)
    (dialog.open(id), assert.equal(details.title.textContent, inEnglish(title)));
});
