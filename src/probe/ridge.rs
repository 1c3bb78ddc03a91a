//! What can be told from features by a linear map: ridge regression, its penalty chosen on examples of their own.

use super::products::{add_products, dot};
use std::ops::Range;

/// Penalties tried, by powers of ten, as shares of the number of training examples: features are standardised.
const POWERS: Range<i32> = -4..3;
/// Values of each vector whose products are summed at once: they stay in the cache, and wide features are never held twice.
const BLOCK: usize = 256;

/// Examples.
#[derive(Debug, Clone, Default)]
pub struct Split {
    /// `[n, d]`
    pub features: Vec<f32>,
    /// `[n, k]`
    pub targets: Vec<f32>,
}

/// The examples to fit by, to choose the penalty with, and to report on.
#[derive(Debug, Clone, Default)]
pub struct Splits {
    pub train: Split,
    pub validation: Split,
    pub test: Split,
}

impl Splits {
    /// Training, validation, test: 0, 1, 2.
    ///
    /// # Panics
    /// For any other.
    pub fn nth(&mut self, split: usize) -> &mut Split {
        [&mut self.train, &mut self.validation, &mut self.test][split]
    }

    /// The same examples with other features.
    pub fn map(&self, features: impl Fn(&[f32]) -> Vec<f32>) -> Self {
        let of = |split: &Split| Split { features: features(&split.features), targets: split.targets.clone() };
        Self { train: of(&self.train), validation: of(&self.validation), test: of(&self.test) }
    }
}

/// What some columns of the targets are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quantity {
    /// Values, scored by R²: 1 is perfect, 0 no better than their mean, and below that worse.
    Values(Range<usize>),
    /// One of several classes, one-hot, scored by the share for which the largest output is right.
    Class(Range<usize>),
}

/// How well one quantity can be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// With the penalty that was chosen by it: mean R², or accuracy.
    pub validation: f32,
    /// R² of every column, or one accuracy.
    pub test: Vec<f32>,
    pub penalty: f64,
}

/// Fits all targets at once and scores each quantity with the penalty that is best for it on the validation examples.
///
/// # Panics
/// Without training examples.
pub fn scores(splits: &Splits, d: usize, k: usize, quantities: &[Quantity]) -> Vec<Score> {
    let n = splits.train.features.len() / d;
    let penalties: Vec<f64> = POWERS.map(|power| n as f64 * 10f64.powi(power)).collect();
    let fits = fit(&splits.train, d, k, &penalties);
    let outputs: Vec<[Vec<f32>; 2]> =
        fits.iter().map(|fit| [&splits.validation, &splits.test].map(|split| fit.predict(&split.features))).collect();
    let best = |quantity: &Quantity| {
        let of = |outputs: &[f32], split: &Split| quantity.score(outputs, &split.targets, k);
        let tried = outputs.iter().zip(&penalties).map(|([validation, test], penalty)| {
            let validated = of(validation, &splits.validation);
            let validation = validated.iter().sum::<f32>() / validated.len() as f32;
            (validation, test, *penalty)
        });
        // Of equals the one that is penalised most.
        let chosen = tried.reduce(|a, b| if b.0 >= a.0 { b } else { a }).expect("there are penalties");
        Score { validation: chosen.0, test: of(chosen.1, &splits.test), penalty: chosen.2 }
    };
    quantities.iter().map(best).collect()
}

impl Quantity {
    /// Of outputs and targets, `[n, k]` both.
    fn score(&self, outputs: &[f32], targets: &[f32], k: usize) -> Vec<f32> {
        match self {
            Self::Values(columns) => columns.clone().map(|column| r_squared(outputs, targets, k, column)).collect(),
            Self::Class(columns) => {
                let class = |row: &[f32]| {
                    let mut largest = columns.start;
                    for i in columns.clone() {
                        largest = if row[i] > row[largest] { i } else { largest };
                    }
                    largest
                };
                let rows = outputs.chunks_exact(k).zip(targets.chunks_exact(k));
                let (n, right) = (rows.len(), rows.filter(|(output, target)| class(output) == class(target)).count());
                vec![right as f32 / n.max(1) as f32]
            }
        }
    }
}

/// `1 - (squared error / squared deviation from the mean)`; 0 if the targets are all the same: nothing was there to tell.
fn r_squared(outputs: &[f32], targets: &[f32], k: usize, column: usize) -> f32 {
    let of = |values: &[f32]| values.chunks_exact(k).map(|row| f64::from(row[column])).collect::<Vec<_>>();
    let (outputs, targets) = (of(outputs), of(targets));
    let mean = targets.iter().sum::<f64>() / targets.len().max(1) as f64;
    let error: f64 = outputs.iter().zip(&targets).map(|(a, b)| (a - b).powi(2)).sum();
    let deviation: f64 = targets.iter().map(|target| (target - mean).powi(2)).sum();
    let score = 1.0 - error / deviation;
    if deviation > 1e-12 * targets.len() as f64 && score.is_finite() { score as f32 } else { 0.0 }
}

/// A map of features to targets.
#[derive(Debug, Clone)]
pub struct Linear {
    scaling: Scaling,
    /// Of standardised features, `[d, k]`.
    weights: Vec<f64>,
    /// Of targets, `[k]`.
    means: Vec<f64>,
}

impl Linear {
    /// Of features `[n, d]`, `[n, k]`.
    pub fn predict(&self, features: &[f32]) -> Vec<f32> {
        let (d, k) = (self.scaling.means.len(), self.means.len());
        let mut outputs = Vec::with_capacity(features.len() / d * k);
        for row in features.chunks_exact(d) {
            let mut output = self.means.clone();
            for (j, weights) in self.weights.chunks_exact(k).enumerate() {
                add(&mut output, self.scaling.apply(row[j], j), weights);
            }
            outputs.extend(output.iter().map(|&value| value as f32));
        }
        outputs
    }

    /// The same map as a layer of features as they are: `[d, k]`, then `[k]`.
    pub fn layer(&self) -> Vec<f32> {
        let k = self.means.len();
        let mut matrix = self.weights.clone();
        let mut bias = self.means.clone();
        for (j, weights) in matrix.chunks_exact_mut(k).enumerate() {
            weights.iter_mut().for_each(|weight| *weight *= self.scaling.factors[j]);
            add(&mut bias, -self.scaling.means[j], weights);
        }
        matrix.into_iter().chain(bias).map(|value| value as f32).collect()
    }
}

/// What makes features have mean 0 and standard deviation 1.
#[derive(Debug, Clone)]
struct Scaling {
    means: Vec<f64>,
    /// 0 for features that don't vary: they can't say anything.
    factors: Vec<f64>,
}

impl Scaling {
    fn new(features: &[f32], d: usize) -> Self {
        let n = (features.len() / d).max(1) as f64;
        let mut means = vec![0.0; d];
        for row in features.chunks_exact(d) {
            means.iter_mut().zip(row).for_each(|(mean, &v)| *mean += f64::from(v) / n);
        }
        let mut squares = vec![0.0; d];
        for row in features.chunks_exact(d) {
            for ((square, &v), mean) in squares.iter_mut().zip(row).zip(&means) {
                *square += (f64::from(v) - mean).powi(2) / n;
            }
        }
        let factor = |(square, mean): (&f64, &f64)| {
            let std = square.sqrt();
            if std > 1e-6 * (1e-6 + mean.abs()) { 1.0 / std } else { 0.0 }
        };
        let factors = squares.iter().zip(&means).map(factor).collect();
        Self { means, factors }
    }

    /// A value that isn't finite counts as the mean.
    fn apply(&self, value: f32, column: usize) -> f64 {
        let scaled = (f64::from(value) - self.means[column]) * self.factors[column];
        if scaled.is_finite() { scaled } else { 0.0 }
    }
}

/// Weights for each penalty `p`: `(XᵀX + p)⁻¹ XᵀY`, or the same as `Xᵀ (XXᵀ + p)⁻¹ Y` where features are more than
/// examples, so that the system solved is as small as can be.
pub fn fit(train: &Split, d: usize, k: usize, penalties: &[f64]) -> Vec<Linear> {
    let (features, n) = (&train.features, train.features.len() / d);
    assert!(n > 0, "there is nothing to fit");
    let scaling = Scaling::new(features, d);
    let mut means = vec![0.0; k];
    for row in train.targets.chunks_exact(k) {
        means.iter_mut().zip(row).for_each(|(mean, &v)| *mean += f64::from(v) / n as f64);
    }
    let targets: Vec<f64> = train.targets.iter().enumerate().map(|(i, &v)| f64::from(v) - means[i % k]).collect();
    // Xᵀ times what has n rows, [d, k].
    let back = |right: &[f64]| {
        let mut product = vec![0.0; d * k];
        for (row, right) in features.chunks_exact(d).zip(right.chunks_exact(k)) {
            for (j, sums) in product.chunks_exact_mut(k).enumerate() {
                add(sums, scaling.apply(row[j], j), right);
            }
        }
        product
    };
    let dual = d > n;
    let side = d.min(n);
    let mut gram = vec![0.0; side * side];
    let mut vectors = Vec::new();
    for start in (0..d.max(n)).step_by(BLOCK) {
        let block = start..(start + BLOCK).min(d.max(n));
        vectors.clear();
        for i in 0..side {
            let standardised = |j: usize| match dual {
                true => scaling.apply(features[i * d + j], j),
                false => scaling.apply(features[j * d + i], i),
            };
            vectors.extend(block.clone().map(standardised));
        }
        add_products(&mut gram, &vectors, block.len());
    }
    let right = if dual { targets } else { back(&targets) };
    let solve = |penalty: f64| {
        let mut system = gram.clone();
        (0..side).for_each(|i| system[i * side + i] += penalty);
        let mut solution = right.clone();
        cholesky_solve(&mut system, &mut solution, k);
        let weights = if dual { back(&solution) } else { solution };
        Linear { scaling: scaling.clone(), weights, means: means.clone() }
    };
    penalties.iter().map(|&penalty| solve(penalty)).collect()
}

/// `sum += factor * values`.
fn add(sum: &mut [f64], factor: f64, values: &[f64]) {
    sum.iter_mut().zip(values).for_each(|(s, v)| *s += factor * v);
}

/// Solves `A X = B` in place by `A = L Lᵀ`: of `A`, symmetric and positive definite, the lower triangle is read and becomes
/// `L`; `B`, `[side, k]`, becomes `X`.
fn cholesky_solve(a: &mut [f64], b: &mut [f64], k: usize) {
    let side = b.len() / k;
    for i in 0..side {
        let (above, row) = a.split_at_mut(i * side);
        for j in 0..i {
            let pivots = &above[j * side..];
            row[j] = (row[j] - dot(&row[..j], &pivots[..j])) / pivots[j];
        }
        // The penalty keeps it above 0 but for rounding.
        row[i] = (row[i] - dot(&row[..i], &row[..i])).max(f64::MIN_POSITIVE).sqrt();
    }
    for i in 0..side {
        let (solved, rest) = b.split_at_mut(i * k);
        for (j, solved) in solved.chunks_exact(k).enumerate() {
            add(&mut rest[..k], -a[i * side + j], solved);
        }
        rest[..k].iter_mut().for_each(|value| *value /= a[i * side + i]);
    }
    for i in (0..side).rev() {
        let (waiting, solved) = b.split_at_mut(i * k);
        solved[..k].iter_mut().for_each(|value| *value /= a[i * side + i]);
        for (j, value) in waiting.chunks_exact_mut(k).enumerate() {
            add(value, -a[i * side + j], &solved[..k]);
        }
    }
}
