//! Safetensors files <-> named host tensors.

use super::{CheckpointError, HostTensor, Weights, int8};
use crate::{
    formats::{self, MAX_DIMS, MAX_NAME},
    message::short,
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::HashMap;

/// All tensors of a file as f32 where they are f32, f16, bf16, i32, u8 or i8, and the strings of its metadata. A tensor of
/// i8 needs a scale for each of its rows, `NAME.scale`, with which it is multiplied.
///
/// # Errors
/// [`CheckpointError::Format`], [`CheckpointError::Dtype`], [`CheckpointError::NotFinite`] for a tensor with values that
/// are no numbers; for scales that don't fit [`CheckpointError::Missing`], [`CheckpointError::Shape`] or
/// [`CheckpointError::ScaleAlone`].
pub fn read_safetensors(bytes: &[u8]) -> Result<(Weights, HashMap<String, String>), CheckpointError> {
    let format = |error: safetensors::SafeTensorError| CheckpointError::Format(short(error));
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
    let file = SafeTensors::deserialize(bytes).map_err(format)?;
    let (mut weights, mut coded) = (Weights::default(), Vec::new());
    for (name, view) in file.iter() {
        if name.len() > MAX_NAME || view.shape().len() > MAX_DIMS {
            let what = format!("the name or the shape of \"{}\" is too long", short(name));
            return Err(CheckpointError::Format(what));
        }
        if view.dtype() == Dtype::I8 {
            coded.push(name.to_string());
        }
        let tensor = HostTensor { shape: view.shape().to_vec(), data: decode(name, &view)? };
        weights.0.insert(name.into(), tensor);
    }
    int8::decode(&mut weights, &coded)?;
    Ok((weights, header.metadata().clone().unwrap_or_default()))
}

fn decode(name: &str, view: &TensorView) -> Result<Vec<f32>, CheckpointError> {
    let dtype = match view.dtype() {
        Dtype::F32 => formats::Dtype::F32,
        Dtype::F16 => formats::Dtype::F16,
        Dtype::BF16 => formats::Dtype::BF16,
        Dtype::I32 => formats::Dtype::I32,
        Dtype::U8 => formats::Dtype::U8,
        Dtype::I8 if !name.ends_with(int8::SCALE) => formats::Dtype::I8,
        other => return Err(CheckpointError::Dtype { name: name.into(), dtype: format!("{other:?}") }),
    };
    let mut values = Vec::with_capacity(view.shape().iter().product());
    formats::decode(dtype, view.data(), &mut values);
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(values),
        false => Err(CheckpointError::NotFinite(name.into())),
    }
}

/// A safetensors file of f32 tensors with strings as metadata.
///
/// # Errors
/// [`CheckpointError::Format`] if the library refuses.
pub fn write_safetensors(weights: &Weights, metadata: HashMap<String, String>) -> Result<Vec<u8>, CheckpointError> {
    let bytes: Vec<(&str, &[usize], Vec<u8>)> = weights
        .0
        .iter()
        .map(|(name, tensor)| {
            let data = tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect();
            (name.as_str(), tensor.shape.as_slice(), data)
        })
        .collect();
    let views = bytes
        .iter()
        .map(|(name, shape, data)| Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), data)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|error| CheckpointError::Format(error.to_string()))?;
    let file = safetensors::serialize(views, Some(metadata));
    file.map(formats::ordered).map_err(|error| CheckpointError::Format(error.to_string()))
}
