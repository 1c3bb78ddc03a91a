//! How a model is trained: everything a run is, besides the weights it starts from.

use crate::{
    config::{Family, ModelConfig},
    grid::Grid,
    mask::{self, MaskError, MaskSpec, Masks},
    rng::Rng,
    schedule::Schedule,
    world::WorldSpec,
};
use serde::{Deserialize, Serialize};

/// A run, apart from the model's geometry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub world: WorldSpec,
    pub masks: MaskMix,
    pub schedule: Schedule,
    /// Clips a step.
    pub batch: usize,
    /// Largest gradient norm of encoder and predictor, each on its own, once the warm-up is over.
    pub clip: Option<f64>,
    pub squared: bool,
}

impl Recipe {
    /// As published, but for minutes rather than weeks: a short warm-up, then constant, with a target that follows within a
    /// hundred steps. V-JEPA 1 clips gradients once the warm-up is over, V-JEPA 2 never.
    pub fn published(config: &ModelConfig) -> Self {
        Self {
            world: WorldSpec::rich(),
            masks: MaskMix::blocks(),
            schedule: Schedule { warmup: 20, learning_rate_start: 1e-4, ..Schedule::constant(1e-3, 0.04, 0.99) },
            batch: config.batch,
            clip: (config.family == Family::VJepa1).then_some(10.0),
            squared: false,
        }
    }
}

/// What the predictor is asked for, step by step: hidden blocks as published, or the future.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MaskMix {
    /// Generators of steps that hide blocks.
    pub blocks: Vec<MaskSpec>,
    /// Share of steps that ask for the future instead.
    pub future: f64,
    /// Fewest and most tubelets of the past that are seen.
    pub past: (usize, usize),
    /// Fewest and most tubelets that are then asked for.
    pub horizon: (usize, usize),
}

impl MaskMix {
    /// Short- and long-range blocks, as published (Bardes et al. 2024, section 3.2).
    pub fn blocks() -> Self {
        Self { blocks: vec![mask::short(), mask::long()], future: 0.0, past: (1, 1), horizon: (1, 1) }
    }

    /// The masks of one step, one [`Masks`] a generator.
    ///
    /// # Errors
    /// As [`MaskSpec::sample`] and [`mask::future`].
    pub fn sample(&self, grid: Grid, batch: usize, rng: &mut Rng) -> Result<Vec<Masks>, MaskError> {
        if self.future > 0.0 && rng.uniform() < self.future {
            let between = |(least, most): (usize, usize), rng: &mut Rng| least + rng.below(most.max(least) - least + 1);
            let past = between(self.past, rng).clamp(1, grid.t.saturating_sub(1).max(1));
            let horizon = between(self.horizon, rng);
            return Ok(vec![mask::future(grid, past, horizon, batch)?]);
        }
        self.blocks.iter().map(|generator| generator.sample(grid, batch, rng)).collect()
    }
}
