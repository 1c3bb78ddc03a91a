//! A trained model without what only training needs: small enough to be part of a page.

use super::{CheckpointError, FileDtype, HostTensor, Snapshot, Weights, int8, read_safetensors, snapshot};
use crate::{formats::ordered, precision::Precision};
use safetensors::{Dtype, SafeTensorError, tensor::TensorView};
use std::collections::HashMap;

/// Averages, and the networks whose place they take: what is evaluated.
const AVERAGES: [(&str, &str); 2] = [("target_encoder.", "encoder."), ("predictor_average.", "predictor.")];

/// A tensor as it lies in a file.
struct Stored {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Stored {
    fn view(&self) -> Result<(&str, TensorView<'_>), SafeTensorError> {
        Ok((&self.name, TensorView::new(self.dtype, self.shape.clone(), &self.bytes)?))
    }
}

impl Snapshot {
    /// A safetensors file of the header, the slow encoder as `encoder.*`, the predictor that is evaluated as `predictor.*`
    /// and all other networks: what [`Snapshot::from_bytes`] and [`Start`](super::Start) read again. A model that was
    /// shipped before can be shipped again.
    ///
    /// With [`Precision::Int8`], matrices are codes with a scale a row, `NAME` and `NAME.scale`, and the rest is f16; a
    /// matrix whose rows are too short to gain by it as well.
    ///
    /// # Errors
    /// [`CheckpointError::Half`] for a value that f16 does not hold, [`CheckpointError::NotFinite`],
    /// [`CheckpointError::Format`].
    pub fn to_shipped_bytes(&self, precision: Precision) -> Result<Vec<u8>, CheckpointError> {
        let mut tensors = Vec::new();
        for (name, tensor) in &self.evaluated().0 {
            tensors.extend(stored(name, tensor, precision)?);
        }
        // The checksum is of what a reader will have.
        let (weights, _) = read_safetensors(&write(&tensors, None)?)?;
        write(&tensors, Some(snapshot::metadata(&self.header, &weights)?)).map(ordered)
    }

    /// All weights but the optimiser's memory, with averages in the place of what they are of.
    fn evaluated(&self) -> Weights {
        let mut weights = self.weights.clone();
        weights.0.retain(|name, _| !name.starts_with("adamw."));
        for (average, network) in AVERAGES {
            let averages = weights.below(average);
            weights.0.retain(|name, _| !name.starts_with(average));
            weights.extend(averages.prefixed(network));
        }
        weights
    }
}

/// A tensor of a model, with the scales that go with it.
fn stored(name: &str, tensor: &HostTensor, precision: Precision) -> Result<Vec<Stored>, CheckpointError> {
    match precision {
        Precision::F32 => Ok(vec![floats(name, tensor, FileDtype::F32)?]),
        Precision::Int8 if int8::saves(name, &tensor.shape) => {
            let (bytes, scales) = int8::encode(tensor);
            let codes = Stored { name: name.into(), dtype: Dtype::I8, shape: tensor.shape.clone(), bytes };
            Ok(vec![codes, floats(&int8::scale_of(name), &scales, FileDtype::F32)?])
        }
        Precision::F16 | Precision::Int8 => Ok(vec![floats(name, tensor, FileDtype::F16)?]),
    }
}

fn floats(name: &str, HostTensor { shape, data }: &HostTensor, dtype: FileDtype) -> Result<Stored, CheckpointError> {
    let bytes = dtype.encode(data).ok_or_else(|| CheckpointError::Half(name.into()))?;
    Ok(Stored { name: name.into(), dtype: dtype.safetensors(), shape: shape.clone(), bytes })
}

fn write(tensors: &[Stored], metadata: Option<HashMap<String, String>>) -> Result<Vec<u8>, CheckpointError> {
    let views = tensors.iter().map(Stored::view).collect::<Result<Vec<_>, _>>();
    let file = views.and_then(|views| safetensors::serialize(views, metadata));
    file.map_err(|error| CheckpointError::Format(error.to_string()))
}
