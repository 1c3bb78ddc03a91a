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
use std::collections::{BTreeMap, HashMap};

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
    /// Rows of a matrix, by their first one.
    Matrix {
        pieces: BTreeMap<usize, Piece>,
        left: usize,
    },
    Values {
        values: Vec<f32>,
        left: usize,
    },
    /// On the device as one, with its scales.
    Floats(Tensor<1>),
    Words(Tensor<1, Int>, Vec<f32>),
}

/// Some output channels of a matrix, on the device: `[in, channels]`, packed or not.
enum Piece {
    Floats(Tensor<2>),
    Words(Tensor<2, Int>, Vec<f32>),
}

impl Piece {
    /// From published rows, `[channels, in]`.
    fn new(precision: Precision, rows: &[f32], input: usize, device: &Device) -> Self {
        let output = rows.len() / input;
        let mut packer = MatrixPacker::new(precision, output, input);
        packer.push(rows);
        let PackedMatrix { words, scales } = packer.finish();
        let shape = [input, precision.words(output)];
        match precision {
            Precision::F32 => {
                let values: Vec<f32> = words.into_iter().map(f32::from_bits).collect();
                Self::Floats(Tensor::from_data(TensorData::new(values, shape), device))
            }
            Precision::F16 | Precision::Int8 => {
                let words: Vec<i32> = words.into_iter().map(|word| word as i32).collect();
                Self::Words(Tensor::from_data(TensorData::new(words, shape), device), scales)
            }
        }
    }
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

    /// What the part with this name is kept in.
    pub fn precision(&self, name: &str) -> Precision {
        let matrix = |&(group, part): &(usize, usize)| {
            let Arriving { spec, precision, .. } = &self.groups[group];
            (spec.parts[part].kind == PartKind::Matrix).then_some(*precision)
        };
        self.places.get(name).and_then(matrix).unwrap_or(Precision::F32)
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
            *state = State::new(spec);
        }
        let left = match state {
            State::Matrix { pieces, left } => {
                pieces.insert(first, Piece::new(self.precision, rows, spec.rows_columns().1, device));
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
            state.settle();
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
    fn new(part: &Part) -> Self {
        match part.kind {
            PartKind::Matrix => Self::Matrix { pieces: BTreeMap::new(), left: part.size() },
            PartKind::Token | PartKind::Vector => Self::Values { values: vec![0.0; part.size()], left: part.size() },
        }
    }

    /// The pieces of a matrix become one, side by side.
    fn settle(&mut self) {
        let Self::Matrix { pieces, .. } = self else { return };
        let (mut floats, mut words, mut scales) = (Vec::new(), Vec::new(), Vec::new());
        for piece in std::mem::take(pieces).into_values() {
            match piece {
                Piece::Floats(values) => floats.push(values),
                Piece::Words(codes, of_piece) => {
                    words.push(codes);
                    scales.extend(of_piece);
                }
            }
        }
        *self = match words.is_empty() {
            true => Self::Floats(joined(floats, 1).flatten(0, 1)),
            false => Self::Words(joined(words, 1).flatten(0, 1), scales),
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
            State::Untouched | State::Matrix { .. } => {
                unreachable!("only complete groups are assembled")
            }
        }
    }
    if words.is_empty() {
        if !vectors.is_empty() {
            floats.push(upload(vectors, device));
        }
        return Group::new(spec, joined(floats, 0));
    }
    scales.extend(vectors);
    Group::packed(spec, precision, joined(words, 0), upload(scales, device))
}

/// Along an axis, one after the other; one alone is not copied.
fn joined<K: burn::tensor::kind::Basic, const D: usize>(mut parts: Vec<Tensor<D, K>>, axis: usize) -> Tensor<D, K> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, axis) }
}
