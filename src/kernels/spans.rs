//! The sequences of a ragged batch.

use burn::tensor::{Device, Int, Tensor, TensorData};
use std::{ops::Range, sync::Arc};

/// Consecutive rows of a ragged batch that attend to each other, one sequence after the other.
#[derive(Debug, Clone)]
pub struct Spans {
    /// For each row the first row and the end of its sequence, `[R, 2]`: what kernels read.
    pub ends: Tensor<2, Int>,
    lengths: Arc<[usize]>,
}

impl Spans {
    /// Sequences of these lengths.
    pub fn new(lengths: &[usize], device: &Device) -> Self {
        let each = |range: Range<usize>| vec![[range.start as i32, range.end as i32]; range.len()];
        let values: Vec<i32> = sequences(lengths).flat_map(each).flatten().collect();
        let rows = values.len() / 2;
        Self { ends: Tensor::from_data(TensorData::new(values, [rows, 2]), device), lengths: lengths.into() }
    }

    /// The rows of each.
    pub fn sequences(&self) -> Vec<Range<usize>> {
        sequences(&self.lengths).collect()
    }
}

fn sequences(lengths: &[usize]) -> impl Iterator<Item = Range<usize>> {
    lengths.iter().scan(0, |end, length| {
        *end += length;
        Some(*end - length..*end)
    })
}
