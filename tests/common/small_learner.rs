//! The preset `learner`, small.

use vjepa_web::{Family, ModelConfig, config::Causal};

/// Five tubelets of 3 x 3 patches: everything of the preset, in milliseconds.
pub fn small_learner() -> ModelConfig {
    ModelConfig {
        frames: 10,
        size: 24,
        width: 24,
        depth: 2,
        heads: 2,
        mlp: 32,
        predictor_width: 24,
        predictor_depth: 2,
        predictor_heads: 2,
        predictor_mlp: 32,
        causal: Some(Causal { encoder_window: 2, predictor_window: 3, horizons: 2 }),
        ..ModelConfig::preset("learner", Family::VJepa2).unwrap()
    }
}
