//! Files made in a test, and a source that says what was read of them.

use safetensors::{Dtype, tensor::TensorView};
use std::{cell::Cell, rc::Rc};
use vjepa_web::{
    checkpoint::{HostTensor, Weights},
    formats::{Bytes, SourceError},
};

/// A file in memory that counts how far it was read, and may fail on the way.
#[derive(Clone)]
pub struct Source {
    pub bytes: Vec<u8>,
    /// End of the furthest read; shared by clones.
    pub read: Rc<Cell<u64>>,
    /// Reads that end after this fail.
    pub fails_after: u64,
}

impl Source {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, read: Rc::default(), fails_after: u64::MAX }
    }

    /// Whether nothing but the header of the safetensors file was read.
    pub fn only_header_read(&self) -> bool {
        self.read.get() <= 8 + u64::from_le_bytes(self.bytes[..8].try_into().unwrap())
    }
}

impl Bytes for Source {
    fn size(&self) -> Option<u64> {
        Some(self.bytes.len() as u64)
    }

    async fn read(&mut self, at: u64, count: usize) -> Result<Vec<u8>, SourceError> {
        let end = at + count as u64;
        if end > self.fails_after {
            return Err(SourceError { code: "offline".into(), message: "The network is gone.".into() });
        }
        self.read.set(self.read.get().max(end));
        self.bytes.as_slice().read(at, count).await
    }
}

/// A safetensors file of f32.
pub fn file(weights: &Weights) -> Vec<u8> {
    file_as(weights, Dtype::F32, f32::to_le_bytes)
}

/// The same with numbers of another type.
pub fn file_as<const N: usize>(weights: &Weights, dtype: Dtype, encode: fn(f32) -> [u8; N]) -> Vec<u8> {
    let data: Vec<Vec<u8>> =
        weights.0.values().map(|t| t.data.iter().flat_map(|&value| encode(value)).collect()).collect();
    let tensors = weights.0.iter().zip(&data);
    let views: Vec<(&String, TensorView)> = tensors
        .map(|((name, HostTensor { shape, .. }), data)| (name, TensorView::new(dtype, shape.clone(), data).unwrap()))
        .collect();
    safetensors::serialize(views, None).unwrap()
}
