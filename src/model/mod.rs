//! The networks: encoder, predictor and classifier of V-JEPA 1, 2 and 2.1.
//!
//! Shapes, everywhere: `B` clips, `T` frames of `H x W` pixels, `N` tokens of a whole clip, `D` channels, and `R` rows of a
//! ragged batch: the tokens that are kept, sequence after sequence ([`Tokens`]). A token's index in its clip is
//! `(t * h + y) * w + x`, time slowest.

mod action_predictor;
mod block;
mod classifier;
mod encoder;
mod flat;
pub mod group;
mod kept;
mod patch;
pub mod position;
mod predictor;
mod reflex;
mod temporal_distance;
mod tokens;

pub use action_predictor::{ActionPredictor, Conditions, RollOut};
pub use block::Block;
pub use classifier::Classifier;
pub use encoder::{Encoder, normalise_targets, normed};
pub use flat::{encoder_from, flat, predictor_from};
pub use group::{Group, OptionalNetwork};
pub use kept::Kept;
pub use patch::patches_of;
pub use position::Positions;
pub use predictor::{Prediction, Predictor};
pub use reflex::Reflex;
pub use temporal_distance::TemporalDistance;
pub(crate) use tokens::integers;
pub use tokens::{Hidden, Tokens};
