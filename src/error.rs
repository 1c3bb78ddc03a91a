//! Everything that can go wrong, each with a stable code and one sentence that says what to do next.

use crate::message::{Message, term};
use crate::{
    config::ConfigError,
    fewshot::FewshotError,
    formats::FormatError,
    mask::MaskError,
    planner::PlanError,
    preprocess::PreprocessError,
    recipe::RecipeError,
    weights::CheckpointError,
    world::{LawError, PairError},
};
use serde::Serialize;

/// An error as it reaches the page.
#[derive(Debug, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Error {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Mask(#[from] MaskError),
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error("No usable device: {0}. Try the CPU engine with ?device=cpu.")]
    Device(String),
    #[error("Reading from the device failed ({0}). Reload the page; the last saved weights are kept.")]
    Read(String),
    #[error("A frame has {found} bytes where {expected} are needed: send RGBA at {size}x{size} pixels.")]
    Frame { found: usize, expected: usize, size: usize },
    #[error("Only {held} of {needed} frames are here yet: play the source a little longer.")]
    ShortClip { held: usize, needed: usize },
    #[error("There is no clip to train on yet: choose a source and let it play for a moment.")]
    NoClip,
    #[error("Look at a clip first: there are no features yet.")]
    NoLook,
    #[error("The model's {what} are no longer usable numbers: load it again, or choose another model.")]
    Unusable {
        #[serde(serialize_with = "term")]
        what: &'static str,
    },
    #[error("Token {token} does not exist: this clip has {tokens}.")]
    Token { token: usize, tokens: usize },
    #[error(
        "The {what} stopped being finite at step {step}, so the last steps were undone: go on, or start with another seed."
    )]
    Diverged {
        step: u64,
        #[serde(serialize_with = "term")]
        what: &'static str,
    },
    #[error("All gradients were zero, so nothing was learned: this device may compute wrongly; try ?device=cpu.")]
    NoGradient,
    #[error("No model of step {0} is kept: choose one of those that are.")]
    NoKeptModel(u64),
    #[error(
        "A kept copy of this model takes {needed} MB and all of them may take {budget} MB: choose a smaller preset."
    )]
    LargeKeptModel { needed: u64, budget: u64 },
    #[error("The file could not be written: {0}.")]
    Write(String),
    #[error("A loaded checkpoint is for looking: start a new model to train one.")]
    Frozen,
    #[error("This model knows nothing of actions: open one that does, such as actor.")]
    NoActions,
    #[error("There is no goal yet: choose a place first.")]
    NoGoal,
    #[error("This model has no reflex: let it plan instead.")]
    NoReflex,
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("No exam is under way on this engine: begin another one.")]
    NoExam,
    #[error("No exam can be put to this model, for it has no predictor of its own features: choose another one.")]
    Unexaminable,
    #[error("The Hugging Face format has no place for a predictor of actions: keep the file as Meta released it.")]
    Unexportable,
    #[error("An alarm needs a threshold above 0, not {0}: move it.")]
    Threshold(f32),
    #[error("There was no alarm number {0}: name one of those that there were.")]
    NoAlarm(usize),
    #[error(transparent)]
    Pair(#[from] PairError),
    #[error(transparent)]
    Law(#[from] LawError),
    #[error(transparent)]
    Picture(#[from] PreprocessError),
    #[error(transparent)]
    Fewshot(#[from] FewshotError),
    #[error("{workers} workers can't share {clips} clips: choose at most as many workers as a batch has clips.")]
    Workers { workers: usize, clips: usize },
    #[error("The settings could not be read: {0}.")]
    Settings(String),
}

impl Error {
    /// What it says, for people.
    pub fn message(&self) -> Message {
        match self {
            Error::Format(FormatError::Source(source)) => source.message.clone(),
            other => Message::of(other),
        }
    }

    /// A stable name for programs, as in `Failure.code` of the page's protocol.
    pub fn code(&self) -> &str {
        match self {
            Error::Config(_) => "bad-config",
            Error::Mask(_) => "bad-mask",
            Error::Recipe(_) => "bad-recipe",
            Error::Checkpoint(_) => "bad-checkpoint",
            // Where the bytes come from has words of its own: a cancelled download is none of the file's faults.
            Error::Format(FormatError::Source(source)) => &source.code,
            Error::Format(_) => "bad-checkpoint",
            Error::Device(_) => "no-device",
            Error::Read(_) => "device-lost",
            Error::Frame { .. } => "bad-frame",
            Error::ShortClip { .. } => "short-clip",
            Error::NoClip => "no-clip",
            Error::NoLook => "no-look",
            Error::Unusable { .. } => "not-finite",
            Error::Token { .. } => "bad-token",
            Error::Diverged { .. } => "diverged",
            Error::NoGradient => "no-gradient",
            Error::NoKeptModel(_) => "no-moment",
            Error::LargeKeptModel { .. } => "large-moment",
            Error::Write(_) => "not-written",
            Error::Frozen => "frozen",
            Error::Pair(_) => "no-pair",
            Error::Law(_) => "no-law",
            Error::NoActions => "no-actions",
            Error::NoGoal => "no-goal",
            Error::NoReflex => "no-reflex",
            Error::Plan(_) => "bad-plan",
            Error::NoExam => "no-exam",
            Error::Unexaminable => "unexaminable",
            Error::Unexportable => "unexportable",
            Error::Threshold(_) => "bad-threshold",
            Error::NoAlarm(_) => "no-alarm",
            Error::Picture(_) => "bad-frame",
            Error::Fewshot(error) => error.code(),
            Error::Workers { .. } | Error::Settings(_) => "bad-settings",
        }
    }
}

impl From<ConfigError> for Message {
    fn from(error: ConfigError) -> Self {
        Self::of(&error)
    }
}
