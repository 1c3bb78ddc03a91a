//! Muon (Jordan et al. 2024): matrices move along their orthogonalised momentum instead of along AdamW's update.
//!
//! All singular values of an update become about 1, so that directions which few gradients point to are learned as fast as
//! the others. An update is as large as AdamW's usually is (Liu et al. 2025: `0.2 sqrt(longer side)`), so learning rate and
//! weight decay mean the same for both. Products are those of the kernels' layers: Burn's own would make the engines a fifth
//! larger.

use crate::{
    kernels::{self, Total},
    model::{Group, group::PartKind},
    recipe::MUON_ITERATIONS,
    schedule::Values,
};
use burn::tensor::Tensor;

/// Momentum, as AdamW's first moment has it, and Nesterov's look ahead.
const MOMENTUM: f64 = 0.9;
/// Coefficients of the iteration: after its five steps all singular values are between about 0.7 and 1.2.
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

/// What AdamW has made of a group, all `[n]` but the moments.
pub(super) struct Moved {
    /// The parameters before.
    pub value: Tensor<1>,
    /// As large as it is to be.
    pub gradient: Tensor<1>,
    /// Moved on already, `[2 n]`.
    pub moments: Tensor<1>,
    /// The parameters after.
    pub moved: Tensor<1>,
}

/// The parameters `[n]` of a group after the step, its matrices of transformer blocks moved by Muon instead of AdamW.
pub(super) fn instead(group: &Group, by_adamw: Moved, rates: Values) -> Tensor<1> {
    let Moved { value, gradient, moments, moved } = by_adamw;
    let Values { learning_rate, weight_decay, .. } = rates;
    let (mut parts, mut end) = (vec![], 0);
    for place in places(group) {
        let Place { start, rows, columns, beside } = place;
        let count = rows * columns;
        let of = |flat: &Tensor<1>| flat.clone().narrow(0, start, count);
        let ahead = of(&moments).mul_scalar(MOMENTUM) + of(&gradient).mul_scalar(1.0 - MOMENTUM);
        let ahead = ahead.reshape([rows, columns]);
        let each = columns / beside;
        let updates = (0..beside).map(|i| {
            let wide = place.turn(ahead.clone().narrow(1, i * each, each));
            let [_, long] = wide.dims();
            place.turn(orthogonalise(wide).mul_scalar(0.2 * (long as f64).sqrt()))
        });
        let update = Tensor::cat(updates.collect(), 1).reshape([count]);
        if start > end {
            parts.push(moved.clone().narrow(0, end, start - end));
        }
        let kept = of(&value).mul_scalar(1.0 - learning_rate * weight_decay);
        parts.push(kept - update.mul_scalar(learning_rate));
        end = start + count;
    }
    let [length] = moved.dims();
    parts.push(moved.narrow(0, end, length - end));
    Tensor::cat(parts, 0)
}

/// The nearest matrix with orthogonal rows, roughly: `[short, long]` -> the same (Newton and Schulz's iteration).
pub fn orthogonalise(matrix: Tensor<2>) -> Tensor<2> {
    let (a, b, c) = COEFFICIENTS;
    let [short, long] = matrix.dims();
    let norm = kernels::total(matrix.clone().reshape([short * long]), Total::Squares).sqrt().add_scalar(SMALLEST);
    let mut x = matrix * norm.recip().reshape([1, 1]);
    for _ in 0..MUON_ITERATIONS {
        let gram = product(x.clone(), x.clone().transpose()); // [short, short]
        let mix = gram.clone().mul_scalar(b) + product(gram.clone(), gram).mul_scalar(c);
        x = x.clone().mul_scalar(a) + product(mix, x);
    }
    x
}

/// `[n, k]` times `[k, m]`: a layer without a bias.
pub(super) fn product(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    let [k, m] = right.dims();
    let none = Tensor::zeros([m], &right.device());
    kernels::linear(left, Tensor::cat(vec![right.reshape([k * m]), none], 0), m)
}
