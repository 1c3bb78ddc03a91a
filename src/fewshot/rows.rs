//! Examples as numbers: what classifiers are fitted to.

/// Features of examples with the class of each.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// `[n, d]`
    pub features: Vec<f32>,
    /// Values of the parts that a row is made of, which sum to `d`.
    pub parts: Vec<usize>,
    /// `[n]`, each below `classes`.
    pub labels: Vec<usize>,
    pub classes: usize,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Values of a row.
    pub fn dims(&self) -> usize {
        self.features.len() / self.len().max(1)
    }

    /// Examples of each class.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        self.labels.iter().for_each(|&label| counts[label] += 1);
        counts
    }

    /// What each example weighs so that every class weighs the same; they sum to `n`.
    pub(super) fn weights(&self) -> Vec<f64> {
        let counts = self.counts();
        let taught = counts.iter().filter(|&&count| count > 0).count();
        let weight = |&label: &usize| self.len() as f64 / (taught * counts[label]) as f64;
        self.labels.iter().map(weight).collect()
    }
}

/// What gives features of balanced classes mean 0, and each part of them variance 1 in all: the few values that say where
/// something is count as much as the many that say what.
#[derive(Debug, Clone, Default)]
pub(super) struct Scaling {
    means: Vec<f32>,
    /// 0 for features that don't vary: they can't say anything.
    factors: Vec<f32>,
}

impl Scaling {
    pub fn new(rows: &Rows, weights: &[f64]) -> Self {
        let (n, d) = (rows.len() as f64, rows.dims());
        let weighted = |of: &dyn Fn(f64, usize) -> f64| {
            let mut sums = vec![0f64; d];
            for (row, weight) in rows.features.chunks_exact(d).zip(weights) {
                sums.iter_mut().enumerate().for_each(|(j, sum)| *sum += weight / n * of(f64::from(row[j]), j));
            }
            sums
        };
        let means = weighted(&|value, _| value);
        let squares = weighted(&|value, j| (value - means[j]).powi(2));
        let factor = |((square, mean), part): ((&f64, &f64), f64)| {
            let std = square.sqrt();
            if std > 1e-5 * (1e-5 + mean.abs()) { (1.0 / (std * part.sqrt())) as f32 } else { 0.0 }
        };
        let part = rows.parts.iter().flat_map(|&values| std::iter::repeat_n(values as f64, values));
        let factors = squares.iter().zip(&means).zip(part).map(factor).collect();
        Self { factors, means: means.iter().map(|&mean| mean as f32).collect() }
    }

    /// Rows `[n, d]`.
    pub fn apply(&self, features: &[f32]) -> Vec<f32> {
        let d = self.means.len().max(1);
        let scaled = |(i, value): (usize, &f32)| (value - self.means[i % d]) * self.factors[i % d];
        features.iter().enumerate().map(scaled).collect()
    }
}

/// Shares that sum to 1, and larger for larger scores: `softmax(scores / temperature)`.
pub(super) fn softmax(scores: &[f32], temperature: f32) -> Vec<f32> {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = scores.iter().map(|score| ((score - most) / temperature).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// Mean log-likelihood of what is right under shares `[n, classes]`, every class weighing the same.
pub(super) fn likelihood(shares: &[f32], rows: &Rows, weights: &[f64]) -> f64 {
    let of = |((shares, &label), weight): ((&[f32], &usize), &f64)| weight * f64::from(shares[label].max(1e-6)).ln();
    let sum: f64 = shares.chunks_exact(rows.classes).zip(&rows.labels).zip(weights).map(of).sum();
    sum / rows.len() as f64
}
