//! What a model has learned, measured: is it surprised by what can't be?

mod surprise;

pub use surprise::{Questions, Surprise, surprises};

use crate::{
    config::ModelConfig,
    model::{Encoder, Predictor},
};

/// The networks that are asked; none has gradients.
#[derive(Debug, Clone)]
pub struct Examinee {
    pub config: ModelConfig,
    /// Sees the past.
    pub encoder: Encoder,
    /// Foretells the future.
    pub predictor: Predictor,
    /// Says what was right.
    pub target: Encoder,
}
