// @ts-check
/**
 * What is measured: shapes of encoders and clips, and what they cost in floating point operations.
 *
 * @typedef {object} Geometry
 * @property {string} name
 * @property {number} frames    a clip
 * @property {number} size      pixels a side
 * @property {number} patch     pixels a side
 * @property {number} tubelet   frames a token
 * @property {number} width
 * @property {number} depth
 * @property {number} heads
 * @property {number} mlp       hidden width
 *
 * @typedef {object} Product    `together` matrices [m, k] x [k, n] at once, `times` times
 * @property {string} what
 * @property {number} m
 * @property {number} k
 * @property {number} n
 * @property {number} together
 * @property {number} times
 */

/** @type {Geometry} ViT-Ti of the papers, on the smallest clip that fills its 256 tokens. */
export const VIT_TI = {
  name: "vit_ti",
  frames: 8,
  size: 128,
  patch: 16,
  tubelet: 2,
  width: 192,
  depth: 12,
  heads: 3,
  mlp: 768,
};

/** @type {Geometry} The encoder of the page's `tiny` preset. */
export const TINY = {
  name: "tiny",
  frames: 8,
  size: 64,
  patch: 8,
  tubelet: 2,
  width: 128,
  depth: 4,
  heads: 4,
  mlp: 512,
};

/** Clips by their number of tokens, for patches of 16 pixels. */
const CLIPS = new Map([
  [16, [2, 64]],
  [32, [4, 64]],
  [64, [2, 128]],
  [128, [4, 128]],
  [256, [8, 128]],
  [512, [16, 128]],
  [1024, [8, 256]],
  [2048, [16, 256]],
  [4096, [32, 256]],
  [8192, [64, 256]],
]);

export const CLIP_TOKENS = [...CLIPS.keys()];

/** A transformer of this width, in heads of 64. @param {Geometry} geometry @param {number} width @returns {Geometry} */
export const withWidth = (geometry, width) => ({ ...geometry, width, heads: width / 64, mlp: 4 * width });

/** The same encoder on a clip of that many tokens. @param {Geometry} geometry @param {number} count */
export function withTokens(geometry, count) {
  const [frames, size] = CLIPS.get(count) ?? [];
  if (!frames || !size)
    throw new Error(`There is no clip of ${count} tokens: choose one of ${CLIP_TOKENS.join(", ")}.`);
  return { ...geometry, frames, size: (size / 16) * geometry.patch };
}

/** @param {Geometry} g @returns {[number, number, number]} tubelets, rows, columns */
export const grid = (g) => [g.frames / g.tubelet, g.size / g.patch, g.size / g.patch];

/** @param {Geometry} g */
export const tokens = (g) => grid(g).reduce((product, side) => product * side, 1);

/** Values of one patch. @param {Geometry} g */
export const patchValues = (g) => 3 * g.tubelet * g.patch * g.patch;

/** Values of one clip. @param {Geometry} g */
export const clipValues = (g) => 3 * g.frames * g.size * g.size;

/** Every matrix product of a forward pass. @param {Geometry} g @param {number} batch @returns {Product[]} */
export function products(g, batch = 1) {
  const [n, d] = [tokens(g), g.width];
  const rows = batch * n;
  const [one, heads] = [1, batch * g.heads];
  return [
    { what: "patches", m: rows, k: patchValues(g), n: d, together: one, times: 1 },
    { what: "qkv", m: rows, k: d, n: 3 * d, together: one, times: g.depth },
    { what: "scores", m: n, k: d / g.heads, n, together: heads, times: g.depth },
    { what: "values", m: n, k: n, n: d / g.heads, together: heads, times: g.depth },
    { what: "projection", m: rows, k: d, n: d, together: one, times: g.depth },
    { what: "fc1", m: rows, k: d, n: g.mlp, together: one, times: g.depth },
    { what: "fc2", m: rows, k: g.mlp, n: d, together: one, times: g.depth },
  ];
}

/** @param {Product} product */
export const flopsOf = ({ m, k, n, together, times }) => 2 * m * k * n * together * times;

/** Operations of the matrix products of a forward pass; the rest is small beside it. @param {Geometry} g */
export const flops = (g, batch = 1) => products(g, batch).reduce((sum, product) => sum + flopsOf(product), 0);

/**
 * `config.json` as Hugging Face writes it for V-JEPA 2. The predictor is not measured; its fields have to be there.
 * @param {Geometry} g
 */
export function configJson(g) {
  return JSON.stringify({
    model_type: "vjepa2",
    crop_size: g.size,
    frames_per_clip: g.frames,
    patch_size: g.patch,
    tubelet_size: g.tubelet,
    hidden_size: g.width,
    num_hidden_layers: g.depth,
    num_attention_heads: g.heads,
    mlp_ratio: g.mlp / g.width,
    layer_norm_eps: 1e-6,
    qkv_bias: true,
    in_chans: 3,
    hidden_act: "gelu",
    pred_hidden_size: 96,
    pred_num_hidden_layers: 1,
    pred_num_attention_heads: 3,
    pred_mlp_ratio: 4,
    pred_num_mask_tokens: 2,
  });
}

/** The geometry in a `config.json`. @param {string} name @param {string} json @returns {Geometry} */
export function geometryOf(name, json) {
  const fields = JSON.parse(json);
  return {
    name,
    frames: fields.frames_per_clip,
    size: fields.crop_size,
    patch: fields.patch_size,
    tubelet: fields.tubelet_size,
    width: fields.hidden_size,
    depth: fields.num_hidden_layers,
    heads: fields.num_attention_heads,
    mlp: Math.trunc(fields.hidden_size * fields.mlp_ratio),
  };
}
