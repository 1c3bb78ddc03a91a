//! Parameters that one kernel reads, in one flat tensor: a layer, a norm, a whole block.
//!
//! The optimiser and the moving average go through a group in one dispatch each, and a block's gradient arrives as one
//! tensor. Names and shapes are those of the published checkpoints; matrices come first, because they decay.

use crate::{
    config::ModelConfig,
    kernels::{self, BlockShape, Spans, packing},
    precision::Precision,
    read::HostReads,
    weights::{CheckpointError, HostTensor, TensorShape, Weights, transpose},
};
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::sync::Arc;

/// One published tensor of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub name: String,
    /// As published.
    pub shape: Vec<usize>,
    pub kind: PartKind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartKind {
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

    /// Values.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Rows and columns as published.
    pub fn rows_columns(&self) -> (usize, usize) {
        (self.shape[0], self.size() / self.shape[0])
    }
}

/// A group before it has values: where a checkpoint has its parts, and what they are.
#[derive(Debug, Clone)]
pub struct GroupSpec {
    pub path: String,
    pub parts: Vec<Part>,
}

impl GroupSpec {
    pub fn new(path: impl Into<String>, parts: impl Into<Vec<Part>>) -> Self {
        let spec = Self { path: path.into(), parts: parts.into() };
        debug_assert!(spec.parts.is_sorted_by_key(|part| part.kind == PartKind::Vector), "vectors come last");
        spec
    }

    /// Bytes on the device with all matrices kept in `precision`.
    pub fn bytes(&self, precision: Precision) -> usize {
        let words = |part: &Part| match part.kind {
            PartKind::Matrix => precision.words(part.size()) + precision.scales(part.rows_columns().0),
            PartKind::Token | PartKind::Vector => part.size(),
        };
        4 * self.parts.iter().map(words).sum::<usize>()
    }

    /// Names as published, below `prefix`, with their parts.
    pub fn names(&self, prefix: &str) -> impl Iterator<Item = (String, &Part)> {
        self.parts.iter().map(move |part| (joined(&[prefix, &self.path, &part.name]), part))
    }
}

/// Take the groups of a network out of `weights`, `{prefix}.{path}.{part}` each.
///
/// # Errors
/// A tensor that is missing or has another shape, by name.
pub fn load_all(
    specs: Vec<GroupSpec>,
    weights: &mut Weights,
    prefix: &str,
    device: &Device,
) -> Result<Vec<Group>, CheckpointError> {
    specs.into_iter().map(|spec| Group::load(weights, prefix, spec, device)).collect()
}

/// A network that some models have and others lack.
pub trait OptionalNetwork: Sized {
    /// What it is made of, in the order in which [`assemble`](Self::assemble) wants it; nothing in a model without it.
    fn specs(config: &ModelConfig) -> Vec<GroupSpec>;

    /// From the groups of [`specs`](Self::specs); none in a model without it.
    fn assemble(config: &ModelConfig, groups: Vec<Group>) -> Option<Self>;

    /// Build from `{prefix}.*` of `weights`, which are taken out of it; none in a model without it.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape, by name.
    fn load(
        config: &ModelConfig,
        weights: &mut Weights,
        prefix: &str,
        device: &Device,
    ) -> Result<Option<Self>, CheckpointError> {
        Ok(Self::assemble(config, load_all(Self::specs(config), weights, prefix, device)?))
    }
}

/// Hands out a network's groups in the order of its specs.
pub struct Groups(std::vec::IntoIter<Group>);

impl Groups {
    pub fn new(groups: Vec<Group>) -> Self {
        Self(groups.into_iter())
    }

    /// The next one.
    pub fn one(&mut self) -> Group {
        self.0.next().expect("as many groups as specs")
    }
}

/// Parameters in one flat tensor, and what is in it.
#[derive(Debug, Clone)]
pub struct Group {
    /// Where its parts are found in a checkpoint, such as `blocks.0`.
    pub path: String,
    parts: Arc<[Part]>,
    /// All parameters, `[n]`; of a packed group only scales and vectors.
    pub value: Tensor<1>,
    /// Matrices in fewer bits, for looking alone.
    codes: Option<Codes>,
}

/// The matrices of a packed group, as [`packing`] lays them out.
#[derive(Debug, Clone)]
struct Codes {
    precision: Precision,
    words: Tensor<1, Int>,
}

impl Group {
    /// A group whose values are on the device already, flat and in the engine's own orientation.
    pub fn new(GroupSpec { path, parts }: GroupSpec, value: Tensor<1>) -> Self {
        Self { path, parts: parts.into(), value, codes: None }
    }

    /// The same with packed matrices; `rest` are their scales, then the vectors.
    pub fn packed(spec: GroupSpec, precision: Precision, words: Tensor<1, Int>, rest: Tensor<1>) -> Self {
        Self { codes: Some(Codes { precision, words }), ..Self::new(spec, rest) }
    }

    /// As a layer: `[R, input]` -> `[R, output]`.
    pub fn linear(&self, x: Tensor<2>, output: usize) -> Tensor<2> {
        match &self.codes {
            None => kernels::linear(x, self.weights(), output),
            Some(Codes { precision, words }) => {
                kernels::packed_linear(x, words.clone(), self.weights(), output, *precision)
            }
        }
    }

    /// As a transformer block: `[R, D]` -> `[R, D]`.
    pub fn block(&self, x: Tensor<2>, rope: Tensor<2>, spans: Spans, shape: BlockShape) -> Tensor<2> {
        match &self.codes {
            None => kernels::block(x, self.weights(), rope, spans, shape),
            Some(Codes { precision, words }) => {
                kernels::packed_block(x, words.clone(), self.weights(), rope, spans, shape, *precision)
            }
        }
    }

    /// As a transformer block on new rows of `count` sequences, behind the keys and values of `past`: see
    /// [`kernels::block_after`].
    pub fn block_after(
        &self,
        x: Tensor<2>,
        rope: Tensor<2>,
        past: Option<Tensor<2>>,
        count: usize,
        shape: BlockShape,
    ) -> (Tensor<2>, Tensor<2>) {
        match &self.codes {
            None => kernels::block_after(x, self.weights(), rope, past, count, shape),
            Some(Codes { precision, words }) => {
                let weights = (words.clone(), self.weights(), *precision);
                kernels::packed_block_after(x, weights, rope, past, count, shape)
            }
        }
    }

    /// Take `{prefix}.{path}.{part}` out of `weights`. On an autodiff device the group asks for gradients.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape, by name.
    pub fn load(
        weights: &mut Weights,
        prefix: &str,
        GroupSpec { path, parts }: GroupSpec,
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        let mut flat = Vec::with_capacity(parts.iter().map(Part::size).sum());
        for part in &parts {
            let data = weights.take(&joined(&[prefix, &path, &part.name]), &part.shape)?;
            let (rows, columns) = part.rows_columns();
            match part.kind {
                PartKind::Matrix => flat.extend(transpose(&data, rows, columns)),
                PartKind::Token | PartKind::Vector => flat.extend(data),
            }
        }
        let value = upload(flat, device);
        let value = if device.is_autodiff() { value.require_grad() } else { value };
        Ok(Self { path, parts: parts.into(), value, codes: None })
    }

    /// What is in it, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The parameters for a forward pass.
    pub fn weights(&self) -> Tensor<1> {
        self.value.clone()
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> usize {
        let words = self.codes.as_ref().map_or(0, |codes| codes.words.shape().num_elements());
        4 * (words + self.value.shape().num_elements())
    }

    /// Entries before this one decay.
    pub fn decayed(&self) -> usize {
        self.parts.iter().filter(|part| part.kind != PartKind::Vector).map(Part::size).sum()
    }

    /// The same parameters without gradients.
    pub fn valid(&self) -> Self {
        Self { value: self.value.clone().inner(), ..self.clone() }
    }

    /// A copy on another device. On an autodiff device it asks for gradients.
    #[cfg(feature = "threads")]
    pub fn on(&self, device: &Device) -> Self {
        let value = if self.value.is_autodiff() { self.value.clone().inner() } else { self.value.clone() };
        let value = value.to_device(&device.clone().inner());
        let value = if device.is_autodiff() { Tensor::from_inner(value).require_grad() } else { value };
        Self { value, ..self.clone() }
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
        if let Some(codes) = &self.codes {
            return self.collect_packed(prefix, codes, reads);
        }
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

    fn collect_packed(&self, prefix: &str, Codes { precision, words }: &Codes, reads: &mut HostReads) {
        let (prefix, path, parts, precision) = (prefix.to_string(), self.path.clone(), self.parts.clone(), *precision);
        reads.add_packed(words.clone(), self.value.clone(), move |words, rest, weights| {
            let (mut codes, mut rest) = (words.as_slice(), rest.as_slice());
            let mut taken = Vec::new();
            for part in parts.iter().filter(|part| part.kind == PartKind::Matrix) {
                let (rows, columns) = part.rows_columns();
                let words = codes.split_off(..precision.words(part.size())).unwrap_or_default();
                let scales = rest.split_off(..precision.scales(rows)).unwrap_or_default();
                taken.push((part, packing::unpack(precision, words, scales, rows, columns)));
            }
            for part in parts.iter().filter(|part| part.kind != PartKind::Matrix) {
                taken.push((part, rest.split_off(..part.size()).unwrap_or_default().to_vec()));
            }
            for (part, data) in taken {
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

    /// What [`unpack`](Self::unpack) wrote, or nothing where none of it is there.
    ///
    /// # Errors
    /// If a part of it is missing or has another size.
    pub fn pack(&self, prefix: &str, from: &Weights) -> Result<Option<Vec<f32>>, CheckpointError> {
        let name = |part: &Part| joined(&[prefix, &self.path, &part.name]);
        if !self.parts.iter().any(|part| from.0.contains_key(&name(part))) {
            return Ok(None);
        }
        let mut all = Vec::new();
        for part in self.parts.iter() {
            let name = name(part);
            let HostTensor { shape, data } = from.0.get(&name).ok_or_else(|| CheckpointError::Missing(name.clone()))?;
            if data.len() != part.size() {
                return Err(CheckpointError::Shape { name, found: shape.clone(), expected: vec![part.size()] });
            }
            all.extend(data);
        }
        Ok(Some(all))
    }
}

/// Consecutive parts of a flat group.
fn split<'a>(parts: &'a [Part], values: &'a [f32]) -> impl Iterator<Item = (&'a Part, &'a [f32])> {
    parts.iter().scan(0, move |start, part| {
        let data = &values[*start..*start + part.size()];
        *start += part.size();
        Some((part, data))
    })
}

/// Names with a dot between those that are not empty.
fn joined(names: &[&str]) -> String {
    names.iter().copied().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".")
}

/// `[n]`.
pub fn upload(values: Vec<f32>, device: &Device) -> Tensor<1> {
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
