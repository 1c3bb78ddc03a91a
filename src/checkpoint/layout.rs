//! A safetensors file before its data is there: names and shapes make the header, the data follows as a stream.

use super::{CheckpointError, TensorShape};
use half::f16;
use safetensors::{
    Dtype,
    tensor::{Metadata, TensorInfo},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How the numbers of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileDtype {
    /// As they are.
    F32,
    /// Half the size, 11 significant bits.
    F16,
}

impl FileDtype {
    /// As PyTorch calls it.
    pub fn torch_name(self) -> &'static str {
        match self {
            FileDtype::F32 => "float32",
            FileDtype::F16 => "float16",
        }
    }

    /// As safetensors calls it.
    pub(super) fn safetensors(self) -> Dtype {
        match self {
            FileDtype::F32 => Dtype::F32,
            FileDtype::F16 => Dtype::F16,
        }
    }

    /// Bytes of a number.
    pub fn bytes(self) -> usize {
        match self {
            FileDtype::F32 => 4,
            FileDtype::F16 => 2,
        }
    }

    /// Little-endian; `None` if a value is beyond what the type holds.
    pub fn encode(self, values: &[f32]) -> Option<Vec<u8>> {
        match self {
            FileDtype::F32 => Some(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
            FileDtype::F16 => {
                let halves = values.iter().map(|&value| Some(f16::from_f32(value)).filter(|half| half.is_finite()));
                let bytes: Option<Vec<[u8; 2]>> = halves.map(|half| half.map(f16::to_le_bytes)).collect();
                bytes.map(|bytes| bytes.into_flattened())
            }
        }
    }
}

/// The head of a safetensors file whose data are these tensors in this order: 8 bytes of length, then JSON, padded to a
/// multiple of 8. Marked as PyTorch's, which transformers insists on.
///
/// # Errors
/// [`CheckpointError::Format`] if the library refuses, as it does for a name that comes twice.
pub fn safetensors_header(layout: &[TensorShape], precision: FileDtype) -> Result<Vec<u8>, CheckpointError> {
    let dtype = precision.safetensors();
    let places = layout.iter().scan(0, |at, tensor| {
        let start = *at;
        *at += tensor.values() * precision.bytes();
        let info = TensorInfo { dtype, shape: tensor.shape.clone(), data_offsets: (start, *at) };
        Some((tensor.name.clone(), info))
    });
    let metadata = HashMap::from([("format".into(), "pt".into())]);
    let metadata =
        Metadata::new(Some(metadata), places.collect()).map_err(|e| CheckpointError::Format(e.to_string()))?;
    let mut json = serde_json::to_vec(&metadata).map_err(|e| CheckpointError::Format(e.to_string()))?;
    json.resize(json.len().next_multiple_of(8), b' ');
    Ok([(json.len() as u64).to_le_bytes().as_slice(), &json].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_reads_a_header_with_its_data() {
        let tensor = |name: &str, shape: &[usize]| TensorShape { name: name.into(), shape: shape.into() };
        let layout = [tensor("z", &[2, 2]), tensor("a", &[3])];
        let mut file = safetensors_header(&layout, FileDtype::F32).unwrap();
        assert_eq!(file.len() % 8, 0);
        file.extend(FileDtype::F32.encode(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).unwrap());
        let (weights, metadata) = super::super::read_safetensors(&file).unwrap();
        assert_eq!(weights.0["z"].data, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!((&weights.0["a"].data[..], metadata["format"].as_str()), (&[5.0, 6.0, 7.0][..], "pt"));
    }

    #[test]
    fn halves_are_rounded_to_even_and_never_infinite() {
        let encoded = FileDtype::F16.encode(&[1.0, 1.0 + 2f32.powi(-11), 65_504.0]).unwrap();
        assert_eq!(encoded, [0x00, 0x3c, 0x00, 0x3c, 0xff, 0x7b]);
        assert_eq!(FileDtype::F16.encode(&[65_520.0]), None);
    }
}
