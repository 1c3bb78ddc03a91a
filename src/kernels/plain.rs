//! The kernels composed of Burn's own operations: the twins that tests hold them to, values and gradients.
//!
//! Shapes as in [`super`]. Which rows attend to which is read from what is known of it on the host.

use super::{BlockShape, Spans};
use crate::config::Activation;
use burn::tensor::{Int, Tensor, activation};
use std::{ops::Range, slice::from_ref};

/// The twin of [`super::block`].
pub fn block(x: Tensor<2>, weights: Tensor<1>, rope: Tensor<2>, spans: &Spans, shape: BlockShape) -> Tensor<2> {
    around(x, weights, shape, |qkv| {
        // Neighbours that are cut alike go together.
        let mut first = 0;
        let mut mixed = Vec::new();
        for alike in spans.sequences().chunk_by(|a, b| a == b) {
            let (count, length) = (alike.len(), alike[0].iter().sum::<usize>());
            let rows = |x: &Tensor<2>| x.clone().narrow(0, first, count * length);
            if length > 0 {
                let [q, k, v] = queries_keys_values(rows(&qkv), rows(&rope), shape);
                mixed.push(attention([q, k, v], count, &alike[0], &spans.keys(&alike[0]), shape));
            }
            first += count * length;
        }
        Tensor::cat(mixed, 0)
    })
}

/// The twin of [`super::block_after`].
pub fn block_after(
    x: Tensor<2>,
    weights: Tensor<1>,
    rope: Tensor<2>,
    past: Option<Tensor<2>>,
    count: usize,
    shape: BlockShape,
) -> (Tensor<2>, Tensor<2>) {
    let ([rows, d], heads, dim) = (x.dims(), shape.heads, shape.head_dim());
    let mut new = None;
    let y = around(x, weights, shape, |qkv| {
        let [q, key, value] = queries_keys_values(qkv, rope, shape);
        let keys_values = Tensor::cat([key, value].map(|x| x.reshape([rows, d])).into(), 1);
        new = Some(keys_values.clone());
        let parts = past.into_iter().chain([keys_values]);
        let all = Tensor::cat(parts.map(|part| part.reshape([count as i32, -1, 2 * d as i32])).collect(), 1);
        let [_, keys, _] = all.dims();
        let part = |i: usize| all.clone().narrow(2, i * d, d).reshape([count * keys, heads, dim]);
        attention([q, part(0), part(1)], count, &[rows / count], from_ref(&(0..keys)), shape)
    });
    (y, new.expect("attention has been computed"))
}

/// What a block makes of `x`, with the attention that `mix` computes from `[R, 3 D]` of queries, keys and values, not
/// turned yet.
fn around(x: Tensor<2>, weights: Tensor<1>, shape: BlockShape, mix: impl FnOnce(Tensor<2>) -> Tensor<2>) -> Tensor<2> {
    let BlockShape { width: d, hidden, epsilon, activation, .. } = shape;
    let at = shape.layout();
    let layer = |x: Tensor<2>, matrix: usize, bias: usize, input: usize, output: usize| {
        let matrix = weights.clone().narrow(0, matrix, input * output).reshape([input, output]);
        x.matmul(matrix) + weights.clone().narrow(0, bias, output).reshape([1, output])
    };
    let norm = |x: Tensor<2>, start: usize| layer_norm(x, weights.clone().narrow(0, start, 2 * d), epsilon.into());

    let qkv = layer(norm(x.clone(), at.norm1), at.qkv, at.qkv_bias, d, 3 * d);
    let x = x + layer(mix(qkv), at.proj, at.proj_bias, d, d);
    let before = layer(norm(x.clone(), at.norm2), at.fc1, at.fc1_bias, d, hidden);
    x + layer(activate(before, activation), at.fc2, at.fc2_bias, hidden, d)
}

/// What is between the layers of an MLP.
pub fn activate<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    match (activation, activation.gate()) {
        (_, Some([linear, cubic])) => {
            let within = x.clone().mul_scalar(linear) + x.clone().powi_scalar(3).mul_scalar(cubic);
            x * activation::sigmoid(within)
        }
        (Activation::Relu, None) => activation::relu(x),
        (_, None) => gelu(x),
    }
}

/// GELU with its own slope: to the operation of that name Burn gives, on most backends, the slope of its tanh approximation.
fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let half = x.clone().mul_scalar(0.5);
    half * x.mul_scalar(std::f64::consts::FRAC_1_SQRT_2).erf().add_scalar(1.0)
}

/// Queries and keys of some rows, `[K, heads, head_dim]` each, turned by `rope` `[K, 2 * head_dim]`; and values.
pub fn queries_keys_values(qkv: Tensor<2>, rope: Tensor<2>, shape: BlockShape) -> [Tensor<3>; 3] {
    let [k, _] = qkv.dims();
    let (heads, dim) = (shape.heads, shape.head_dim());
    let [cos, sin] = [0, dim].map(|start| rope.clone().narrow(1, start, dim).reshape([k, 1, dim]));
    let part = |i: usize| qkv.clone().narrow(1, i * shape.width, shape.width).reshape([k, heads, dim]);
    let turned = |x: Tensor<3>| {
        let swapped = x.clone().reshape([k, heads, dim / 2, 2]).flip([3]).reshape([k, heads, dim]);
        x * cos.clone() + swapped * sin.clone()
    };
    [turned(part(0)), turned(part(1)), part(2)]
}

/// Attention in each of `count` sequences of `K` rows, cut alike into `tubelets` with their `keys`: queries, keys and
/// values `[count * K, heads, head_dim]` -> `[count * K, D]`.
fn attention(
    qkv: [Tensor<3>; 3],
    count: usize,
    tubelets: &[usize],
    keys: &[Range<usize>],
    shape: BlockShape,
) -> Tensor<2> {
    let [rows, heads, dim] = qkv[0].dims();
    let [q, key, v] = qkv.map(|x| {
        let [all, ..] = x.dims();
        x.reshape([count, all / count, heads, dim]).swap_dims(1, 2) // [count, heads, K, head_dim]
    });
    let q = q.mul_scalar((dim as f64).powf(-0.5));
    let mut first = 0;
    let mut mixed = Vec::new();
    for (&queries, keys) in tubelets.iter().zip(keys).filter(|(queries, _)| **queries > 0) {
        let [key, v] = [&key, &v].map(|x| x.clone().narrow(2, keys.start, keys.len()));
        let scores = q.clone().narrow(2, first, queries).matmul(key.swap_dims(2, 3)); // [count, heads, queries, keys]
        mixed.push(activation::softmax(scores, 3).matmul(v));
        first += queries;
    }
    Tensor::cat(mixed, 2).swap_dims(1, 2).reshape([rows, shape.width])
}

/// The twin of [`super::attend`].
pub fn attend(queries: Tensor<2>, keys_values: Tensor<2>, spans: &[Range<usize>], heads: usize) -> Tensor<2> {
    let [_, d] = queries.dims();
    let dim = d / heads;
    let mixed = spans.iter().enumerate().map(|(query, span)| {
        let split = |x: Tensor<2>| x.reshape([-1, heads as i32, dim as i32]).swap_dims(0, 1); // [heads, K, head_dim]
        let part = |i: usize| split(keys_values.clone().narrow(0, span.start, span.len()).narrow(1, i * d, d));
        let scores = split(queries.clone().narrow(0, query, 1)).matmul(part(0).swap_dims(1, 2)); // [heads, 1, K]
        activation::softmax(scores.mul_scalar((dim as f64).powf(-0.5)), 2).matmul(part(1)).reshape([1, d])
    });
    Tensor::cat(mixed.collect(), 0)
}

/// The twin of [`super::linear`].
pub fn linear(x: Tensor<2>, weights: Tensor<1>, output: usize) -> Tensor<2> {
    let [_, input] = x.dims();
    let matrix = weights.clone().narrow(0, 0, input * output).reshape([input, output]);
    x.matmul(matrix) + weights.narrow(0, input * output, output).reshape([1, output])
}

/// The twin of [`super::layer_norm`].
pub fn layer_norm(x: Tensor<2>, weights: Tensor<1>, epsilon: f64) -> Tensor<2> {
    let [_, d] = x.dims();
    let [gain, bias] = [0, d].map(|start| weights.clone().narrow(0, start, d).reshape([1, d]));
    normalise(x, epsilon) * gain + bias
}

/// The twin of [`super::normalise`].
pub fn normalise(x: Tensor<2>, epsilon: f64) -> Tensor<2> {
    let away = x.clone() - x.mean_dim(1);
    let variance = away.clone().square().mean_dim(1);
    away / variance.add_scalar(epsilon).sqrt()
}

/// The twin of [`super::rows`]: `from` may name a row of `fallback` as `N`, `N + 1`, ...
pub fn rows(x: Tensor<2>, fallback: Tensor<2>, from: Tensor<1, Int>) -> Tensor<2> {
    Tensor::cat(vec![x, fallback], 0).select(0, from)
}

/// The twin of [`super::l1`].
pub fn l1(predicted: Tensor<2>, targets: Tensor<2>, rows: Tensor<1, Int>, weight: Tensor<1>) -> Tensor<1> {
    let errors = (predicted - targets.select(0, rows)).abs().sum_dim(1);
    (errors * weight.unsqueeze_dim(1)).sum()
}
