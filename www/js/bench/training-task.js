// @ts-check
/**
 * One training step that every engine is given alike: weights, clips, masks and rates. Names and orientation of weights
 * are those of the published code, `[out, in]`.
 *
 * @typedef {import("./jepa.js").Jepa} Jepa
 * @typedef {import("./jepa.js").Masks} Masks
 * @typedef {import("./safetensors.js").Tensors} Tensors
 * @typedef {{learning_rate: number, weight_decay: number, momentum: number}} Rates
 *
 * @typedef {object} TrainingTask
 * @property {string} preset
 * @property {Jepa} jepa
 * @property {Tensors} weights        `encoder.*`, `predictor.*` and, unless it begins as the encoder, `target_encoder.*`
 * @property {Float32Array} video     normalised, `[B, 3, T, H, W]`
 * @property {Float32Array} patches   the same as `[B * N, patch values]`
 * @property {Masks[]} masks          one set a generator
 * @property {Rates} rates
 */
import { clipValues } from "./geometry.js";
import { masks, PRESETS } from "./jepa.js";
import { patches } from "./reference.js";
import { drawn, randomVideo, transpose } from "./weights.js";

/** As the page trains its small presets once they are warm. */
export const RATES = { learning_rate: 1e-3, weight_decay: 0.04, momentum: 0.99 };

/** @param {string} preset @param {number} seed @param {Partial<Rates>} [rates] @returns {TrainingTask} */
export function trainingTask(preset, seed, rates = {}) {
  const jepa = PRESETS[preset];
  const { encoder: g, batch } = jepa;
  const video = randomVideo(g, batch, seed);
  const clips = Array.from({ length: batch }, (_, i) =>
    patches(g, video.subarray(i * clipValues(g), (i + 1) * clipValues(g))),
  );
  return {
    preset,
    jepa,
    weights: trainingWeights(jepa, seed),
    video,
    patches: Float32Array.from(clips.flatMap((clip) => [...clip])),
    masks: masks(jepa, seed),
    rates: { ...RATES, ...rates },
  };
}

/** Encoder and predictor. @param {Jepa} jepa @param {number} seed @returns {Tensors} */
export function trainingWeights({ encoder: g, predictor: p }, seed) {
  const { weights, tensor, linear, norm } = drawn(seed);
  /** @param {string} name @param {number} width @param {number} mlp */
  const block = (name, width, mlp) => {
    norm(`${name}.norm1`, width);
    linear(`${name}.attn.qkv`, 3 * width, width);
    linear(`${name}.attn.proj`, width, width);
    norm(`${name}.norm2`, width);
    linear(`${name}.mlp.fc1`, mlp, width);
    linear(`${name}.mlp.fc2`, width, mlp);
  };
  linear("encoder.patch_embed.proj", g.width, 3, g.tubelet, g.patch, g.patch);
  for (let i = 0; i < g.depth; i++) block(`encoder.blocks.${i}`, g.width, g.mlp);
  norm("encoder.norm", g.width);
  linear("predictor.predictor_embed", p.width, g.width);
  for (const i of [0, 1]) tensor(`predictor.mask_tokens.${i}`, [1, 1, p.width], 0, 0.1);
  for (let i = 0; i < p.depth; i++) block(`predictor.predictor_blocks.${i}`, p.width, p.mlp);
  norm("predictor.predictor_norm", p.width);
  linear("predictor.predictor_proj", g.width, p.width);
  return weights;
}

/**
 * The weights of some networks as the peers take them: matrices `[in, out]`. Mask token 1 is left out, for it never gets
 * a gradient (spec §8.2).
 * @param {TrainingTask} task @param {string[]} networks @returns {[string, {shape: number[], data: Float32Array}][]}
 */
export function peerWeights({ weights }, networks) {
  const some = [...weights].filter(
    ([name]) => networks.includes(name.split(".")[0]) && !name.endsWith("mask_tokens.1"),
  );
  return some.map(([name, { shape, data }]) => {
    const matrix = shape.length > 1 && name.endsWith(".weight");
    const turned = { shape: [data.length / shape[0], shape[0]], data: transpose(data, shape[0]) };
    return [name, matrix ? turned : { shape, data }];
  });
}
