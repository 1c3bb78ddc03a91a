//! How far a frame is from what was imagined, measured by how far frames usually are.
//!
//! Two distances, and the larger one counts. The plain error is large where the agent is not where it was imagined. A door
//! that shuts moves the features of its place less than an agent that brakes a little early moves those of its own, but in
//! a direction in which predictions never err: there the Mahalanobis distance is large, the error in units of the
//! covariance of ordinary errors.

use crate::predict::distance;
use nalgebra::DMatrix;

/// Tokens that count: those that are furthest off.
const PLACES: usize = 2;
/// Added to all variances, as a share of their mean: no direction is known to be without any.
const SHRINKAGE: f64 = 0.02;

/// What is usual of a model: of features of `D` channels.
#[derive(Debug, Clone)]
pub struct Surprise {
    width: usize,
    /// Of the covariance of errors, `[D, D]`.
    precision: Vec<f64>,
    /// Distances above which it rings: Mahalanobis, plain.
    most: [f32; 2],
}

impl Surprise {
    /// From pairs of predicted and actual features of frames in ordinary play, `[hw * D]` each.
    pub(super) fn fit(pairs: &[(Vec<f32>, Vec<f32>)], width: usize) -> Self {
        let mut covariance = DMatrix::<f64>::zeros(width, width);
        let mut count = 0.0;
        for (predicted, truth) in pairs {
            for (predicted, truth) in predicted.chunks_exact(width).zip(truth.chunks_exact(width)) {
                let error = DMatrix::from_iterator(width, 1, off(predicted, truth));
                covariance.ger(1.0, &error.column(0), &error.column(0), 1.0);
                count += 1.0;
            }
        }
        covariance /= f64::max(count, 1.0);
        let least = SHRINKAGE * covariance.trace() / width as f64;
        (0..width).for_each(|at| covariance[(at, at)] += least.max(f64::MIN_POSITIVE));
        let precision = covariance.try_inverse().unwrap_or_else(|| DMatrix::identity(width, width));
        let mut surprise = Self { width, precision: precision.iter().copied().collect(), most: [1.0; 2] };
        let distances: Vec<[f32; 2]> =
            pairs.iter().map(|(predicted, truth)| surprise.distances(predicted, truth)).collect();
        surprise.most = [0, 1].map(|kind| {
            let largest = distances.iter().map(|distance| distance[kind]).fold(0.0, f32::max);
            largest.max(f32::MIN_POSITIVE)
        });
        surprise
    }

    /// Of a frame's features beside what was predicted of them, `[hw * D]` each: 1 is the most of ordinary play.
    pub fn of(&self, predicted: &[f32], truth: &[f32]) -> f32 {
        let [mahalanobis, plain] = self.distances(predicted, truth);
        (mahalanobis / self.most[0]).max(plain / self.most[1])
    }

    /// Mahalanobis distance and mean absolute error, at the places where each is largest.
    fn distances(&self, predicted: &[f32], truth: &[f32]) -> [f32; 2] {
        let tokens = || predicted.chunks_exact(self.width).zip(truth.chunks_exact(self.width));
        let plain = tokens().map(|(predicted, truth)| distance(predicted, truth)).collect();
        let unusual = tokens().map(|(predicted, truth)| self.mahalanobis(predicted, truth)).collect();
        [largest(unusual), largest(plain)]
    }

    fn mahalanobis(&self, predicted: &[f32], truth: &[f32]) -> f32 {
        let error: Vec<f64> = off(predicted, truth).collect();
        let rows = self.precision.chunks_exact(self.width).zip(&error);
        let square: f64 = rows.map(|(row, x)| x * row.iter().zip(&error).map(|(p, y)| p * y).sum::<f64>()).sum();
        (square / self.width as f64).max(0.0).sqrt() as f32
    }
}

fn off<'a>(predicted: &'a [f32], truth: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
    predicted.iter().zip(truth).map(|(predicted, truth)| f64::from(truth - predicted))
}

/// The mean of the largest few.
fn largest(mut values: Vec<f32>) -> f32 {
    values.sort_by(|a, b| b.total_cmp(a));
    let few = values.len().min(PLACES);
    values.iter().take(few).sum::<f32>() / few.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// Errors are large in the first channel and tiny in the second.
    fn usual(rng: &mut Rng) -> Vec<(Vec<f32>, Vec<f32>)> {
        let truth = |rng: &mut Rng| (0..4).flat_map(|_| [rng.normal() as f32, 0.01 * rng.normal() as f32]).collect();
        (0..200).map(|_| (vec![0.0; 8], truth(rng))).collect()
    }

    #[test]
    fn ordinary_play_is_never_surprising() {
        let mut rng = Rng::new(1);
        let pairs = usual(&mut rng);
        let surprise = Surprise::fit(&pairs, 2);
        let largest = pairs.iter().map(|(predicted, truth)| surprise.of(predicted, truth)).fold(0.0, f32::max);
        assert!((largest - 1.0).abs() < 1e-6, "{largest}");
    }

    #[test]
    fn a_small_error_where_there_never_is_one_surprises_as_a_large_one_does() {
        let surprise = Surprise::fit(&usual(&mut Rng::new(1)), 2);
        let at = |error: [f32; 2]| surprise.of(&[0.0; 8], &[[error; 2].concat(), vec![0.0; 4]].concat());
        assert!(at([2.0, 0.0]) < 1.0, "nothing unusual");
        assert!(at([9.0, 0.0]) > 1.0, "far more than usual");
        assert!(at([0.0, 1.5]) > 1.0, "less than what is usual in the other channel");
    }
}
