//! What an action-conditioned model is trained on besides masked clips.

use crate::world::RoomsSpec;
use serde::{Deserialize, Serialize};

/// Terms of the loss of a model with actions. Each can be switched off by its weight to see what it is for; the published
/// V-JEPA 2-AC has teacher forcing and a roll-out of two frames on a frozen encoder (spec §10.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ActionRecipe {
    /// The rooms it plays in.
    pub rooms: RoomsSpec,
    /// Frames of the roll-out in the loss, with gradients through it; 1 is teacher forcing alone, which every run has.
    pub roll_out: usize,
    /// Whether the agent feels in a roll-out what it would in imagination, as if nothing were in the way. Off: what it did
    /// feel, as published; then its speed gives a wall away, and a plan goes through walls.
    pub imagined_states: bool,
    /// Whether the encoder learns from what actions do as well. Off: from masked clips alone, as published.
    pub encoder: bool,
    /// Weight of V-JEPA's loss on masked clips.
    pub masked: f64,
    /// Of the inverse dynamics: which action led from a frame to the next one, learned by the encoder, too.
    pub inverse: f64,
    /// Of the squared difference of features of neighbouring frames: features that change slowly are easy to plan with.
    pub similarity: f64,
    /// Of the reflex, which learns on constant features.
    pub reflex: f64,
    /// Of the temporal distance, which learns on constant features, too.
    pub distance: f64,
}

impl Default for ActionRecipe {
    fn default() -> Self {
        Self {
            rooms: RoomsSpec::default(),
            roll_out: 2,
            imagined_states: false,
            encoder: true,
            masked: 1.0,
            inverse: 1.0,
            similarity: 0.0,
            reflex: 1.0,
            distance: 1.0,
        }
    }
}
