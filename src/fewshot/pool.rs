//! One vector of a clip.

use super::FewshotError;
use crate::grid::Grid;
use half::f16;

/// Values that say where what moves is, and where it goes: column and row, and what they gain from first tubelet to last.
const PATH: usize = 4;
/// What every token weighs at least: as much as one whose squared distance from its place's mean is 3 % of the tokens'
/// variance. So where nothing moves all weigh the same, and noise is no movement.
const STILL: f32 = 1e-3;
/// Keeps the path finite where all that moves does so in one tubelet.
const LEAST_TIME: f32 = 1e-3;

/// Values of the parts of the vector of a clip whose tokens have `width`: what there is, what moves, and where.
pub fn parts(width: usize) -> [usize; 3] {
    [width, width, PATH]
}

/// Values of all parts.
pub fn pooled(width: usize) -> usize {
    parts(width).into_iter().fold(0, usize::saturating_add)
}

/// Features `[N, D]` -> `[2 D + 4]`: the mean of all tokens; their mean weighted by how much each moves, which tells a small
/// thing from the rest of the picture; the mean column and row, -1 to 1, with these weights, and their slopes over time.
pub fn pool(features: &[f32], grid: Grid) -> Vec<f32> {
    let all = mean(features, &vec![1.0 / grid.tokens() as f32; grid.tokens()]);
    let weights = movement(features, &all, grid);
    let moving = mean(features, &weights);
    [all, moving, path(&weights, grid).to_vec()].concat()
}

/// Rows `[N, D]` with weights `[N]` that sum to 1 -> `[D]`.
fn mean(rows: &[f32], weights: &[f32]) -> Vec<f32> {
    let d = rows.len() / weights.len();
    let mut sums = vec![0f32; d];
    for (row, weight) in rows.chunks_exact(d).zip(weights) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
    }
    sums
}

/// What each token weighs: the square of its squared distance from the mean of its place over time, as a share of the variance
/// of all tokens about their mean `[D]`. They sum to 1.
fn movement(features: &[f32], all: &[f32], grid: Grid) -> Vec<f32> {
    let (frame, d) = (grid.frame(), all.len());
    let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    let mut places = vec![0f32; frame * d];
    for tubelet in features.chunks_exact(frame * d) {
        places.iter_mut().zip(tubelet).for_each(|(sum, value)| *sum += value / grid.t as f32);
    }
    let tokens = || features.chunks_exact(d);
    let variance = tokens().map(|token| distance(token, all)).sum::<f32>() / grid.tokens() as f32;
    let moved = tokens().zip(places.chunks_exact(d).cycle()).map(|(token, place)| distance(token, place));
    let weights: Vec<f32> = moved.map(|moved| (moved / variance.max(f32::MIN_POSITIVE)).powi(2) + STILL).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// Weighted mean of column and row, and their slopes over time, all of them from -1 to 1 from one end to the other.
fn path(weights: &[f32], grid: Grid) -> [f32; PATH] {
    let along = |i: usize, n: usize| (2 * i + 1) as f32 / n as f32 - 1.0;
    let mean = |of: &dyn Fn([f32; 3]) -> f32| -> f32 {
        let at = |token| {
            let (t, y, x) = grid.position(token);
            [along(t, grid.t), along(y, grid.h), along(x, grid.w)]
        };
        weights.iter().enumerate().map(|(token, weight)| weight * of(at(token))).sum()
    };
    let [time, row, column] = [0, 1, 2].map(|axis| mean(&|at| at[axis]));
    let spread = mean(&|at| (at[0] - time).powi(2)) + LEAST_TIME;
    let slope = |axis: usize| mean(&|at| (at[0] - time) * at[axis]) / spread;
    [column, row, slope(2), slope(1)]
}

/// The vector as it is kept.
///
/// # Errors
/// [`FewshotError::NotFinite`] for NaN, and for values beyond what halves hold.
pub fn halves(features: &[f32]) -> Result<Vec<f16>, FewshotError> {
    let finite = |&value: &f32| Some(f16::from_f32(value)).filter(|half| half.is_finite());
    features.iter().map(finite).collect::<Option<_>>().ok_or(FewshotError::NotFinite)
}
