//! A frame-causal model at a clip that goes on: each tubelet is compared with what was predicted of it, then the next one is
//! predicted. Nothing of the past is computed again.

use super::{Comparison, EvalModel, comparison::predictions};
use crate::{
    clip,
    config::{Causal, ModelConfig},
    error::Error,
    grid::PatchShape,
    model::{Kept, normalise_targets},
    read::{read, usable_features},
    surprise::AHEAD,
};
use burn::tensor::Device;
use std::collections::VecDeque;

/// The networks with what they keep of the clip so far.
#[derive(Debug, Clone)]
pub struct Stream {
    model: EvalModel,
    target: Kept,
    encoder: Kept,
    predictor: Kept,
    /// What was predicted at the newest tubelets, newest first, as many as a surprise looks back.
    predicted: VecDeque<Ahead>,
}

/// What is predicted at one tubelet of those after it.
#[derive(Debug, Clone)]
struct Ahead {
    /// `[frame, horizons, D]`.
    features: Vec<f32>,
    /// The error expected of each, `[frame, horizons]`.
    own_error: Vec<f32>,
}

impl EvalModel {
    /// At the beginning of a clip that goes on; none unless the model is frame-causal.
    pub fn stream(&self, device: &Device) -> Option<Stream> {
        let Causal { encoder_window, predictor_window, .. } = self.config.causal?;
        Some(Stream {
            target: self.target.kept(encoder_window, device),
            encoder: self.encoder.kept(encoder_window, device),
            predictor: self.predictor.kept(predictor_window, device),
            predicted: VecDeque::new(),
            model: self.clone(),
        })
    }
}

impl Stream {
    /// The next tubelet, RGBA `[tubelet, size, size, 4]`: its features beside what was predicted of it one tubelet before, then
    /// what was two before, `[ahead * frame, D]`, as far as there were any. None of the first tubelet, of which nothing was
    /// predicted.
    ///
    /// # Errors
    /// [`Error::Frame`] for another number of bytes, [`Error::Read`] if the device is lost, [`Error::Unusable`] if the weights
    /// overflow.
    pub async fn observe(&mut self, tubelet: &[u8], device: &Device) -> Result<Option<Comparison>, Error> {
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
        let [features, ahead, log_error] = read([features, made.0, made.1]).await?;
        usable_features(&features)?;
        let (ahead, own_error) = predictions(ahead, log_error)?;
        let comparison = (!self.predicted.is_empty()).then(|| self.beside(features, width));
        self.predicted.push_front(Ahead { features: ahead, own_error });
        let horizons = self.model.config.predictions() - 1;
        self.predicted.truncate(AHEAD.min(horizons));
        Ok(comparison)
    }

    /// What was predicted of the tubelet that has these features.
    fn beside(&self, features: Vec<f32>, width: usize) -> Comparison {
        let frame = features.len() / width;
        let (mut expected, mut own_error) = (Vec::new(), Vec::new());
        for (step, made) in self.predicted.iter().enumerate() {
            let horizons = made.own_error.len() / frame;
            expected.extend(made.features.chunks_exact(width).skip(step).step_by(horizons).flatten());
            own_error.extend(made.own_error.iter().skip(step).step_by(horizons));
        }
        let rows = (0..self.predicted.len()).flat_map(|_| 0..frame).collect();
        Comparison { expected, features, rows, width, own_error }
    }
}
