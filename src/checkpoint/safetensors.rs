//! Safetensors files <-> named host tensors.

use super::{CheckpointError, HostTensor, Weights};
use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::HashMap;

/// All f32, f16 and integer tensors of a file (all become f32), and the strings of its metadata.
///
/// # Errors
/// [`CheckpointError::Format`] or [`CheckpointError::Dtype`].
pub fn read_safetensors(bytes: &[u8]) -> Result<(Weights, HashMap<String, String>), CheckpointError> {
    let format = |error: safetensors::SafeTensorError| CheckpointError::Format(error.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
    let file = SafeTensors::deserialize(bytes).map_err(format)?;
    let mut weights = Weights::default();
    for (name, view) in file.iter() {
        let tensor = HostTensor { shape: view.shape().to_vec(), data: decode(name, &view)? };
        weights.0.insert(name.into(), tensor);
    }
    Ok((weights, header.metadata().clone().unwrap_or_default()))
}

fn decode(name: &str, view: &TensorView) -> Result<Vec<f32>, CheckpointError> {
    let bytes = view.data();
    Ok(match view.dtype() {
        Dtype::F32 => words(bytes).map(f32::from_le_bytes).collect(),
        Dtype::F16 => bytes.chunks_exact(2).map(|half| f16::from_le_bytes([half[0], half[1]]).to_f32()).collect(),
        Dtype::I32 => words(bytes).map(|word| i32::from_le_bytes(word) as f32).collect(),
        Dtype::U8 => bytes.iter().map(|&byte| f32::from(byte)).collect(),
        other => return Err(CheckpointError::Dtype { name: name.into(), dtype: format!("{other:?}") }),
    })
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.chunks_exact(4).map(|chunk| [chunk[0], chunk[1], chunk[2], chunk[3]])
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
    safetensors::serialize(views, Some(metadata)).map_err(|error| CheckpointError::Format(error.to_string()))
}
