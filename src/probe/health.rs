//! Collapse health: whether features still differ from token to token, and in how many directions.

use crate::message::{Message, message};
use serde::Serialize;

use super::{
    column_means, finite_rows,
    products::{add_products, symmetric},
};

/// The eigenproblem is at most this large, whatever the model.
const MOST: usize = 256;

/// How alive features are. A collapsed encoder shows a standard deviation near 0, or an effective rank near 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Standard deviation of each dimension over tokens, `[d]`.
    pub std: Vec<f32>,
    /// Mean of `std`.
    pub mean_std: f32,
    /// Number of directions the features really use, 1 to `min(n, d)`.
    pub effective_rank: f32,
}

/// Collapsed below this mean standard deviation over the tokens of a clip, of features normed over channels, which could
/// reach 1. In the simplest world, where most tokens are one background, a model that learns stays above 0.07, and without
/// moving average and stop-gradient it is at 0.01 within 200 steps.
pub const COLLAPSED_STD: f32 = 0.03;
/// Thinning below this one.
pub const THINNING_STD: f32 = 0.06;
/// Collapsed below this effective rank: all tokens lie on a line.
pub const COLLAPSED_RANK: f32 = 1.5;
/// Thinning below this one.
pub const THINNING_RANK: f32 = 2.5;

/// What is to be thought of features that are normed over channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Healthy,
    /// Less and less tells tokens apart.
    Thinning,
    /// Tokens look the same, or differ in one direction only.
    Collapsed,
}

impl Verdict {
    /// Its name in texts.
    pub fn id(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Thinning => "thinning",
            Self::Collapsed => "collapsed",
        }
    }
}

impl Health {
    /// Of the two measures the worse one; what isn't finite is collapsed.
    pub fn verdict(&self) -> Verdict {
        self.of_std().max(self.of_rank())
    }

    /// Why, in a sentence; none while healthy.
    pub fn reason(&self) -> Option<Message> {
        if !self.mean_std.is_finite() || !self.effective_rank.is_finite() {
            return Some(message!(
                "health.not-finite",
                "The features are no finite numbers: nothing can be said of them."
            ));
        }
        match (self.verdict(), self.of_std() >= self.of_rank()) {
            (Verdict::Healthy, _) => None,
            (_, true) => Some(message!(
                "health.std",
                "Tokens hardly differ: the features' standard deviation is {std}.",
                std = format!("{:.3}", self.mean_std)
            )),
            (_, false) => Some(message!(
                "health.rank",
                "Tokens differ in few ways: the effective rank is {rank}.",
                rank = format!("{:.1}", self.effective_rank)
            )),
        }
    }

    fn of_std(&self) -> Verdict {
        graded(self.mean_std, COLLAPSED_STD, THINNING_STD)
    }

    fn of_rank(&self) -> Verdict {
        graded(self.effective_rank, COLLAPSED_RANK, THINNING_RANK)
    }
}

fn graded(value: f32, collapsed: f32, thinning: f32) -> Verdict {
    match value {
        f32::INFINITY => Verdict::Collapsed,
        value if value >= thinning => Verdict::Healthy,
        value if value >= collapsed => Verdict::Thinning,
        _ => Verdict::Collapsed,
    }
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

/// Measures rows of features of several clips, `[clips * tokens, d]`, over the tokens of each clip: that one clip is unlike
/// another does not make its tokens differ.
pub fn measure_within(rows: &[f32], d: usize, tokens: usize) -> Health {
    let centred = rows.chunks(tokens * d).flat_map(|clip| {
        let finite: Vec<&[f32]> = finite_rows(clip, d).collect();
        let means = column_means(&finite, d);
        clip.iter().enumerate().map(move |(i, value)| value - means[i % d]).collect::<Vec<f32>>()
    });
    measure(&centred.collect::<Vec<f32>>(), d)
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
    let Some(gram) = symmetric(&gram, side) else { return f32::NAN };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two clips of 8 tokens: what each token is, times `spread`, on top of what the clip is.
    fn verdict(spread: f32) -> Verdict {
        let value = |row: usize, channel: usize| {
            let clip = (row / 8 * (channel + 1)) as f32;
            clip + spread * ((row * 7 + channel * row * 3) % 5) as f32
        };
        let rows: Vec<f32> = (0..16 * 6).map(|i| value(i / 6, i % 6)).collect();
        let health = measure_within(&rows, 6, 8);
        assert_eq!(health.reason().is_none(), health.verdict() == Verdict::Healthy);
        health.verdict()
    }

    #[test]
    fn tokens_of_a_clip_that_are_all_the_same_are_a_collapse_however_clips_differ() {
        assert_eq!(verdict(0.5), Verdict::Healthy);
        assert_eq!(verdict(0.03), Verdict::Thinning);
        assert_eq!(verdict(0.0), Verdict::Collapsed);
        assert_eq!(measure(&[f32::NAN; 4], 2).verdict(), Verdict::Collapsed);
    }

    #[test]
    fn tokens_on_a_line_are_a_collapse_however_far_apart() {
        let rows: Vec<f32> = (0..40).flat_map(|i| [1.0, -2.0, 3.0].map(|x| x * i as f32)).collect();
        let health = measure(&rows, 3);
        assert!(health.mean_std > THINNING_STD && health.verdict() == Verdict::Collapsed, "{health:?}");
        assert!(health.reason().is_some_and(|reason| reason.message.contains("rank")));
    }
}
