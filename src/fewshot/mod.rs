//! Classes taught by a few clips: examples of frozen features, two classifiers fitted in closed form, and how well they do
//! when each example is left out.
//!
//! Nothing here knows a model: features arrive as rows, [`pool`] makes one vector of a clip.

mod answer;
mod change;
mod classifier;
mod examples;
mod identity;
mod knn;
mod pool;
mod project;
mod report;
mod ridge;
mod rows;
mod thumbnail;

pub use answer::{Answer, Guess, Neighbour};
pub use classifier::Classifier;
pub use examples::{BUDGET, CLASSES, Class, Example, Examples, NAME, Usage};
pub use identity::{DRIFT, Identity};
pub use knn::Knn;
pub use pool::{halves, parts, pool, pooled};
pub use project::Project;
pub use report::{Report, Score};
pub use ridge::Ridge;
pub use rows::Rows;
use serde::Serialize;
pub use thumbnail::{THUMBNAIL, thumbnail};

/// What can't be done with classes, examples or their file.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FewshotError {
    #[error("A class needs a name of 1 to {most} characters: give it another one.")]
    Name { most: usize },
    #[error("There is a class \"{0}\" already: choose another name.")]
    Taken(String),
    #[error("There are {most} classes, and that is as many as there can be: remove one first.")]
    Classes { most: usize },
    #[error("There is no class {0}: choose one of the list.")]
    NoClass(u32),
    #[error("There is no example {0}: it was removed before.")]
    NoExample(u32),
    #[error(
        "{clips} clips fill the {budget} MB that examples may take: remove some, or save this project and begin another."
    )]
    Full { clips: usize, budget: usize },
    #[error("An example has {found} values where the others have {expected}: it is of another model.")]
    Values { found: usize, expected: usize },
    #[error("The features of this clip are not finite numbers: try another clip, or ?device=cpu.")]
    NotFinite,
    #[error("Record clips of at least two classes first.")]
    Untaught,
    #[error("These clips were seen by {theirs}, and this is {ours}: load that model first.")]
    OtherModel { theirs: String, ours: String },
    #[error(
        "The weights have changed since these clips were seen (features are {percent} % off): record them again, or go back to \
         the weights of then."
    )]
    Drifted { percent: u32 },
    #[error("This is no project file ({0}): choose one that was saved here.")]
    NotAProject(String),
    #[error("This project file was damaged since it was saved: save it again, or download it again.")]
    Damaged,
    #[error("This project file is of version {0}, and this page reads version 2: reload the page to get the newest.")]
    Version(u32),
    #[error("This project file is of version {0}, when other features of clips were kept: record its clips again.")]
    Outdated(u32),
}

impl FewshotError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } | Self::Taken(_) | Self::Classes { .. } => "bad-name",
            Self::NoClass(_) => "no-class",
            Self::NoExample(_) => "no-example",
            Self::Full { .. } => "examples-full",
            Self::Values { .. } | Self::OtherModel { .. } | Self::Drifted { .. } => "other-model",
            Self::NotFinite => "bad-features",
            Self::Untaught => "untaught",
            Self::NotAProject(_) | Self::Damaged | Self::Version(_) | Self::Outdated(_) => "bad-project",
        }
    }
}
