//! The block again, in f64 and as plainly as can be.

use super::BlockShape;
use crate::{config::Activation, kernels::cpu::weights::parts};

/// `[rows, inner] x [inner, columns]`, plus a row.
pub fn affine(x: &[f64], matrix: &[f64], bias: &[f64]) -> Vec<f64> {
    let (columns, inner) = (bias.len(), matrix.len() / bias.len());
    let mut y = bias.repeat(x.len() / inner);
    for (y, x) in y.chunks_exact_mut(columns).zip(x.chunks_exact(inner)) {
        for (x, weights) in x.iter().zip(matrix.chunks_exact(columns)) {
            y.iter_mut().zip(weights).for_each(|(y, w)| *y += x * w);
        }
    }
    y
}

pub fn layer_norm(x: &[f64], weights: &[f64], width: usize, eps: f64) -> Vec<f64> {
    let mut y = Vec::new();
    for row in x.chunks_exact(width) {
        let mean = row.iter().sum::<f64>() / width as f64;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
        for (c, x) in row.iter().enumerate() {
            let normal = (x - mean) / (variance + eps).sqrt();
            y.push(if weights.is_empty() { normal } else { normal * weights[c] + weights[width + c] });
        }
    }
    y
}

/// x * Phi(x), with erf as a series or, far out, a continued fraction.
pub fn gelu(x: f64) -> f64 {
    let z = x.abs() / std::f64::consts::SQRT_2;
    let tail = if z < 3.0 {
        let mut term = z;
        let mut sum = z;
        for n in 1..200 {
            term *= -z * z / n as f64;
            sum += term / (2 * n + 1) as f64;
        }
        0.5 - sum / std::f64::consts::PI.sqrt()
    } else {
        let fraction = (1..100).rev().fold(z, |below, n| z + n as f64 / 2.0 / below);
        0.5 * (-z * z).exp() / fraction / std::f64::consts::PI.sqrt()
    };
    if x < 0.0 { x * tail } else { x * (1.0 - tail) }
}

/// As PyTorch defines each.
pub fn activate(activation: Activation, x: f64) -> f64 {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    match activation {
        Activation::Gelu => gelu(x),
        Activation::GeluTanh => {
            0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
        }
        Activation::QuickGelu => x * sigmoid(1.702 * x),
        Activation::Silu => x * sigmoid(x),
        Activation::Relu => x.max(0.0),
    }
}

fn turn(qkv: &mut [f64], rope: &[f64], width: usize, size: usize) {
    for (row, factors) in qkv.chunks_exact_mut(3 * width).zip(rope.chunks_exact(2 * size)) {
        for head in row[..2 * width].chunks_exact_mut(size) {
            let old = head.to_vec();
            for c in 0..size {
                head[c] = old[c] * factors[c] + old[c ^ 1] * factors[size + c];
            }
        }
    }
}

fn attention(shape: BlockShape, qkv: &[f64], spans: &[i32]) -> Vec<f64> {
    let size = shape.width / shape.heads;
    let at = |row: usize, part: usize, c: usize| qkv[(row * 3 + part) * shape.width + c];
    let mut mixed = Vec::new();
    for (row, span) in spans.chunks_exact(4).enumerate() {
        let keys = span[0] as usize..span[1] as usize;
        for channel in 0..shape.width {
            let head = channel / size * size..channel / size * size + size;
            let score = |key| head.clone().map(|c| at(row, 0, c) * at(key, 1, c)).sum::<f64>() / (size as f64).sqrt();
            let scores: Vec<f64> = keys.clone().map(score).collect();
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = scores.iter().map(|s| (s - most).exp()).sum();
            let parts = keys.clone().zip(&scores).map(|(key, s)| (s - most).exp() / sum * at(key, 2, channel));
            mixed.push(parts.sum());
        }
    }
    mixed
}

pub fn block(shape: BlockShape, x: &[f64], weights: &[f64], rope: &[f64], spans: &[i32]) -> Vec<f64> {
    let parts = parts(shape, weights);
    let add = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
    let mut qkv = affine(&layer_norm(x, parts.norm1, shape.width, shape.epsilon.into()), parts.qkv, parts.qkv_bias);
    turn(&mut qkv, rope, shape.width, shape.width / shape.heads);
    let mixed = attention(shape, &qkv, spans);
    let middle = add(x, &affine(&mixed, parts.proj, parts.proj_bias));
    let pre = affine(&layer_norm(&middle, parts.norm2, shape.width, shape.epsilon.into()), parts.fc1, parts.fc1_bias);
    let post: Vec<f64> = pre.into_iter().map(|x| activate(shape.activation, x)).collect();
    add(&middle, &affine(&post, parts.fc2, parts.fc2_bias))
}
