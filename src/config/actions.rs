//! What makes a model action-conditioned.

use super::{ConfigError, MOST, ModelConfig, block_params, divisible, head_dim};
use serde::{Deserialize, Serialize};

/// The predictor of V-JEPA 2-AC (spec §10.2): from a frame's features, the action taken then and the agent's state it
/// predicts the features of the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actions {
    /// Numbers of an action, and of a state: 7 in the release.
    pub dim: usize,
    /// Whether the camera's extrinsics, `dim - 1` numbers, are a third condition token of each frame.
    #[serde(default)]
    pub extrinsics: bool,
    pub width: usize,
    pub depth: usize,
    pub heads: usize,
    /// Hidden width of the MLPs.
    pub mlp: usize,
    /// Whether there is a reflex beside it: a goal-conditioned policy in one pass, and an inverse dynamics model. The
    /// release has neither.
    #[serde(default)]
    pub reflex: bool,
    /// Whether there is a temporal distance beside it: how many actions lie between two frames. The release has none.
    #[serde(default)]
    pub distance: bool,
}

impl Actions {
    /// Condition tokens of each frame: action, state, and perhaps extrinsics.
    pub fn conditions(&self) -> usize {
        2 + usize::from(self.extrinsics)
    }

    /// Numbers of the extrinsics; their layer is in every file, used or not.
    pub fn extrinsics_dim(&self) -> usize {
        self.dim - 1
    }

    /// Trainable parameters of the predictor beside an encoder of `width` channels; without the reflex and the temporal distance.
    pub fn params(&self, width: usize) -> u64 {
        let (d, p, dim) = (width as u64, self.width as u64, self.dim as u64);
        let conditions = 2 * (dim + 1) * p + dim * p;
        (d + 1) * p + conditions + self.depth as u64 * block_params(p, self.mlp as u64) + 2 * p + (p + 1) * d
    }

    pub(super) fn validate(&self, config: &ModelConfig) -> Result<(), ConfigError> {
        let fields = [
            ("numbers of an action", self.dim, 2),
            ("width of the action-conditioned predictor", self.width, 1),
            ("depth of the action-conditioned predictor", self.depth, 1),
            ("heads of the action-conditioned predictor", self.heads, 1),
            ("mlp of the action-conditioned predictor", self.mlp, 1),
        ];
        if let Some((what, value, _)) = fields.into_iter().find(|(_, value, least)| !(*least..=MOST).contains(value)) {
            return Err(ConfigError::OutOfRange { what, most: MOST, value });
        }
        if config.family != super::Family::VJepa2 || config.causal.is_some() {
            return Err(ConfigError::ActionsFamily);
        }
        divisible("width of the action-conditioned predictor", self.width, "its heads", self.heads)?;
        head_dim("predictor", self.width / self.heads)
    }
}
