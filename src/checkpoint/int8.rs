//! Matrices of a file in int8: `NAME` is codes, `[out, ...]`, and `NAME.scale` a factor for each of its rows, `[out]`.

use super::{CheckpointError, HostTensor, Weights};
use crate::kernels::packing;

/// What the name of a matrix's scales ends with.
pub(super) const SCALE: &str = ".scale";
/// Values of a row that take as much space in f16 as in int8 with a scale in f32.
const EVEN_ROW: usize = 4;

/// The name of the scales of `matrix`.
pub(super) fn scale_of(matrix: &str) -> String {
    format!("{matrix}{SCALE}")
}

/// Whether a tensor is a matrix, or patch kernels, that takes less space in int8 than in f16.
pub(super) fn saves(name: &str, shape: &[usize]) -> bool {
    name.ends_with(".weight") && shape.len() > 1 && shape[1..].iter().product::<usize>() > EVEN_ROW
}

/// The codes of a matrix `[out, ...]`, row by row, and its scales, `[out]`: no value is off by more than half a scale.
pub(super) fn encode(HostTensor { shape, data }: &HostTensor) -> (Vec<u8>, HostTensor) {
    let mut codes = Vec::with_capacity(data.len());
    let mut scales = Vec::with_capacity(shape[0]);
    for row in data.chunks_exact(row_length(data, shape[0])) {
        let (scale, row) = packing::int8_row(row);
        scales.push(scale);
        codes.extend(row.map(|code| code as u8));
    }
    (codes, HostTensor { shape: vec![scales.len()], data: scales })
}

/// Turns the codes of the tensors `coded` into values, and takes their scales out of `weights`.
///
/// # Errors
/// [`CheckpointError::Missing`] or [`CheckpointError::Shape`] for scales that are not one a row,
/// [`CheckpointError::NotFinite`] for values beyond f32, [`CheckpointError::ScaleAlone`] for scales of another tensor.
pub(super) fn decode(weights: &mut Weights, coded: &[String]) -> Result<(), CheckpointError> {
    for name in coded {
        let rows = weights.0[name].shape.get(..1).unwrap_or_default().to_vec();
        let scales = weights.take(&scale_of(name), &rows)?;
        let Some(HostTensor { data, .. }) = weights.0.get_mut(name) else { continue };
        let length = row_length(data, scales.len());
        for (row, scale) in data.chunks_exact_mut(length).zip(scales) {
            row.iter_mut().for_each(|value| *value *= scale);
        }
        if data.iter().any(|value| !value.is_finite()) {
            return Err(CheckpointError::NotFinite(name.clone()));
        }
    }
    match weights.0.keys().find(|name| name.ends_with(SCALE)) {
        Some(name) => Err(CheckpointError::ScaleAlone(name.clone())),
        None => Ok(()),
    }
}

/// Values of each of so many rows; 1 if there are none, as the length of a chunk can't be 0.
fn row_length(data: &[f32], rows: usize) -> usize {
    data.len().checked_div(rows).unwrap_or_default().max(1)
}
