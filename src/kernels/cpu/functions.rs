//! The exponential and GELU over vectors, to about one unit in the last place of 1.

use super::lanes::{Lanes, dispatch};
use std::f32::consts::LOG2_E;

/// 2^x for x up to 127; below -126 it stays at 2^-126, which no sum of probabilities notices.
#[inline(always)]
pub fn exp2<L: Lanes>(x: L) -> L {
    /// Adding it rounds to an integer, which then lies in the low bits, with the exponent's bias of 127 on top.
    const ROUND: f32 = 12_582_912.0 + 127.0;
    /// 2^f for f in [-0.5, 0.5], relative error 8e-8 (minimax).
    const SERIES: [f32; 6] = [1.327_647_2e-3, 9.675_542e-3, 5.550_713_3e-2, 2.402_212e-1, 0.693_146_97, 1.000_000_1];
    let x = x.max(L::splat(-126.0));
    let shifted = x.add(L::splat(ROUND));
    let fraction = x.sub(shifted.sub(L::splat(ROUND)));
    series(SERIES, fraction).mul(shifted.mantissa_to_exponent())
}

/// Highest power first. In pairs of terms: a single chain of six would wait for itself.
#[inline(always)]
fn series<L: Lanes>([a, b, c, d, e, f]: [f32; 6], x: L) -> L {
    let square = x.mul(x);
    let (high, middle, low) = (line(a, b, x), line(c, d, x), line(e, f, x));
    high.mul_add(square, middle).mul_add(square, low)
}

#[inline(always)]
fn line<L: Lanes>(slope: f32, start: f32, x: L) -> L {
    x.mul_add(L::splat(slope), L::splat(start))
}

/// For t >= 0: exp(-t^2 / 2), and the normal distribution's tail beyond t (absolute error 4e-8, plus rounding).
#[inline(always)]
fn bell_and_tail<L: Lanes>(t: L) -> (L, L) {
    /// tail / bell in powers of 1 / (1 + 0.31 t), minimax in the error of t * tail.
    const SERIES: [f32; 6] =
        [-1.386_862_5e-1, 5.842_289e-1, -4.018_178_5e-1, 4.016_193e-1, 4.564_892_6e-2, 9.007_039e-3];
    let bell = exp2(t.mul(t).mul(L::splat(-0.5 * LOG2_E)));
    let u = L::splat(1.0).div(t.mul_add(L::splat(0.31), L::splat(1.0)));
    (bell, bell.mul(series(SERIES, u)))
}

/// x * Phi(x), as max(x, 0) less the tail's share: small values keep their digits.
#[inline(always)]
fn gelu_lanes<L: Lanes>(x: L) -> L {
    let t = x.abs();
    let (_, tail) = bell_and_tail(t);
    x.max(L::splat(0.0)).sub(t.mul(tail))
}

/// Phi(x) + x * phi(x).
#[inline(always)]
fn gelu_slope_lanes<L: Lanes>(x: L) -> L {
    const PEAK: f32 = 0.398_942_3; // phi(0) = 1 / sqrt(2 pi)
    let t = x.abs();
    let (bell, tail) = bell_and_tail(t);
    let below = tail.sub(t.mul(bell).mul(L::splat(PEAK)));
    x.where_negative(below, L::splat(1.0).sub(below))
}

/// `y = gelu(x)`, value by value.
pub fn gelu(x: &[f32], y: &mut [f32]) {
    debug_assert_eq!(x.len(), y.len());
    dispatch!(gelu_all(x: &[f32], y: &mut [f32]));
}

#[inline(always)]
fn gelu_all<L: Lanes>(x: &[f32], y: &mut [f32]) {
    // Two vectors at a time: their long chains of arithmetic overlap.
    let (pairs, mut places) = (x.chunks_exact(2 * L::N), y.chunks_exact_mut(2 * L::N));
    let rest = pairs.remainder();
    for (x, y) in pairs.zip(&mut places) {
        let values = [gelu_lanes(L::load(x)), gelu_lanes(L::load(&x[L::N..]))];
        values[0].store(y);
        values[1].store(&mut y[L::N..]);
    }
    for (x, y) in rest.chunks(L::N).zip(places.into_remainder().chunks_mut(L::N)) {
        gelu_lanes(L::read(x)).write(y);
    }
}

/// `dy *= gelu'(x)`, value by value.
pub fn gelu_backward(x: &[f32], dy: &mut [f32]) {
    debug_assert_eq!(x.len(), dy.len());
    dispatch!(gelu_backward_all(x: &[f32], dy: &mut [f32]));
}

#[inline(always)]
fn gelu_backward_all<L: Lanes>(x: &[f32], dy: &mut [f32]) {
    for (x, dy) in x.chunks(L::N).zip(dy.chunks_mut(L::N)) {
        L::read(dy).mul(gelu_slope_lanes(L::read(x))).write(dy);
    }
}
