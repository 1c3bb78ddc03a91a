//! What a model has learned, measured: is it surprised by what can't be, and what can be told from its features?
//!
//! An [`Exam`] says what is asked, an [`ExamRun`] asks it portion by portion, a [`Report`] holds what came of it. The same
//! settings ask the same questions everywhere.

mod act;
mod features;
mod pairs;
mod portion;
mod probes;
mod report;
mod run;
mod settings;
mod surprise;
mod video;

pub use act::{ARRIVED, ActExam, ActReport, ActRun, Acted, Condition, Episode};
pub use pairs::{Tally, ask};
pub use portion::PortionTask;
pub use report::{Asked, Errors, Features, Kind, Measure, Probe, ProbeScore, Readout, Report};
pub use run::ExamRun;
pub use settings::{Exam, ProbeSizes};
pub use surprise::{Surprise, surprises};
pub use video::neighbours;
