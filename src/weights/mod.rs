//! Named tensors on the host: the one door through which every model gets its weights.

mod error;

pub use error::CheckpointError;

use std::collections::BTreeMap;

/// An f32 tensor in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTensor {
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

/// What a tensor is called, and its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorShape {
    pub name: String,
    pub shape: Vec<usize>,
}

impl TensorShape {
    pub fn values(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Tensors by name, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights(pub BTreeMap<String, HostTensor>);

impl Weights {
    pub fn insert(&mut self, name: impl Into<String>, shape: impl Into<Vec<usize>>, data: Vec<f32>) {
        let shape = shape.into();
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        self.0.insert(name.into(), HostTensor { shape, data });
    }

    /// Remove a tensor that must be there with this shape, so that host memory shrinks as the device fills.
    ///
    /// # Errors
    /// [`CheckpointError::Missing`] or [`CheckpointError::Shape`].
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, CheckpointError> {
        let tensor = self.0.remove(name).ok_or_else(|| CheckpointError::Missing(name.into()))?;
        if tensor.shape != shape {
            return Err(CheckpointError::Shape { name: name.into(), found: tensor.shape, expected: shape.into() });
        }
        Ok(tensor.data)
    }

    /// Names that start with `prefix`, without it.
    pub fn below(&self, prefix: &str) -> Weights {
        let inside =
            self.0.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_string(), tensor.clone())));
        Weights(inside.collect())
    }

    /// The same with `prefix` before every name.
    pub fn prefixed(self, prefix: &str) -> Weights {
        Weights(self.0.into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)).collect())
    }

    pub fn extend(&mut self, other: Weights) {
        self.0.extend(other.0);
    }
}

/// `[rows, columns]` -> `[columns, rows]`. Published linear weights are `[out, in]`, the engine's are `[in, out]`.
pub(crate) fn transpose(data: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; data.len()];
    for (r, row) in data.chunks_exact(columns).enumerate() {
        for (c, value) in row.iter().enumerate() {
            out[c * rows + r] = *value;
        }
    }
    out
}
