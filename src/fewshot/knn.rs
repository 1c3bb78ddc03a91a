//! The nearest examples vote.

use super::rows::{Rows, Scaling, likelihood};
use crate::probe::dot;

/// Examples that vote.
const VOTERS: usize = 9;
/// How much less likely a vote becomes with distance; tried.
const TEMPERATURES: [f32; 7] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];

/// Examples by direction from their mean.
#[derive(Debug, Clone)]
pub struct Knn {
    scaling: Scaling,
    /// Standardised, of length 1, `[n, d]`.
    directions: Vec<f32>,
    labels: Vec<usize>,
    /// So that every class weighs the same.
    balance: Vec<f64>,
    classes: usize,
    pub temperature: f32,
}

impl Knn {
    /// Examples, and the shares `[n, classes]` each gets from the others. The temperature is that under which these are
    /// likeliest. Means and deviations are those of all examples throughout.
    pub fn fit(rows: &Rows) -> (Self, Vec<f32>) {
        let balance = rows.weights();
        let scaling = Scaling::new(rows, &balance);
        let d = rows.dims();
        let directions: Vec<f32> = scaling.apply(&rows.features).chunks_exact(d).flat_map(direction).collect();
        let labels = rows.labels.clone();
        let mut knn = Self { scaling, directions, labels, balance, classes: rows.classes, temperature: 1.0 };
        let of = |i: usize| nearest(&knn.directions, &knn.directions[i * d..][..d], VOTERS, Some(i));
        let others: Vec<Vec<(usize, f32)>> = (0..rows.len()).map(of).collect();
        let tried = TEMPERATURES.map(|temperature| {
            let shares: Vec<f32> = others.iter().flat_map(|voters| knn.vote(voters, temperature)).collect();
            (likelihood(&shares, rows, &knn.balance), temperature, shares)
        });
        // Of equals the one that lets more examples have a say.
        let best = tried.into_iter().reduce(|a, b| if b.0 >= a.0 { b } else { a }).expect("there are temperatures");
        knn.temperature = best.1;
        (knn, best.2)
    }

    /// Shares of classes for features `[d]`.
    pub fn shares(&self, features: &[f32]) -> Vec<f32> {
        self.vote(&self.nearest(features, VOTERS), self.temperature)
    }

    /// The most similar examples with their cosine similarity, -1 to 1, the nearest first.
    pub fn nearest(&self, features: &[f32], most: usize) -> Vec<(usize, f32)> {
        nearest(&self.directions, &direction(&self.scaling.apply(features)), most, None)
    }

    /// Votes fade with distance; one more vote is spread over all classes, so that a few examples can't make anyone certain.
    fn vote(&self, voters: &[(usize, f32)], temperature: f32) -> Vec<f32> {
        let most = voters.first().map_or(0.0, |voter| voter.1);
        let mut votes = vec![0f32; self.classes];
        for &(i, similarity) in voters {
            votes[self.labels[i]] += self.balance[i] as f32 * ((similarity - most) / temperature).exp();
        }
        let sum: f32 = votes.iter().sum();
        let all = voters.len() as f32;
        let share =
            |vote: f32| (if sum > 0.0 { all * vote / sum } else { 0.0 } + 1.0 / self.classes as f32) / (all + 1.0);
        votes.into_iter().map(share).collect()
    }
}

/// Of length 1; zeros stay.
fn direction(row: &[f32]) -> Vec<f32> {
    let length = dot(row, row).sqrt().max(1e-12);
    row.iter().map(|value| value / length).collect()
}

fn nearest(directions: &[f32], towards: &[f32], most: usize, except: Option<usize>) -> Vec<(usize, f32)> {
    let rows = directions.chunks_exact(towards.len()).enumerate().filter(|(i, _)| Some(*i) != except);
    let mut similar: Vec<(usize, f32)> = rows.map(|(i, row)| (i, dot(row, towards).clamp(-1.0, 1.0))).collect();
    similar.sort_by(|a, b| b.1.total_cmp(&a.1));
    similar.truncate(most);
    similar
}
