//! How well the classes are told apart, each example by the others.

use super::{Class, Rows};
use crate::probe::interval::Share;
use serde::Serialize;

/// What came of leaving each example out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub classes: Vec<Class>,
    /// Examples of each class.
    pub counts: Vec<usize>,
    pub ridge: Score,
    pub knn: Score,
}

/// Of one classifier.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Examples it got right, with an interval of 95 %.
    pub accuracy: Share,
    /// Mean over classes of the share that is right, 0 to 1: a large class does not hide a small one.
    pub balanced: f64,
    /// Mean confidence of its answers; calibrated answers are right as often as they are confident.
    pub confidence: f64,
    /// Examples of a class (row) by what they were taken for (column).
    pub confusion: Vec<Vec<usize>>,
}

impl Score {
    /// From the shares `[n, classes]` that examples got when they were left out.
    pub fn new(shares: &[f32], rows: &Rows) -> Self {
        let mut confusion = vec![vec![0; rows.classes]; rows.classes];
        let mut confidence = 0.0;
        for (shares, &label) in shares.chunks_exact(rows.classes).zip(&rows.labels) {
            let answer = likeliest(shares);
            confusion[label][answer] += 1;
            confidence += f64::from(shares[answer]);
        }
        let right = |class: usize| confusion[class][class] as f64;
        let counts = rows.counts();
        let taught: Vec<usize> = (0..rows.classes).filter(|&class| counts[class] > 0).collect();
        let balanced = taught.iter().map(|&class| right(class) / counts[class] as f64).sum::<f64>();
        let hits: f64 = taught.iter().map(|&class| right(class)).sum();
        Self {
            accuracy: Share::new(hits, rows.len()),
            balanced: balanced / taught.len().max(1) as f64,
            confidence: confidence / rows.len().max(1) as f64,
            confusion,
        }
    }
}

/// The class with the largest share.
pub(super) fn likeliest(shares: &[f32]) -> usize {
    (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b])).unwrap_or(0)
}
