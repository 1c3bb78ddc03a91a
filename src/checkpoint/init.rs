//! Random weights as the papers start from, drawn on the host so that a seed means the same on every backend.

use super::Weights;
use crate::{
    config::{Actions, Family, ModelConfig},
    model::{OptionalNetwork, Reflex, TemporalDistance, group::PartKind, position::causal_angles},
    rng::Rng,
};

/// Seeded weights `encoder.*` and `predictor.*` (spec §8.2: normal with std 0.02 or the configuration's own, biases 0, norms 1 and 0, mask tokens 0).
///
/// V-JEPA 2 divides the layers that write into the residual stream by `sqrt(2 * layer)`, layer from 1; V-JEPA 1's code
/// means to and then re-initialises them, so there the rescale is lost.
pub fn random(config: &ModelConfig, seed: u64) -> Weights {
    weights(config, Some(Rng::new(seed)))
}

/// The same names and shapes with all matrices zero: made at once, for a model whose numbers do not matter.
pub fn blank(config: &ModelConfig) -> Weights {
    weights(config, None)
}

fn weights(config: &ModelConfig, rng: Option<Rng>) -> Weights {
    let most = if config.causal.is_some() { 2.0 } else { f64::INFINITY };
    let mut draw = Draw { std: config.init_std, most, rng, weights: Weights::default() };
    let kernel = vec![config.width, 3, config.tubelet, config.patch, config.patch];
    draw.weight("encoder.patch_embed.proj", kernel, 1.0);
    for i in 0..config.depth {
        draw.block(config, &format!("encoder.blocks.{i}"), config.width, config.mlp, i + 1);
    }
    draw.norm("encoder.norm", config.width);

    let width = config.predictor_width;
    draw.weight("predictor.predictor_embed", vec![width, config.width], 1.0);
    for i in 0..config.mask_tokens {
        draw.weights.insert(format!("predictor.mask_tokens.{i}"), [1, 1, width], vec![0.0; width]);
    }
    for i in 0..config.predictor_depth {
        draw.block(config, &format!("predictor.predictor_blocks.{i}"), width, config.predictor_mlp, i + 1);
    }
    draw.norm("predictor.predictor_norm", width);
    draw.weight("predictor.predictor_proj", vec![config.predictions() * config.width, width], 1.0);
    if let Some(causal) = config.causal {
        draw.weight("predictor.predictor_error", vec![config.predictions(), width], 1.0);
        draw.look_nearby("encoder.blocks", config.depth, [config.width, config.heads], causal.encoder_window);
        let predictor = [width, config.predictor_heads];
        draw.look_nearby("predictor.predictor_blocks", config.predictor_depth, predictor, causal.predictor_window);
    }
    if let Some(actions) = config.actions {
        draw.acting(config, actions);
    }
    draw.weights
}

struct Draw {
    std: f64,
    /// Nothing is further from 0, in standard deviations.
    most: f64,
    /// None draws zeros.
    rng: Option<Rng>,
    weights: Weights,
}

impl Draw {
    /// A weight of `shape` (first dimension: outputs) with its bias.
    fn weight(&mut self, name: &str, shape: Vec<usize>, scale: f64) {
        let (count, outputs) = (shape.iter().product(), shape[0]);
        let values = match &mut self.rng {
            Some(rng) => {
                (0..count).map(|_| (rng.normal().clamp(-self.most, self.most) * self.std * scale) as f32).collect()
            }
            None => vec![0.0; count],
        };
        self.weights.insert(format!("{name}.weight"), shape, values);
        self.weights.insert(format!("{name}.bias"), [outputs], vec![0.0; outputs]);
    }

    /// The parts that know of actions.
    fn acting(&mut self, config: &ModelConfig, actions: Actions) {
        let (width, dim) = (actions.width, actions.dim);
        let part = |name: &str| format!("action_predictor.{name}");
        self.weight(&part("predictor_embed"), vec![width, config.width], 1.0);
        for (name, inputs) in [("action", dim), ("state", dim), ("extrinsics", actions.extrinsics_dim())] {
            self.weight(&part(&format!("{name}_encoder")), vec![width, inputs], 1.0);
        }
        for i in 0..actions.depth {
            self.block(config, &part(&format!("predictor_blocks.{i}")), width, actions.mlp, i + 1);
        }
        self.norm(&part("predictor_norm"), width);
        self.weight(&part("predictor_proj"), vec![config.width, width], 1.0);
        let small = [
            ("inverse", Reflex::specs(config)),
            ("reflex", Reflex::specs(config)),
            ("temporal_distance", TemporalDistance::specs(config)),
        ];
        for (prefix, specs) in small {
            for (name, part) in specs.iter().flat_map(|spec| spec.names(prefix)) {
                if part.kind == PartKind::Matrix {
                    self.weight(name.trim_end_matches(".weight"), part.shape.clone(), 1.0);
                }
            }
        }
    }

    /// Heads of frame-causal blocks first look at a place near their own, now or a little earlier (ConViT's idea, d'Ascoli et
    /// al. 2021): biases of queries and keys that are constants, turned by where they are, meet best at one distance.
    fn look_nearby(&mut self, blocks: &str, depth: usize, [width, heads]: [usize; 2], window: usize) {
        let Some(mut rng) = self.rng.take() else { return };
        let head_dim = width / heads;
        let channels = 2 * (head_dim / 6);
        let strength = (head_dim as f64).powf(0.25);
        for block in 0..depth {
            let mut bias = vec![0f32; 3 * width];
            for head in 0..heads {
                let lag = [0, 1, 0, 2][head % 4].min(window - 1);
                let own_place = head == 0 || head == 1 && window > 1;
                let mut near = || if own_place { 0.0 } else { rng.below(3) as f64 - 1.0 };
                for (axis, offset) in [-(lag as f64), near(), near()].into_iter().enumerate() {
                    for (pair, omega) in causal_angles(head_dim).enumerate() {
                        let at = head * head_dim + axis * channels + 2 * pair;
                        bias[at] = strength as f32;
                        bias[width + at] = (strength * (omega * offset).cos()) as f32;
                        bias[width + at + 1] = (-strength * (omega * offset).sin()) as f32;
                    }
                }
            }
            self.weights.insert(format!("{blocks}.{block}.attn.qkv.bias"), [3 * width], bias);
        }
        self.rng = Some(rng);
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.weights.insert(format!("{name}.weight"), [width], vec![1.0; width]);
        self.weights.insert(format!("{name}.bias"), [width], vec![0.0; width]);
    }

    fn block(&mut self, config: &ModelConfig, name: &str, width: usize, mlp: usize, layer: usize) {
        let residual = match config.family {
            Family::VJepa1 => 1.0,
            Family::VJepa2 | Family::VJepa21 => ((2 * layer) as f64).powf(-0.5),
        };
        self.norm(&format!("{name}.norm1"), width);
        self.weight(&format!("{name}.attn.qkv"), vec![3 * width, width], 1.0);
        self.weight(&format!("{name}.attn.proj"), vec![width, width], residual);
        self.norm(&format!("{name}.norm2"), width);
        self.weight(&format!("{name}.mlp.fc1"), vec![mlp, width], 1.0);
        self.weight(&format!("{name}.mlp.fc2"), vec![width, mlp], residual);
    }
}
