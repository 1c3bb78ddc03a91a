//! The trainer's small steps: loops that the compiler turns into vectors by itself.

/// One step of AdamW, the same for all values but for the decay.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    pub learning_rate: f32,
    pub weight_decay: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    /// 1 - beta1^t
    pub correction1: f32,
    /// 1 - beta2^t
    pub correction2: f32,
    /// Only values before this one decay.
    pub decayed: usize,
    /// Gradients are multiplied by it first.
    pub scale: f32,
}

/// PyTorch's AdamW on flat values: parameters `p`, gradients `g`, moments `m` and `v` -> new p, m and v.
pub fn adamw(p: &[f32], g: &[f32], m: &[f32], v: &[f32], step: AdamStep) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    debug_assert!(p.len() == g.len() && p.len() == m.len() && p.len() == v.len());
    let AdamStep { learning_rate, weight_decay, beta1, beta2, epsilon, correction1, correction2, decayed, scale } =
        step;
    let (mut p, mut m, mut v) = (p.to_vec(), m.to_vec(), v.to_vec());
    let kept = 1.0 - learning_rate * weight_decay;
    p.iter_mut().take(decayed).for_each(|p| *p *= kept);
    let rate = learning_rate / correction1;
    for (((p, m), v), g) in p.iter_mut().zip(&mut m).zip(&mut v).zip(g) {
        let g = g * scale;
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        *p -= rate * *m / ((*v / correction2).sqrt() + epsilon);
    }
    (p, m, v)
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

/// `x` `[N, width]` -> `[R, width]`: row r is `x[from[r]]`, or `fallback` (`[width]`, or nothing for zeros) where
/// `from[r]` is negative.
pub fn rows(x: &[f32], from: &[i32], fallback: &[f32], width: usize) -> Vec<f32> {
    debug_assert!(fallback.is_empty() || fallback.len() == width);
    let mut out = Vec::with_capacity(from.len() * width);
    for &from in from {
        match usize::try_from(from) {
            Ok(row) => out.extend_from_slice(&x[row * width..][..width]),
            Err(_) if fallback.is_empty() => out.resize(out.len() + width, 0.0),
            Err(_) => out.extend_from_slice(fallback),
        }
    }
    out
}

/// The gradient of `fallback` in [`rows`], `[width]`: the sum of the rows of `dy` `[R, width]` that took it.
pub fn fallback_sum(dy: &[f32], from: &[i32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for (row, _) in dy.chunks_exact(width).zip(from).filter(|(_, from)| **from < 0) {
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sum
}
