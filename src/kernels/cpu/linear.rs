//! A linear layer: y = x W + b, and its gradients.

use super::{
    lanes::{Lanes, dispatch},
    product::{DEPTH, add_product},
    split,
    view::View,
};

/// `x` `[R, input]` -> `[R, output]`. `weights`: matrix `[input, output]`, then bias `[output]`.
pub fn linear(x: &[f32], weights: &[f32], input: usize, output: usize) -> Vec<f32> {
    debug_assert_eq!(weights.len(), (input + 1) * output);
    let (matrix, bias) = weights.split_at(input * output);
    let mut y = bias.repeat(x.len() / input);
    add_product(View::new(x, input), View::new(matrix, output), &mut y);
    y
}

/// Gradients of `x` `[R, input]` (nothing if unwanted) and `weights` (matrix, then bias).
pub fn linear_backward(
    x: &[f32],
    weights: &[f32],
    dy: &[f32],
    input: usize,
    output: usize,
    want_dx: bool,
) -> (Vec<f32>, Vec<f32>) {
    debug_assert!(weights.len() == (input + 1) * output && x.len() / input == dy.len() / output);
    let dx = if want_dx { pull_back(dy, &weights[..input * output], output) } else { Vec::new() };
    let mut dweights = vec![0.0; weights.len()];
    let (dmatrix, dbias) = dweights.split_at_mut(input * output);
    add_gradient(x, dy, dmatrix, dbias);
    (dx, dweights)
}

/// `dy W^T`: the gradient of a linear layer's input. `matrix` `[input, output]`.
pub fn pull_back(dy: &[f32], matrix: &[f32], output: usize) -> Vec<f32> {
    let input = matrix.len() / output;
    let mut dx = split::zeros(dy.len() / output * input);
    add_product(View::new(dy, output), View::new(matrix, output).transposed(), &mut dx);
    dx
}

/// `dmatrix += x^T dy` and `dbias += ` the sum of dy's rows.
pub fn add_gradient(x: &[f32], dy: &[f32], dmatrix: &mut [f32], dbias: &mut [f32]) {
    let output = dbias.len();
    let input = dmatrix.len() / output;
    // So many rows at a time stay in the cache while they are packed, and need little memory when they are.
    for (x, dy) in x.chunks(DEPTH * input).zip(dy.chunks(DEPTH * output)) {
        add_product(View::new(x, input).transposed(), View::new(dy, output), dmatrix);
    }
    add_rows(dy, dbias);
}

/// `sums += ` the sum of the rows.
pub fn add_rows(rows: &[f32], sums: &mut [f32]) {
    dispatch!(add_rows_lanes(rows: &[f32], sums: &mut [f32]));
}

#[inline(always)]
fn add_rows_lanes<L: Lanes>(rows: &[f32], sums: &mut [f32]) {
    for row in rows.chunks_exact(sums.len()) {
        for (sum, value) in sums.chunks_mut(L::N).zip(row.chunks(L::N)) {
            L::read(sum).add(L::read(value)).write(sum);
        }
    }
}
