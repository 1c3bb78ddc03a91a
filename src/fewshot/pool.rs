//! One vector of a clip.

use super::FewshotError;
use crate::grid::Grid;
use half::f16;

/// Vectors a channel: mean, and how it goes with column, row and time, and with column and row as time passes.
const MOMENTS: usize = 6;

/// Values of the vector of a clip whose tokens have `width`.
pub fn pooled(width: usize) -> usize {
    MOMENTS * width
}

/// Features `[N, D]` -> `[6 D]`: the mean over tokens, and their first moments. The mean alone says what there is, but not
/// where and how it moves.
pub fn pool(features: &[f32], grid: Grid) -> Vec<f32> {
    let d = features.len() / grid.tokens();
    let mut sums = vec![0f32; MOMENTS * d];
    // From -1 to 1.
    let along = |i: usize, n: usize| (2 * i + 1) as f32 / n as f32 - 1.0;
    for (token, row) in features.chunks_exact(d).enumerate() {
        let (t, y, x) = grid.position(token);
        let (t, y, x) = (along(t, grid.t), along(y, grid.h), along(x, grid.w));
        for (sums, factor) in sums.chunks_exact_mut(d).zip([1.0, x, y, t, x * t, y * t]) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value / grid.tokens() as f32);
        }
    }
    sums
}

/// The vector as it is kept.
///
/// # Errors
/// [`FewshotError::NotFinite`] for NaN, and for values beyond what halves hold.
pub fn halves(features: &[f32]) -> Result<Vec<f16>, FewshotError> {
    let finite = |&value: &f32| Some(f16::from_f32(value)).filter(|half| half.is_finite());
    features.iter().map(finite).collect::<Option<_>>().ok_or(FewshotError::NotFinite)
}
