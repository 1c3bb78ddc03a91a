//! What a model predicts of hidden tokens, beside what is there: the pass that live surprise, exams and imagination share.

mod examinee;
mod expect;
mod stream;

pub use examinee::Examinee;
pub use expect::{Expectation, distance};
pub use stream::Stream;

/// How a clip is asked about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Questions {
    /// Tubelets of each window that are seen.
    pub past: usize,
    /// Tubelets after them that are foretold.
    pub horizon: usize,
}
