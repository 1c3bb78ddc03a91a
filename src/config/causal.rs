//! What makes a model frame-causal.

use super::{ConfigError, Family, MOST, ModelConfig};
use crate::{
    grid::Grid,
    mask::{MaskError, Masks},
};
use serde::{Deserialize, Serialize};

/// A frame-causal V-JEPA: a token attends to its own tubelet and to those before it, in encoder and predictor. From each
/// tubelet the predictor predicts the next ones, so that one clip asks as many questions as it has tubelets, and nothing
/// of the past has to be computed again when the next tubelet comes.
///
/// Unlike the published models: positions are added once as sines and cosines of a
/// patch's place in the frame and turn queries and keys by slower-growing angles; some heads start by looking at places
/// near their own; a linear layer predicts how wrong each prediction will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Causal {
    /// Tubelets that a token of the encoder attends to: its own and those right before it.
    pub encoder_window: usize,
    /// The same in the predictor.
    pub predictor_window: usize,
    /// Tubelets ahead that are predicted at once.
    pub horizons: usize,
}

impl Causal {
    /// Whether it predicts all that is hidden: nothing that is further ahead of what is seen than it has horizons.
    ///
    /// # Errors
    /// [`MaskError::Beyond`].
    pub fn reaches(&self, masks: &Masks, grid: Grid) -> Result<(), MaskError> {
        let last = |list: &Vec<u32>| list.iter().max().map_or(0, |&id| id as usize / grid.frame());
        let ahead =
            masks.context.iter().zip(&masks.target).map(|(seen, hidden)| last(hidden).saturating_sub(last(seen)));
        match ahead.max().filter(|ahead| *ahead > self.horizons) {
            Some(ahead) => Err(MaskError::Beyond { ahead, most: self.horizons }),
            None => Ok(()),
        }
    }

    pub(super) fn validate(&self, config: &ModelConfig) -> Result<(), ConfigError> {
        if config.family != Family::VJepa2 {
            return Err(ConfigError::CausalFamily);
        }
        let fields = [
            ("encoder_window", self.encoder_window),
            ("predictor_window", self.predictor_window),
            ("horizons", self.horizons),
        ];
        match fields.into_iter().find(|(_, value)| !(1..=MOST).contains(value)) {
            Some((what, value)) => Err(ConfigError::OutOfRange { what, most: MOST, value }),
            None => Ok(()),
        }
    }
}
