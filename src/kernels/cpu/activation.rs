//! What is between the layers of an MLP, over vectors: GELU has an approximation of its own (see [`super::functions`]), its
//! own approximations and SiLU are `x * sigmoid(a x + b x^3)`.

use super::{
    functions::{exp2, gelu, gelu_backward},
    lanes::{Lanes, dispatch},
};
use crate::config::Activation;
use std::f32::consts::LOG2_E;

/// `y = activation(x)`, value by value.
pub fn activate(activation: Activation, x: &[f32], y: &mut [f32]) {
    match (activation, activation.gate()) {
        (_, Some(gate)) => gated(gate, x, y),
        (Activation::Relu, None) => y.iter_mut().zip(x).for_each(|(y, &x)| *y = if x < 0.0 { 0.0 } else { x }),
        (_, None) => gelu(x, y),
    }
}

/// `dy *= activation'(x)`, value by value. At 0 the slope of ReLU is 0, as it is in PyTorch.
pub fn activate_backward(activation: Activation, x: &[f32], dy: &mut [f32]) {
    match (activation, activation.gate()) {
        (_, Some(gate)) => gated_backward(gate, x, dy),
        (Activation::Relu, None) => dy.iter_mut().zip(x).filter(|(_, x)| **x <= 0.0).for_each(|(dy, _)| *dy = 0.0),
        (_, None) => gelu_backward(x, dy),
    }
}

fn gated(gate: [f32; 2], x: &[f32], y: &mut [f32]) {
    debug_assert_eq!(x.len(), y.len());
    dispatch!(gated_all(gate: [f32; 2], x: &[f32], y: &mut [f32]));
}

#[inline(always)]
fn gated_all<L: Lanes>(gate: [f32; 2], x: &[f32], y: &mut [f32]) {
    for (x, y) in x.chunks(L::N).zip(y.chunks_mut(L::N)) {
        let x = L::read(x);
        x.mul(sigmoid(within(gate, x, 1.0)).0).write(y);
    }
}

fn gated_backward(gate: [f32; 2], x: &[f32], dy: &mut [f32]) {
    debug_assert_eq!(x.len(), dy.len());
    dispatch!(gated_backward_all(gate: [f32; 2], x: &[f32], dy: &mut [f32]));
}

/// `s + x * s (1 - s) * (a + 3 b x^2)`, with s the sigmoid.
#[inline(always)]
fn gated_backward_all<L: Lanes>(gate: [f32; 2], x: &[f32], dy: &mut [f32]) {
    for (x, dy) in x.chunks(L::N).zip(dy.chunks_mut(L::N)) {
        let x = L::read(x);
        let (share, slope) = sigmoid(within(gate, x, 1.0));
        L::read(dy).mul(slope.mul_add(within(gate, x, 3.0), share)).write(dy);
    }
}

/// `a x + cubic * b x^3`.
#[inline(always)]
fn within<L: Lanes>([a, b]: [f32; 2], x: L, cubic: f32) -> L {
    x.mul(x).mul_add(L::splat(b * cubic), L::splat(a)).mul(x)
}

/// `1 / (1 + exp(-u))` and its slope, from `exp(-|u|)`, which is never too large.
#[inline(always)]
fn sigmoid<L: Lanes>(u: L) -> (L, L) {
    let one = L::splat(1.0);
    let power = exp2(u.abs().mul(L::splat(-LOG2_E)));
    let large = one.div(one.add(power));
    let small = power.mul(large);
    (u.where_negative(small, large), small.mul(large))
}
