//! An encoder alone, from a published checkpoint: normalised video in, features out.

use crate::{
    checkpoint::{from_hugging_face, hugging_face_config, read_safetensors},
    config::ModelConfig,
    error::Error,
    model::{Encoder, Tokens, patches_of},
    read::{read, usable_features},
};
use burn::tensor::{Device, Tensor, TensorData};

/// The encoder of a checkpoint on one device.
pub struct Extractor {
    config: ModelConfig,
    encoder: Encoder,
    device: Device,
}

impl Extractor {
    /// From a Hugging Face folder's `config.json` and `model.safetensors`.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if the configuration or a tensor can't be used.
    pub fn from_hugging_face(config: &str, safetensors: &[u8], device: Device) -> Result<Self, Error> {
        let config = hugging_face_config(config)?;
        let mut weights = from_hugging_face(read_safetensors(safetensors)?.0)?;
        let encoder = Encoder::load(&config, &mut weights, "encoder", &device)?;
        Ok(Self { config, encoder, device })
    }

    /// Normalised video, `clips` clips of `[3, T, size, size]`, -> features `[B * N, D]`, row by row.
    ///
    /// # Errors
    /// [`Error::Frame`] for another number of values, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights
    /// overflow.
    pub async fn features(&self, video: Vec<f32>, clips: usize) -> Result<Vec<f32>, Error> {
        let ModelConfig { frames, size, tubelet, patch, .. } = self.config;
        let expected = clips * 3 * frames * size * size;
        if video.len() != expected {
            return Err(Error::Frame { found: 4 * video.len(), expected: 4 * expected, size });
        }
        let video = Tensor::from_data(TensorData::new(video, [clips, 3, frames, size, size]), &self.device);
        let (grid, all) = (self.config.grid(), Tokens::all(self.config.grid(), clips, &self.device));
        let [features] = read([self.encoder.forward(patches_of(video, tubelet, patch), grid, &all)]).await?;
        usable_features(&features)?;
        Ok(features)
    }
}
