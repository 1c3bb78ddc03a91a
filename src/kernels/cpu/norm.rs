//! LayerNorm over channels: (x - mean) / sqrt(variance + eps), then a gain and a bias.

use super::{
    lanes::{Lanes, dispatch},
    split,
};

/// Rows of a piece of work.
const BLOCK: usize = 64;

/// `x` `[R, width]` -> `[R, width]`. `weights`: gain `[width]`, then bias `[width]`; or nothing, for neither.
pub fn layer_norm(x: &[f32], weights: &[f32], width: usize, eps: f32) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    let pieces = x.chunks(BLOCK * width).zip(y.chunks_mut(BLOCK * width));
    split::each(pieces, |(x, y)| normalise(x, weights, eps, width, y));
    y
}

/// [`layer_norm`] of some rows, into `y`.
pub fn normalise(x: &[f32], weights: &[f32], eps: f32, width: usize, y: &mut [f32]) {
    debug_assert!(x.len() == y.len() && x.len().is_multiple_of(width));
    debug_assert!(weights.is_empty() || weights.len() == 2 * width);
    dispatch!(normalise_lanes(x: &[f32], weights: &[f32], eps: f32, width: usize, y: &mut [f32]));
}

#[inline(always)]
fn normalise_lanes<L: Lanes>(x: &[f32], weights: &[f32], eps: f32, width: usize, y: &mut [f32]) {
    let (gain, bias) = weights.split_at(weights.len() / 2);
    for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
        let (mean, scale) = moments::<L>(x, eps);
        let (mean, scale) = (L::splat(mean), L::splat(scale));
        if weights.is_empty() {
            for (x, y) in x.chunks(L::N).zip(y.chunks_mut(L::N)) {
                L::read(x).sub(mean).mul(scale).write(y);
            }
            continue;
        }
        let affine = gain.chunks(L::N).zip(bias.chunks(L::N));
        for ((x, y), (gain, bias)) in x.chunks(L::N).zip(y.chunks_mut(L::N)).zip(affine) {
            L::read(x).sub(mean).mul(scale).mul_add(L::read(gain), L::read(bias)).write(y);
        }
    }
}

/// Mean, and 1 / sqrt(variance + eps), of one row. In two passes: a large mean doesn't eat the variance.
#[inline(always)]
fn moments<L: Lanes>(x: &[f32], eps: f32) -> (f32, f32) {
    let count = x.len() as f32;
    let whole = x.chunks_exact(L::N);
    let rest = whole.remainder();
    let mut sum = L::splat(0.0);
    for x in whole.clone() {
        sum = sum.add(L::load(x));
    }
    let mean = (sum.sum() + rest.iter().sum::<f32>()) / count;
    let mut squares = L::splat(0.0);
    for x in whole {
        let away = L::load(x).sub(L::splat(mean));
        squares = away.mul_add(away, squares);
    }
    let rest: f32 = rest.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, 1.0 / ((squares.sum() + rest) / count + eps).sqrt())
}

/// Gradients of `x` `[R, width]` and `weights` (gain, then bias; nothing if there are none).
pub fn layer_norm_backward(x: &[f32], weights: &[f32], dy: &[f32], width: usize, eps: f32) -> (Vec<f32>, Vec<f32>) {
    let mut dx = vec![0.0; x.len()];
    let mut dweights = vec![0.0; weights.len()];
    add_backward(x, weights, dy, eps, width, &mut dx, &mut dweights);
    (dx, dweights)
}

/// [`layer_norm_backward`], added to `dx` and `dweights`.
pub fn add_backward(
    x: &[f32],
    weights: &[f32],
    dy: &[f32],
    eps: f32,
    width: usize,
    dx: &mut [f32],
    dweights: &mut [f32],
) {
    debug_assert!(x.len() == dy.len() && x.len() == dx.len() && weights.len() == dweights.len());
    let size = BLOCK * width;
    let pieces: Vec<_> = x.chunks(size).zip(dy.chunks(size)).zip(dx.chunks_mut(size)).collect();
    let sums = split::map(pieces, |((x, dy), dx)| {
        let mut sums = vec![0.0; 2 * width];
        backward_rows(x, weights, dy, eps, dx, &mut sums);
        sums
    });
    for sums in sums {
        dweights.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }
}

/// `sums`: what these rows add to the gradients of gain and bias, `[2 * width]`.
fn backward_rows(x: &[f32], weights: &[f32], dy: &[f32], eps: f32, dx: &mut [f32], sums: &mut [f32]) {
    dispatch!(backward_lanes(x: &[f32], weights: &[f32], dy: &[f32], eps: f32, dx: &mut [f32], sums: &mut [f32]));
}

/// dx = (g - mean(g) - n * mean(g * n)) / deviation, with n the normalised row and g = dy * gain.
#[inline(always)]
fn backward_lanes<L: Lanes>(x: &[f32], weights: &[f32], dy: &[f32], eps: f32, dx: &mut [f32], sums: &mut [f32]) {
    let width = sums.len() / 2;
    let (dgain, dbias) = sums.split_at_mut(width);
    let mut normal = vec![0.0; width];
    let mut pulled = vec![0.0; width];
    for ((x, dy), dx) in x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.chunks_exact_mut(width)) {
        let (mean, scale) = moments::<L>(x, eps);
        let (mean, scale) = (L::splat(mean), L::splat(scale));
        for (x, normal) in x.chunks(L::N).zip(normal.chunks_mut(L::N)) {
            L::read(x).sub(mean).mul(scale).write(normal);
        }
        pulled.copy_from_slice(dy);
        if !weights.is_empty() {
            add_products::<L>(&normal, dy, dgain);
            for (sum, dy) in dbias.chunks_mut(L::N).zip(dy.chunks(L::N)) {
                L::read(sum).add(L::read(dy)).write(sum);
            }
            multiply::<L>(&mut pulled, weights);
        }
        let (level, along) = means::<L>(&pulled, &normal);
        for ((pulled, normal), dx) in pulled.chunks(L::N).zip(normal.chunks(L::N)).zip(dx.chunks_mut(L::N)) {
            let centred = L::read(pulled).sub(L::splat(level)).sub(L::read(normal).mul(L::splat(along)));
            centred.mul_add(scale, L::read(dx)).write(dx);
        }
    }
}

/// `sums += a * b`.
#[inline(always)]
fn add_products<L: Lanes>(a: &[f32], b: &[f32], sums: &mut [f32]) {
    for ((a, b), sum) in a.chunks(L::N).zip(b.chunks(L::N)).zip(sums.chunks_mut(L::N)) {
        L::read(a).mul_add(L::read(b), L::read(sum)).write(sum);
    }
}

/// `values *= factors`.
#[inline(always)]
fn multiply<L: Lanes>(values: &mut [f32], factors: &[f32]) {
    for (value, factor) in values.chunks_mut(L::N).zip(factors.chunks(L::N)) {
        L::read(value).mul(L::read(factor)).write(value);
    }
}

/// The mean of `a`, and that of `a * b`.
#[inline(always)]
fn means<L: Lanes>(a: &[f32], b: &[f32]) -> (f32, f32) {
    let mut sums = [L::splat(0.0); 2];
    for (a, b) in a.chunks(L::N).zip(b.chunks(L::N)) {
        let (a, b) = (L::read(a), L::read(b));
        sums = [sums[0].add(a), a.mul_add(b, sums[1])];
    }
    let count = a.len() as f32;
    (sums[0].sum() / count, sums[1].sum() / count)
}
