//! A trained model without what only training needs: small enough to be part of a page.

use super::{CheckpointError, HostTensor, Snapshot, Weights, snapshot};
use crate::formats::ordered;
use half::f16;
use safetensors::{Dtype, tensor::TensorView};

impl Snapshot {
    /// The slow encoder as `encoder.*`, the predictor that is evaluated as `predictor.*`, what knows of actions and the header in a safetensors file of f16: what
    /// [`Snapshot::from_bytes`] and [`Start`](super::Start) read again.
    ///
    /// # Errors
    /// [`CheckpointError::Half`] for a value that f16 does not hold, [`CheckpointError::Format`].
    pub fn to_shipped_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let mut weights = self.weights.below("target_encoder.").prefixed("encoder.");
        let average = self.weights.below("predictor_average.");
        let predictor = if average.0.is_empty() { self.weights.below("predictor.") } else { average };
        weights.extend(predictor.prefixed("predictor."));
        for part in ["action_predictor.", "inverse.", "reflex.", "temporal_distance."] {
            weights.extend(self.weights.below(part).prefixed(part));
        }
        let mut halves = Vec::with_capacity(weights.0.len());
        for (name, tensor) in &mut weights.0 {
            let half: Vec<f16> = tensor.data.iter().map(|&value| f16::from_f32(value)).collect();
            if half.iter().any(|value| !value.is_finite()) {
                return Err(CheckpointError::Half(name.clone()));
            }
            // The checksum is of what a reader will have.
            tensor.data = half.iter().map(|value| value.to_f32()).collect();
            halves.push(half.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
        }
        write(self, &weights, &halves)
    }
}

fn write(snapshot: &Snapshot, weights: &Weights, halves: &[Vec<u8>]) -> Result<Vec<u8>, CheckpointError> {
    let format = |error: &dyn std::fmt::Display| CheckpointError::Format(error.to_string());
    let mut views = Vec::with_capacity(halves.len());
    for ((name, HostTensor { shape, .. }), half) in weights.0.iter().zip(halves) {
        views.push((name, TensorView::new(Dtype::F16, shape.clone(), half).map_err(|error| format(&error))?));
    }
    let metadata = snapshot::metadata(&snapshot.header, weights)?;
    safetensors::serialize(views, Some(metadata)).map(ordered).map_err(|error| format(&error))
}
