//! A training step on weights, clips and masks that are given, the same at every step: what benchmarks compare.

use crate::{
    checkpoint::read_safetensors, config::ModelConfig, error::Error, mask::Masks, model::patches_of, read::read,
    schedule::Values, train::Trainer,
};
use burn::tensor::{Device, Tensor, TensorData};

/// The published recipe of a model's family, at constant rates.
pub struct FixedStep {
    trainer: Trainer,
    /// `[B * N, patch values]`
    patches: Tensor<2>,
    masks: Vec<Masks>,
    rates: Values,
}

impl FixedStep {
    /// `safetensors`: `encoder.*` and `predictor.*` under the published names; `video`: normalised,
    /// `[B, 3, T, size, size]`; one [`Masks`] a generator.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if a tensor is missing or has another shape, [`Error::Frame`] for another number of values,
    /// [`Error::Settings`] for masks that don't fit.
    pub fn new(
        config: &ModelConfig,
        safetensors: &[u8],
        video: Vec<f32>,
        masks: Vec<Masks>,
        rates: Values,
        device: &Device,
    ) -> Result<Self, Error> {
        let ModelConfig { frames, size, tubelet, patch, .. } = *config;
        let clips = masks.first().map_or(0, |mask| mask.context.len());
        check(&masks, clips, config.grid().tokens())?;
        let expected = clips * 3 * frames * size * size;
        if video.len() != expected {
            return Err(Error::Frame { found: 4 * video.len(), expected: 4 * expected, size });
        }
        let video = Tensor::from_data(TensorData::new(video, [clips, 3, frames, size, size]), device);
        Ok(Self {
            trainer: Trainer::load(config, read_safetensors(safetensors)?.0, 0, device)?,
            patches: patches_of(video, tubelet, patch),
            masks,
            rates,
        })
    }

    /// Take a step. Resolves to its loss.
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost.
    pub async fn step(&mut self) -> Result<f32, Error> {
        let [loss] = read([self.trainer.step(self.patches.clone(), &self.masks, self.rates).loss]).await?;
        Ok(loss[0])
    }
}

/// Whether every clip keeps and hides tokens that are there, as many as the others.
fn check(masks: &[Masks], clips: usize, tokens: usize) -> Result<(), Error> {
    let fits = |lists: &[Vec<u32>]| {
        let length = lists.first().map_or(0, Vec::len);
        let alike = lists.iter().all(|list| list.len() == length && list.iter().all(|&id| (id as usize) < tokens));
        lists.len() == clips && length > 0 && alike
    };
    match clips > 0 && masks.iter().all(|mask| fits(&mask.context) && fits(&mask.target)) {
        true => Ok(()),
        false => Err(Error::Settings("give each clip's masks equally many tokens of its grid, at least one".into())),
    }
}
