//! The model as a folder that other programs load.

use super::Session;
use crate::{
    checkpoint::{FileDtype, FolderWriter},
    error::Error,
    read::HostReads,
};

impl Session {
    /// Write target encoder (as `encoder.*`: the moving average is what the papers evaluate) and predictor, and of a checkpoint its
    /// classifier, to `sink`: a
    /// zip with a folder of `config.json`, `model.safetensors`, `video_preprocessor_config.json` and `README.md`.
    ///
    /// `sink` takes the bytes in order, a megabyte or less at a time. One group of parameters is on the heap at a time.
    ///
    /// # Errors
    /// The sink's; [`Error::Read`] if the device is lost; [`Error::Checkpoint`] if a value is too large for f16;
    /// [`Error::Unexportable`] for an action-conditioned checkpoint, which no such folder holds.
    pub async fn export(
        &self,
        precision: FileDtype,
        sink: impl AsyncFnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.network.has_loaded_actions() {
            return Err(Error::Unexportable);
        }
        let layout = self.network.published().iter().flat_map(|(prefix, group)| group.published(prefix)).collect();
        let mut folder = FolderWriter::begin(&self.config, layout, precision, sink).await?;
        for (prefix, group) in self.network.published() {
            let mut reads = HostReads::default();
            group.collect(prefix, &mut reads);
            folder.tensors(reads.read().await?).await?;
        }
        folder.finish().await
    }
}
