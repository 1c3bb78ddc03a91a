//! Groups that arrive tensor by tensor, in whatever order a file has them, and go to the device as they are complete.

use super::CheckpointError;
use crate::{
    kernels::{
        packable,
        packing::{MatrixPacker, PackedMatrix},
    },
    model::{
        Group,
        group::{GroupSpec, Part, PartKind, upload},
    },
    precision::Precision,
};
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::collections::HashMap;

/// The groups of a model on their way to `device`.
pub struct Builder {
    device: Device,
    groups: Vec<Arriving>,
    /// Group and part by published name.
    places: HashMap<String, (usize, usize)>,
}

/// A group of which some parts are there.
struct Arriving {
    spec: GroupSpec,
    precision: Precision,
    parts: Vec<State>,
    ready: Option<Group>,
}

/// How far a part is. `left` counts the values that are still to come.
enum State {
    Untouched,
    Matrix {
        packer: Box<MatrixPacker>,
        left: usize,
    },
    Values {
        values: Vec<f32>,
        left: usize,
    },
    /// On the device, with its scales.
    Floats(Tensor<1>),
    Words(Tensor<1, Int>, Vec<f32>),
}

impl Builder {
    /// For the groups of `specs`, each with the prefix of its names. What can't be kept in `precision` is kept in f32.
    pub fn new(specs: Vec<(&str, GroupSpec)>, precision: Precision, device: &Device) -> Self {
        let mut places = HashMap::new();
        let mut groups = Vec::with_capacity(specs.len());
        for (group, (prefix, spec)) in specs.into_iter().enumerate() {
            places.extend(spec.names(prefix).enumerate().map(|(part, (name, _))| (name, (group, part))));
            let parts = spec.parts.iter().map(|_| State::Untouched).collect();
            let precision = if can_pack(&spec) { precision } else { Precision::F32 };
            groups.push(Arriving { spec, precision, parts, ready: None });
        }
        Self { device: device.clone(), groups, places }
    }

    /// The part with this name; none if the model has none.
    pub fn part(&self, name: &str) -> Option<&Part> {
        let &(group, part) = self.places.get(name)?;
        Some(&self.groups[group].spec.parts[part])
    }

    /// Take rows of a part from `first` on, as published. True if that completes its group.
    ///
    /// # Errors
    /// [`CheckpointError::Missing`] for a name that the model does not have.
    pub fn put(&mut self, name: &str, first: usize, rows: &[f32]) -> Result<bool, CheckpointError> {
        let place = self.places.get(name).ok_or_else(|| CheckpointError::Missing(name.into()))?;
        self.groups[place.0].put(place.1, first, rows, &self.device);
        Ok(self.groups[place.0].complete(&self.device))
    }

    /// All groups, in the order of the specs.
    ///
    /// # Errors
    /// [`CheckpointError::Missing`] for the first part that did not arrive.
    pub fn finish(self) -> Result<Vec<Group>, CheckpointError> {
        let finish = |group: Arriving| group.ready.ok_or(CheckpointError::Missing(group.spec.path));
        self.groups.into_iter().map(finish).collect()
    }
}

/// Whether the packed kernels take all matrices of a group. There is nothing to pack in others.
fn can_pack(spec: &GroupSpec) -> bool {
    let mut matrices = spec.parts.iter().filter(|part| part.kind == PartKind::Matrix).peekable();
    matrices.peek().is_some()
        && matrices.all(|part| {
            let (rows, columns) = part.rows_columns();
            packable(columns, rows)
        })
}

impl Arriving {
    fn put(&mut self, part: usize, first: usize, rows: &[f32], device: &Device) {
        let spec = &self.spec.parts[part];
        // A group that is complete takes nothing more.
        let Some(state) = self.parts.get_mut(part) else { return };
        if let State::Untouched = state {
            *state = State::new(spec, self.precision);
        }
        let left = match state {
            State::Matrix { packer, left } => {
                packer.at(first);
                packer.push(rows);
                left
            }
            State::Values { values, left } => {
                let at = first * spec.rows_columns().1;
                values[at..at + rows.len()].copy_from_slice(rows);
                left
            }
            // It was complete before: a file that has a tensor twice does not come this far.
            State::Untouched | State::Floats(_) | State::Words(..) => return,
        };
        *left = left.saturating_sub(rows.len());
        if *left == 0 {
            state.settle(self.precision, device);
        }
    }

    /// Whether the group is complete now; then it is put together on the device.
    fn complete(&mut self, device: &Device) -> bool {
        let complete = self.ready.is_none() && self.parts.iter().all(State::is_settled);
        if complete {
            let parts = std::mem::take(&mut self.parts);
            self.ready = Some(assemble(self.spec.clone(), self.precision, parts, device));
        }
        complete
    }
}

impl State {
    fn new(part: &Part, precision: Precision) -> Self {
        let (rows, columns) = part.rows_columns();
        match part.kind {
            PartKind::Matrix => {
                Self::Matrix { packer: Box::new(MatrixPacker::new(precision, rows, columns)), left: part.size() }
            }
            PartKind::Token | PartKind::Vector => Self::Values { values: vec![0.0; part.size()], left: part.size() },
        }
    }

    /// A matrix that is complete goes to the device, so that no more than one of a group is on the heap.
    fn settle(&mut self, precision: Precision, device: &Device) {
        if !matches!(self, State::Matrix { .. }) {
            return;
        }
        let State::Matrix { packer, .. } = std::mem::replace(self, State::Untouched) else { unreachable!() };
        let PackedMatrix { words, scales } = packer.finish();
        *self = match precision {
            Precision::F32 => State::Floats(upload(words.into_iter().map(f32::from_bits).collect(), device)),
            Precision::F16 | Precision::Int8 => State::Words(upload_words(words, device), scales),
        };
    }

    fn is_settled(&self) -> bool {
        match self {
            State::Untouched | State::Matrix { .. } => false,
            State::Values { left, .. } => *left == 0,
            State::Floats(_) | State::Words(..) => true,
        }
    }
}

fn assemble(spec: GroupSpec, precision: Precision, parts: Vec<State>, device: &Device) -> Group {
    let (mut floats, mut words, mut scales, mut vectors) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        match part {
            State::Floats(matrix) => floats.push(matrix),
            State::Words(matrix, of_matrix) => {
                words.push(matrix);
                scales.extend(of_matrix);
            }
            State::Values { values, .. } => vectors.extend(values),
            State::Untouched | State::Matrix { .. } => unreachable!("only complete groups are assembled"),
        }
    }
    if words.is_empty() {
        if !vectors.is_empty() {
            floats.push(upload(vectors, device));
        }
        return Group::new(spec, joined(floats));
    }
    scales.extend(vectors);
    Group::packed(spec, precision, joined(words), upload(scales, device))
}

/// One after the other; one alone is not copied.
fn joined<K: burn::tensor::kind::Basic>(mut parts: Vec<Tensor<1, K>>) -> Tensor<1, K> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) }
}

fn upload_words(words: Vec<u32>, device: &Device) -> Tensor<1, Int> {
    let count = words.len();
    Tensor::from_data(TensorData::new(words.into_iter().map(|word| word as i32).collect::<Vec<_>>(), [count]), device)
}
