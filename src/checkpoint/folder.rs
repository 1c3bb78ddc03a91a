//! A model as a folder of files in a zip, written as a stream: one group of parameters is on the heap at a time.
//!
//! V-JEPA 2 becomes what `VJEPA2Model.from_pretrained` loads. Other families have no class there: their folder has the
//! published names and this program's own `config.json`.

use super::{
    CheckpointError, FileDtype, TensorShape, Weights, folder_texts::texts, hugging_face::is_hugging_face,
    hugging_face_layout, safetensors_header, zip::Zip,
};
use crate::{config::ModelConfig, error::Error};

/// Numbers that go to the sink at once.
const CHUNK: usize = 1 << 18;

/// A folder on its way into a sink, which takes the zip's bytes in order and may refuse them.
pub struct FolderWriter<S> {
    zip: Zip<S>,
    precision: FileDtype,
    /// The published tensors that are still to come.
    expected: std::vec::IntoIter<TensorShape>,
}

impl<S: AsyncFnMut(&[u8]) -> Result<(), Error>> FolderWriter<S> {
    /// Write everything but the weights themselves. `published` are the tensors that will come, in their order.
    ///
    /// # Errors
    /// The sink's; [`CheckpointError::Format`] for a name that comes twice.
    pub async fn begin(
        config: &ModelConfig,
        published: Vec<TensorShape>,
        precision: FileDtype,
        sink: S,
    ) -> Result<Self, Error> {
        let folder = folder_name(config);
        let mut zip = Zip::new(sink);
        for (name, text) in texts(config, &folder, precision) {
            zip.file(&format!("{folder}/{name}"), text.as_bytes()).await?;
        }
        let header = match is_hugging_face(config) {
            true => safetensors_header(&hugging_face_layout(&published), precision)?,
            false => safetensors_header(&published, precision)?,
        };
        let values: usize = published.iter().map(TensorShape::values).sum();
        let size = header.len() as u64 + values as u64 * precision.bytes() as u64;
        zip.begin(&format!("{folder}/model.safetensors"), size).await?;
        zip.write(&header).await?;
        Ok(Self { zip, precision, expected: published.into_iter() })
    }

    /// Write the next tensors, in the order of their names.
    ///
    /// # Errors
    /// The sink's; [`CheckpointError::Missing`] if another tensor is next, [`CheckpointError::Half`] if a value is too
    /// large for f16.
    pub async fn tensors(&mut self, weights: Weights) -> Result<(), Error> {
        for (name, tensor) in weights.0 {
            let next = self.expected.next().ok_or_else(|| CheckpointError::Missing(name.clone()))?;
            if (&next.name, &next.shape) != (&name, &tensor.shape) {
                return Err(CheckpointError::Missing(next.name).into());
            }
            for values in tensor.data.chunks(CHUNK) {
                let bytes = self.precision.encode(values).ok_or_else(|| CheckpointError::Half(name.clone()))?;
                self.zip.write(&bytes).await?;
            }
        }
        Ok(())
    }

    /// Write the zip's directory.
    ///
    /// # Errors
    /// The sink's; [`CheckpointError::Missing`] if tensors are.
    pub async fn finish(mut self) -> Result<(), Error> {
        if let Some(missing) = self.expected.next() {
            return Err(CheckpointError::Missing(missing.name).into());
        }
        self.zip.end().await?;
        self.zip.finish().await
    }
}

/// A name that is a folder everywhere: it may come from a file, so it must not lead out of where it is unpacked.
fn folder_name(config: &ModelConfig) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = config.name.chars().take(64).map(plain).collect();
    format!("{}-{name}", config.family.id())
}
