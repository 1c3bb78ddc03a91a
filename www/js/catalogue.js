// @ts-check
/**
 * Every checkpoint of V-JEPA that was released, and what it costs to load one: bytes to read, memory, precision.
 *
 * @typedef {import("./protocol.js").CheckpointSource} CheckpointSource
 * @typedef {import("./protocol.js").DeviceKind} DeviceKind
 * @typedef {import("./protocol.js").PrecisionChoice} PrecisionChoice
 * @typedef {"f32"|"f16"|"int8"} Precision
 * @typedef {"vjepa1"|"vjepa2"|"vjepa21"} Family
 * @typedef {{width: number, depth: number, mlp: number}} Shape
 *
 * @typedef {object} Released
 * @property {string} id              also `model` in the page's address
 * @property {string} title
 * @property {string} what            one sentence
 * @property {"V-JEPA 1"|"V-JEPA 2"|"V-JEPA 2.1"|"Classifiers"} group
 * @property {Family} family
 * @property {number} size            pixels a side
 * @property {number} frames          a clip, as released
 * @property {Shape} encoder
 * @property {Shape & {outputs: number}} predictor   width of what it predicts
 * @property {{encoder: number, predictor: number, head: number}} params   fixed position tables included
 * @property {number} classes         0 without a classifier
 * @property {{name: string, url: string, bytes: number, exact: boolean, needed: number}} file   `needed`: encoder and
 *   predictor in f32, without the online encoder and the optimiser that Meta's files hold too
 * @property {CheckpointSource} source
 * @property {string} page            where it is described
 * @property {Licence} licence
 * @property {Host} host
 * @property {string} sha256          of the file; "" where none is known
 *
 * @typedef {{name: string, url: string, nonCommercial: boolean, note: string}} Licence
 * @typedef {{name: string, open: boolean, note: string}} Host   open: it is known to let pages read its files
 *
 * @typedef {object} Memory
 * @property {number} weights
 * @property {number} activations     of a look
 * @property {number} total
 * @property {number} largest         single buffer
 *
 * @typedef {{kind: DeviceKind, maxBufferBytes: number, memoryBytes: number | null}} Machine
 *   `maxBufferBytes` 0: no such limit. `memoryBytes`: what the browser says the machine has, if it says.
 */

const PATCH = 16;
const TUBELET = 2;
/** Values of a patch: RGB, two frames, 16 by 16 pixels. */
const PATCH_VALUES = 3 * TUBELET * PATCH * PATCH;
const PREDICTOR_WIDTH = 384;
const PREDICTOR_MLP = 1536;
/** Frames a clip unless another number is asked for: the released 64 make four times the tokens, 16 times the attention. */
const DEFAULT_FRAMES = 16;

/** WebAssembly counts bytes in 32 bits. */
const WASM_BYTES = 4 * 2 ** 30;
/** What a machine is taken to have if the browser does not say. */
const UNKNOWN_MEMORY = 4 * 2 ** 30;

/** @type {Record<"B"|"L"|"H"|"g"|"G", Shape>} */
const ENCODERS = {
  B: { width: 768, depth: 12, mlp: 3072 },
  L: { width: 1024, depth: 24, mlp: 4096 },
  H: { width: 1280, depth: 32, mlp: 5120 },
  g: { width: 1408, depth: 40, mlp: 6144 },
  G: { width: 1664, depth: 48, mlp: 8192 },
};

/** @type {Record<"nc"|"mit"|"apache"|"repository", Licence>} */
const LICENCES = {
  nc: {
    name: "CC BY-NC 4.0", url: "https://creativecommons.org/licenses/by-nc/4.0/", nonCommercial: true,
    note: "Not for commercial use. Whoever uses the weights has to name their authors.",
  },
  mit: { name: "MIT", url: "https://opensource.org/license/mit", nonCommercial: false, note: "As its card on the hub says." },
  apache: {
    name: "Apache 2.0", url: "https://www.apache.org/licenses/LICENSE-2.0", nonCommercial: false,
    note: "As its card on the hub says.",
  },
  repository: {
    name: "MIT", url: "https://github.com/facebookresearch/vjepa2/blob/main/LICENSE", nonCommercial: false,
    note: "The licence of the repository it was released with. The weights have none of their own.",
  },
};

/** @type {Record<"hub"|"meta", Host>} */
const HOSTS = {
  hub: { name: "huggingface.co", open: true, note: "It lets pages read its files." },
  meta: {
    name: "dl.fbaipublicfiles.com", open: false,
    note: "This host is not known to let pages read its files. Download the file as usual, then drop it here.",
  },
};

const META = "https://dl.fbaipublicfiles.com";
const LEVELS = "Predicts features of four of its layers, and what it sees as well as what is hidden, which makes them sharper in space.";

/**
 * @typedef {{id: string, title: string, what: string, size: number, frames: number, params: [number, number]}} Facts
 *   `params` of encoder and predictor.
 */

/** @param {Facts} facts @param {Shape} encoder @param {string} path @param {number} bytes @param {string} [sha256] @returns {Released} */
function first({ params, ...facts }, encoder, path, bytes, sha256 = "") {
  return {
    ...facts, group: "V-JEPA 1", family: "vjepa1", encoder, classes: 0, sha256,
    predictor: { width: PREDICTOR_WIDTH, depth: 12, mlp: PREDICTOR_MLP, outputs: encoder.width },
    params: { encoder: params[0], predictor: params[1], head: 0 },
    ...fromMeta(path, bytes, false, params), licence: LICENCES.nc, page: "https://github.com/facebookresearch/jepa",
  };
}

/** @param {Facts} facts @param {Shape} encoder @param {string} path @param {number} bytes @returns {Released} */
function second({ params, ...facts }, encoder, path, bytes) {
  return {
    ...facts, group: "V-JEPA 2", family: "vjepa2", encoder, classes: 0, sha256: "",
    predictor: { width: PREDICTOR_WIDTH, depth: 12, mlp: PREDICTOR_MLP, outputs: encoder.width },
    params: { encoder: params[0], predictor: params[1], head: 0 },
    ...fromMeta(path, bytes, false, params), licence: LICENCES.repository, page: "https://github.com/facebookresearch/vjepa2",
  };
}

/**
 * @param {Facts} facts @param {Shape} encoder @param {Licence} licence
 * @param {{bytes: number, exact?: boolean, sha256?: string, classes?: number, head?: number}} more @returns {Released}
 */
function onHub({ params, ...facts }, encoder, licence, { bytes, exact = false, sha256 = "", classes = 0, head = 0 }) {
  const repo = `facebook/${facts.id}`;
  const url = `https://huggingface.co/${repo}/resolve/main/model.safetensors`;
  return {
    ...facts, group: classes ? "Classifiers" : "V-JEPA 2", family: "vjepa2", encoder, classes, licence, sha256,
    predictor: { width: PREDICTOR_WIDTH, depth: 12, mlp: PREDICTOR_MLP, outputs: encoder.width },
    params: { encoder: params[0], predictor: params[1], head },
    file: { name: "model.safetensors", url, bytes, exact, needed: bytes },
    source: { from: "hub", repo }, host: HOSTS.hub, page: `https://huggingface.co/${repo}`,
  };
}

/** @param {Facts} facts @param {Shape} encoder @param {{depth: number, outputs: number}} predictor @param {string} path @param {{bytes: number, exact?: boolean, sha256?: string}} file @returns {Released} */
function third({ params, ...facts }, encoder, predictor, path, { bytes, exact = false, sha256 = "" }) {
  return {
    ...facts, group: "V-JEPA 2.1", family: "vjepa21", encoder, classes: 0, sha256,
    predictor: { width: PREDICTOR_WIDTH, mlp: PREDICTOR_MLP, ...predictor },
    params: { encoder: params[0], predictor: params[1], head: 0 },
    ...fromMeta(path, bytes, exact, params), licence: LICENCES.repository, page: "https://github.com/facebookresearch/vjepa2",
  };
}

/** @param {string} path @param {number} bytes @param {boolean} exact @param {[number, number]} params */
function fromMeta(path, bytes, exact, params) {
  const url = `${META}/${path}`;
  const name = path.split("/").at(-1) ?? path;
  const needed = 4 * (params[0] + params[1]);
  /** @type {CheckpointSource} */
  const source = { from: "url", url };
  return { file: { name, url, bytes, exact, needed }, source, host: HOSTS.meta };
}

/**
 * Bytes that are not exact are those of the tensors, without a header of about 0.1 MB. Hashes and exact sizes are those
 * noted by others who hold the files.
 * @type {Released[]}
 */
export const CATALOGUE = [
  first({
    id: "vjepa-vitl16-224", title: "V-JEPA ViT-L, 224", size: 224, frames: 16, params: [305_490_944, 22_685_056],
    what: "The first V-JEPA: two million videos, every fourth frame, fixed position tables.",
  }, ENCODERS.L, "jepa/vitl16/vitl16.pth.tar", 5_142_413_824, "0cd3bfce97d04891a31eac70d573ef94f423d858a6b0dc0b3ddf5f8d00b33fe4"),
  first({
    id: "vjepa-vith16-224", title: "V-JEPA ViT-H, 224", size: 224, frames: 16, params: [633_655_040, 22_881_920],
    what: "The first V-JEPA, twice the parameters.",
  }, ENCODERS.H, "jepa/vith16/vith16.pth.tar", 10_392_190_464),
  first({
    id: "vjepa-vith16-384", title: "V-JEPA ViT-H, 384", size: 384, frames: 16, params: [637_546_240, 24_049_280],
    what: "The first V-JEPA, twice the parameters, trained on larger pictures.",
  }, ENCODERS.H, "jepa/vith16-384/vith16-384.pth.tar", 10_427_989_504),

  onHub({
    id: "vjepa2-vitl-fpc64-256", title: "V-JEPA 2 ViT-L, 256", size: 256, frames: 64, params: [303_885_312, 22_086_016],
    what: "The smallest V-JEPA 2, and the one to begin with.",
  }, ENCODERS.L, LICENCES.mit, { bytes: 1_303_885_312, sha256: "25466aef85727d16546c6cf8c99f12fcfad9cbca8225d45f23685e2e025b786b" }),
  onHub({
    id: "vjepa2-vith-fpc64-256", title: "V-JEPA 2 ViT-H, 256", size: 256, frames: 64, params: [631_648_000, 22_282_880],
    what: "Twice the parameters of ViT-L.",
  }, ENCODERS.H, LICENCES.mit, { bytes: 2_615_723_520 }),
  onHub({
    id: "vjepa2-vitg-fpc64-256", title: "V-JEPA 2 ViT-g, 256", size: 256, frames: 64, params: [1_012_173_952, 22_381_312],
    what: "The model of the V-JEPA 2 paper.",
  }, ENCODERS.g, LICENCES.apache, { bytes: 4_138_311_608, exact: true, sha256: "f205e77aa2ade168db6b09d4bc420d156141f64ab964278a9c181a2bdf2a232b" }),
  onHub({
    id: "vjepa2-vitg-fpc64-384", title: "V-JEPA 2 ViT-g, 384", size: 384, frames: 64, params: [1_012_173_952, 22_381_312],
    what: "The model of the V-JEPA 2 paper, trained on larger pictures.",
  }, ENCODERS.g, LICENCES.apache, { bytes: 4_138_221_056 }),
  second({
    id: "vjepa2-vitl-256-pt", title: "V-JEPA 2 ViT-L, 256, .pt", size: 256, frames: 64, params: [303_885_312, 22_086_016],
    what: "Meta's own file of this model, with the online encoder and the optimiser beside it.",
  }, ENCODERS.L, "vjepa2/vitl.pt", 5_127_197_184),
  second({
    id: "vjepa2-vith-256-pt", title: "V-JEPA 2 ViT-H, 256, .pt", size: 256, frames: 64, params: [631_648_000, 22_282_880],
    what: "Meta's own file of this model, with the online encoder and the optimiser beside it.",
  }, ENCODERS.H, "vjepa2/vith.pt", 10_373_762_560),
  second({
    id: "vjepa2-vitg-256-pt", title: "V-JEPA 2 ViT-g, 256, .pt", size: 256, frames: 64, params: [1_012_173_952, 22_381_312],
    what: "Meta's own file of this model, with the online encoder and the optimiser beside it.",
  }, ENCODERS.g, "vjepa2/vitg.pt", 16_463_358_976),
  second({
    id: "vjepa2-vitg-384-pt", title: "V-JEPA 2 ViT-g, 384, .pt", size: 384, frames: 64, params: [1_012_173_952, 22_381_312],
    what: "Meta's own file of this model, with the online encoder and the optimiser beside it.",
  }, ENCODERS.g, "vjepa2/vitg-384.pt", 16_463_358_976),

  third({
    id: "vjepa21-vitb-384", title: "V-JEPA 2.1 ViT-B, 384", size: 384, frames: 64, params: [86_833_152, 22_874_752],
    what: "The smallest of all releases, distilled from ViT-G.",
  }, ENCODERS.B, { depth: 12, outputs: 1664 }, "vjepa2/vjepa2_1_vitb_dist_vitG_384.pt",
    { bytes: 1_664_223_428, exact: true, sha256: "848a77c33cc9e6649ed2119c9bea1e2c569bcdab9539ff3e7c02ccc2959ddf4d" }),
  third({
    id: "vjepa21-vitl-384", title: "V-JEPA 2.1 ViT-L, 384", size: 384, frames: 64, params: [304_680_960, 22_973_056],
    what: "Distilled from ViT-G.",
  }, ENCODERS.L, { depth: 12, outputs: 1664 }, "vjepa2/vjepa2_1_vitl_dist_vitG_384.pt", { bytes: 5_151_198_524, exact: true }),
  third({
    id: "vjepa21-vitg-384", title: "V-JEPA 2.1 ViT-g, 384", size: 384, frames: 64, params: [1_013_267_968, 55_400_704],
    what: LEVELS,
  }, ENCODERS.g, { depth: 24, outputs: 4 * 1408 }, "vjepa2/vjepa2_1_vitg_384.pt", { bytes: 16_877_095_936 }),
  third({
    id: "vjepa21-vitG-384", title: "V-JEPA 2.1 ViT-G, 384", size: 384, frames: 64, params: [1_845_216_768, 59_433_472],
    what: `The largest. ${LEVELS}`,
  }, ENCODERS.G, { depth: 24, outputs: 4 * 1664 }, "vjepa2/vjepa2_1_vitG_384.pt", { bytes: 30_236_669_952 }),

  onHub({
    id: "vjepa2-vitl-fpc16-256-ssv2", title: "ViT-L, 256, everyday actions", size: 256, frames: 16, params: [303_885_312, 22_086_016],
    what: "Names one of 174 things that hands do with objects (Something-Something v2).",
  }, ENCODERS.L, LICENCES.mit, { bytes: 1_501_943_992, classes: 174, head: 49_514_670 }),
  onHub({
    id: "vjepa2-vitg-fpc64-384-ssv2", title: "ViT-g, 384, everyday actions", size: 384, frames: 64, params: [1_012_173_952, 22_381_312],
    what: "Names one of 174 things that hands do with objects (Something-Something v2).",
  }, ENCODERS.g, LICENCES.mit, { bytes: 4_512_197_816, classes: 174, head: 93_494_190 }),
  onHub({
    id: "vjepa2-vitl-fpc32-256-diving48", title: "ViT-L, 256, diving", size: 256, frames: 32, params: [303_885_312, 22_086_016],
    what: "Names one of 48 dives (Diving48).",
  }, ENCODERS.L, LICENCES.mit, { bytes: 1_501_427_392, classes: 48, head: 49_385_520 }),
  onHub({
    id: "vjepa2-vitg-fpc32-384-diving48", title: "ViT-g, 384, diving", size: 384, frames: 32, params: [1_012_173_952, 22_381_312],
    what: "Names one of 48 dives (Diving48).",
  }, ENCODERS.g, LICENCES.mit, { bytes: 4_511_487_680, classes: 48, head: 93_316_656 }),
];

/** @param {string} id */
export function released(id) {
  return CATALOGUE.find((model) => model.id === id);
}

/**
 * What a text names: a released checkpoint, a repository on the hub, or a file by its address.
 * @param {string} text @returns {CheckpointSource | undefined}
 */
export function sourceNamed(text) {
  const known = released(text);
  if (known) return known.source;
  const [, repo, revision] = /^([\w.-]{1,96}\/[\w.-]{1,96})(?:@([\w.-]{1,96}))?$/.exec(text) ?? [];
  if (repo) return revision ? { from: "hub", repo, revision } : { from: "hub", repo };
  const address = URL.canParse(text) ? new URL(text) : null;
  if (!address || !/^https?:$/.test(address.protocol)) return undefined;
  const onHub = /^\/([\w.-]+\/[\w.-]+)\/?(?:tree\/([\w.-]+)\/?)?$/.exec(address.pathname);
  if (address.hostname !== "huggingface.co" || !onHub?.[1]) return { from: "url", url: address.href };
  return onHub[2] ? { from: "hub", repo: onHub[1], revision: onHub[2] } : { from: "hub", repo: onHub[1] };
}

/** The released checkpoint that a source or a file of that name is; several are called model.safetensors. @param {CheckpointSource} source */
export function recognised(source) {
  if (source.from === "hub") return CATALOGUE.find((model) => model.source.from === "hub" && model.source.repo === source.repo);
  if (source.from === "url") return CATALOGUE.find((model) => model.file.url === source.url);
  const names = source.files.map((file) => file.name);
  return CATALOGUE.find((model) => model.source.from === "url" && names.includes(model.file.name));
}

/** The released checkpoint of this name: its id, its repository's or its file's. @param {string} name */
export function called(name) {
  const last = name.split("/").at(-1);
  return CATALOGUE.find(({ id, source, file }) => id === last || (source.from === "url" && file.name === last));
}

/** Frames a clip for what was chosen. @param {Released} model @param {number} chosen  0: 16, or as few as the model has */
export function framesOf(model, chosen) {
  return chosen || Math.min(DEFAULT_FRAMES, model.frames);
}

/** Tokens a clip. @param {Released} model @param {number} frames */
export function tokensOf(model, frames) {
  return (frames / TUBELET) * (model.size / PATCH) ** 2;
}

/**
 * What a model consists of: matrices [outputs, inputs] of linear layers, times how often, and all other values.
 * @typedef {{outputs: number, inputs: number, times: number}} Matrix
 * @param {Released} model @returns {{matrices: Matrix[], rest: number}}
 */
function parts({ encoder, predictor, family, size, frames, classes }) {
  const newest = family === "vjepa21";
  /** @type {Matrix[]} */
  const matrices = [];
  let rest = 0;
  /** @param {number} outputs @param {number} inputs @param {number} [times] */
  const linear = (outputs, inputs, times = 1) => {
    matrices.push({ outputs, inputs, times });
    rest += outputs * times;
  };
  /** @param {Shape} shape  norms have a gain and a bias, two norms a block */
  const blocks = ({ width, mlp, depth }) => {
    linear(3 * width, width, depth);
    linear(width, width, depth);
    linear(mlp, width, depth);
    linear(width, mlp, depth);
    rest += 4 * width * depth;
  };
  const { width, mlp } = encoder;
  linear(width, PATCH_VALUES);
  blocks(encoder);
  if (newest) linear(width, PATCH_VALUES / TUBELET);
  rest += (newest ? 4 * 2 + 2 : 2) * width;

  const fused = newest && predictor.depth > 12;
  if (fused) linear(width, 4 * width);
  linear(predictor.width, width);
  blocks(predictor);
  linear(predictor.outputs, predictor.width, newest ? 2 : 1);
  const maskTokens = { vjepa1: 2, vjepa2: 10, vjepa21: 8 }[family];
  rest += predictor.width * (2 + maskTokens + (newest ? 2 : 0));
  if (family === "vjepa1") rest += (frames / TUBELET) * (size / PATCH) ** 2 * (width + predictor.width);

  if (classes) {
    const pooled = 4 * width; // its MLP, whatever the encoder's ratio
    blocks({ width, mlp: pooled, depth: 3 });
    linear(width, width, 3);
    linear(pooled, width);
    linear(width, pooled);
    linear(classes, width);
    rest += 4 * width + width;
  }
  return { matrices, rest };
}

/** Parameters, counted from the shapes. @param {Released} model */
export function paramsOf(model) {
  const { matrices, rest } = parts(model);
  return matrices.reduce((sum, { outputs, inputs, times }) => sum + outputs * inputs * times, rest);
}

/** A matrix in memory: int8 has a scale in f32 for each of its rows, which is 4 bytes for `inputs` values. @param {Matrix} matrix @param {Precision} precision */
function matrixBytes({ outputs, inputs, times }, precision) {
  const row = { f32: 4 * inputs, f16: 2 * inputs, int8: inputs + 4 }[precision];
  return outputs * row * times;
}

/** Weights in memory: matrices in the precision; biases, norms, mask tokens and position tables stay f32. @param {Released} model @param {Precision} precision */
export function weightBytes(model, precision) {
  const { matrices, rest } = parts(model);
  return matrices.reduce((sum, matrix) => sum + matrixBytes(matrix, precision), 4 * rest);
}

/**
 * An estimate of what a look takes. Activations are f32: for each token the block's input and output, its norm, q, k and v,
 * the attention's output (8 widths) and both sides of the GELU (2 MLP widths), plus four layers' features in V-JEPA 2.1.
 * Attention scores are never held. The largest buffer is a block's weights, which lie together, or one of those tensors.
 *
 * @param {Released} model @param {Precision} precision @param {number} frames  0: as `framesOf` @returns {Memory}
 */
export function memoryNeeded(model, precision, frames) {
  const { width, mlp } = model.encoder;
  const rows = tokensOf(model, framesOf(model, frames));
  const levels = model.family === "vjepa21" ? 4 * width : 0;
  const weights = weightBytes(model, precision);
  const activations = 4 * rows * (8 * width + 2 * mlp + levels);
  const block = matrixBytes({ outputs: 4 * width + 2 * mlp, inputs: width, times: 1 }, precision);
  const widest = 4 * rows * Math.max(3 * width, mlp, levels);
  return { weights, activations, total: weights + activations, largest: Math.max(block, widest) };
}

/** @param {number} bytes */
function size(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/**
 * Whether a model runs here, as far as a page can know.
 * @param {Released} model @param {Precision} precision @param {number} frames @param {Machine} machine
 * @returns {{ok: boolean, sentence: string}}
 */
export function fits(model, precision, frames, { maxBufferBytes, memoryBytes, kind }) {
  const { total, largest } = memoryNeeded(model, precision, frames);
  if (kind === "cpu" && precision !== "f32") return { ok: false, sentence: "The CPU engine holds weights in f32 only." };
  if (kind === "cpu" && total > WASM_BYTES) return { ok: false, sentence: `It needs ${size(total)}, and the CPU engine can hold ${size(WASM_BYTES)}.` };
  if (maxBufferBytes && largest > maxBufferBytes) {
    return { ok: false, sentence: `Its largest buffer is ${size(largest)}, and the graphics adapter allows ${size(maxBufferBytes)}.` };
  }
  if (memoryBytes === null) return { ok: true, sentence: `It needs ${size(total)}. The browser does not say how much memory there is.` };
  if (total > memoryBytes) return { ok: false, sentence: `It needs ${size(total)}, and the browser reports ${size(memoryBytes)} of memory. There may be more.` };
  if (total > memoryBytes / 2) return { ok: true, sentence: `It may be tight: ${size(total)} of ${size(memoryBytes)}.` };
  return { ok: true, sentence: `It fits: ${size(total)} of ${size(memoryBytes)}.` };
}

/**
 * The precision of "auto". WebGPU hides how much memory the adapter has, so half of the machine's is the budget for weights.
 * @param {Released} model @param {{kind: DeviceKind, memoryBytes: number | null}} device
 * @returns {{precision: Precision, why: string}}
 */
export function choosePrecision(model, { kind, memoryBytes }) {
  if (kind === "cpu") return { precision: "f32", why: "The CPU engine computes in f32." };
  const budget = (memoryBytes ?? UNKNOWN_MEMORY) / 2;
  const halves = weightBytes(model, "f16");
  const of = memoryBytes === null ? "half of an assumed" : "half of the reported";
  if (halves <= budget) return { precision: "f16", why: `f16: its weights take ${size(halves)}, within ${of} ${size(2 * budget)} of memory.` };
  return { precision: "int8", why: `int8, because f16 would take ${size(halves)}, more than ${of} ${size(2 * budget)} of memory.` };
}
