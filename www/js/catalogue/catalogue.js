// @ts-check
/**
 * Every checkpoint of V-JEPA that was released, and what a text or a file names of them. What one costs is in cost.js.
 *
 * @typedef {import("../engine/protocol.js").CheckpointSource} CheckpointSource
 * @typedef {import("../base/messages.js").Message} Message
 * @typedef {import("../base/messages.js").Text} Text
 * @typedef {"vjepa1"|"vjepa2"|"vjepa21"} Family
 * @typedef {{width: number, depth: number, mlp: number}} Shape
 *
 * @typedef {object} Released
 * @property {string} id              also `model` in the page's address
 * @property {Text} title
 * @property {Message | Message[]} what
 * @property {"V-JEPA 1"|"V-JEPA 2"|"V-JEPA 2-AC"|"V-JEPA 2.1"|"Classifiers"} group
 * @property {Family} family
 * @property {number} size            pixels a side
 * @property {number} frames          a clip, as released
 * @property {Shape} encoder
 * @property {Shape & {outputs: number, actions?: number}} predictor   `outputs`: width of what it predicts; `actions`:
 *   numbers of an action, if it predicts under one and has no mask tokens
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
 * @typedef {{name: string, url: string, nonCommercial: boolean, note: Message}} Licence
 * @typedef {{name: string, open: boolean, note: string}} Host   open: it is known to let pages read its files
 */

import { message } from "../base/messages.js";

export * from "./cost.js";

const PREDICTOR_WIDTH = 384;
const PREDICTOR_MLP = 1536;

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
    name: "CC BY-NC 4.0",
    url: "https://creativecommons.org/licenses/by-nc/4.0/",
    nonCommercial: true,
    note: message("licence.nc", "Not for commercial use. Whoever uses the weights has to name their authors."),
  },
  mit: {
    name: "MIT",
    url: "https://opensource.org/license/mit",
    nonCommercial: false,
    note: message("licence.card", "As its card on the hub says."),
  },
  apache: {
    name: "Apache 2.0",
    url: "https://www.apache.org/licenses/LICENSE-2.0",
    nonCommercial: false,
    note: message("licence.card", "As its card on the hub says."),
  },
  repository: {
    name: "MIT",
    url: "https://github.com/facebookresearch/vjepa2/blob/main/LICENSE",
    nonCommercial: false,
    note: message(
      "licence.repository",
      "The licence of the repository it was released with. The weights have none of their own.",
    ),
  },
};

/** @type {Record<"hub"|"meta", Host>} */
const HOSTS = {
  hub: { name: "huggingface.co", open: true, note: "It lets pages read its files." },
  meta: {
    name: "dl.fbaipublicfiles.com",
    open: false,
    note: "This host is not known to let pages read its files. Download the file as usual, then drop it here.",
  },
};

const META = "https://dl.fbaipublicfiles.com";
const LEVELS = message(
  "release.levels",
  "Predicts features of four of its layers, and what it sees as well as what is hidden, which makes them sharper in space.",
);

/**
 * @typedef {{id: string, title: Text, what: Message | Message[], size: number, frames: number, params: [number, number]}} Facts
 *   `params` of encoder and predictor.
 */

/** @param {Facts} facts @param {Shape} encoder @param {string} path @param {number} bytes @param {string} [sha256] @returns {Released} */
function first({ params, ...facts }, encoder, path, bytes, sha256 = "") {
  return {
    ...facts,
    group: "V-JEPA 1",
    family: "vjepa1",
    encoder,
    classes: 0,
    sha256,
    predictor: { width: PREDICTOR_WIDTH, depth: 12, mlp: PREDICTOR_MLP, outputs: encoder.width },
    params: { encoder: params[0], predictor: params[1], head: 0 },
    ...fromMeta(path, bytes, false, params),
    licence: LICENCES.nc,
    page: "https://github.com/facebookresearch/jepa",
  };
}

/** @param {Facts} facts @param {Shape} encoder @param {string} path @param {number} bytes @returns {Released} */
function second({ params, ...facts }, encoder, path, bytes) {
  return {
    ...facts,
    group: "V-JEPA 2",
    family: "vjepa2",
    encoder,
    classes: 0,
    sha256: "",
    predictor: { width: PREDICTOR_WIDTH, depth: 12, mlp: PREDICTOR_MLP, outputs: encoder.width },
    params: { encoder: params[0], predictor: params[1], head: 0 },
    ...fromMeta(path, bytes, false, params),
    licence: LICENCES.repository,
    page: "https://github.com/facebookresearch/vjepa2",
  };
}

/** Action-conditioned. @param {Facts} facts @param {Shape} encoder @param {Shape & {actions: number}} predictor @param {string} path @param {number} bytes @returns {Released} */
function acting(facts, encoder, predictor, path, bytes) {
  const predicts = { ...predictor, outputs: encoder.width };
  return { ...second(facts, encoder, path, bytes), group: "V-JEPA 2-AC", predictor: predicts };
}

/**
 * @param {Facts} facts @param {Shape} encoder @param {Licence} licence
 * @param {{bytes: number, exact?: boolean, sha256?: string, classes?: number, head?: number}} more @returns {Released}
 */
function onHub({ params, ...facts }, encoder, licence, { bytes, exact = false, sha256 = "", classes = 0, head = 0 }) {
  const repo = `facebook/${facts.id}`;
  const url = `https://huggingface.co/${repo}/resolve/main/model.safetensors`;
  return {
    ...facts,
    group: classes ? "Classifiers" : "V-JEPA 2",
    family: "vjepa2",
    encoder,
    classes,
    licence,
    sha256,
    predictor: { width: PREDICTOR_WIDTH, depth: 12, mlp: PREDICTOR_MLP, outputs: encoder.width },
    params: { encoder: params[0], predictor: params[1], head },
    file: { name: "model.safetensors", url, bytes, exact, needed: bytes },
    source: { from: "hub", repo },
    host: HOSTS.hub,
    page: `https://huggingface.co/${repo}`,
  };
}

/** @param {Facts} facts @param {Shape} encoder @param {{depth: number, outputs: number}} predictor @param {string} path @param {{bytes: number, exact?: boolean, sha256?: string}} file @returns {Released} */
function third({ params, ...facts }, encoder, predictor, path, { bytes, exact = false, sha256 = "" }) {
  return {
    ...facts,
    group: "V-JEPA 2.1",
    family: "vjepa21",
    encoder,
    classes: 0,
    sha256,
    predictor: { width: PREDICTOR_WIDTH, mlp: PREDICTOR_MLP, ...predictor },
    params: { encoder: params[0], predictor: params[1], head: 0 },
    ...fromMeta(path, bytes, exact, params),
    licence: LICENCES.repository,
    page: "https://github.com/facebookresearch/vjepa2",
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
  first(
    {
      id: "vjepa-vitl16-224",
      title: "V-JEPA ViT-L, 224",
      size: 224,
      frames: 16,
      params: [305_490_944, 22_685_056],
      what: message(
        "release.first",
        "The first V-JEPA: two million videos, every fourth frame, fixed position tables.",
      ),
    },
    ENCODERS.L,
    "jepa/vitl16/vitl16.pth.tar",
    5_142_413_824,
    "0cd3bfce97d04891a31eac70d573ef94f423d858a6b0dc0b3ddf5f8d00b33fe4",
  ),
  first(
    {
      id: "vjepa-vith16-224",
      title: "V-JEPA ViT-H, 224",
      size: 224,
      frames: 16,
      params: [633_655_040, 22_881_920],
      what: message("release.first-huge", "The first V-JEPA, twice the parameters."),
    },
    ENCODERS.H,
    "jepa/vith16/vith16.pth.tar",
    10_392_190_464,
  ),
  first(
    {
      id: "vjepa-vith16-384",
      title: "V-JEPA ViT-H, 384",
      size: 384,
      frames: 16,
      params: [637_546_240, 24_049_280],
      what: message("release.first-larger", "The first V-JEPA, twice the parameters, trained on larger pictures."),
    },
    ENCODERS.H,
    "jepa/vith16-384/vith16-384.pth.tar",
    10_427_989_504,
  ),

  onHub(
    {
      id: "vjepa2-vitl-fpc64-256",
      title: "V-JEPA 2 ViT-L, 256",
      size: 256,
      frames: 64,
      params: [303_885_312, 22_086_016],
      what: message("release.smallest", "The smallest V-JEPA 2, and the one to begin with."),
    },
    ENCODERS.L,
    LICENCES.mit,
    { bytes: 1_303_885_312, sha256: "25466aef85727d16546c6cf8c99f12fcfad9cbca8225d45f23685e2e025b786b" },
  ),
  onHub(
    {
      id: "vjepa2-vith-fpc64-256",
      title: "V-JEPA 2 ViT-H, 256",
      size: 256,
      frames: 64,
      params: [631_648_000, 22_282_880],
      what: message("release.twice", "Twice the parameters of ViT-L."),
    },
    ENCODERS.H,
    LICENCES.mit,
    { bytes: 2_615_723_520 },
  ),
  onHub(
    {
      id: "vjepa2-vitg-fpc64-256",
      title: "V-JEPA 2 ViT-g, 256",
      size: 256,
      frames: 64,
      params: [1_012_173_952, 22_381_312],
      what: message("release.paper", "The model of the V-JEPA 2 paper."),
    },
    ENCODERS.g,
    LICENCES.apache,
    { bytes: 4_138_311_608, exact: true, sha256: "f205e77aa2ade168db6b09d4bc420d156141f64ab964278a9c181a2bdf2a232b" },
  ),
  onHub(
    {
      id: "vjepa2-vitg-fpc64-384",
      title: "V-JEPA 2 ViT-g, 384",
      size: 384,
      frames: 64,
      params: [1_012_173_952, 22_381_312],
      what: message("release.paper-larger", "The model of the V-JEPA 2 paper, trained on larger pictures."),
    },
    ENCODERS.g,
    LICENCES.apache,
    { bytes: 4_138_221_056 },
  ),
  second(
    {
      id: "vjepa2-vitl-256-pt",
      title: "V-JEPA 2 ViT-L, 256, .pt",
      size: 256,
      frames: 64,
      params: [303_885_312, 22_086_016],
      what: message(
        "release.meta",
        "Meta's own file of this model, with the online encoder and the optimiser beside it.",
      ),
    },
    ENCODERS.L,
    "vjepa2/vitl.pt",
    5_127_197_184,
  ),
  second(
    {
      id: "vjepa2-vith-256-pt",
      title: "V-JEPA 2 ViT-H, 256, .pt",
      size: 256,
      frames: 64,
      params: [631_648_000, 22_282_880],
      what: message(
        "release.meta",
        "Meta's own file of this model, with the online encoder and the optimiser beside it.",
      ),
    },
    ENCODERS.H,
    "vjepa2/vith.pt",
    10_373_762_560,
  ),
  second(
    {
      id: "vjepa2-vitg-256-pt",
      title: "V-JEPA 2 ViT-g, 256, .pt",
      size: 256,
      frames: 64,
      params: [1_012_173_952, 22_381_312],
      what: message(
        "release.meta",
        "Meta's own file of this model, with the online encoder and the optimiser beside it.",
      ),
    },
    ENCODERS.g,
    "vjepa2/vitg.pt",
    16_463_358_976,
  ),
  second(
    {
      id: "vjepa2-vitg-384-pt",
      title: "V-JEPA 2 ViT-g, 384, .pt",
      size: 384,
      frames: 64,
      params: [1_012_173_952, 22_381_312],
      what: message(
        "release.meta",
        "Meta's own file of this model, with the online encoder and the optimiser beside it.",
      ),
    },
    ENCODERS.g,
    "vjepa2/vitg-384.pt",
    16_463_358_976,
  ),

  // The encoder did not learn, so the optimiser has moments of the predictor alone, without the extrinsics that it never used.
  acting(
    {
      id: "vjepa2-ac-vitg",
      title: "V-JEPA 2-AC ViT-g, 256",
      size: 256,
      frames: 64,
      params: [1_012_173_952, 305_220_992],
      what: message(
        "release.acting",
        "ViT-g with a predictor of where the small steps of a robot's arm lead, to plan with.",
      ),
    },
    ENCODERS.g,
    { width: 1024, depth: 24, mlp: 4096, actions: 7 },
    "vjepa2/vjepa2-ac-vitg.pt",
    11_759_986_176,
  ),

  third(
    {
      id: "vjepa21-vitb-384",
      title: "V-JEPA 2.1 ViT-B, 384",
      size: 384,
      frames: 64,
      params: [86_833_152, 22_874_752],
      what: message("release.smallest-of-all", "The smallest of all releases, distilled from ViT-G."),
    },
    ENCODERS.B,
    { depth: 12, outputs: 1664 },
    "vjepa2/vjepa2_1_vitb_dist_vitG_384.pt",
    { bytes: 1_664_223_428, exact: true, sha256: "848a77c33cc9e6649ed2119c9bea1e2c569bcdab9539ff3e7c02ccc2959ddf4d" },
  ),
  third(
    {
      id: "vjepa21-vitl-384",
      title: "V-JEPA 2.1 ViT-L, 384",
      size: 384,
      frames: 64,
      params: [304_680_960, 22_973_056],
      what: message("release.distilled", "Distilled from ViT-G."),
    },
    ENCODERS.L,
    { depth: 12, outputs: 1664 },
    "vjepa2/vjepa2_1_vitl_dist_vitG_384.pt",
    { bytes: 5_151_198_524, exact: true },
  ),
  third(
    {
      id: "vjepa21-vitg-384",
      title: "V-JEPA 2.1 ViT-g, 384",
      size: 384,
      frames: 64,
      params: [1_013_267_968, 55_400_704],
      what: [LEVELS],
    },
    ENCODERS.g,
    { depth: 24, outputs: 4 * 1408 },
    "vjepa2/vjepa2_1_vitg_384.pt",
    { bytes: 16_877_095_936 },
  ),
  third(
    {
      id: "vjepa21-vitG-384",
      title: "V-JEPA 2.1 ViT-G, 384",
      size: 384,
      frames: 64,
      params: [1_845_216_768, 59_433_472],
      what: [message("release.largest", "The largest."), LEVELS],
    },
    ENCODERS.G,
    { depth: 24, outputs: 4 * 1664 },
    "vjepa2/vjepa2_1_vitG_384.pt",
    { bytes: 30_236_669_952 },
  ),

  onHub(
    {
      id: "vjepa2-vitl-fpc16-256-ssv2",
      title: message("title.actions", "{size}, {pixels}, everyday actions", { size: "ViT-L", pixels: 256 }),
      size: 256,
      frames: 16,
      params: [303_885_312, 22_086_016],
      what: message("release.actions", "Names one of 174 things that hands do with objects (Something-Something v2)."),
    },
    ENCODERS.L,
    LICENCES.mit,
    { bytes: 1_501_943_992, classes: 174, head: 49_514_670 },
  ),
  onHub(
    {
      id: "vjepa2-vitg-fpc64-384-ssv2",
      title: message("title.actions", "{size}, {pixels}, everyday actions", { size: "ViT-g", pixels: 384 }),
      size: 384,
      frames: 64,
      params: [1_012_173_952, 22_381_312],
      what: message("release.actions", "Names one of 174 things that hands do with objects (Something-Something v2)."),
    },
    ENCODERS.g,
    LICENCES.mit,
    { bytes: 4_512_197_816, classes: 174, head: 93_494_190 },
  ),
  onHub(
    {
      id: "vjepa2-vitl-fpc32-256-diving48",
      title: message("title.diving", "{size}, {pixels}, diving", { size: "ViT-L", pixels: 256 }),
      size: 256,
      frames: 32,
      params: [303_885_312, 22_086_016],
      what: message("release.diving", "Names one of 48 dives (Diving48)."),
    },
    ENCODERS.L,
    LICENCES.mit,
    { bytes: 1_501_427_392, classes: 48, head: 49_385_520 },
  ),
  onHub(
    {
      id: "vjepa2-vitg-fpc32-384-diving48",
      title: message("title.diving", "{size}, {pixels}, diving", { size: "ViT-g", pixels: 384 }),
      size: 384,
      frames: 32,
      params: [1_012_173_952, 22_381_312],
      what: message("release.diving", "Names one of 48 dives (Diving48)."),
    },
    ENCODERS.g,
    LICENCES.mit,
    { bytes: 4_511_487_680, classes: 48, head: 93_316_656 },
  ),
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
  if (source.from === "hub")
    return CATALOGUE.find((model) => model.source.from === "hub" && model.source.repo === source.repo);
  if (source.from === "url") return CATALOGUE.find((model) => model.file.url === source.url);
  const names = source.files.map((file) => file.name);
  return CATALOGUE.find((model) => model.source.from === "url" && names.includes(model.file.name));
}

/** A source as `sourceNamed` takes it; "" of files, which no text names. @param {CheckpointSource} source @returns {string} */
export function nameOfSource(source) {
  if (source.from === "files") return "";
  if (source.from === "hub" && source.revision) return `${source.repo}@${source.revision}`;
  return recognised(source)?.id ?? (source.from === "hub" ? source.repo : source.url);
}

/** The text of a config.json for files that have none beside them: what their tensors do not tell. @param {Released} model */
export function configHint({ size, frames }) {
  return JSON.stringify({ crop_size: size, frames_per_clip: frames });
}

/** The released checkpoint of this name: its id, its repository's or its file's. @param {string} name */
export function called(name) {
  const last = name.split("/").at(-1);
  return CATALOGUE.find(({ id, source, file }) => id === last || (source.from === "url" && file.name === last));
}
