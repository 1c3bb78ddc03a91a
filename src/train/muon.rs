//! Muon (Jordan et al. 2024): matrices move along their orthogonalised momentum instead of along AdamW's update.
//!
//! All singular values of an update become about 1, so that directions which few gradients point to are learned as fast as
//! the others. An update is as large as AdamW's usually is (Liu et al. 2025: `0.2 sqrt(longer side)`), so learning rate and
//! weight decay mean the same for both. Of Burn's own operations, matrices of one shape together.

use crate::{
    model::{Group, group::PartKind},
    schedule::Values,
};
use burn::tensor::Tensor;
use std::collections::BTreeMap;

/// Momentum, as AdamW's first moment has it, and Nesterov's look ahead.
const MOMENTUM: f64 = 0.9;
/// Steps of the iteration, and its coefficients: after five all singular values are between about 0.7 and 1.2.
const ITERATIONS: usize = 5;
const COEFFICIENTS: (f64, f64, f64) = (3.4445, -4.7750, 2.0315);
/// Keeps a gradient of nothing from being divided by nothing.
const SMALLEST: f64 = 1e-7;

/// A matrix `[rows, columns]` in a flat group that moves so. Queries, keys and values are three matrices side by side.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    rows: usize,
    columns: usize,
    beside: usize,
}

impl Place {
    /// Lays a tall matrix down, and stands it up again.
    fn turn(self, matrix: Tensor<2>) -> Tensor<2> {
        if self.rows > self.columns / self.beside { matrix.transpose() } else { matrix }
    }
}

/// The matrices of a transformer block, in the order of its weights; of any other group none.
fn places(group: &Group) -> Vec<Place> {
    let mut start = 0;
    let mut found = vec![];
    for part in group.parts() {
        let (columns, rows) = part.rows_columns();
        let inside = part.name.starts_with("attn.") || part.name.starts_with("mlp.");
        if inside && part.kind == PartKind::Matrix {
            let beside = if part.name == "attn.qkv.weight" { 3 } else { 1 };
            found.push(Place { start, rows, columns, beside });
        }
        start += part.size();
    }
    found
}

/// The updates of all matrices of some groups, by the path of a group.
pub(super) struct Updates(BTreeMap<String, Vec<(Place, Tensor<2>)>>);

impl Updates {
    /// From the gradients `[n]` of groups, scaled as they are to be, and the moments `[2 n]` that AdamW has just moved on.
    pub fn new<'a>(groups: impl Iterator<Item = (&'a Group, Tensor<1>, Tensor<1>)>) -> Self {
        let mut alike: BTreeMap<[usize; 2], Vec<(String, Place, Tensor<2>)>> = BTreeMap::new();
        for (group, gradient, moments) in groups {
            for place in places(group) {
                let Place { start, rows, columns, beside } = place;
                let of = |flat: &Tensor<1>| flat.clone().narrow(0, start, rows * columns).reshape([rows, columns]);
                let ahead = of(&moments).mul_scalar(MOMENTUM) + of(&gradient).mul_scalar(1.0 - MOMENTUM);
                for matrix in ahead.chunk(beside, 1) {
                    let wide = place.turn(matrix);
                    alike.entry(wide.dims()).or_default().push((group.path.clone(), place, wide));
                }
            }
        }
        let mut updates: BTreeMap<String, Vec<(Place, Tensor<2>)>> = BTreeMap::new();
        for ([short, long], matrices) in alike {
            let count = matrices.len();
            let stacked = Tensor::cat(matrices.iter().map(|(_, _, wide)| wide.clone()).collect(), 0);
            let update = orthogonalise(stacked.reshape([count, short, long])).mul_scalar(0.2 * (long as f64).sqrt());
            for ((path, place, _), wide) in matrices.into_iter().zip(update.chunk(count, 0)) {
                updates.entry(path).or_default().push((place, place.turn(wide.reshape([short, long]))));
            }
        }
        updates.values_mut().for_each(|of_group| of_group.sort_by_key(|(place, _)| place.start));
        Self(updates)
    }

    /// `moved` `[n]`, which AdamW made of a group's `value` `[n]`, with its matrices moved by Muon instead.
    pub fn put(&self, path: &str, value: Tensor<1>, moved: Tensor<1>, rates: Values) -> Tensor<1> {
        let Some(updates) = self.0.get(path) else { return moved };
        let Values { learning_rate, weight_decay, .. } = rates;
        let (mut parts, mut end) = (vec![], 0);
        for side_by_side in updates.chunk_by(|(a, _), (b, _)| a.start == b.start) {
            let Place { start, rows, columns, .. } = side_by_side[0].0;
            let update = Tensor::cat(side_by_side.iter().map(|(_, update)| update.clone()).collect(), 1);
            let old = value.clone().narrow(0, start, rows * columns).mul_scalar(1.0 - learning_rate * weight_decay);
            if start > end {
                parts.push(moved.clone().narrow(0, end, start - end));
            }
            parts.push(old - update.reshape([rows * columns]).mul_scalar(learning_rate));
            end = start + rows * columns;
        }
        let [length] = moved.dims();
        parts.push(moved.narrow(0, end, length - end));
        Tensor::cat(parts, 0)
    }
}

/// The nearest matrices with orthogonal rows, roughly: `[count, short, long]` -> the same (Newton and Schulz's iteration).
pub fn orthogonalise(matrices: Tensor<3>) -> Tensor<3> {
    let (a, b, c) = COEFFICIENTS;
    let norm = matrices.clone().square().sum_dim(2).sum_dim(1).sqrt().add_scalar(SMALLEST); // [count, 1, 1]
    let mut x = matrices / norm;
    for _ in 0..ITERATIONS {
        let gram = x.clone().matmul(x.clone().swap_dims(1, 2)); // [count, short, short]
        let mix = gram.clone().mul_scalar(b) + gram.clone().matmul(gram).mul_scalar(c);
        x = x.clone().mul_scalar(a) + mix.matmul(x);
    }
    x
}
