//! Parameters that one kernel reads, in one flat tensor: a layer, a norm, a whole block.
//!
//! The optimiser and the moving average go through a group in one dispatch each, and a block's gradient arrives as one
//! tensor. Names and shapes are those of the published checkpoints; matrices come first, because they decay.

use crate::checkpoint::{CheckpointError, HostReads, HostTensor, TensorShape, Weights, transpose};
use burn::tensor::{Device, Tensor, TensorData};
use std::sync::Arc;

/// One published tensor of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    name: String,
    /// As published.
    shape: Vec<usize>,
    kind: PartKind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum PartKind {
    /// Published `[out, in, ...]`, kept `[in, out]`; decays.
    Matrix,
    /// Kept as it is; decays.
    Token,
    /// Kept as it is; does not decay, like all biases and norms.
    Vector,
}

impl Part {
    /// A linear weight `[output, input]`, or a kernel `[output, ...]` of `input` values.
    pub fn matrix(name: &str, shape: &[usize]) -> Self {
        Self { name: name.into(), shape: shape.into(), kind: PartKind::Matrix }
    }

    /// A learned token.
    pub fn token(name: &str, shape: &[usize]) -> Self {
        Self { name: name.into(), shape: shape.into(), kind: PartKind::Token }
    }

    /// A bias, or a norm's gain.
    pub fn vector(name: &str, size: usize) -> Self {
        Self { name: name.into(), shape: vec![size], kind: PartKind::Vector }
    }

    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Rows and columns as published.
    fn rows_columns(&self) -> (usize, usize) {
        (self.shape[0], self.len() / self.shape[0])
    }
}

/// Parameters in one flat tensor, and what is in it.
#[derive(Debug, Clone)]
pub struct Group {
    /// Where its parts are found in a checkpoint, such as `blocks.0`.
    pub path: String,
    parts: Arc<[Part]>,
    /// `[n]`.
    pub value: Tensor<1>,
}

impl Group {
    /// Take `{prefix}.{path}.{part}` out of `weights`. On an autodiff device the group asks for gradients.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape, by name.
    pub fn load(
        weights: &mut Weights,
        prefix: &str,
        path: &str,
        parts: Vec<Part>,
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        debug_assert!(parts.is_sorted_by_key(|part| part.kind == PartKind::Vector), "vectors come last");
        let mut flat = Vec::with_capacity(parts.iter().map(Part::len).sum());
        for part in &parts {
            let data = weights.take(&joined(&[prefix, path, &part.name]), &part.shape)?;
            let (rows, columns) = part.rows_columns();
            match part.kind {
                PartKind::Matrix => flat.extend(transpose(&data, rows, columns)),
                PartKind::Token | PartKind::Vector => flat.extend(data),
            }
        }
        let value = upload(flat, device);
        let value = if device.is_autodiff() { value.require_grad() } else { value };
        Ok(Self { path: path.into(), parts: parts.into(), value })
    }

    /// The parameters for a forward pass.
    pub fn weights(&self) -> Tensor<1> {
        self.value.clone()
    }

    /// Entries before this one decay.
    pub fn decayed(&self) -> usize {
        self.parts.iter().filter(|part| part.kind != PartKind::Vector).map(Part::len).sum()
    }

    /// The same parameters without gradients.
    pub fn valid(&self) -> Self {
        Self { value: self.value.clone().inner(), ..self.clone() }
    }

    /// Names below `prefix` and shapes of what [`collect`](Self::collect) reads, in the order of the names.
    pub fn published(&self, prefix: &str) -> Vec<TensorShape> {
        let shape =
            |part: &Part| TensorShape { name: joined(&[prefix, &self.path, &part.name]), shape: part.shape.clone() };
        let mut published: Vec<TensorShape> = self.parts.iter().map(shape).collect();
        published.sort_by(|a, b| a.name.cmp(&b.name));
        published
    }

    /// Add the parameters to `reads`, named and shaped as published, below `prefix`.
    pub fn collect(&self, prefix: &str, reads: &mut HostReads) {
        let value = if self.value.device().is_autodiff() { self.value.clone().inner() } else { self.value.clone() };
        self.collect_published(prefix, value, reads);
    }

    /// The same for another tensor that is laid out as the parameters are, such as their gradient.
    pub fn collect_published(&self, prefix: &str, value: Tensor<1>, reads: &mut HostReads) {
        let (prefix, path, parts) = (prefix.to_string(), self.path.clone(), self.parts.clone());
        reads.add(value, move |values, weights| {
            for (part, data) in split(&parts, &values) {
                let (rows, columns) = part.rows_columns();
                let data = match part.kind {
                    PartKind::Matrix => transpose(data, columns, rows),
                    PartKind::Token | PartKind::Vector => data.to_vec(),
                };
                weights.insert(joined(&[&prefix, &path, &part.name]), part.shape.clone(), data);
            }
        });
    }

    /// Name the parts of `values`, laid out as the parameters are: flat, in the engine's own orientation.
    pub fn unpack(&self, prefix: &str, values: &[f32], into: &mut Weights) {
        for (part, data) in split(&self.parts, values) {
            into.insert(joined(&[prefix, &self.path, &part.name]), [data.len()], data.to_vec());
        }
    }

    /// What [`unpack`](Self::unpack) wrote, if all of it is there.
    pub fn pack(&self, prefix: &str, from: &Weights) -> Option<Vec<f32>> {
        let part = |part: &Part| {
            let HostTensor { data, .. } = from.0.get(&joined(&[prefix, &self.path, &part.name]))?;
            (data.len() == part.len()).then_some(data)
        };
        let parts: Option<Vec<&Vec<f32>>> = self.parts.iter().map(part).collect();
        Some(parts?.into_iter().flatten().copied().collect())
    }
}

/// Consecutive parts of a flat group.
fn split<'a>(parts: &'a [Part], values: &'a [f32]) -> impl Iterator<Item = (&'a Part, &'a [f32])> {
    parts.iter().scan(0, move |start, part| {
        let data = &values[*start..*start + part.len()];
        *start += part.len();
        Some((part, data))
    })
}

/// Names with a dot between those that are not empty.
fn joined(names: &[&str]) -> String {
    names.iter().copied().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".")
}

pub(crate) fn upload(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

/// A layer `[output, input]` with its bias.
pub fn layer(name: &str, output: usize, input: usize) -> [Part; 2] {
    [Part::matrix(&joined(&[name, "weight"]), &[output, input]), Part::vector(&joined(&[name, "bias"]), output)]
}

/// Gain and bias of a layer norm.
pub fn norm(name: &str, width: usize) -> [Part; 2] {
    [Part::vector(&joined(&[name, "weight"]), width), Part::vector(&joined(&[name, "bias"]), width)]
}
