//! How sure a share is that was counted.

use serde::{Deserialize, Serialize};

/// The 97.5th percentile of the normal distribution: two sides of it are 95 %.
const Z: f64 = 1.959_964;

/// A share of `n` trials with its Wilson score interval of 95 % (Wilson 1927): sensible for few trials and for shares of
/// 0 and 1, where the usual one has no width.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub n: usize,
    /// 0 to 1.
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Share {
    /// Of `hits` among `n`; a tie counts half, as whoever guesses would be right that often. Nothing is known of no trials.
    pub fn new(hits: f64, n: usize) -> Self {
        if n == 0 {
            return Self { n, value: 0.5, low: 0.0, high: 1.0 };
        }
        let trials = n as f64;
        let (value, square) = (hits / trials, Z * Z / trials);
        let centre = (value + square / 2.0) / (1.0 + square);
        let half = Z / (1.0 + square) * (value * (1.0 - value) / trials + square / (4.0 * trials)).sqrt();
        Self { n, value, low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }

    /// How often the first of two is larger.
    pub fn larger(pairs: impl Iterator<Item = (f32, f32)>) -> Self {
        let (mut hits, mut n) = (0.0, 0);
        for (a, b) in pairs {
            hits += match a.partial_cmp(&b) {
                Some(std::cmp::Ordering::Greater) => 1.0,
                Some(std::cmp::Ordering::Less) => 0.0,
                // A value that isn't a number says as little as a tie.
                _ => 0.5,
            };
            n += 1;
        }
        Self::new(hits, n)
    }
}
