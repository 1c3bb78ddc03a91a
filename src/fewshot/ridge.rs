//! One ridge regression for all classes, one-hot. Leaving each example out takes no second fit: a linear smoother's residual
//! without an example is its residual with it over one minus its leverage (Allen 1974, PRESS).

use super::rows::{Rows, Scaling, likelihood, softmax};
use crate::probe::products::{add_products, dot, symmetric};

/// Penalties tried, as shares of the sum of all eigenvalues over the number of examples.
const PENALTIES: [f64; 9] = [1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0];
/// Temperatures tried; outputs are about 0 for what it is not and 1 for what it is.
const TEMPERATURES: [f32; 10] = [0.04, 0.06, 0.08, 0.11, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0];
/// Directions with less than this share of the largest eigenvalue are rounding.
const LEAST: f64 = 1e-9;

/// A map of features to shares of classes.
#[derive(Debug, Clone)]
pub struct Ridge {
    scaling: Scaling,
    /// Of standardised features, `[classes, d]`.
    weights: Vec<f32>,
    /// `[classes]`
    means: Vec<f32>,
    pub temperature: f32,
    pub penalty: f64,
}

impl Ridge {
    /// Fits examples, and the shares `[n, classes]` each would get had it been left out. Classes weigh the same, however many
    /// examples they have. Penalty and temperature are those under which the left out are likeliest. Means, deviations and
    /// weights are those of all examples throughout.
    ///
    /// # Panics
    /// Without examples.
    pub fn fit(rows: &Rows) -> (Self, Vec<f32>) {
        let balance = rows.weights();
        let scaling = Scaling::new(rows, &balance);
        let system = System::new(rows, &balance, scaling.apply(&rows.features));
        let total: f64 = system.values.iter().sum::<f64>() / rows.len() as f64;
        let mut best: Option<(f64, f64, f32, Vec<f32>)> = None;
        for penalty in PENALTIES.map(|share| share * total.max(1e-9)) {
            let scores = system.left_out(penalty);
            for temperature in TEMPERATURES {
                let rows_of = scores.chunks_exact(rows.classes);
                let shares: Vec<f32> = rows_of.flat_map(|scores| softmax(scores, temperature)).collect();
                let likely = likelihood(&shares, rows, &balance);
                // Of equals the one that is penalised most.
                if best.as_ref().is_none_or(|(most, ..)| likely >= *most) {
                    best = Some((likely, penalty, temperature, shares));
                }
            }
        }
        let (_, penalty, temperature, shares) = best.expect("there are penalties");
        let (weights, means) = (system.weights(penalty), system.means.iter().map(|&mean| mean as f32).collect());
        (Self { scaling, weights, means, temperature, penalty }, shares)
    }

    /// Shares of classes for features `[d]`.
    pub fn shares(&self, features: &[f32]) -> Vec<f32> {
        let scaled = self.scaling.apply(features);
        let score = |(weights, mean): (&[f32], &f32)| mean + crate::probe::dot(weights, &scaled);
        let scores: Vec<f32> = self.weights.chunks_exact(scaled.len()).zip(&self.means).map(score).collect();
        softmax(&scores, self.temperature)
    }
}

/// The weighted examples turned onto their main axes: there every penalty is a division.
struct System<'a> {
    rows: &'a Rows,
    balance: &'a [f64],
    /// Rows of `√w x`, `[n, d]`.
    scaled: Vec<f64>,
    /// The same on the main axes, `[n, r]`.
    turned: Vec<f64>,
    /// Sums of squares along each axis, `[r]`.
    values: Vec<f64>,
    /// Of targets, `[classes]`: what is answered when nothing is seen.
    means: Vec<f64>,
    /// Of `turned` with `√w (y - mean)`, `[r, classes]`.
    products: Vec<f64>,
}

impl<'a> System<'a> {
    fn new(rows: &'a Rows, balance: &'a [f64], standardised: Vec<f32>) -> Self {
        let (n, d, k) = (rows.len(), rows.dims(), rows.classes);
        let scale = |(i, &value): (usize, &f32)| f64::from(value) * balance[i / d].sqrt();
        let scaled: Vec<f64> = standardised.iter().enumerate().map(scale).collect();
        let (turned, values) = main_axes(&scaled, n, d);
        let counts = rows.counts();
        let taught = counts.iter().filter(|&&count| count > 0).count() as f64;
        let means: Vec<f64> = counts.iter().map(|&count| f64::from(u8::from(count > 0)) / taught).collect();
        let r = values.len();
        let mut system = Self { rows, balance, scaled, turned, values, means, products: vec![0.0; r * k] };
        for i in 0..n {
            let target = system.target(i);
            for a in 0..r {
                let along = system.turned[i * r + a];
                system.products[a * k..][..k].iter_mut().zip(&target).for_each(|(sum, y)| *sum += along * y);
            }
        }
        system
    }

    /// `√w (y - mean)` of an example, `[classes]`.
    fn target(&self, i: usize) -> Vec<f64> {
        let is = |class: usize| f64::from(u8::from(self.rows.labels[i] == class));
        self.means.iter().enumerate().map(|(class, mean)| self.balance[i].sqrt() * (is(class) - mean)).collect()
    }

    /// Outputs for each example had it been left out, `[n, classes]`.
    fn left_out(&self, penalty: f64) -> Vec<f32> {
        let (n, k, r) = (self.rows.len(), self.rows.classes, self.values.len());
        let inverse: Vec<f64> = self.values.iter().map(|value| 1.0 / (value + penalty)).collect();
        let mut outputs = Vec::with_capacity(n * k);
        for i in 0..n {
            let turned = &self.turned[i * r..][..r];
            let shrunk: Vec<f64> = turned.iter().zip(&inverse).map(|(value, inverse)| value * inverse).collect();
            // The mean is fitted, too.
            let leverage = dot(&shrunk, turned) + self.balance[i] / n as f64;
            let target = self.target(i);
            for (class, target) in target.into_iter().enumerate() {
                let fitted: f64 =
                    shrunk.iter().enumerate().map(|(a, value)| value * self.products[a * k + class]).sum();
                let residual = (target - fitted) / (1.0 - leverage).max(1e-6) / self.balance[i].sqrt();
                let is = f64::from(u8::from(self.rows.labels[i] == class));
                outputs.push((is - residual) as f32);
            }
        }
        outputs
    }

    /// `[classes, d]`: an axis is the sum of examples, each times its place along it, over the axis' value.
    fn weights(&self, penalty: f64) -> Vec<f32> {
        let (d, k, r) = (self.rows.dims(), self.rows.classes, self.values.len());
        let mut weights = vec![0f64; k * d];
        for (row, turned) in self.scaled.chunks_exact(d).zip(self.turned.chunks_exact(r.max(1))) {
            for (class, weights) in weights.chunks_exact_mut(d).enumerate() {
                let along = turned.iter().zip(&self.values).enumerate();
                let factor: f64 =
                    along.map(|(a, (at, value))| at * self.products[a * k + class] / (value * (value + penalty))).sum();
                weights.iter_mut().zip(row).for_each(|(weight, value)| *weight += factor * value);
            }
        }
        weights.iter().map(|&weight| weight as f32).collect()
    }
}

/// Rows `[n, d]` on their main axes `[n, r]`, and the sum of squares along each; none of rows that are not finite. The
/// eigenproblem is of examples or of features, whichever are fewer.
fn main_axes(rows: &[f64], n: usize, d: usize) -> (Vec<f64>, Vec<f64>) {
    let (side, dual) = (n.min(d), n <= d);
    let columns: Vec<f64> = if dual { vec![] } else { (0..n * d).map(|at| rows[at % n * d + at / n]).collect() };
    let mut gram = vec![0.0; side * side];
    add_products(&mut gram, if dual { rows } else { &columns }, n.max(d));
    let Some(gram) = symmetric(&gram, side) else { return (vec![], vec![]) };
    let eigen = gram.symmetric_eigen();
    let most = eigen.eigenvalues.iter().copied().fold(0.0, f64::max);
    let kept: Vec<usize> = (0..side).filter(|&a| eigen.eigenvalues[a] > LEAST * most).collect();
    let values: Vec<f64> = kept.iter().map(|&a| eigen.eigenvalues[a]).collect();
    let axis = |a: usize| &eigen.eigenvectors.as_slice()[a * side..][..side];
    let turn = |i: usize, (a, value): (usize, &f64)| match dual {
        true => axis(a)[i] * value.sqrt(),
        false => dot(&rows[i * d..][..d], axis(a)),
    };
    let turned = (0..n).flat_map(|i| kept.iter().copied().zip(&values).map(move |axis| (i, axis)));
    (turned.map(|(i, axis)| turn(i, axis)).collect(), values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use nalgebra::{DMatrix, DVector};

    fn rows(n: usize, d: usize, classes: usize) -> Rows {
        let mut rng = Rng::new((n + d) as u64);
        // More of the first class than of the others.
        let labels: Vec<usize> = (0..n).map(|i| if i % 2 == 0 { 0 } else { i % classes }).collect();
        let value = |i: usize, j: usize, rng: &mut Rng| f64::from(u8::from(labels[i] == j % classes)) + rng.normal();
        let features = (0..n * d).map(|at| value(at / d, at % d, &mut rng) as f32).collect();
        Rows { features, parts: vec![d], labels, classes }
    }

    /// Outputs for an example by a fit of all others: the penalised normal equations with an intercept, solved outright.
    fn refitted(system: &System, left: usize, penalty: f64) -> Vec<f64> {
        let (n, d, k) = (system.rows.len(), system.rows.dims(), system.rows.classes);
        let row = |i: usize| {
            let x = system.scaled[i * d..][..d].iter().map(|value| value / system.balance[i].sqrt());
            DVector::from_iterator(d + 1, std::iter::once(1.0).chain(x))
        };
        let mut normal = DMatrix::from_diagonal_element(d + 1, d + 1, penalty);
        normal[(0, 0)] = 0.0;
        let mut right = DMatrix::zeros(d + 1, k);
        for i in (0..n).filter(|&i| i != left) {
            normal += row(i) * row(i).transpose() * system.balance[i];
            let mut column = right.column_mut(system.rows.labels[i]);
            column += row(i) * system.balance[i];
        }
        let weights = normal.lu().solve(&right).unwrap();
        (row(left).transpose() * weights).iter().copied().collect()
    }

    #[test]
    fn what_is_left_out_in_closed_form_is_what_a_fit_without_it_says() {
        for (n, d, k) in [(14, 5, 3), (9, 20, 2)] {
            let rows = rows(n, d, k);
            let balance = rows.weights();
            let scaled = Scaling::new(&rows, &balance).apply(&rows.features);
            let system = System::new(&rows, &balance, scaled);
            for penalty in [0.5, 20.0] {
                let outputs = system.left_out(penalty);
                for left in 0..n {
                    for (a, b) in outputs[left * k..][..k].iter().zip(refitted(&system, left, penalty)) {
                        assert!((f64::from(*a) - b).abs() < 1e-4, "{n}x{d}, {left}: {a} {b}");
                    }
                }
            }
        }
    }

    #[test]
    fn weights_answer_as_the_axes_do() {
        let rows = rows(12, 30, 3);
        let (ridge, _) = Ridge::fit(&rows);
        let shares: Vec<Vec<f32>> = rows.features.chunks_exact(30).map(|row| ridge.shares(row)).collect();
        assert!(shares.iter().all(|shares| (shares.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        let right = shares
            .iter()
            .zip(&rows.labels)
            .filter(|(shares, label)| super::super::report::likeliest(shares) == **label);
        assert!(right.count() >= 11, "what was learned by heart is known");
    }
}
