//! Random weights as the papers start from, drawn on the host so that a seed means the same on every backend.

use super::Weights;
use crate::{
    config::{Family, ModelConfig},
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
    let mut draw = Draw { std: config.init_std, rng, weights: Weights::default() };
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
    draw.weight("predictor.predictor_proj", vec![config.width, width], 1.0);
    draw.weights
}

struct Draw {
    std: f64,
    /// None draws zeros.
    rng: Option<Rng>,
    weights: Weights,
}

impl Draw {
    /// A weight of `shape` (first dimension: outputs) with its bias.
    fn weight(&mut self, name: &str, shape: Vec<usize>, scale: f64) {
        let (count, outputs) = (shape.iter().product(), shape[0]);
        let values = match &mut self.rng {
            Some(rng) => (0..count).map(|_| (rng.normal() * self.std * scale) as f32).collect(),
            None => vec![0.0; count],
        };
        self.weights.insert(format!("{name}.weight"), shape, values);
        self.weights.insert(format!("{name}.bias"), [outputs], vec![0.0; outputs]);
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
