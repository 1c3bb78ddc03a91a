//! What is asked.

use crate::{
    config::ModelConfig,
    predict::Questions,
    world::{Violation, WorldSpec},
};
use serde::{Deserialize, Serialize};

/// Frames that a clip of the exam is longer than one of the model's: a window slides over it.
const FURTHER: usize = 12;

/// An exam. Clips, scenes and all random choices follow from its seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exam {
    pub seed: u64,
    pub world: WorldSpec,
    /// Of each kind of what can't be.
    pub pairs: usize,
    /// Frames of a clip of a pair.
    pub frames: usize,
    /// Tubelets of each window that are seen.
    pub past: usize,
    /// Tubelets after them that are predicted.
    pub horizon: usize,
    pub probes: ProbeSizes,
}

/// Scenes that probes are fitted by, chosen with, and reported on; none of the first means no probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeSizes {
    pub train: usize,
    pub validation: usize,
    pub test: usize,
}

impl ProbeSizes {
    pub const NONE: Self = Self { train: 0, validation: 0, test: 0 };

    /// Training, validation, test.
    pub(super) fn all(self) -> [usize; 3] {
        [self.train, self.validation, self.test]
    }
}

impl Exam {
    /// The usual one for a model: three quarters of its clip are seen, the rest is predicted.
    pub fn new(config: &ModelConfig, world: WorldSpec, seed: u64) -> Self {
        // Clips of causal models are as long as those of the others, so that their exams can be compared.
        let frames = if config.causal.is_some() { 8 * config.tubelet } else { config.frames };
        let t = frames / config.tubelet;
        let past = (t * 3 / 4).max(1);
        Self {
            seed,
            world,
            pairs: 100,
            frames: frames + FURTHER,
            past,
            horizon: t.saturating_sub(past),
            probes: ProbeSizes { train: 1200, validation: 300, test: 500 },
        }
    }

    /// What can't be, as far as the world has what it takes.
    pub fn kinds(&self) -> Vec<Violation> {
        Violation::ALL.into_iter().filter(|violation| violation.possible_in(&self.world)).collect()
    }

    pub fn questions(&self) -> Questions {
        Questions { past: self.past, horizon: self.horizon }
    }
}
