//! Who is examined.

use crate::{
    checkpoint::{CheckpointError, Snapshot, random},
    config::ModelConfig,
    error::Error,
    helpers::Numbers,
    model::{Encoder, Predictor, encoder_from, flat, predictor_from},
};
use burn::tensor::Device;

/// The networks that are asked; none has gradients.
#[derive(Debug, Clone)]
pub struct EvalModel {
    pub config: ModelConfig,
    /// Sees the past.
    pub encoder: Encoder,
    /// Predicts the future.
    pub predictor: Predictor,
    /// Says what was right.
    pub target: Encoder,
}

impl EvalModel {
    /// From a snapshot, of which one of the two encoders may be missing: the other one then stands in for it.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape, by name.
    pub fn load(snapshot: Snapshot, device: &Device) -> Result<Self, CheckpointError> {
        let (config, mut weights) = (snapshot.header.config, snapshot.weights);
        let has = |prefix: &str| weights.0.keys().any(|name| name.starts_with(prefix));
        let (sees, knows) = match (has("encoder."), has("target_encoder.")) {
            (true, false) => ("encoder", None),
            (false, true) => ("target_encoder", None),
            _ => ("encoder", Some("target_encoder")),
        };
        let predicts = if has("predictor_average.") { "predictor_average" } else { "predictor" };
        let encoder = Encoder::load(&config, &mut weights, sees, device)?;
        let target = match knows {
            Some(prefix) => Encoder::load(&config, &mut weights, prefix, device)?,
            None => encoder.clone(),
        };
        Ok(Self { predictor: Predictor::load(&config, &mut weights, predicts, device)?, config, encoder, target })
    }

    /// All parameters in rows, for [`from_flat`](Self::from_flat).
    ///
    /// # Errors
    /// [`Error::Read`] if the device is lost.
    pub async fn flat(&self) -> Result<Vec<Vec<f32>>, Error> {
        flat(self.encoder.groups().chain(self.predictor.groups()).chain(self.target.groups())).await
    }

    /// A model like `config` from all its parameters, the next of those numbers; none if there are fewer.
    pub fn from_flat(config: ModelConfig, numbers: &mut dyn Numbers, device: &Device) -> Option<Self> {
        let encoder = encoder_from(numbers, &config, device)?;
        let predictor = predictor_from(numbers, &config, device)?;
        let target = encoder_from(numbers, &config, device)?;
        Some(Self { config, encoder, predictor, target })
    }

    /// An encoder of the same size that has learned nothing.
    pub(crate) fn untrained(&self, seed: u64, device: &Device) -> Result<Encoder, CheckpointError> {
        Encoder::load(&self.config, &mut random(&self.config, seed), "encoder", device)
    }
}
