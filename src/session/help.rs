//! The other side of [helpers](crate::helpers): jobs of another engine, done here. No session is needed for it.

use crate::{
    error::Error,
    exam::PortionTask,
    helpers::{Job, Kind},
    train::PartTask,
};
use burn::tensor::Device;
use serde::de::DeserializeOwned;

/// The answer to a job.
///
/// # Errors
/// [`Error::Settings`] if task, clips and weights don't belong together, [`Error::Frame`] for clips of another size; what
/// computing fails with.
pub async fn help(Job { kind, task, clips, weights }: Job<'_>, device: &Device) -> Result<Vec<f32>, Error> {
    match kind {
        Kind::Step => parsed::<PartTask>(&task)?.answer(&clips, weights, device).await,
        Kind::Exam => parsed::<PortionTask>(&task)?.answer(&clips, weights, device).await,
    }
}

fn parsed<T: DeserializeOwned>(task: &str) -> Result<T, Error> {
    serde_json::from_str(task).map_err(|error| Error::Settings(format!("job: {error}")))
}
