//! The other side of [helpers](crate::helpers): jobs of another engine, done here. No session is needed for it.

use crate::{
    error::Error,
    exam::PortionTask,
    helpers::{Kind, Numbers},
    train::PartTask,
};
use burn::tensor::Device;
use serde::de::DeserializeOwned;

/// The answer to a job of another engine, in rows: `clips` one after another, `weights` in a row.
///
/// # Errors
/// [`Error::Settings`] if task, clips and weights don't belong together, [`Error::Frame`] for clips of another size; what
/// computing fails with.
pub async fn help(
    kind: Kind,
    task: &str,
    (clips, weights): (&[u8], &mut dyn Numbers),
    device: &Device,
) -> Result<Vec<Vec<f32>>, Error> {
    match kind {
        Kind::Step => parsed::<PartTask>(task)?.answer(clips, weights, device).await,
        Kind::Exam => Ok(vec![parsed::<PortionTask>(task)?.answer(weights, device).await?]),
    }
}

fn parsed<T: DeserializeOwned>(task: &str) -> Result<T, Error> {
    serde_json::from_str(task).map_err(|error| Error::Settings(format!("job: {error}")))
}
