//! What an agent will feel of itself after an action, as imagination takes it: its own body it knows, what is in the way it
//! does not.

use crate::world::{TwoRooms, two_rooms::ACTION_DIM};

/// The kinematics of a kind of agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// A hand's pose: steps add up, angles stay, the gripper is between 0 and 1 (spec §10.4).
    Pose,
    /// The velocity of the disc in [`TwoRooms`].
    Push,
}

impl Motion {
    /// Of agents whose actions have so many numbers.
    pub fn of(dim: usize) -> Self {
        if dim == ACTION_DIM { Self::Push } else { Self::Pose }
    }

    /// The state after `action`.
    pub fn next(self, state: &[f64], action: &[f64]) -> Vec<f64> {
        match self {
            Self::Pose => {
                let sum = |at: usize| match at {
                    0..3 => state[at] + action[at],
                    3..6 => state[at],
                    _ => (state[at] + action[at]).clamp(0.0, 1.0),
                };
                (0..state.len()).map(sum).collect()
            }
            Self::Push => TwoRooms::free_state([state[0], state[1]], [action[0], action[1]]).to_vec(),
        }
    }
}
