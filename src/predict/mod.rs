//! What a model predicts of hidden tokens, beside what is there: the pass that live surprise, exams and imagination share.

mod comparison;
mod eval_model;
mod stream;

pub use comparison::{Comparison, distance};
pub use eval_model::EvalModel;
pub use stream::Stream;

/// How a clip is asked about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Questions {
    /// Tubelets of each window that are seen.
    pub past: usize,
    /// Tubelets after them that are predicted.
    pub horizon: usize,
}
