//! A frame-causal model at a clip that goes on: each tubelet is compared with what was predicted of it, then the next one is
//! predicted. Nothing of the past is computed again.

use super::{Examinee, Expectation, expect::predictions};
use crate::{
    clip,
    config::{Causal, ModelConfig},
    error::Error,
    kernels::PatchShape,
    model::{Kept, normalise_targets},
    session::{read, usable_features},
};
use burn::tensor::Device;

/// The networks with what they keep of the clip so far.
#[derive(Debug, Clone)]
pub struct Stream {
    model: Examinee,
    target: Kept,
    encoder: Kept,
    predictor: Kept,
    /// Predictions of the next tubelet, `[frame, D]`, and the error expected of each, `[frame]`; none at the beginning.
    next: Option<(Vec<f32>, Vec<f32>)>,
}

impl Examinee {
    /// At the beginning of a clip that goes on; none unless the model is frame-causal.
    pub fn stream(&self, device: &Device) -> Option<Stream> {
        let Causal { encoder_window, predictor_window, .. } = self.config.causal?;
        Some(Stream {
            target: self.target.kept(encoder_window, device),
            encoder: self.encoder.kept(encoder_window, device),
            predictor: self.predictor.kept(predictor_window, device),
            next: None,
            model: self.clone(),
        })
    }
}

impl Stream {
    /// The next tubelet, RGBA `[tubelet, size, size, 4]`: what was predicted of it beside its features. None of the first one,
    /// of which nothing was predicted.
    ///
    /// # Errors
    /// [`Error::Frame`] for another number of bytes, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights
    /// overflow.
    pub async fn observe(&mut self, tubelet: &[u8], device: &Device) -> Result<Option<Expectation>, Error> {
        let ModelConfig { size, width, tubelet: frames, .. } = self.model.config;
        let expected = frames * size * size * 4;
        if tubelet.len() != expected {
            return Err(Error::Frame { found: tubelet.len(), expected, size });
        }
        let shape = PatchShape { frames, ..self.model.config.patch_shape() };
        let patches = clip::patches(&[tubelet.to_vec()], shape, device);
        let features = normalise_targets(self.model.target.next(patches.clone(), &mut self.target));
        let seen = self.model.encoder.next(patches, &mut self.encoder);
        let made = self.model.predictor.next(seen, &mut self.predictor);
        let [features, predicted, log_error] = read([features, made.0, made.1]).await?;
        usable_features(&features)?;
        let next = predictions(predicted, log_error)?;
        let rows = (0..features.len() / width).collect();
        let before = self.next.replace(next);
        Ok(before.map(|(expected, own_error)| Expectation { expected, features, rows, width, own_error }))
    }
}
