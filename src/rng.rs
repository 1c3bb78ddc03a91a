//! Seeded random numbers: the same on every platform, and resumable from a snapshot.

use rand_pcg::Pcg32;
use rand_pcg::rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};

/// A small generator (PCG XSH RR 64/32, O'Neill 2014).
///
/// Its whole state is two integers, so a serialised copy goes on exactly where this one stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rng(Pcg32);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self::stream(seed, 0)
    }

    /// One of many independent sequences of the same seed: weights, masks and clips each draw from their own, so that
    /// drawing more of one does not change the others.
    pub fn stream(seed: u64, stream: u64) -> Self {
        Self(Pcg32::new(scramble(seed), scramble(stream)))
    }

    /// Whether it goes through all its numbers, as every generator that was made here. One of a file that anybody wrote may
    /// draw the same number for ever.
    pub fn is_sound(&self) -> bool {
        let state = serde_json::to_value(&self.0).unwrap_or_default();
        state["increment"].as_u64().is_some_and(|increment| increment % 2 == 1)
    }

    /// Uniform in [0, 1), 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / (1u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * UNIT
    }

    /// Uniform in 0..n.
    ///
    /// # Panics
    /// When `n` is 0: there is nothing to choose from.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "cannot draw from an empty range");
        // The high half of a 64x64-bit product: its bias, n / 2^64, is far below what could be measured.
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Uniform in [lo, hi).
    pub fn range(&mut self, lo: f64, hi: f64) -> f64 {
        lo + self.uniform() * (hi - lo)
    }

    /// Standard normal (Marsaglia's polar method).
    ///
    /// The second value of each pair is dropped: a cached one would be state that decimal text might round.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (self.range(-1.0, 1.0), self.range(-1.0, 1.0));
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * s.ln() / s).sqrt();
            }
        }
    }
}

/// Spreads neighbouring seeds over all 64 bits.
fn scramble(seed: u64) -> u64 {
    Pcg32::seed_from_u64(seed).next_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serialised_generator_goes_on_where_it_stopped() {
        let mut rng = Rng::new(7);
        let _ = (0..13).map(|_| rng.normal()).sum::<f64>();
        let text = serde_json::to_string(&rng).unwrap();
        let mut resumed: Rng = serde_json::from_str(&text).unwrap();
        for _ in 0..100 {
            assert_eq!(rng.normal().to_bits(), resumed.normal().to_bits());
        }
    }

    #[test]
    fn a_generator_that_stands_still_is_none() {
        let of = |text: &str| serde_json::from_str::<Rng>(text).unwrap();
        assert!(Rng::new(0).is_sound() && Rng::stream(1, 2).is_sound());
        let mut still = of(r#"{"state": 0, "increment": 0}"#);
        assert_eq!([still.uniform(), still.uniform()], [0.0; 2]);
        assert!(!still.is_sound() && !of(r#"{"state": 5, "increment": 6}"#).is_sound());
    }

    #[test]
    fn seeds_and_streams_give_different_sequences() {
        let first = |mut rng: Rng| [rng.below(1 << 30), rng.below(1 << 30)];
        assert_eq!(first(Rng::new(1)), first(Rng::stream(1, 0)));
        let all = [Rng::new(0), Rng::new(1), Rng::stream(0, 1), Rng::stream(1, 1)].map(first);
        for i in 0..all.len() {
            for j in 0..i {
                assert_ne!(all[i], all[j]);
            }
        }
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let (mut rng, n) = (Rng::new(3), 100_000);
        let moments = |draws: Vec<f64>| {
            let mean = draws.iter().sum::<f64>() / n as f64;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
            (mean, variance)
        };
        let (mean, variance) = moments((0..n).map(|_| rng.uniform()).collect());
        assert!((mean - 0.5).abs() < 0.005 && (variance - 1.0 / 12.0).abs() < 0.002, "{mean} {variance}");
        let (mean, variance) = moments((0..n).map(|_| rng.normal()).collect());
        assert!(mean.abs() < 0.016 && (variance - 1.0).abs() < 0.025, "{mean} {variance}");
    }

    #[test]
    fn below_reaches_every_value_and_no_other() {
        let mut rng = Rng::new(5);
        let mut seen = [0usize; 6];
        (0..6000).for_each(|_| seen[rng.below(6)] += 1);
        assert!(seen.iter().all(|&count| (800..1200).contains(&count)), "{seen:?}");
    }
}
