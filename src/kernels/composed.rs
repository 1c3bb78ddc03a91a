//! The operations on devices without kernels of our own (CUDA), composed of Burn's, which brings their gradients as well.
//!
//! Signatures as in [`super`]. Most are their twins in [`plain`]; what Burn does not mix is brought together here: a tensor
//! that has gradients with one that is a constant.

use super::{AdamStep, BlockShape, PatchShape, Spans, Total, plain};
use crate::preprocess::{MEAN, STD};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

/// Whether this is how `device`, perhaps with gradients, computes: it is CUDA's.
pub(crate) fn on(device: &Device) -> bool {
    #[cfg(feature = "cuda")]
    {
        use burn::backend::{CubeDevice, DispatchDevice};
        matches!(device.clone().inner().as_dispatch(), DispatchDevice::Cube(CubeDevice::Cuda(_)))
    }
    #[cfg(not(feature = "cuda"))]
    {
        let _ = device;
        false
    }
}

/// A constant where `other` has gradients, if it has none of its own.
fn beside<const D: usize, const E: usize>(tensor: Tensor<D>, other: &Tensor<E>) -> Tensor<D> {
    match other.is_autodiff() && !tensor.is_autodiff() {
        true => Tensor::from_inner(tensor),
        false => tensor,
    }
}

/// Without gradients.
fn constant<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    if tensor.is_autodiff() { tensor.inner() } else { tensor }
}

pub fn block(x: Tensor<2>, weights: Tensor<1>, rope: Tensor<2>, spans: Spans, shape: BlockShape) -> Tensor<2> {
    let x = beside(x, &weights);
    let (weights, rope) = (beside(weights, &x), beside(rope, &x));
    plain::block(x, weights, rope, &spans, shape)
}

pub fn block_after(
    x: Tensor<2>,
    weights: Tensor<1>,
    rope: Tensor<2>,
    past: Option<Tensor<2>>,
    count: usize,
    shape: BlockShape,
) -> (Tensor<2>, Tensor<2>) {
    let tracked = x.is_autodiff();
    let (x, weights, rope, past) = (constant(x), constant(weights), constant(rope), past.map(constant));
    let (y, keys_values) = plain::block_after(x, weights, rope, past, count, shape);
    match tracked {
        true => (Tensor::from_inner(y), Tensor::from_inner(keys_values)),
        false => (y, keys_values),
    }
}

pub fn linear(x: Tensor<2>, weights: Tensor<1>, output: usize) -> Tensor<2> {
    let x = beside(x, &weights);
    let weights = beside(weights, &x);
    plain::linear(x, weights, output)
}

/// Every query sees all keys and is told which are none of its own: there are few queries.
pub fn attend(queries: Tensor<2>, keys_values: Tensor<2>, spans: Tensor<2, Int>, heads: usize) -> Tensor<2> {
    let ([q, d], [r, _]) = (queries.dims(), keys_values.dims());
    let dim = d / heads;
    let split = |x: Tensor<2>, rows: usize| x.reshape([rows, heads, dim]).swap_dims(0, 1); // [heads, rows, head_dim]
    let part = |i: usize| split(keys_values.clone().narrow(1, i * d, d), r);
    let key = Tensor::<1, Int>::arange(0..r as i64, &spans.device()).reshape([1, r]).expand([q, r]);
    let [start, end] = [0, 1].map(|i| spans.clone().narrow(1, i, 1).expand([q, r]));
    let hidden = key.clone().lower(start).bool_or(key.greater_equal(end)).reshape([1, q, r]).expand([heads, q, r]);
    let scores = split(queries, q).matmul(part(0).swap_dims(1, 2)).mul_scalar((dim as f64).powf(-0.5)); // [heads, q, r]
    let mixed = activation::softmax(scores.mask_fill(hidden, f32::NEG_INFINITY), 2).matmul(part(1));
    mixed.swap_dims(0, 1).reshape([q, d])
}

pub fn layer_norm(x: Tensor<2>, weights: Tensor<1>, epsilon: f32) -> Tensor<2> {
    let x = beside(x, &weights);
    let weights = beside(weights, &x);
    plain::layer_norm(x, weights, epsilon.into())
}

pub fn normalise(x: Tensor<2>, epsilon: f32) -> Tensor<2> {
    let tracked = x.is_autodiff();
    let y = plain::normalise(if tracked { x.inner() } else { x }, epsilon.into());
    if tracked { Tensor::from_inner(y) } else { y }
}

pub fn rows(x: Tensor<2>, fallback: Tensor<2>, from: Tensor<1, Int>, _back: Tensor<1, Int>) -> Tensor<2> {
    let [n, _] = x.dims();
    let x = beside(x, &fallback);
    let fallback = beside(fallback, &x);
    // -1, -2, ... become n, n + 1, ...: the rows of `fallback` where it follows `x`.
    let below = from.clone().lower_elem(0);
    let behind = from.clone().neg().add_scalar(n as i64 - 1);
    plain::rows(x, fallback, from.mask_where(below, behind))
}

pub fn pick(x: Tensor<2>, from: Tensor<1, Int>, back: Tensor<1, Int>) -> Tensor<2> {
    let [_, d] = x.dims();
    let nothing = Tensor::zeros([1, d], &x.device());
    let below = from.clone().lower_elem(0);
    rows(x, nothing, from.mask_fill(below, -1), back)
}

pub fn l1(predicted: Tensor<2>, targets: Tensor<2>, rows: Tensor<1, Int>, weight: Tensor<1>) -> Tensor<1> {
    let (targets, weight) = (beside(targets, &predicted), beside(weight, &predicted));
    plain::l1(predicted, targets, rows, weight)
}

pub fn patches(frames: Tensor<1, Int>, shape: PatchShape) -> Tensor<2> {
    let PatchShape { frames: clip, size, tubelet, patch } = shape;
    let device = frames.device();
    let [pixels] = frames.dims();
    let (b, t, across) = (pixels / (clip * size * size), clip / tubelet, size / patch);
    let channel = |c: i32| frames.clone().bitwise_right_shift_scalar(8 * c).bitwise_and_scalar(255).float();
    let each = |values: [f64; 3]| {
        Tensor::<2>::from_data(TensorData::new(values.map(|value| value as f32).to_vec(), [3, 1]), &device)
    };
    let bytes: Tensor<2> = Tensor::stack((0..3).map(channel).collect(), 0); // [3, B * T * size * size]
    let values = (bytes.div_scalar(255.0) - each(MEAN)) / each(STD);
    values
        .reshape([3, b, t, tubelet, across, patch, across, patch])
        .permute([1, 2, 4, 6, 0, 3, 5, 7]) // [B, t, h, w, 3, tubelet, patch, patch]
        .reshape([b * shape.tokens(), shape.values()])
}

pub fn adamw(
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    moments: Tensor<1>,
    scale: Tensor<1>,
    step: AdamStep,
) -> (Tensor<1>, Tensor<1>) {
    let AdamStep { learning_rate, weight_decay, beta1, beta2, epsilon, correction1, correction2, decayed } = step;
    let [n] = parameter.dims();
    let gradient = gradient * scale;
    let average = |i: usize, beta: f32, value: Tensor<1>| {
        moments.clone().narrow(0, i * n, n).mul_scalar(beta) + value.mul_scalar(1.0 - beta)
    };
    let first = average(0, beta1, gradient.clone());
    let second = average(1, beta2, gradient.clone() * gradient);
    let by = first.clone().div_scalar(correction1) / (second.clone().div_scalar(correction2).sqrt() + epsilon);
    let decayed = decayed.min(n);
    let kept = match decayed {
        0 => parameter,
        _ => {
            let head = parameter.clone().narrow(0, 0, decayed).mul_scalar(1.0 - learning_rate * weight_decay);
            if decayed == n { head } else { Tensor::cat(vec![head, parameter.narrow(0, decayed, n - decayed)], 0) }
        }
    };
    (kept - by.mul_scalar(learning_rate), Tensor::cat(vec![first, second], 0))
}

pub fn ema(target: Tensor<1>, online: Tensor<1>, momentum: f32) -> Tensor<1> {
    target.mul_scalar(momentum) + online.mul_scalar(1.0 - momentum)
}

pub fn total(x: Tensor<1>, of: Total) -> Tensor<1> {
    match of {
        Total::Values => x.sum(),
        Total::Magnitudes => x.abs().sum(),
        Total::Squares => x.clone().mul(x).sum(),
    }
}
