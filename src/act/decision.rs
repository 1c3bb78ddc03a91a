//! What an agent decides, why it stops to think, and what goes through its mind.

use super::Imagined;
use serde::{Deserialize, Serialize};

/// How it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// At once.
    Reflex,
    /// By planning always.
    Plan,
    /// At once, unless imagination says that it does not help; then by planning.
    Check,
}

/// Why it stopped to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wait {
    /// What the reflex would do does not come nearer the goal in imagination.
    Fruitless,
    /// What happened is not what was imagined.
    Surprise,
}

/// What goes through its mind: all candidates of the rounds so far.
#[derive(Debug, Clone, Default)]
pub struct Thought {
    pub rounds: Vec<Imagined>,
    /// The cheapest candidate so far, `[H * dim]`.
    pub plan: Vec<f64>,
    /// Rounds that are still to come.
    pub left: usize,
    /// Why it thinks instead of acting at once.
    pub wait: Option<Wait>,
}

/// What it will do.
#[derive(Debug, Clone)]
pub struct Decision {
    pub action: [f64; 2],
    /// Whether the action is of a plan, not of the reflex.
    pub planned: bool,
    pub wait: Option<Wait>,
    /// Difference of what is from the goal.
    pub energy: f64,
    /// Frames that were imagined for this decision, those of a check included.
    pub frames: usize,
}

/// A decision comes at once, or after some rounds of planning.
#[derive(Debug, Clone)]
pub enum Step {
    Decided(Decision),
    /// Another round is over; there is more to come.
    Thinking(Thought),
}

/// What came of an action.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// How far it is from what was imagined: 1 is the most of ordinary play.
    pub surprise: f32,
    /// Whether that is a reason to stop.
    pub rings: bool,
}
