//! Collapse health: whether features still differ from token to token, and in how many directions.

use nalgebra::DMatrix;

use super::{column_means, finite_rows, products::add_products};

/// The eigenproblem is at most this large, whatever the model.
const MOST: usize = 256;

/// How alive features are. A collapsed encoder shows a standard deviation near 0, or an effective rank near 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Standard deviation of each dimension over tokens, [d].
    pub std: Vec<f32>,
    /// Mean of `std`.
    pub mean_std: f32,
    /// Number of directions the features really use, 1 to `min(n, d)`.
    pub effective_rank: f32,
}

/// Measures rows of features `[n, d]`. Without any finite row everything is NaN: there is nothing to measure, and that
/// must not look healthy.
pub fn measure(rows: &[f32], d: usize) -> Health {
    let rows: Vec<&[f32]> = finite_rows(rows, d).collect();
    if rows.is_empty() {
        return Health { std: vec![f32::NAN; d], mean_std: f32::NAN, effective_rank: f32::NAN };
    }
    let std = column_std(&rows, &column_means(&rows, d));
    let mean_std = std.iter().sum::<f32>() / d as f32;
    Health { std, mean_std, effective_rank: effective_rank(&rows, d) }
}

/// Mean and standard deviation of each column of rows `[n, d]`.
pub(super) fn spread(rows: &[f32], d: usize) -> (Vec<f32>, Vec<f32>) {
    let rows: Vec<&[f32]> = finite_rows(rows, d).collect();
    let means = column_means(&rows, d);
    let std = column_std(&rows, &means);
    (means, std)
}

fn column_std(rows: &[&[f32]], means: &[f32]) -> Vec<f32> {
    let mut squares = vec![0f64; means.len()];
    for row in rows {
        for ((square, v), mean) in squares.iter_mut().zip(*row).zip(means) {
            *square += f64::from(v - mean).powi(2);
        }
    }
    squares.iter().map(|square| (square / rows.len() as f64).sqrt() as f32).collect()
}

/// `exp` of the entropy of the centred features' singular values, normalised to sum to 1 (Roy & Vetterli 2007; used on
/// embeddings as RankMe, Garrido et al. 2023). 1 if all rows are equal.
///
/// Evenly strided rows are enough for many tokens: at most 256 of wide features, 1024 of narrow ones. The eigenvalues
/// of the smaller Gram matrix, at most 256 x 256, are the squares of the singular values.
fn effective_rank(rows: &[&[f32]], d: usize) -> f32 {
    let stride = rows.len().div_ceil(if d > MOST { MOST } else { 4 * MOST });
    let rows: Vec<&[f32]> = rows.iter().step_by(stride).copied().collect();
    let means = column_means(&rows, d);
    let centred = |i: usize, j: usize| f64::from(rows[i][j]) - f64::from(means[j]);
    let (side, length) = (rows.len().min(d), rows.len().max(d));
    let value = |at: usize| match rows.len() <= d {
        true => centred(at / length, at % length),
        false => centred(at % length, at / length),
    };
    let vectors: Vec<f64> = (0..side * length).map(value).collect();
    let mut gram = vec![0.0; side * side];
    add_products(&mut gram, &vectors, length);
    let gram = DMatrix::from_fn(side, side, |i, j| gram[i.max(j) * side + i.min(j)]);
    let values = gram.symmetric_eigenvalues();
    let singular: Vec<f64> = values.iter().map(|value| value.max(0.0).sqrt()).collect();
    let sum: f64 = singular.iter().sum();
    if sum <= 0.0 || !sum.is_finite() {
        return 1.0;
    }
    let shares = singular.iter().map(|value| value / sum).filter(|&share| share > 0.0);
    let entropy: f64 = shares.map(|share| -share * share.ln()).sum();
    entropy.exp() as f32
}
