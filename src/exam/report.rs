//! What came of an exam, as files and the page have it.

use crate::{
    probe::{interval::Share, neighbours::Consistency},
    world::Violation,
};
use serde::{Deserialize, Serialize};

/// So far, or in the end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Portions asked, of how many.
    pub done: usize,
    pub portions: usize,
    /// By what can't be.
    pub kinds: Vec<Kind>,
    /// What this world can't show in clips of this length.
    pub skipped: Vec<Violation>,
    /// Pairs of all kinds together, told apart by mean, largest and peak surprise; none before the first.
    pub mean: Option<Share>,
    pub max: Option<Share>,
    pub peak: Option<Share>,
    /// Of peak surprise as an alarm, over the clips of all kinds together: the area under its ROC curve, 0 to 1. An alarm
    /// knows no other version of a clip, so it must find scenes comparable that are not; none before the first pair.
    #[serde(default)]
    pub alarm: Option<f64>,
    pub features: Option<Features>,
    pub probes: Vec<Probe>,
    /// Of real video, if there is any: see [`neighbours`](super::neighbours).
    pub neighbours: Option<Consistency>,
}

/// Pairs of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kind {
    pub violation: Violation,
    /// How often the impossible clip had the larger mean surprise over its windows.
    pub mean: Share,
    /// The same of the largest surprise of any window.
    pub max: Share,
    /// The same of the most surprising place, one tubelet ahead.
    pub peak: Share,
    /// Of peak surprise as an alarm: the area under its ROC curve over the clips of this kind.
    #[serde(default)]
    pub alarm: Option<f64>,
    pub errors: Errors,
}

/// Mean errors by how many tubelets ahead was predicted, nearest first: L1 distance of normalised features.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    pub possible: Vec<f64>,
    pub impossible: Vec<f64>,
}

/// Whether features of many clips differ, and in how many directions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Features {
    pub clips: usize,
    /// Mean over channels of their standard deviation over tokens; 1 at most, for tokens are normalised.
    pub std: f32,
    /// Directions in use, 1 to `width` (RankMe, Garrido et al. 2023).
    pub effective_rank: f32,
    pub width: usize,
}

/// What is told from features of the end of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    Position,
    Velocity,
    Colour,
    Shape,
    Count,
}

impl Asked {
    /// Its name in texts.
    pub fn id(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Velocity => "velocity",
            Self::Colour => "colour",
            Self::Shape => "shape",
            Self::Count => "count",
        }
    }
}

/// How that is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// 1 is perfect, 0 as good as always saying the mean.
    R2,
    /// Share that is right.
    Accuracy,
}

/// What the tokens of a frame are made into before a linear map sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Readout {
    /// Their mean.
    Pooled,
    /// All of them, each in its place.
    Grid,
    /// A mean weighted by a learned query, and where the weight is.
    Attended,
}

/// One quantity, told from the model's features and from two that know nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    pub asked: Asked,
    pub measure: Measure,
    /// What guessing scores.
    pub chance: f32,
    pub model: ProbeScore,
    /// Features of an encoder with random weights.
    pub untrained: ProbeScore,
    /// The pixels themselves.
    pub pixels: ProbeScore,
}

/// How well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeScore {
    /// Mean of `each`.
    pub score: f32,
    /// Of each component: x and y, or red, green and blue.
    pub each: Vec<f32>,
    /// The readout that was best on the validation scenes.
    pub readout: Readout,
}
