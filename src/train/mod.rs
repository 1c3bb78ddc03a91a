//! One training step of V-JEPA, and the state it changes (spec §8.2).

mod ablated;
mod actions;
mod adamw;
mod adapt;
#[cfg(feature = "threads")]
mod all_reduce;
mod context;
mod distance;
mod ema;
mod muon;
mod part;
mod regulariser;
mod step;
mod temporal_distance;
#[cfg(feature = "threads")]
mod workers;

pub use actions::{ActionTrainer, Play};
pub use adamw::{AdamW, gradient_norm};
pub use context::context_distances;
pub use ema::{ema_update, parameter_sum};
pub use muon::orthogonalise;
pub use part::{Contribution, PartTask};
pub use regulariser::{sigreg, vicreg};
pub use step::{StepOutcome, Trainer};
pub use temporal_distance::PLAYS;
#[cfg(feature = "threads")]
pub use workers::Workers;
