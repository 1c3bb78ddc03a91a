//! Acting with a world model: an encoder sees the room, an action-conditioned predictor imagines what actions lead to, a
//! reflex answers at once, a planner searches in imagination, and surprise says when to stop and think again.
//!
//! [`WorldModel`] is the network with what was measured of it on random play; [`Agent`] lives in a room and decides.

mod agent;
mod decision;
mod measured;
mod pictures;
mod surprise;
mod world_model;

pub use agent::{Agent, RINGS};
pub use decision::{Decision, Mode, Outcome, Step, Thought, Wait};
pub use measured::Measured;
pub use surprise::Surprise;
pub use world_model::{Imagined, WorldModel};
