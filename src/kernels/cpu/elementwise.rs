//! The trainer's small steps: loops that the compiler turns into vectors by itself.

use super::super::{AdamStep, Total};

/// PyTorch's AdamW on flat parameters `p` and gradients `g` `[n]`, `moments` `[2 n]` (means of the gradient, then of its
/// square), gradients times `scale` -> new parameters and moments.
pub fn adamw(p: &[f32], g: &[f32], moments: &[f32], scale: f32, step: AdamStep) -> (Vec<f32>, Vec<f32>) {
    debug_assert!(p.len() == g.len() && 2 * p.len() == moments.len());
    let AdamStep { beta1, beta2, epsilon, correction1, correction2, .. } = step;
    let (m, v) = moments.split_at(p.len());
    let mut kept = Vec::with_capacity(moments.len());
    kept.extend(m.iter().zip(g).map(|(m, g)| beta1 * m + (1.0 - beta1) * (g * scale)));
    kept.extend(v.iter().zip(g).map(|(v, g)| beta2 * v + (1.0 - beta2) * (g * scale) * (g * scale)));
    let (m, v) = kept.split_at(p.len());
    let rate = step.learning_rate / correction1;
    let decayed = step.decayed.min(p.len());
    let mut moved = Vec::with_capacity(p.len());
    for (range, keep) in [(0..decayed, 1.0 - step.learning_rate * step.weight_decay), (decayed..p.len(), 1.0)] {
        let moments = m[range.clone()].iter().zip(&v[range.clone()]);
        let to = |(p, (m, v)): (&f32, (&f32, &f32))| p * keep - rate * m / ((v / correction2).sqrt() + epsilon);
        moved.extend(p[range].iter().zip(moments).map(to));
    }
    (moved, kept)
}

/// The sum over all of `x`, in f64: there can be many.
pub fn total(x: &[f32], of: Total) -> f32 {
    let x = x.iter().map(|value| f64::from(*value));
    let sum: f64 = match of {
        Total::Values => x.sum(),
        Total::Magnitudes => x.map(f64::abs).sum(),
        Total::Squares => x.map(|value| value * value).sum(),
    };
    sum as f32
}

/// `target * momentum + online * (1 - momentum)`.
pub fn ema(target: &[f32], online: &[f32], momentum: f32) -> Vec<f32> {
    debug_assert_eq!(target.len(), online.len());
    target.iter().zip(online).map(|(t, o)| t * momentum + o * (1.0 - momentum)).collect()
}

/// `sum over r of weight[r] * sum over d of |predicted[r, d] - targets[rows[r], d]|`.
/// `predicted` `[R, D]`, `targets` `[N, D]`, `rows` and `weight` `[R]`.
pub fn l1(predicted: &[f32], targets: &[f32], rows: &[i32], weight: &[f32]) -> f32 {
    let distance = |(predicted, target): (&[f32], &[f32])| -> f32 {
        // Eight sums side by side: the compiler may not reorder a single one.
        let (predicted, rest) = predicted.as_chunks::<8>();
        let (target, target_rest) = target.as_chunks::<8>();
        let mut sums = [0.0f32; 8];
        for (p, t) in predicted.iter().zip(target) {
            for lane in 0..8 {
                sums[lane] += (p[lane] - t[lane]).abs();
            }
        }
        sums.iter().sum::<f32>() + rest.iter().zip(target_rest).map(|(p, t)| (p - t).abs()).sum::<f32>()
    };
    let pairs = pairs(predicted, targets, rows);
    // Rows are summed in f64: there can be many of them.
    pairs.zip(weight).map(|(pair, weight)| f64::from(distance(pair)) * f64::from(*weight)).sum::<f64>() as f32
}

/// The gradient of `predicted` `[R, D]`. Where prediction and target are equal, it is 0.
pub fn l1_backward(predicted: &[f32], targets: &[f32], rows: &[i32], weight: &[f32], dloss: f32) -> Vec<f32> {
    let mut gradient = Vec::with_capacity(predicted.len());
    for ((predicted, target), weight) in pairs(predicted, targets, rows).zip(weight) {
        let size = weight * dloss;
        let sign = |(p, t): (&f32, &f32)| f32::from(p > t) - f32::from(p < t);
        gradient.extend(predicted.iter().zip(target).map(|pair| size * sign(pair)));
    }
    gradient
}

/// Each row of `predicted` with its target.
fn pairs<'a>(
    predicted: &'a [f32],
    targets: &'a [f32],
    rows: &'a [i32],
) -> impl Iterator<Item = (&'a [f32], &'a [f32])> {
    let width = predicted.len() / rows.len().max(1);
    debug_assert_eq!(width * rows.len(), predicted.len());
    let target = move |row: &i32| &targets[*row as usize * width..][..width];
    predicted.chunks_exact(width.max(1)).zip(rows.iter().map(target))
}

/// `x` `[N, width]` -> `[R, width]`: row r is `x[from[r]]`; where `from[r]` is -1, -2, ... the first, second, ... row of
/// `fallback` `[K, width]`, or zeros if there is none.
pub fn rows(x: &[f32], from: &[i32], fallback: &[f32], width: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(from.len() * width);
    for &from in from {
        match usize::try_from(from) {
            Ok(row) => out.extend_from_slice(&x[row * width..][..width]),
            Err(_) if fallback.is_empty() => out.resize(out.len() + width, 0.0),
            Err(_) => out.extend_from_slice(&fallback[fallback_row(from) * width..][..width]),
        }
    }
    out
}

/// The gradient of `fallback` in [`rows`], `[fallbacks, width]`: the sums of the rows of `dy` `[R, width]` that took each.
pub fn fallback_sums(dy: &[f32], from: &[i32], width: usize, fallbacks: usize) -> Vec<f32> {
    let mut sums = vec![0.0; fallbacks * width];
    for (row, &from) in dy.chunks_exact(width).zip(from).filter(|(_, from)| **from < 0) {
        let sum = &mut sums[fallback_row(from) * width..][..width];
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums
}

/// Which fallback a negative index means.
fn fallback_row(from: i32) -> usize {
    (-1 - from) as usize
}
